//! Where things die.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A stage in the life of a worker and of the item that it works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Point {
    /// The caller serialises the argument.
    EncodeArgument,
    /// The worker deserialises the argument.
    DecodeArgument,
    /// The worker runs the user's function.
    Running,
    /// The worker serialises the result.
    EncodeResult,
    /// The worker has sent a part of the result.
    MidFrame,
    /// The worker waits for work.
    Idle,
    /// The worker was told to end and destroys what it owns.
    ShuttingDown,
}

impl Point {
    /// Every point, in the order in which an item meets them.
    pub const ALL: &[Point] = &[
        Point::EncodeArgument,
        Point::DecodeArgument,
        Point::Running,
        Point::EncodeResult,
        Point::MidFrame,
        Point::Idle,
        Point::ShuttingDown,
    ];
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
