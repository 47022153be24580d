//! How many items are not done yet, and who waits for all of them.

use crate::seam::Ordering::{AcqRel, Acquire, Relaxed};

use crate::seam::{AtomicU64, const_fn};
use crate::wait::{Limit, WaitError, WaitQueue};

/// In `done`: somebody may be in line.
const JOINED: u64 = 1;
/// In `done`: one task.
const ONE: u64 = 2;

/// The message to those who joined.
const ALL_DONE: u32 = 1;

/// Counts what was done. What was put is counted by the queue's store, which is asked through `puts`; that number
/// only grows.
#[derive(Debug)]
pub(super) struct Tasks {
    done: AtomicU64,
    /// That so many were put is known: most calls need not touch what putters change.
    puts: AtomicU64,
    joiners: WaitQueue,
}

impl Tasks {
    const_fn! {
        pub(super) const fn new() -> Tasks {
            Tasks {
                done: AtomicU64::new(0),
                puts: AtomicU64::new(0),
                joiners: WaitQueue::new(()),
            }
        }
    }

    /// One more is done. False, and nothing is changed, if as many were done as put.
    #[inline]
    pub(super) fn one_done(&self, puts: impl Fn() -> u64) -> bool {
        let is_known = |done| done < self.puts.load(Relaxed) || done < self.look(&puts);
        self.add(|done| u64::from(is_known(done)), &puts)
    }

    #[cold]
    fn look(&self, puts: impl Fn() -> u64) -> u64 {
        let puts = puts();
        self.puts.store(puts, Relaxed);
        puts
    }

    /// So many more are done: as many of them as were not done before.
    pub(super) fn thrown_away(&self, count: u64, puts: impl Fn() -> u64) {
        let all = puts();
        self.add(|done| all.saturating_sub(done).min(count), puts);
    }

    /// Adds so many as `part` says, of the number that are done. False if that is none.
    #[inline]
    fn add(&self, part: impl Fn(u64) -> u64, puts: impl Fn() -> u64) -> bool {
        let mut word = self.done.load(Relaxed);
        loop {
            let part = part(word / ONE);
            if part == 0 {
                return false;
            }
            let next = word + part * ONE;
            match self.done.compare_exchange_weak(word, next, AcqRel, Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if word & JOINED != 0 {
            self.wake_if_all_done(puts);
        }
        true
    }

    #[cold]
    fn wake_if_all_done(&self, puts: impl Fn() -> u64) {
        let mut line = self.joiners.lock();
        if self.unfinished(puts) == 0 {
            line.notify_all(ALL_DONE);
            self.done.fetch_and(!JOINED, Relaxed);
        }
    }

    /// How many were put and are not done.
    pub(super) fn unfinished(&self, puts: impl Fn() -> u64) -> u64 {
        // In this order: what is done was put before.
        let done = self.done.load(Acquire) / ONE;
        puts().saturating_sub(done)
    }

    pub(super) fn join(&self, limit: Limit<'_>, puts: impl Fn() -> u64) -> Result<(), WaitError> {
        limit.check_token()?;
        if self.unfinished(&puts) == 0 {
            return Ok(());
        }
        let line = self.joiners.lock();
        // Whoever does the last one from here on sees this.
        let done = self.done.fetch_or(JOINED, AcqRel) / ONE;
        if puts() <= done {
            return Ok(());
        }
        match line.enqueue().wait(limit) {
            Ok(_) => Ok(()),
            Err(left) => Err(left.why),
        }
    }

    pub(super) fn joiners(&self) -> usize {
        self.joiners.waiters()
    }
}
