//! Pedro Larroy's variant of forkmap: results go to an accumulator, in the order in which they are
//! finished.
//!
//! ```
//! use forkmap::forkfun::forkfun;
//!
//! let mut total = Vec::new();
//! forkfun(|index, square| total.push((index, square)), |x: u64| x * x, 0..10)?;
//! total.sort();
//! assert_eq!(total[9], (9, 81));
//! # Ok::<(), forkmap::Error>(())
//! ```
//!
//! Unlike the original's, the accumulator gets the item's index with each result; the processes run at
//! most 256 KiB of results each ahead of it, plus what the parent takes over at once; and when a call fails, nothing is left running: the other
//! processes finish what they are at, their results are accumulated too, and the error has every
//! failure. (The original raises in the parent and leaves the other children to themselves.)

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use crate::error::Kind;
use crate::{Chunks, Error, ForkMap};

/// Calls `function` for each item in forked processes and `accumulator` with each index and result, in
/// the parent, one at a time, as they come.
///
/// # Errors
///
/// When a call panics, or a process dies, or a result cannot be encoded. Every result that is complete
/// has been accumulated by then.
pub fn forkfun<T, R, I, A, F>(accumulator: A, function: F, items: I) -> Result<(), Error>
where
    I: IntoIterator<Item = T>,
    A: FnMut(usize, R),
    F: FnMut(T) -> R,
    R: Serialize + DeserializeOwned,
{
    ForkMap::new().forkfun(accumulator, function, items)
}

impl ForkMap<'_> {
    /// As [`forkfun`], with these options.
    ///
    /// # Errors
    ///
    /// As [`forkfun`].
    pub fn forkfun<T, R, I, A, F>(
        self,
        mut accumulator: A,
        function: F,
        items: I,
    ) -> Result<(), Error>
    where
        I: IntoIterator<Item = T>,
        A: FnMut(usize, R),
        F: FnMut(T) -> R,
        R: Serialize + DeserializeOwned,
    {
        let mut total: Option<Error> = None;
        for finished in self.imap_unordered(items, function)? {
            match finished {
                Ok((index, result)) => accumulator(index, result),
                Err(error) => match &mut total {
                    Some(total) => total.join(error),
                    None => total = Some(error),
                },
            }
        }
        total.map_or(Ok(()), Err)
    }
}

/// Marks a function as one to be run in parallel: the originals' decorator.
///
/// ```
/// use forkmap::forkfun::parallelizable;
///
/// let mut cube = parallelizable(|x: u64| x * x * x).maxchildren(2);
/// assert_eq!(cube.call(2), 8); // Here, as any function.
/// assert_eq!(cube.map(1..4)?, [1, 8, 27]); // In two processes.
/// # Ok::<(), forkmap::Error<u64>>(())
/// ```
#[must_use]
pub fn parallelizable<F>(function: F) -> Parallelizable<F> {
    Parallelizable {
        function,
        maxchildren: 0,
        perproc: None,
    }
}

/// A function with its way of being run in parallel; made by [`parallelizable`].
#[derive(Clone)]
pub struct Parallelizable<F> {
    function: F,
    maxchildren: usize,
    perproc: Option<usize>,
}

impl<F> Parallelizable<F> {
    /// At most this many processes; 0 stands for [`nprocessors`](crate::nprocessors).
    #[must_use]
    pub fn maxchildren(mut self, maxchildren: usize) -> Self {
        self.maxchildren = maxchildren;
        self
    }

    /// How many items a process takes at a time; at first, guided pieces.
    #[must_use]
    pub fn perproc(mut self, perproc: usize) -> Self {
        self.perproc = Some(perproc);
        self
    }

    /// Calls the function here, in this process.
    pub fn call<T, R>(&mut self, item: T) -> R
    where
        F: FnMut(T) -> R,
    {
        (self.function)(item)
    }

    /// As [`crate::map`], in this function's way.
    ///
    /// # Errors
    ///
    /// As [`crate::map`].
    pub fn map<T, R, I>(&mut self, items: I) -> Result<Vec<R>, Error<R>>
    where
        I: IntoIterator<Item = T>,
        F: FnMut(T) -> R,
        R: Serialize + DeserializeOwned,
    {
        self.options().map(items, &mut self.function)
    }

    /// As [`forkfun`], in this function's way.
    ///
    /// # Errors
    ///
    /// As [`forkfun`].
    pub fn forkfun<T, R, I, A>(&mut self, accumulator: A, items: I) -> Result<(), Error>
    where
        I: IntoIterator<Item = T>,
        A: FnMut(usize, R),
        F: FnMut(T) -> R,
        R: Serialize + DeserializeOwned,
    {
        self.options()
            .forkfun(accumulator, &mut self.function, items)
    }

    fn options(&self) -> ForkMap<'static> {
        let chunks = self.perproc.map_or(Chunks::default(), Chunks::fixed);
        ForkMap::new()
            .processes(self.maxchildren)
            .chunks(chunks)
            .name("forkfun")
    }
}

impl<F> fmt::Debug for Parallelizable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parallelizable")
            .field("maxchildren", &self.maxchildren)
            .field("perproc", &self.perproc)
            .finish_non_exhaustive()
    }
}

impl Error {
    /// Adds another run's or item's failure.
    fn join(&mut self, other: Error) {
        self.failures.extend(other.failures);
        if !matches!(other.kind, Kind::Items) {
            self.kind = other.kind;
        }
    }
}
