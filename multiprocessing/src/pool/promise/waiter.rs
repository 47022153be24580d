//! Waiting for the result, taking it, looking at it.

use std::mem;
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use super::Promise;
use super::state::State;
use crate::pool::error::PoolError;
use crate::pool::failure::Failure;

impl<T: Send + 'static> Promise<T> {
    /// Waits until it is done, at most so long. In another process than the pool's own nothing would ever come.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Result<(), PoolError> {
        self.done_within(limit).map(drop)
    }

    /// The state once it is done.
    fn done_within(&self, limit: Option<Duration>) -> Result<MutexGuard<'_, State<T>>, PoolError> {
        if !self.is_here() {
            return Err(PoolError::refused(Failure::Elsewhere));
        }
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut state = self.state.lock();
        while !state.is_done() {
            state = self
                .done
                .wait_until(state, deadline)
                .ok_or_else(|| PoolError::not_ready(limit.unwrap_or_default()))?;
        }
        Ok(state)
    }

    /// Waits, and takes the result.
    pub(crate) fn take(&self, limit: Option<Duration>) -> Result<T, PoolError> {
        // A time limit is short, or nothing hurries.
        if limit.is_none() && self.is_here() {
            self.assemble();
        }
        let mut state = self.done_within(limit)?;
        if mem::replace(&mut state.is_taken, true) {
            return Err(PoolError::taken());
        }
        let parts = state.take_parts();
        drop(state);
        parts.into_result()
    }

    /// Takes pieces in while they come, so that at the end there is little left to do.
    fn assemble(&self) {
        let mut state = self.state.lock();
        state.is_assembling = true;
        while state.left > 0 {
            if !state.is_worthwhile() {
                state = self.done.wait(state);
                continue;
            }
            let parts = state.take_parts();
            drop(state);
            let (assembly, waiting) = parts.assemble();
            state = self.state.lock();
            state.put_back(assembly, waiting);
        }
        state.is_assembling = false;
    }

    /// Waits, and looks at the result.
    pub(crate) fn look<V>(
        &self,
        limit: Option<Duration>,
        look: impl FnOnce(Result<&T, &PoolError>) -> V,
    ) -> Result<V, PoolError> {
        let mut state = self.done_within(limit)?;
        if state.is_taken {
            return Err(PoolError::taken());
        }
        let result = state.take_parts().into_result();
        Ok(look(state.result.insert(result).as_ref()))
    }
}
