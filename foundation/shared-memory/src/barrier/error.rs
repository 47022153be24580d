//! What can go wrong at a barrier.

use std::{error, fmt};

use crate::error::LifeError;
use crate::life::Death;

/// Why a wait did not end with a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarrierError {
    /// The barrier is broken: by an abort, another's deadline, a reset, or the death of one that waited.
    Broken(Option<Death>),
    /// The time was up. The barrier is now broken.
    TimedOut,
    /// This process cannot take part.
    NoLife(LifeError),
}

impl From<LifeError> for BarrierError {
    fn from(error: LifeError) -> BarrierError {
        BarrierError::NoLife(error)
    }
}

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BarrierError::Broken(None) => {
                f.write_str("the barrier is broken; reset it when nobody relies on it")
            }
            BarrierError::Broken(Some(death)) => {
                f.write_str("the barrier is broken by the death of one that waited")?;
                death
                    .pid()
                    .map_or(Ok(()), |pid| write!(f, " (process id {pid})"))
            }
            BarrierError::TimedOut => {
                f.write_str("not all came to the barrier in time; it is broken now")
            }
            BarrierError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for BarrierError {}
