//! The error of [`Parallelizer::spawn`](crate::Parallelizer::spawn).

use std::{error, fmt};

/// A worker could not be started.
///
/// The only error that this crate returns by itself: what happens to an item is a
/// [`Failure`](crate::Failure) in the results.
#[derive(Debug)]
pub struct Error {
    started: usize,
    asked: usize,
    cause: manyways_process::Error,
}

impl Error {
    pub(crate) fn new(started: usize, asked: usize, cause: manyways_process::Error) -> Error {
        Error {
            started,
            asked,
            cause,
        }
    }

    /// How many of the workers that were asked for did start. They are kept and will run items.
    #[must_use]
    pub fn started(&self) -> usize {
        self.started
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error {
            started,
            asked,
            cause,
        } = self;
        write!(
            f,
            "could start only {started} of {asked} workers: {cause}; go on with these, or raise the limit of processes or \
             open files"
        )
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.cause)
    }
}
