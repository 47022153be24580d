//! A task and what becomes of it, in one allocation; and who may touch what of it, when.
//!
//! ```text
//!               claim            write, publish
//!   Pending ---> Running ------------------------> Done
//!      |   \---> Held ---> Running (reclaim)        ^ a promise's way
//!       \------> Cancelling ---------------------> Cancelled
//! ```
//!
//! - The task belongs to the one [`Claimed`] that there ever is: `Pending` is left once and not entered again, and from
//!   `Held`, in which there is no `Claimed`, one is made again once.
//! - The outcome belongs to the `Claimed` too, then to its [`Written`], until that is published.
//! - From then on it belongs to the one [`Reader`].
//!
//! Whoever wants to be told sets a mark beside the phase, under the mutex of `watch`. Where there is no mark,
//! publishing is one exchange.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::error::{FutureError, Outcome};
use super::watch::Watch;
use crate::deadlock::{Task, Team};
use crate::seam::{AtomicU32, Ordering, UnsafeCell};
use crate::wait::WaitQueue;

/// How far a future is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Phase {
    Pending = 0,
    Running = 1,
    /// Running, in the eyes of all but the promise that holds it.
    Held = 2,
    Cancelling = 3,
    Done = 4,
    Cancelled = 5,
}

/// Set beside the phase: somebody is to be told.
const WATCHED: u32 = 8;

impl Phase {
    fn of(word: u32) -> Phase {
        match word & !WATCHED {
            0 => Phase::Pending,
            1 => Phase::Running,
            2 => Phase::Held,
            3 => Phase::Cancelling,
            4 => Phase::Done,
            _ => Phase::Cancelled,
        }
    }

    pub(super) fn is_settled(self) -> bool {
        matches!(self, Phase::Done | Phase::Cancelled)
    }
}

/// What is shared by those who run a task and those who wait for it.
pub(super) struct Shared<T, J: ?Sized> {
    word: AtomicU32,
    outcome: UnsafeCell<Option<Outcome<T>>>,
    /// Who is to be told.
    pub(super) watch: WaitQueue<Watch<T>>,
    job: J,
}

// SAFETY: `outcome` is touched by one owner at a time, as the head of this file says; it goes from thread to thread
// with `word`, which is released and acquired. So `T: Send` is enough; a `Reader`, which lends the outcome, has
// a bound of its own.
unsafe impl<T: Send, J: ?Sized + Sync> Sync for Shared<T, J> {}

impl<T, J> Shared<T, J> {
    /// A pending task and its reader.
    pub(super) fn pair(job: J) -> (Arc<Shared<T, J>>, Reader<T>)
    where
        J: Job<T> + 'static,
    {
        let shared = Arc::new(Shared {
            word: AtomicU32::new(Phase::Pending as u32),
            outcome: UnsafeCell::new(None),
            watch: WaitQueue::new(Watch::new()),
            job,
        });
        let reader = Reader {
            shared: shared.clone(),
            lends: PhantomData,
        };
        (shared, reader)
    }
}

impl<T, J: ?Sized> Shared<T, J> {
    pub(super) fn phase(&self) -> Phase {
        Phase::of(self.word.load(Ordering::Acquire))
    }

    /// Takes a task that nobody has begun or cancelled.
    pub(super) fn claim(&self, phase: Phase) -> Option<Claimed<'_, T, J>> {
        debug_assert!(matches!(phase, Phase::Running | Phase::Cancelling));
        self.leave(Phase::Pending, phase).then_some(Claimed(self))
    }

    /// Claims, to [`reclaim`](Shared::reclaim) later.
    pub(super) fn hold(&self) -> bool {
        self.leave(Phase::Pending, Phase::Held)
    }

    pub(super) fn reclaim(&self) -> Option<Claimed<'_, T, J>> {
        self.leave(Phase::Held, Phase::Running)
            .then_some(Claimed(self))
    }

    /// Asks to be told, under the mutex of `watch`. False if it is settled.
    pub(super) fn mark_watched(&self) -> bool {
        self.change(|word| (!Phase::of(word).is_settled()).then_some(word | WATCHED))
    }

    fn leave(&self, from: Phase, to: Phase) -> bool {
        self.change(|word| (Phase::of(word) == from).then_some(word & WATCHED | to as u32))
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        let changed = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
        changed.is_ok()
    }

    pub(super) fn job(&self) -> &J {
        &self.job
    }

    /// The name of the task for the detection of deadlocks.
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(super) fn task(&self) -> Task
    where
        J: Job<T>,
    {
        Task {
            address: self.address(),
            team: self.job.team(),
        }
    }
}

/// The right to run the task or to discard it, and then to say what came of it.
pub(super) struct Claimed<'s, T, J: ?Sized>(&'s Shared<T, J>);

impl<'s, T, J: ?Sized + Job<T>> Claimed<'s, T, J> {
    pub(super) fn address(&self) -> usize {
        self.0.address()
    }

    /// Runs the task. The task is gone afterwards, even if it panics.
    pub(super) fn call(&self) -> Outcome<T> {
        // SAFETY: this is the one `Claimed` of the cell that the job is part of.
        unsafe { self.0.job.call() }
    }

    /// Drops the task.
    pub(super) fn discard(&self) {
        // SAFETY: as above.
        unsafe { self.0.job.discard() }
    }

    pub(super) fn write(self, outcome: Outcome<T>) -> Written<'s, T, J> {
        self.0.outcome.with_mut(|place| {
            // SAFETY: until it is published the outcome belongs to the `Claimed`.
            unsafe { *place = Some(outcome) }
        });
        Written(self.0)
    }
}

impl<T, C> Claimed<'_, T, Slot<C>> {
    /// Takes the task back. The future stays without an outcome: for one that nobody has seen.
    pub(super) fn into_call(self) -> Option<C> {
        // SAFETY: this is the one `Claimed` of the cell that the slot is part of.
        unsafe { self.0.job.take() }
    }
}

/// An outcome that only its writer sees.
pub(super) struct Written<'s, T, J: ?Sized>(&'s Shared<T, J>);

impl<'s, T, J: ?Sized> Written<'s, T, J> {
    pub(super) fn shared(&self) -> &'s Shared<T, J> {
        self.0
    }

    pub(super) fn outcome(&self) -> Result<&T, &FutureError> {
        let outcome = self.0.outcome.with(|place| {
            // SAFETY: it belongs to this `Written`, which is borrowed as long as what is returned, and ends by being
            // published.
            unsafe { &*place }
        });
        outcome.as_ref().expect("it is written").as_ref()
    }

    /// For all to see, unless somebody is to be told.
    pub(super) fn publish_unwatched(self, phase: Phase) -> Result<(), Written<'s, T, J>> {
        let word = self.0.word.load(Ordering::Relaxed);
        if word & WATCHED != 0 {
            return Err(self);
        }
        let published =
            self.0
                .word
                .compare_exchange(word, phase as u32, Ordering::Release, Ordering::Relaxed);
        published.map(drop).map_err(|_| self)
    }

    /// For all to see. Under the mutex of `watch`, so that no mark comes in between.
    pub(super) fn publish(self, phase: Phase) {
        self.0.word.store(phase as u32, Ordering::Release);
    }
}

/// The one who gets the outcome.
pub(super) struct Reader<T> {
    shared: Arc<Shared<T, dyn Job<T>>>,
    /// It can only be shared by threads if its outcome can.
    lends: PhantomData<T>,
}

impl<T> Reader<T> {
    pub(super) fn shared(&self) -> &Shared<T, dyn Job<T>> {
        &self.shared
    }

    /// None if it is not settled, or was taken.
    pub(super) fn outcome(&self) -> Option<Result<&T, &FutureError>> {
        if !self.shared.phase().is_settled() {
            return None;
        }
        let outcome = self.shared.outcome.with(|place| {
            // SAFETY: it was published and so belongs to this, the one reader, which does not take it while it
            // is borrowed.
            unsafe { &*place }
        });
        outcome.as_ref().map(Result::as_ref)
    }

    /// None if it is not settled, or was taken.
    pub(super) fn take(&mut self) -> Option<Outcome<T>> {
        if !self.shared.phase().is_settled() {
            return None;
        }
        self.shared.outcome.with_mut(|place| {
            // SAFETY: it was published and so belongs to this, the one reader, of which nobody else has a reference.
            unsafe { (*place).take() }
        })
    }
}

/// What is to be done for a future.
pub(super) trait Job<T>: Send + Sync {
    /// The number of the pool whose workers may run it in place of a wait, 0 if there is none.
    fn home(&self) -> usize;

    /// The threads that are there to do it, if it is not for anybody to do.
    fn team(&self) -> Option<Team>;

    /// Does it.
    ///
    /// # Safety
    ///
    /// - The caller has the [`Claimed`] of the cell that this is part of.
    unsafe fn call(&self) -> Outcome<T>;

    /// Drops it.
    ///
    /// # Safety
    ///
    /// - The caller has the [`Claimed`] of the cell that this is part of.
    unsafe fn discard(&self);
}

/// A job that is done elsewhere: by a team, or by the owner of a promise.
#[derive(Debug)]
pub(super) struct Elsewhere(pub(super) Option<Team>);

impl<T> Job<T> for Elsewhere {
    fn home(&self) -> usize {
        0
    }

    fn team(&self) -> Option<Team> {
        self.0
    }

    unsafe fn call(&self) -> Outcome<T> {
        Err(FutureError::abandoned())
    }

    unsafe fn discard(&self) {}
}

/// What is called once and gives an outcome.
pub(super) trait Call<T>: Send {
    fn call(self) -> Outcome<T>;
}

/// A call that waits for a worker.
pub(super) struct Slot<C> {
    call: UnsafeCell<Option<C>>,
    home: usize,
}

// SAFETY: only the one `Claimed` of its cell touches the call, so it is never in the hands of two threads.
unsafe impl<C: Send> Sync for Slot<C> {}

impl<C> Slot<C> {
    pub(super) fn new(call: C, home: usize) -> Slot<C> {
        let call = UnsafeCell::new(Some(call));
        Slot { call, home }
    }

    /// # Safety
    ///
    /// - The caller has the [`Claimed`] of the cell that this is part of.
    unsafe fn take(&self) -> Option<C> {
        self.call.with_mut(|call| {
            // SAFETY: nobody else has the `Claimed`, as the caller promises.
            unsafe { (*call).take() }
        })
    }
}

impl<T, C: Call<T>> Job<T> for Slot<C> {
    fn home(&self) -> usize {
        self.home
    }

    fn team(&self) -> Option<Team> {
        Some(Team::Pool(self.home))
    }

    unsafe fn call(&self) -> Outcome<T> {
        // SAFETY: what the caller promises.
        let call = unsafe { self.take() };
        call.expect("a task is called once").call()
    }

    unsafe fn discard(&self) {
        // SAFETY: what the caller promises.
        drop(unsafe { self.take() });
    }
}

impl<T, J: ?Sized> fmt::Debug for Shared<T, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("phase", &self.phase())
            .finish_non_exhaustive()
    }
}
