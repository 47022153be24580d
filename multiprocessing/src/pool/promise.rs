//! A result that is on its way, and who waits for it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, mem, process};

use super::callbacks::Callbacks;
use super::door::Task;
use super::engine::Piece;
use super::error::PoolError;
use super::failure::Failure;
use super::function::Entry;
use super::watch::Watch;

/// How a result is made of pieces, as they come.
pub(crate) trait Assembly<T>: Send {
    /// Takes pieces in, of a result of so many items. Says how many bytes of them have to wait for others.
    fn add(&mut self, pieces: Vec<Piece>, items: usize) -> usize;

    /// All have come.
    fn result(self: Box<Self>) -> Result<T, PoolError>;
}

/// Whoever waits for the result takes pieces in meanwhile when they are so many bytes: many small ones cost one wake-up.
const WORTHWHILE: usize = 32 << 10;

type Listener<T> = Box<dyn FnOnce(Result<&T, &PoolError>) + Send>;

/// What a call or a map will have given.
pub(crate) struct Promise<T> {
    /// The name of what is called.
    function: &'static str,
    callbacks: Arc<Callbacks>,
    phase: AtomicU8,
    state: Mutex<State<T>>,
    done: Condvar,
    home: u32,
}

struct State<T> {
    /// Items without outcome, and one more until all have been sent.
    left: usize,
    /// All items.
    items: usize,
    /// Those that were not taken in, and how many bytes they are.
    pieces: Vec<Piece>,
    bytes: usize,
    /// How many are worth while to be taken in.
    worthwhile: usize,
    /// Somebody takes pieces in while they come, and waits for more.
    is_assembling: bool,
    /// Absent while it takes pieces in, and once it has given the result.
    assembly: Option<Box<dyn Assembly<T>>>,
    result: Option<Result<T, PoolError>>,
    is_taken: bool,
    listeners: Vec<Listener<T>>,
    /// The listeners are being told.
    is_announcing: bool,
    watches: Vec<(Arc<Watch>, usize)>,
}

impl<T> State<T> {
    fn is_done(&self) -> bool {
        self.left == 0 && !self.is_announcing
    }

    /// Whether pieces should be taken in before all have come. Of a result for listeners their thread takes all.
    fn is_worthwhile(&self) -> bool {
        self.bytes >= self.worthwhile && self.listeners.is_empty() && self.assembly.is_some()
    }

    /// What the result is made of, to be made outside of the lock.
    fn take_parts(&mut self) -> Parts<T> {
        self.bytes = 0;
        Parts {
            pieces: mem::take(&mut self.pieces),
            items: self.items,
            assembly: self.assembly.take(),
            result: self.result.take(),
        }
    }
}

struct Parts<T> {
    pieces: Vec<Piece>,
    items: usize,
    assembly: Option<Box<dyn Assembly<T>>>,
    result: Option<Result<T, PoolError>>,
}

impl<T> Parts<T> {
    fn into_result(self) -> Result<T, PoolError> {
        match (self.result, self.assembly) {
            (Some(result), _) => result,
            (None, Some(mut assembly)) => {
                assembly.add(self.pieces, self.items);
                assembly.result()
            }
            (None, None) => Err(PoolError::taken()),
        }
    }
}

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const CANCELLED: u8 = 2;

impl<T: Send + 'static> Promise<T> {
    pub(crate) fn new(
        function: &'static str,
        assembly: Box<dyn Assembly<T>>,
        callbacks: &Arc<Callbacks>,
    ) -> Arc<Promise<T>> {
        Arc::new(Promise {
            function,
            callbacks: callbacks.clone(),
            phase: AtomicU8::new(WAITING),
            state: Mutex::new(State {
                left: 1,
                items: 0,
                pieces: Vec::new(),
                bytes: 0,
                worthwhile: WORTHWHILE,
                is_assembling: false,
                assembly: Some(assembly),
                result: None,
                is_taken: false,
                listeners: Vec::new(),
                is_announcing: false,
                watches: Vec::new(),
            }),
            done: Condvar::new(),
            home: process::id(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a worker has, or has had, some of it.
    pub(crate) fn has_begun(&self) -> bool {
        self.phase.load(Ordering::Acquire) == BEGUN
    }

    /// A worker takes it. False if it was cancelled.
    pub(crate) fn begin(&self) -> bool {
        let begun =
            self.phase
                .compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire);
        begun.is_ok() || begun == Err(BEGUN)
    }

    /// Cancels it if no worker has had any of it.
    pub(crate) fn cancel(self: &Arc<Self>) -> bool {
        let cancelled =
            self.phase
                .compare_exchange(WAITING, CANCELLED, Ordering::AcqRel, Ordering::Acquire);
        if cancelled.is_ok() {
            self.settle(Err(PoolError::item(
                self.function,
                None,
                Failure::Cancelled,
            )));
        }
        cancelled.is_ok() || cancelled == Err(CANCELLED)
    }

    /// Whether this is the process in which it will be done.
    pub(crate) fn is_here(&self) -> bool {
        self.home == process::id()
    }

    /// It has come from a thread.
    pub(crate) fn settle(self: &Arc<Self>, result: Result<T, PoolError>) {
        let mut state = self.lock();
        if state.left > 0 {
            state.left = 0;
            state.result = Some(result);
            self.finish(state);
        }
    }

    /// So many more items are about to be sent.
    pub(crate) fn expect(&self, items: usize) {
        let mut state = self.lock();
        if state.left > 0 {
            state.left += items;
            state.items += items;
        }
    }

    /// All items have been sent.
    pub(crate) fn expect_no_more(self: &Arc<Self>) {
        self.count_down(self.lock(), 1);
    }

    /// Some items have an outcome.
    pub(crate) fn receive(self: &Arc<Self>, piece: Piece) {
        let mut state = self.lock();
        if state.left > 0 {
            let count = piece.count;
            state.bytes += piece.size();
            state.pieces.push(piece);
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
            state.is_announcing = true;
            drop(state);
            self.have_announced();
        }
    }

    fn wake(&self, state: &mut State<T>) {
        for (watch, key) in state.watches.drain(..) {
            watch.tell(key);
        }
        self.done.notify_all();
    }

    fn have_announced(self: &Arc<Self>) {
        let promise = self.clone();
        self.callbacks.call(Box::new(move || promise.announce()));
    }

    /// Tells the listeners, and then all others.
    fn announce(&self) {
        let mut state = self.lock();
        while !state.listeners.is_empty() {
            let listeners = mem::take(&mut state.listeners);
            let parts = state.take_parts();
            drop(state);
            let result = parts.into_result();
            for listener in listeners {
                call(listener, &result);
            }
            state = self.lock();
            state.result = Some(result);
        }
        state.is_announcing = false;
        self.wake(&mut state);
    }

    /// Has it told to the listener when it is there.
    pub(crate) fn listen(self: &Arc<Self>, listener: Listener<T>) {
        let mut state = self.lock();
        let announces = state.left == 0 && !state.is_announcing && !state.is_taken;
        state.listeners.push(listener);
        if announces {
            state.is_announcing = true;
            drop(state);
            self.have_announced();
        }
    }

    /// Has it told to the watch when it is done. False if it is.
    pub(crate) fn watch(&self, watch: &Arc<Watch>, key: usize) -> bool {
        let mut state = self.lock();
        let is_done = state.is_done();
        if !is_done {
            state.watches.push((watch.clone(), key));
        }
        !is_done
    }

    pub(crate) fn unwatch(&self, watch: &Arc<Watch>) {
        self.lock()
            .watches
            .retain(|(other, _)| !Arc::ptr_eq(other, watch));
    }

    pub(crate) fn is_done(&self) -> bool {
        self.lock().is_done()
    }

    /// Waits until it is done, at most so long. In another process than the pool's own nothing would ever come.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Result<(), PoolError> {
        self.wait_for(limit, State::is_done).map(drop)
    }

    fn wait_for(
        &self,
        limit: Option<Duration>,
        is_so: impl Fn(&State<T>) -> bool,
    ) -> Result<MutexGuard<'_, State<T>>, PoolError> {
        if !self.is_here() {
            return Err(PoolError::refused(Failure::Elsewhere));
        }
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut state = self.lock();
        while !is_so(&state) {
            state = match deadline {
                None => self
                    .done
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let left = at.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(PoolError::not_ready(limit.unwrap_or_default()));
                    }
                    let waited = self.done.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        Ok(state)
    }

    /// Waits, and takes the result.
    pub(crate) fn take(&self, limit: Option<Duration>) -> Result<T, PoolError> {
        // A time limit is short, or nothing hurries.
        if limit.is_none() && self.is_here() {
            self.assemble();
        }
        let mut state = self.wait_for(limit, State::is_done)?;
        if mem::replace(&mut state.is_taken, true) {
            return Err(PoolError::taken());
        }
        let parts = state.take_parts();
        drop(state);
        parts.into_result()
    }

    /// Takes pieces in while they come, so that at the end there is little left to do.
    fn assemble(&self) {
        let mut state = self.lock();
        state.is_assembling = true;
        while state.left > 0 {
            if !state.is_worthwhile() {
                let woken = self.done.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let mut parts = state.take_parts();
            drop(state);
            let waiting = parts.assembly.as_mut();
            let waiting = waiting.map_or(0, |assembly| assembly.add(parts.pieces, parts.items));
            state = self.lock();
            state.worthwhile = waiting.max(WORTHWHILE);
            state.assembly = parts.assembly;
        }
        state.is_assembling = false;
    }

    /// Waits, and looks at the result.
    pub(crate) fn look<V>(
        &self,
        limit: Option<Duration>,
        look: impl FnOnce(Result<&T, &PoolError>) -> V,
    ) -> Result<V, PoolError> {
        let mut state = self.wait_for(limit, State::is_done)?;
        if state.is_taken {
            return Err(PoolError::taken());
        }
        let result = state.take_parts().into_result();
        Ok(look(state.result.insert(result).as_ref()))
    }
}

/// A listener's panic is reported by the program's panic hook; the others are told all the same.
fn call<T>(listener: Listener<T>, result: &Result<T, PoolError>) {
    let told = std::panic::AssertUnwindSafe(|| listener(result.as_ref()));
    let _ = std::panic::catch_unwind(told);
}

/// A pending result as the task of workers.
pub(crate) struct Collected<T> {
    pub(crate) promise: Arc<Promise<T>>,
    pub(crate) entry: &'static Entry,
}

impl<T: Send + 'static> Task for Collected<T> {
    fn function(&self) -> &'static Entry {
        self.entry
    }

    fn begin(&self) -> bool {
        self.promise.begin()
    }

    fn deliver(&self, piece: Piece) {
        self.promise.receive(piece);
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Promise")
            .field("function", &self.function)
            .field("items_left", &state.left)
            .finish_non_exhaustive()
    }
}
