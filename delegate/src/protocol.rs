//! What a worker and its parent say to each other.
//!
//! The parent sends *orders*: each is one message, whose bytes are the item (or its index, where
//! the children have inherited the items). A worker takes its orders one after the other, so the
//! order that a note is about is always the worker's oldest, and notes need not name it.
//!
//! The worker sends *notes*. It says that it begins before it touches the order, decoding included:
//! so when it dies, the parent knows which order killed it, and that the ones queued behind that
//! were never begun. To save a message, a worker that has its next order in hand says so in the
//! note of the one before.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Raised;

/// A worker's message. Behind a `Done` with [`Outcome::Value`] follow the bytes of the result.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Note {
    /// The oldest order is being run.
    Begin,
    /// The oldest order is done.
    Done {
        outcome: Outcome,
        took: Duration,
        /// The next order is in hand and is being run from now on.
        goes_on: bool,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The result follows the note.
    Value,
    Raised(Raised),
    /// The item could not be decoded or the result not encoded, and why.
    Unsendable(String),
}
