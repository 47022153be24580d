//! A store that threads wait for.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::{fmt, mem};

use super::error::{GetError, PutError, Reason};
use super::store::{Nothing, Rejected, Store, discard};
use super::tasks::Tasks;
use crate::error::MisuseError;
use crate::seam::const_fn;
use crate::wait::{Limit, Locked, Spin, WaitError, WaitQueue, Waiting};

/// The message to those in line: there is something, or nothing will come. They look for themselves.
const LOOK: u32 = 1;

/// A store, lines of threads that wait for items and for room, and the tasks that its items are.
///
/// Each change of the store says whether there may be somebody in line, and only then is a line locked. Who joins a
/// line tells the store first, with the line locked, and stays away if the store sees no reason to wait; who finds the
/// line empty takes that back, with the line locked too. So nobody sleeps whom no change will wake.
///
/// A getter that was called may be beaten to the item by one that just came. It waits again, at the head of the line: items
/// go to whoever is awake, which is what makes queues fast, and nobody is passed by those in line behind it.
pub(super) struct Blocking<S> {
    store: S,
    getters: WaitQueue,
    putters: WaitQueue,
    tasks: Tasks,
}

// No panic finds a store between two states: the only code of users that runs in one is the comparison of a heap, which
// keeps all its items whatever that does.
impl<S> UnwindSafe for Blocking<S> {}
impl<S> RefUnwindSafe for Blocking<S> {}

/// In front of all others if it was called before, and beaten to what it was called for.
fn line_up(line: Locked<'_, ()>, was_called: bool) -> Waiting<'_, ()> {
    if was_called {
        line.enqueue_first()
    } else {
        line.enqueue()
    }
}

/// Calls somebody after all: a comparison of users' items that panics has changed the store.
struct OnPanic<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnPanic<F> {
    #[cold]
    fn drop(&mut self) {
        (self.0)();
    }
}

impl<S> Blocking<S> {
    const_fn! {
        pub(super) const fn new(store: S) -> Blocking<S> {
            Blocking {
                store,
                getters: WaitQueue::new(()),
                putters: WaitQueue::new(()),
                tasks: Tasks::new(),
            }
        }
    }
}

impl<S: Store> Blocking<S> {
    #[inline]
    fn push(&self, item: S::Item) -> Result<(), Rejected<S::Item>> {
        let on_panic = OnPanic(|| self.call_getter());
        let waited = self.store.push(item);
        mem::forget(on_panic);
        if waited? {
            self.call_getter();
        }
        Ok(())
    }

    #[inline]
    fn pop(&self) -> Result<S::Item, Nothing> {
        let on_panic = OnPanic(|| self.call_putter());
        let popped = self.store.pop();
        mem::forget(on_panic);
        let (item, waited) = popped?;
        if waited {
            self.call_putter();
        }
        Ok(item)
    }

    #[inline]
    pub(super) fn put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        match self.push(item) {
            Ok(()) => Ok(()),
            Err(Rejected::Closed(item)) => Err(PutError::new(Reason::Shutdown, item)),
            Err(Rejected::Full(item)) => self.put_in_line(item, Limit::NEVER),
        }
    }

    #[inline]
    pub(super) fn try_put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        self.push(item).map_err(PutError::from)
    }

    #[inline]
    pub(super) fn put_timeout(
        &self,
        item: S::Item,
        limit: Limit<'_>,
    ) -> Result<(), PutError<S::Item>> {
        if let Err(why) = limit.check_token() {
            return Err(PutError::new(why.into(), item));
        }
        match self.push(item) {
            Ok(()) => Ok(()),
            Err(Rejected::Closed(item)) => Err(PutError::new(Reason::Shutdown, item)),
            Err(Rejected::Full(item)) => self.put_in_line(item, limit),
        }
    }

    #[inline]
    pub(super) fn get(&self) -> Result<S::Item, GetError> {
        match self.pop() {
            Err(Nothing::Empty) => self.get_in_line(Limit::NEVER),
            done => done.map_err(GetError::from),
        }
    }

    #[inline]
    pub(super) fn try_get(&self) -> Result<S::Item, GetError> {
        self.pop().map_err(GetError::from)
    }

    #[inline]
    pub(super) fn get_timeout(&self, limit: Limit<'_>) -> Result<S::Item, GetError> {
        limit.check_token()?;
        match self.pop() {
            Err(Nothing::Empty) => self.get_in_line(limit),
            done => done.map_err(GetError::from),
        }
    }

    #[cold]
    fn put_in_line(&self, mut item: S::Item, limit: Limit<'_>) -> Result<(), PutError<S::Item>> {
        let limit = limit.start();
        let mut spin = Spin::new();
        let mut was_called = false;
        loop {
            item = match self.push(item) {
                Err(Rejected::Full(item)) => item,
                done => return done.map_err(PutError::from),
            };
            if spin.turn() {
                continue;
            }
            let line = self.putters.lock();
            if !self.store.expect_room() {
                continue;
            }
            match line_up(line, was_called).wait(limit) {
                Ok(_) => was_called = true,
                Err(left) => return Err(PutError::new(left.why.into(), item)),
            }
        }
    }

    #[cold]
    fn get_in_line(&self, limit: Limit<'_>) -> Result<S::Item, GetError> {
        let limit = limit.start();
        let mut spin = Spin::new();
        let mut was_called = false;
        loop {
            match self.pop() {
                Err(Nothing::Empty) => {}
                done => return done.map_err(GetError::from),
            }
            if spin.turn() {
                continue;
            }
            let line = self.getters.lock();
            if !self.store.expect_item() {
                continue;
            }
            match line_up(line, was_called).wait(limit) {
                Ok(_) => was_called = true,
                Err(left) => return Err(left.why.into()),
            }
        }
    }

    #[cold]
    fn call_getter(&self) {
        let mut line = self.getters.lock();
        line.notify_one(LOOK);
        if line.waiters() == 0 {
            self.store.forget_getters();
        }
    }

    #[cold]
    fn call_putter(&self) {
        let mut line = self.putters.lock();
        line.notify_one(LOOK);
        if line.waiters() == 0 {
            self.store.forget_putters();
        }
    }

    pub(super) fn shutdown(&self) {
        self.store.close();
        self.getters.lock().notify_all(LOOK);
        self.putters.lock().notify_all(LOOK);
    }

    pub(super) fn shutdown_immediate(&self) {
        self.store.close();
        let count = self.store.seal();
        self.tasks.thrown_away(count, || self.store.puts());
        self.shutdown();
        // Last: this is code of users.
        discard(|| self.store.pop_sealed());
    }

    pub(super) fn is_shutdown(&self) -> bool {
        self.store.is_closed()
    }

    pub(super) fn len(&self) -> usize {
        self.store.len()
    }

    pub(super) fn maxsize(&self) -> usize {
        self.store.capacity()
    }

    pub(super) fn is_full(&self) -> bool {
        let maxsize = self.maxsize();
        maxsize > 0 && self.len() >= maxsize
    }

    #[inline]
    #[track_caller]
    pub(super) fn task_done(&self) -> Result<(), MisuseError> {
        if self.tasks.one_done(|| self.store.puts()) {
            return Ok(());
        }
        Err(MisuseError::new(
            "task_done more often than items were put",
            "call it once for each item that was got",
        ))
    }

    pub(super) fn unfinished(&self) -> usize {
        self.tasks.unfinished(|| self.store.puts()) as usize
    }

    pub(super) fn join(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        self.tasks.join(limit, || self.store.puts())
    }

    /// With the live numbers of a queue that is called so.
    pub(super) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("qsize", &self.len())
            .field("maxsize", &self.maxsize())
            .field("unfinished_tasks", &self.unfinished())
            .field("shutdown", &self.is_shutdown())
            .field("getters", &self.getters.waiters())
            .field("putters", &self.putters.waiters())
            .field("joiners", &self.tasks.joiners())
            .finish()
    }

    /// As [`debug`](Blocking::debug), of a queue that has neither bound nor end nor tasks.
    pub(super) fn debug_simple(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("qsize", &self.len())
            .field("getters", &self.getters.waiters())
            .finish()
    }
}
