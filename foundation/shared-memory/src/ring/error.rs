//! What can go wrong with a ring.

use std::{error, fmt};

use crate::error::{LifeError, WaitError};
use crate::life::Death;

/// Why a message was not put. No part of it will be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutError {
    /// The time was up before there was room; from `try_put`, there is none.
    TimedOut,
    /// The ring is closed.
    Closed,
    /// The ring's memory holds what no process of this library writes there.
    Corrupted,
    /// This process cannot take part.
    NoLife(LifeError),
}

/// Why no message was got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GetError {
    /// The time was up before there was one; from `try_get`, there is none.
    TimedOut,
    /// The ring is closed, and all that was put has been got.
    Closed,
    /// A reader died while it took a message larger than half the ring. The message is lost; the next call goes on after it.
    Lost(Death),
    /// The ring's memory holds what no process of this library writes there.
    Corrupted,
    /// This process cannot take part.
    NoLife(LifeError),
}

impl From<WaitError> for PutError {
    fn from(error: WaitError) -> PutError {
        match error {
            WaitError::TimedOut => PutError::TimedOut,
            WaitError::NoLife(error) => PutError::NoLife(error),
        }
    }
}

impl From<WaitError> for GetError {
    fn from(error: WaitError) -> GetError {
        match error {
            WaitError::TimedOut => GetError::TimedOut,
            WaitError::NoLife(error) => GetError::NoLife(error),
        }
    }
}

const CORRUPTED: &str =
    "the ring's memory is corrupted: a process wrote where it should not; make a new ring";

impl fmt::Display for PutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutError::TimedOut => f.write_str("putting a message: there was no room in time"),
            PutError::Closed => f.write_str("putting a message: the ring is closed"),
            PutError::Corrupted => f.write_str(CORRUPTED),
            PutError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GetError::TimedOut => f.write_str("getting a message: none came in time"),
            GetError::Closed => f.write_str("getting a message: the ring is closed and empty"),
            GetError::Lost(death) => {
                f.write_str("a message is lost: the process that was getting it died")?;
                death
                    .pid()
                    .map_or(Ok(()), |pid| write!(f, " (process id {pid})"))
            }
            GetError::Corrupted => f.write_str(CORRUPTED),
            GetError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for PutError {}
impl error::Error for GetError {}
