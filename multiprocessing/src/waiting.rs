//! Waiting for a condition variable until a moment.

use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::Instant;

/// Waits to be notified; `None` once the deadline has passed. It may return early, as condition variables do.
pub(crate) fn wait_until<'a, T>(
    news: &Condvar,
    state: MutexGuard<'a, T>,
    deadline: Option<Instant>,
) -> Option<MutexGuard<'a, T>> {
    let Some(at) = deadline else {
        return Some(news.wait(state).unwrap_or_else(PoisonError::into_inner));
    };
    let left = at.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return None;
    }
    let waited = news.wait_timeout(state, left);
    Some(waited.unwrap_or_else(PoisonError::into_inner).0)
}
