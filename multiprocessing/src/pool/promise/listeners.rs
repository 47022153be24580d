//! Who is told of the result: listeners first, by the thread for callbacks, and after them all who wait.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, MutexGuard};

use super::Promise;
use super::state::State;
use crate::pool::error::PoolError;
use crate::pool::watch::Watch;

pub(crate) type Listener<T> = Box<dyn FnOnce(Result<&T, &PoolError>) + Send>;

impl<T: Send + 'static> Promise<T> {
    /// Has it told to the listener when it is there.
    pub(crate) fn listen(self: &Arc<Self>, listener: Listener<T>) {
        let mut state = self.state.lock();
        let is_late = state.left == 0 && !state.is_announcing && !state.is_taken;
        state.listeners.push(listener);
        if is_late {
            self.call_listeners(state);
        }
    }

    /// Has the thread for callbacks call them. Until it has, the result does not count as done.
    pub(super) fn call_listeners(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>) {
        state.is_announcing = true;
        drop(state);
        let promise = self.clone();
        self.callbacks.call(Box::new(move || promise.announce()));
    }

    /// Tells the listeners, and then all others.
    fn announce(&self) {
        let mut state = self.state.lock();
        while !state.listeners.is_empty() {
            let listeners = mem::take(&mut state.listeners);
            let parts = state.take_parts();
            drop(state);
            let result = parts.into_result();
            for listener in listeners {
                call(listener, &result);
            }
            state = self.state.lock();
            state.result = Some(result);
        }
        state.is_announcing = false;
        self.wake(&mut state);
    }

    /// Wakes all who wait for it.
    pub(super) fn wake(&self, state: &mut State<T>) {
        for (watch, key) in state.watches.drain(..) {
            watch.tell(key);
        }
        self.done.notify_all();
    }

    /// Has it told to the watch when it is done. False if it is.
    pub(crate) fn watch(&self, watch: &Arc<Watch>, key: usize) -> bool {
        let mut state = self.state.lock();
        let is_done = state.is_done();
        if !is_done {
            state.watches.push((watch.clone(), key));
        }
        !is_done
    }

    pub(crate) fn unwatch(&self, watch: &Arc<Watch>) {
        self.state
            .lock()
            .watches
            .retain(|(other, _)| !Arc::ptr_eq(other, watch));
    }
}

/// A listener's panic is reported by the program's panic hook; the others are told all the same.
fn call<T>(listener: Listener<T>, result: &Result<T, PoolError>) {
    let _ = catch_unwind(AssertUnwindSafe(|| listener(result.as_ref())));
}
