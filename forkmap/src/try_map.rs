//! Maps over functions that return a `Result`.

use std::{error, fmt};

use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::cell::{Items, Slots};
use crate::crew::{Crew, Event, Verdict};
use crate::error::Failure;
use crate::map::{MapWork, incomplete, run, unusable};
use crate::{Error, ForkMap};

/// Why a [`try_map`] has no complete result.
#[derive(Debug)]
pub enum TryError<R, E> {
    /// The function returned an error.
    Item {
        /// The item's position: the lowest of those whose calls failed before the map stopped.
        index: usize,
        /// What the function returned.
        error: E,
        /// The results that are complete.
        partial: Vec<Option<R>>,
        /// Panics and deaths at other items, before the map stopped.
        failures: Vec<Failure>,
    },
    /// A call panicked, or a process died, or the system failed.
    Map(Error<R>),
}

impl<R, E: fmt::Display> fmt::Display for TryError<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TryError::Item {
                index,
                error,
                failures,
                ..
            } => {
                write!(f, "item {index}: {error}")?;
                failures
                    .iter()
                    .try_for_each(|failure| write!(f, "; {failure}"))
            }
            TryError::Map(error) => error.fmt(f),
        }
    }
}

impl<R: fmt::Debug, E: error::Error + 'static> error::Error for TryError<R, E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            TryError::Item { error, .. } => Some(error),
            TryError::Map(error) => error.source(),
        }
    }
}

/// As [`map`](crate::map), for a function that returns a `Result`: the first error stops the map, as
/// a panic would, and is given back.
///
/// ```
/// use forkmap::TryError;
///
/// let parse = |text: &str| text.parse::<u32>().map_err(|error| error.to_string());
/// assert_eq!(forkmap::try_map(["1", "2"], parse).unwrap(), [1, 2]);
/// match forkmap::try_map(["1", "two"], parse) {
///     Err(TryError::Item { index: 1, error, .. }) => assert!(error.contains("invalid digit")),
///     other => panic!("unexpected: {other:?}"),
/// }
/// ```
///
/// # Errors
///
/// The function's error with the item's position, or what [`map`](crate::map) gives.
pub fn try_map<T, R, E, I, F>(items: I, f: F) -> Result<Vec<R>, TryError<R, E>>
where
    I: IntoIterator<Item = T>,
    F: FnMut(T) -> Result<R, E>,
    R: Serialize + DeserializeOwned,
    E: Serialize + DeserializeOwned,
{
    ForkMap::new().try_map(items, f)
}

impl<'a> ForkMap<'a> {
    /// As [`try_map`], with these options.
    ///
    /// # Errors
    ///
    /// As [`try_map`].
    pub fn try_map<T, R, E, I, F>(mut self, items: I, f: F) -> Result<Vec<R>, TryError<R, E>>
    where
        I: IntoIterator<Item = T>,
        F: FnMut(T) -> Result<R, E>,
        R: Serialize + DeserializeOwned,
        E: Serialize + DeserializeOwned,
    {
        let items = Items::gather(items);
        let mut results = Slots::new(items.len());
        let mut first_error: Option<(usize, E)> = None;
        let mut failures = Vec::new();
        let count = items.len();
        let work = MapWork::new(&mut self, items, f);
        let crew = Crew::start(self.options, count, work);
        results.expect();
        let mut collect = |event: Event<'_>| match event {
            Event::Result { index, encoded } => match wire::decode::<Result<R, E>>(encoded) {
                Ok(Ok(result)) => {
                    results.put(index, result);
                    Verdict::Go
                }
                Ok(Err(error)) => {
                    if first_error.as_ref().is_none_or(|(first, _)| index < *first) {
                        first_error = Some((index, error));
                    }
                    Verdict::Stop
                }
                Err(error) => unusable(&error),
            },
            Event::Failed(failure) => {
                failures.push(failure);
                Verdict::Go
            }
            Event::Partial { .. } => Verdict::Go,
        };
        let outcome = crew.and_then(|crew| run(crew, &mut collect));
        let partial = match results.into_results() {
            Ok(results) => return Ok(results),
            Err(partial) => partial,
        };
        if let Some((index, error)) = first_error {
            return Err(TryError::Item {
                index,
                error,
                partial,
                failures,
            });
        }
        Err(TryError::Map(incomplete(outcome, failures, partial)))
    }
}
