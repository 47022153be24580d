//! The word under every lock.

use std::time::Instant;

use crate::error::{LifeError, WaitError};
use crate::life::{Death, FLAGS, Identity};
use crate::seam::{self, Life, Ordering, Word};
use crate::spin::Spin;

/// Somebody sleeps until the lock is released, or did so once and does not know of others.
const WAITED: u32 = 1 << 31;

/// Somebody wants to be told of the next release, without the lock: see [`RawLock::call`].
const CALLED: u32 = 1 << 30;

const _: () = assert!(FLAGS == WAITED | CALLED);

/// How a lock was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "what the lock guards may be half changed"]
pub enum Taken {
    /// It was free.
    Clean,
    /// A process held it and died. The lock is the caller's now; the news comes once.
    OwnerDied(Death),
}

/// What a release found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Released {
    pub(crate) was_held: bool,
    /// Whether somebody had [called](RawLock::call) since the last release.
    pub(crate) was_called: bool,
}

/// 0, or the holder's identity; and two flags.
///
/// A release makes the word 0 and wakes one sleeper; whoever comes first takes the lock. One that was woken takes it with
/// [`WAITED`], since others may sleep on. When one that was woken is killed, the others find the lock free within a
/// [period](crate::seam::PERIOD); so they do when the releaser is killed before it has woken anybody.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(crate) struct RawLock {
    word: Word,
}

impl RawLock {
    /// Takes the lock. A deadline that has passed leaves one try.
    #[inline]
    pub(crate) fn acquire(
        &self,
        life: &Life,
        deadline: Option<Instant>,
    ) -> Result<Taken, WaitError> {
        let me = life.me()?;
        if self.take_free(me) {
            return Ok(Taken::Clean);
        }
        self.contend(life, me, deadline)
    }

    /// Takes the lock if it is free or its holder is dead.
    #[inline]
    pub(crate) fn try_acquire(&self, life: &Life) -> Result<Taken, WaitError> {
        let me = life.me()?;
        if self.take_free(me) {
            return Ok(Taken::Clean);
        }
        let state = self.word.load(Ordering::Relaxed);
        self.take(life, me, state, 0).ok_or(WaitError::TimedOut)
    }

    #[inline]
    fn take_free(&self, me: Identity) -> bool {
        self.exchange(0, me.word(), Ordering::Acquire)
    }

    #[cold]
    fn contend(
        &self,
        life: &Life,
        me: Identity,
        deadline: Option<Instant>,
    ) -> Result<Taken, WaitError> {
        let mut spin = Spin::for_lock();
        let mut waited = 0;
        loop {
            let state = self.word.load(Ordering::Relaxed);
            let is_held = Identity::in_word(state).is_some();
            if is_held && spin.turn() {
                continue;
            }
            if let Some(taken) = self.take(life, me, state, waited) {
                return Ok(taken);
            }
            if seam::has_passed(deadline) {
                return Err(WaitError::TimedOut);
            }
            if is_held {
                self.sleep(state, deadline);
                waited = WAITED;
            }
        }
    }

    /// One try in the slow way: from nobody, or from the dead.
    fn take(&self, life: &Life, me: Identity, state: u32, waited: u32) -> Option<Taken> {
        let (taken, flags) = match Identity::in_word(state) {
            None => (Taken::Clean, state | waited),
            // The flags stay: who sleeps has set them.
            Some(holder) => (
                Taken::OwnerDied(life.death(holder)?),
                state & FLAGS | WAITED,
            ),
        };
        let is_mine = self.exchange(state, me.word() | flags, Ordering::Acquire);
        is_mine.then_some(taken)
    }

    /// Sleeps while the lock is held, as it was in `state`.
    fn sleep(&self, state: u32, deadline: Option<Instant>) {
        let asleep = state | WAITED;
        if state == asleep || self.exchange(state, asleep, Ordering::Relaxed) {
            self.word.sleep(asleep, deadline);
        }
    }

    /// Gives the lock up, whoever holds it.
    #[inline]
    pub(crate) fn release(&self) -> Released {
        let state = self.word.swap(0, Ordering::AcqRel);
        if state & WAITED != 0 {
            self.word.wake(1);
        }
        Released {
            was_held: Identity::in_word(state).is_some(),
            was_called: state & CALLED != 0,
        }
    }

    /// Takes the lock for a moment, however long that takes. That its last holder died is no news: it guards changes of single
    /// words.
    pub(crate) fn hold(&self, life: &Life) -> Result<Hold<'_>, LifeError> {
        match self.acquire(life, None) {
            Ok(_) => Ok(Hold { lock: self }),
            Err(WaitError::NoLife(error)) => Err(error),
            Err(WaitError::TimedOut) => unreachable!("without a deadline no time is up"),
        }
    }

    /// Asks the next one that releases this lock to tell. What it had changed before it took the lock's word to do so is seen
    /// after this: either the release finds the call, or the caller finds the change. Gives who holds the lock.
    pub(crate) fn call(&self) -> Option<Identity> {
        Identity::in_word(self.word.fetch_or(CALLED, Ordering::AcqRel))
    }

    /// The holder's way to learn of a [call](RawLock::call) without a release; the call is then answered.
    pub(crate) fn take_call(&self) -> bool {
        self.word.fetch_and(!CALLED, Ordering::AcqRel) & CALLED != 0
    }

    /// Who holds it.
    pub(crate) fn holder(&self) -> Option<Identity> {
        Identity::in_word(self.word.load(Ordering::Relaxed))
    }

    #[inline]
    fn exchange(&self, from: u32, to: u32, order: Ordering) -> bool {
        self.word
            .compare_exchange(from, to, order, Ordering::Relaxed)
            .is_ok()
    }
}

/// Gives the lock up when dropped.
#[derive(Debug)]
pub(crate) struct Hold<'a> {
    lock: &'a RawLock,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.lock.release();
    }
}
