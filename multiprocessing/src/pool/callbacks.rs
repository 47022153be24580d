//! The thread that calls a pool's callbacks, one after the other. It is started for the first of them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::mutex::{Condvar, Mutex};

/// What is to be called.
pub(crate) type Callback = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(crate) struct Callbacks {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Callback>,
    thread: Option<JoinHandle<()>>,
    is_closed: bool,
}

impl Callbacks {
    /// Has it called by the thread; by this one, if that has ended or cannot be had.
    pub(crate) fn call(self: &Arc<Self>, callback: Callback) {
        let mut state = self.state.lock();
        if state.is_closed || !self.has_thread(&mut state) {
            drop(state);
            return call(callback);
        }
        state.queue.push_back(callback);
        self.news.notify_one();
    }

    fn has_thread(self: &Arc<Self>, state: &mut State) -> bool {
        if state.thread.is_none() {
            let callbacks = self.clone();
            let builder = thread::Builder::new().name("pool callbacks".to_owned());
            state.thread = builder.spawn(move || callbacks.serve()).ok();
        }
        state.thread.is_some()
    }

    fn serve(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(callback) = state.queue.pop_front() {
                drop(state);
                call(callback);
                state = self.state.lock();
            } else if state.is_closed {
                return;
            } else {
                state = self.news.wait(state);
            }
        }
    }

    /// Whether this is the thread.
    pub(crate) fn is_current(&self) -> bool {
        let state = self.state.lock();
        let thread = state.thread.as_ref().map(|thread| thread.thread().id());
        thread == Some(thread::current().id())
    }

    /// Waits until all have been called, and ends the thread. Called by the thread itself, it does not wait.
    pub(crate) fn finish(&self) {
        let is_current = self.is_current();
        let mut state = self.state.lock();
        state.is_closed = true;
        self.news.notify_all();
        let thread = state.thread.take();
        drop(state);
        if let Some(thread) = thread.filter(|_| !is_current) {
            // The thread catches all panics.
            let _ = thread.join();
        }
    }
}

/// A panic was reported by the program's panic hook, and ends nothing.
fn call(callback: Callback) {
    let _ = catch_unwind(AssertUnwindSafe(callback));
}
