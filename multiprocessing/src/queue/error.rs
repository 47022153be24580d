//! Why an item was not put, or not got.

use std::{error, fmt};

use manyways_shared_memory as memory;
use manyways_shared_memory::LifeError;
use manyways_wire as wire;

use crate::sync::Death;

/// Why an item was not put. Nobody will get any part of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum PutError {
    /// There was no room in time: Python's `Full`.
    Full,
    /// The queue was closed.
    Closed,
    /// The item cannot be encoded.
    Encode(wire::Error),
    /// The item holds what lives in an open file, such as a connection, which only a
    /// [`Connection`](crate::connection::Connection) carries.
    Carries(String),
    /// The queue's memory was overwritten by something else.
    Corrupted,
    /// This process cannot take part, since others could not know of its death.
    Unavailable(LifeError),
}

/// Why no item was got.
#[derive(Debug)]
#[non_exhaustive]
pub enum GetError {
    /// There was none in time: Python's `Empty`.
    Empty,
    /// The queue was closed, and all that was put has been got.
    Closed,
    /// The item is not of the queue's type, which it is if all processes run the same program. It is gone.
    Decode(wire::Error),
    /// The item, which is here, has more bytes than there is room for in the buffer that it was to be put into.
    BufferTooShort {
        /// The whole item.
        item: Vec<u8>,
        /// The buffer's length.
        room: usize,
    },
    /// A process died while it was getting an item larger than half the queue's memory, and the item with it. The next call gets
    /// the next.
    Lost(Death),
    /// The queue's memory was overwritten by something else.
    Corrupted,
    /// This process cannot take part, since others could not know of its death.
    Unavailable(LifeError),
}

/// Why no task was reported done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskDoneError {
    /// All tasks that were got are done already.
    NoneTaken,
    /// This process cannot take part, since others could not know of its death.
    Unavailable(LifeError),
}

/// Why it is not so that all tasks are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinError {
    /// The time was up.
    TimedOut,
    /// A process died with tasks that it had got and not done. They count as done from now on; put them again if they must be.
    Lost {
        /// Who died.
        death: Death,
        /// How many tasks it had.
        tasks: usize,
    },
    /// This process cannot take part, since others could not know of its death.
    Unavailable(LifeError),
}

impl JoinError {
    /// Whether the time was up.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        matches!(self, JoinError::TimedOut)
    }
}

impl PutError {
    /// Whether there was no room in time.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, PutError::Full)
    }

    /// Whether the queue was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, PutError::Closed)
    }
}

impl GetError {
    /// Whether there was no item in time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, GetError::Empty)
    }

    /// Whether the queue was closed and is empty.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, GetError::Closed)
    }
}

impl From<memory::PutError> for PutError {
    fn from(error: memory::PutError) -> PutError {
        match error {
            memory::PutError::TimedOut => PutError::Full,
            memory::PutError::Closed => PutError::Closed,
            memory::PutError::Corrupted => PutError::Corrupted,
            memory::PutError::NoLife(error) => PutError::Unavailable(error),
        }
    }
}

impl From<memory::GetError> for GetError {
    fn from(error: memory::GetError) -> GetError {
        match error {
            memory::GetError::TimedOut => GetError::Empty,
            memory::GetError::Closed => GetError::Closed,
            memory::GetError::Lost(death) => GetError::Lost(death),
            memory::GetError::Corrupted => GetError::Corrupted,
            memory::GetError::NoLife(error) => GetError::Unavailable(error),
        }
    }
}

impl From<memory::DoneError> for TaskDoneError {
    fn from(error: memory::DoneError) -> TaskDoneError {
        match error {
            memory::DoneError::NoneTaken => TaskDoneError::NoneTaken,
            memory::DoneError::NoLife(error) => TaskDoneError::Unavailable(error),
        }
    }
}

impl From<memory::JoinError> for JoinError {
    fn from(error: memory::JoinError) -> JoinError {
        match error {
            memory::JoinError::TimedOut => JoinError::TimedOut,
            memory::JoinError::Lost { death, tasks } => JoinError::Lost {
                death,
                tasks: tasks as usize,
            },
            memory::JoinError::NoLife(error) => JoinError::Unavailable(error),
        }
    }
}

const CORRUPTED: &str =
    "its memory was overwritten by something else; make a new one, and look for the culprit";

impl fmt::Display for PutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot put an item into the queue: ")?;
        match self {
            PutError::Full => f.write_str("there was no room in time"),
            PutError::Closed => f.write_str("it is closed"),
            PutError::Encode(error) => write!(f, "the item cannot be encoded: {error}"),
            PutError::Carries(why) => write!(f, "{why}; send it over a connection"),
            PutError::Corrupted => f.write_str(CORRUPTED),
            PutError::Unavailable(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot get an item from the queue: ")?;
        match self {
            GetError::Empty => f.write_str("there was none in time"),
            GetError::Closed => f.write_str("it is closed and empty"),
            GetError::Decode(error) => write!(f, "the item is not of the queue's type: {error}"),
            GetError::BufferTooShort { item, room } => {
                let length = item.len();
                write!(
                    f,
                    "it has {length} bytes and the buffer {room}; the item is in the error"
                )
            }
            GetError::Lost(death) => match death.pid() {
                Some(pid) => write!(f, "it is lost with process {pid}, which died getting it"),
                None => f.write_str("it is lost with a process that died getting it"),
            },
            GetError::Corrupted => f.write_str(CORRUPTED),
            GetError::Unavailable(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for TaskDoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot report a task done: ")?;
        match self {
            TaskDoneError::NoneTaken => f.write_str("all that were got are done; report each once"),
            TaskDoneError::Unavailable(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::TimedOut => f.write_str("the queue's tasks were not done in time"),
            JoinError::Lost { death, tasks } => {
                match death.pid() {
                    Some(pid) => write!(f, "process {pid}")?,
                    None => f.write_str("a process")?,
                }
                let are = if *tasks == 1 {
                    "task that is"
                } else {
                    "tasks that are"
                };
                write!(
                    f,
                    " died and had got {tasks} {are} not done: put again what must be"
                )
            }
            JoinError::Unavailable(error) => {
                write!(f, "cannot wait for the queue's tasks: {error}")
            }
        }
    }
}

impl error::Error for TaskDoneError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            TaskDoneError::Unavailable(error) => Some(error),
            TaskDoneError::NoneTaken => None,
        }
    }
}

impl error::Error for JoinError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            JoinError::Unavailable(error) => Some(error),
            _ => None,
        }
    }
}

impl error::Error for PutError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            PutError::Encode(error) => Some(error),
            PutError::Unavailable(error) => Some(error),
            _ => None,
        }
    }
}

impl error::Error for GetError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            GetError::Decode(error) => Some(error),
            GetError::Unavailable(error) => Some(error),
            _ => None,
        }
    }
}
