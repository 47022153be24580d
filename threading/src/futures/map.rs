//! Results in the order of their items.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;

use super::error::{MapError, RefusedError};
use super::future::Future;
use crate::wait::{Limit, WaitError};

/// An item's future, or why its executor did not take it.
pub type Submitted<T> = Result<Future<T>, RefusedError>;

/// The results of [`ThreadPoolExecutor::map`](super::ThreadPoolExecutor::map), in the order of the items.
///
/// An item that fails is an error in its place, and the map goes on. (Python's ends there. So does
/// `collect::<Result<Vec<_>, _>>()`.) Dropped, the map cancels what has not begun.
#[must_use = "a map that is dropped cancels what has not begun"]
pub struct Map<'a, T, S> {
    source: Option<S>,
    ahead: VecDeque<Submitted<T>>,
    buffersize: usize,
    limit: Limit<'a>,
}

impl<T, S: Iterator<Item = Submitted<T>>> Map<'static, T, S> {
    pub(super) fn new(source: S, buffersize: usize) -> Map<'static, T, S> {
        let mut map = Map {
            source: Some(source),
            ahead: VecDeque::new(),
            buffersize,
            limit: Limit::NEVER,
        };
        map.fill(buffersize);
        map
    }
}

impl<T, S: Iterator<Item = Submitted<T>>> Map<'_, T, S> {
    /// Sets a limit for the whole, which counts from this call. When it is over the map gives an error, and ends.
    pub fn timeout<'a>(mut self, limit: impl Into<Limit<'a>>) -> Map<'a, T, S> {
        Map {
            source: self.source.take(),
            ahead: std::mem::take(&mut self.ahead),
            buffersize: self.buffersize,
            limit: limit.into().start(),
        }
    }

    /// Until so many are ahead.
    fn fill(&mut self, size: usize) {
        while self.ahead.len() < size
            && let Some(submitted) = self.source.as_mut().and_then(Iterator::next)
        {
            if submitted.is_err() {
                self.source = None;
            }
            self.ahead.push_back(submitted);
        }
    }

    fn end(&mut self) {
        self.source = None;
        cancel(&mut self.ahead);
    }

    #[track_caller]
    fn wait(&self, future: &Future<T>) -> Result<(), WaitError> {
        future.wait_timeout(self.limit)
    }
}

impl<T, S: Iterator<Item = Submitted<T>>> Iterator for Map<'_, T, S> {
    type Item = Result<T, MapError>;

    #[track_caller]
    fn next(&mut self) -> Option<Result<T, MapError>> {
        self.fill(self.buffersize.max(1));
        let future = match self.ahead.pop_front()? {
            Ok(future) => future,
            Err(error) => return Some(Err(MapError::Refused(error))),
        };
        if let Err(why) = self.wait(&future) {
            self.ahead.push_front(Ok(future));
            self.end();
            return Some(Err(MapError::Unfinished(why)));
        }
        // In the place of the one that is given.
        self.fill(self.buffersize);
        Some(future.result().map_err(MapError::Failed))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let source = self.source.as_ref().map_or((0, Some(0)), S::size_hint);
        let most = source.1.and_then(|most| most.checked_add(self.ahead.len()));
        (usize::from(!self.ahead.is_empty()), most)
    }
}

impl<T, S: Iterator<Item = Submitted<T>>> FusedIterator for Map<'_, T, S> {}

/// The last first, as the first may begin meanwhile.
fn cancel<T>(ahead: &mut VecDeque<Submitted<T>>) {
    while let Some(submitted) = ahead.pop_back() {
        if let Ok(future) = submitted {
            future.cancel();
        }
    }
}

impl<T, S> Drop for Map<'_, T, S> {
    fn drop(&mut self) {
        cancel(&mut self.ahead);
    }
}

impl<T, S> fmt::Debug for Map<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.ahead.iter().flatten().filter(|future| future.done());
        f.debug_struct("Map")
            .field("ahead", &self.ahead.len())
            .field("done", &done.count())
            .field("buffersize", &self.buffersize)
            .finish_non_exhaustive()
    }
}
