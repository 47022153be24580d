//! Who is told when a future is done, and in which order.
//!
//! Callbacks come first, while the outcome is still the writer's alone; then the future is done; then those are woken
//! who wait. So whoever sees a future done knows that its callbacks are through.

use std::mem;
use std::num::NonZeroU64;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use super::board::Board;
use super::cell::{Claimed, Job, Phase, Shared, Written};
use super::error::{FutureError, Outcome};
use crate::deadlock::{self, Resource};
use crate::ident::get_ident;
use crate::panic::{Telling, catch, shown};
use crate::wait::{Limit, Spin, WaitError};

/// The message to those who wait.
const SETTLED: u32 = 1;

pub(super) type Callback<T> = Box<dyn FnOnce(Result<&T, &FutureError>) + Send>;

/// Who is to be told, besides the threads in line: nobody, mostly.
pub(super) struct Watch<T>(Option<Box<Watchers<T>>>);

struct Watchers<T> {
    callbacks: Vec<Callback<T>>,
    notices: Vec<Notice>,
    /// The thread that is calling the callbacks.
    caller: Option<NonZeroU64>,
}

pub(super) enum Notice {
    /// A wait for several futures, and which of them this one is.
    Board(Arc<Board>, usize),
    Waker(Waker),
}

impl Notice {
    fn give(self) {
        match self {
            Notice::Board(board, index) => board.post(index),
            // The code of some executor.
            Notice::Waker(waker) => shown(|| waker.wake()),
        }
    }
}

impl<T> Watch<T> {
    pub(super) const fn new() -> Watch<T> {
        Watch(None)
    }

    fn watchers(&mut self) -> &mut Watchers<T> {
        self.0.get_or_insert_with(|| {
            Box::new(Watchers {
                callbacks: Vec::new(),
                notices: Vec::new(),
                caller: None,
            })
        })
    }

    /// How many callbacks and others are to be told.
    pub(super) fn counts(&self) -> (usize, usize) {
        let counts = |watchers: &Watchers<T>| (watchers.callbacks.len(), watchers.notices.len());
        self.0.as_deref().map_or((0, 0), counts)
    }

    /// Takes the callbacks, if there are any, to call them here.
    fn take_callbacks(&mut self) -> Option<Vec<Callback<T>>> {
        let watchers = self.0.as_mut()?;
        watchers.caller = Some(get_ident());
        let callbacks = mem::take(&mut watchers.callbacks);
        (!callbacks.is_empty()).then_some(callbacks)
    }

    /// A thread that waits for the callback in which it is would wait for ever.
    #[track_caller]
    fn check_caller(&self) {
        let caller = self.0.as_ref().and_then(|watchers| watchers.caller);
        assert!(
            caller != Some(get_ident()),
            "a done callback waits for its own future, which is done when its callbacks are"
        );
    }
}

impl<T> Watchers<T> {
    /// Puts a waker in the place of the one before, which it gives back.
    fn set_waker(&mut self, waker: Notice) -> Option<Notice> {
        let mut notices = self.notices.iter_mut();
        let before = notices.find(|notice| matches!(notice, Notice::Waker(_)));
        if let Some(before) = before {
            return Some(mem::replace(before, waker));
        }
        self.notices.push(waker);
        None
    }
}

impl<T, J: ?Sized + Job<T>> Claimed<'_, T, J> {
    /// Runs the task to its end.
    pub(super) fn run(self) {
        let _runs = deadlock::runs(self.address());
        let outcome = catch(Telling::Nobody, || self.call());
        let outcome = outcome.unwrap_or_else(|report| Err(FutureError::panicked(report)));
        self.settle(outcome);
    }

    /// Drops the task, then says so.
    pub(super) fn cancel(self) {
        let _runs = deadlock::runs(self.address());
        shown(|| self.discard());
        let written = self.write(Err(FutureError::cancelled()));
        written.finish(Phase::Cancelled);
    }

    pub(super) fn settle(self, outcome: Outcome<T>) {
        self.write(outcome).finish(Phase::Done);
    }
}

impl<T, J: ?Sized> Written<'_, T, J> {
    fn finish(self, phase: Phase) {
        let task = self.shared().address();
        match self.publish_unwatched(phase) {
            Ok(()) => deadlock::settled(task),
            Err(watched) => watched.tell(phase),
        }
    }

    #[cold]
    fn tell(self, phase: Phase) {
        let task = self.shared().address();
        let mut watch = self.shared().watch.lock();
        while let Some(callbacks) = watch.take_callbacks() {
            drop(watch);
            for callback in callbacks {
                shown(|| callback(self.outcome()));
            }
            watch = self.shared().watch.lock();
        }
        let watchers = watch.0.take();
        self.publish(phase);
        watch.notify_all(SETTLED);
        drop(watch);
        deadlock::settled(task);
        let notices = watchers.into_iter().flat_map(|watchers| watchers.notices);
        notices.for_each(Notice::give);
    }
}

impl<T, J: ?Sized + Job<T>> Shared<T, J> {
    /// Waits until it is settled.
    #[track_caller]
    pub(super) fn wait(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        limit.check_token()?;
        if self.phase().is_settled() {
            return Ok(());
        }
        let limit = limit.start();
        if let Some(why) = limit.is_over() {
            return Err(why);
        }
        let mut spin = Spin::new();
        while spin.turn() {
            if self.phase().is_settled() {
                return Ok(());
            }
        }
        self.wait_in_line(limit)
    }

    #[cold]
    #[track_caller]
    fn wait_in_line(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        let task = || (!self.phase().is_settled()).then(|| Resource::Task(self.task()));
        let (never, here) = (limit.is_never(), Location::caller());
        let _waits = never.then(|| deadlock::waits(here, task));
        let watch = self.watch.lock();
        if !self.mark_watched() {
            return Ok(());
        }
        watch.check_caller();
        let waited = watch.enqueue().wait(limit);
        waited.map(drop).map_err(|left| left.why)
    }
}

impl<T, J: ?Sized> Shared<T, J> {
    /// Has the callback called when it is settled; gives it back if it is.
    pub(super) fn add_callback(&self, callback: Callback<T>) -> Result<(), Callback<T>> {
        let mut watch = self.watch.lock();
        if !self.mark_watched() {
            return Err(callback);
        }
        watch.watchers().callbacks.push(callback);
        Ok(())
    }

    /// Has the notice given when it is settled. False if it is.
    #[track_caller]
    pub(super) fn subscribe(&self, notice: Notice) -> bool {
        let mut watch = self.watch.lock();
        if !self.mark_watched() {
            return false;
        }
        watch.check_caller();
        watch.watchers().notices.push(notice);
        true
    }

    /// A board needs no more notices.
    pub(super) fn unsubscribe(&self, board: &Arc<Board>) {
        let mut watch = self.watch.lock();
        if let Some(watchers) = &mut watch.0 {
            let is_ours = |notice: &Notice| matches!(notice, Notice::Board(other, _) if Arc::ptr_eq(other, board));
            watchers.notices.retain(|notice| !is_ours(notice));
        }
    }

    /// Has the waker woken when it is settled, in place of the one before. False if it is.
    pub(super) fn set_waker(&self, waker: &Waker) -> bool {
        // Cloned before the lock and dropped after it: a waker is code of others.
        let notice = Notice::Waker(waker.clone());
        let mut watch = self.watch.lock();
        let watched = self.mark_watched();
        let before = if watched {
            watch.watchers().set_waker(notice)
        } else {
            Some(notice)
        };
        drop(watch);
        drop(before);
        watched
    }
}
