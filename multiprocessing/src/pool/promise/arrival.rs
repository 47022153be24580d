//! How the result comes: as pieces from workers, which are counted, or as a whole from a thread.

use std::sync::{Arc, MutexGuard};

use super::Promise;
use super::state::State;
use crate::pool::engine::Piece;
use crate::pool::error::PoolError;

impl<T: Send + 'static> Promise<T> {
    /// It has come from a thread.
    pub(crate) fn settle(self: &Arc<Self>, result: Result<T, PoolError>) {
        let mut state = self.state.lock();
        if state.left > 0 {
            state.left = 0;
            state.result = Some(result);
            self.finish(state);
        }
    }

    /// So many more items are about to be sent.
    pub(crate) fn expect(&self, items: usize) {
        let mut state = self.state.lock();
        if state.left > 0 {
            state.left += items;
            state.items += items;
        }
    }

    /// All items have been sent.
    pub(crate) fn expect_no_more(self: &Arc<Self>) {
        self.count_down(self.state.lock(), 1);
    }

    /// Some items have an outcome.
    pub(crate) fn receive(self: &Arc<Self>, piece: Piece) {
        let mut state = self.state.lock();
        if state.left > 0 {
            let count = piece.count;
            state.add(piece);
            if state.is_assembling && state.is_worthwhile() {
                self.done.notify_all();
            }
            self.count_down(state, count);
        }
    }

    /// Of a cancelled one nothing is left to be counted.
    fn count_down(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>, count: usize) {
        if state.left > 0 {
            state.left = state.left.saturating_sub(count);
            if state.left == 0 {
                self.finish(state);
            }
        }
    }

    fn finish(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>) {
        if state.listeners.is_empty() {
            self.wake(&mut state);
        } else {
            self.call_listeners(state);
        }
    }
}
