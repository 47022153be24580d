//! A lock that anyone releases, and one that its owner takes again.

use std::time::Duration;

use manyways_testkit::contract::{Lock, Outcome, RLock, Refusal};

use super::{Monitor, fault, me};

/// What a condition needs of a lock.
pub(crate) trait Releasable: Lock {
    fn is_mine(&self) -> bool;

    /// Releases it whole; how often it was held.
    fn release_all(&self) -> u32;

    fn restore(&self, count: u32);
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Held {
    is_held: bool,
    /// For a fault.
    gave_up: bool,
}

#[derive(Debug)]
pub(crate) struct SimpleLock<M, const FAULT: u8 = 0>(M);

impl<M: Monitor<Held>, const FAULT: u8> SimpleLock<M, FAULT> {
    fn take(&self, limit: Option<Duration>) -> Option<()> {
        let free = |held: &mut Held| (!std::mem::replace(&mut held.is_held, true)).then_some(());
        if FAULT == fault::LOCK_SPINS {
            while self.0.change(free).is_none() {
                std::thread::yield_now();
            }
            return Some(());
        }
        self.0.until(limit, free)
    }
}

impl<M: Monitor<Held>, const FAULT: u8> Lock for SimpleLock<M, FAULT> {
    fn new() -> Self {
        SimpleLock(M::new(Held::default()))
    }

    fn acquire(&self) -> Outcome {
        self.take(None).ok_or(Refusal::WouldBlock)
    }

    fn try_acquire(&self) -> Outcome {
        if FAULT == fault::LOCK_TWICE {
            return Ok(());
        }
        self.take(Some(Duration::ZERO)).ok_or(Refusal::WouldBlock)
    }

    fn acquire_timeout(&self, limit: Duration) -> Outcome {
        let limit = if FAULT == fault::LIMIT_HALVED {
            limit / 2
        } else {
            limit
        };
        let taken = self.take(Some(limit));
        if taken.is_none() {
            self.0.change(|held| held.gave_up = true);
        }
        taken.ok_or(Refusal::TimedOut)
    }

    fn release(&self) -> Outcome {
        self.0.change(|held| {
            if !held.is_held && FAULT != fault::LOCK_RELEASED_FREE {
                return Err(Refusal::NotHeld);
            }
            let is_lost = FAULT == fault::LOCK_HANDED_TO_THE_GONE && held.gave_up;
            *held = Held {
                is_held: is_lost,
                gave_up: false,
            };
            Ok(())
        })
    }

    fn locked(&self) -> bool {
        self.0.change(|held| held.is_held)
    }

    fn with<R>(&self, body: impl FnOnce() -> R) -> R {
        self.acquire().unwrap();
        let guard = Guard(self);
        let result = body();
        if FAULT == fault::GUARD_LEAKS {
            std::mem::forget(guard);
        }
        result
    }
}

impl<M: Monitor<Held>, const FAULT: u8> Releasable for SimpleLock<M, FAULT> {
    fn is_mine(&self) -> bool {
        self.locked()
    }

    fn release_all(&self) -> u32 {
        self.release().unwrap();
        1
    }

    fn restore(&self, _count: u32) {
        self.acquire().unwrap();
    }
}

struct Guard<'a, L: Lock>(&'a L);

impl<L: Lock> Drop for Guard<'_, L> {
    fn drop(&mut self) {
        self.0.release().unwrap();
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Owner {
    owner: i32,
    count: u32,
}

#[derive(Debug)]
pub(crate) struct SimpleRLock<M, const FAULT: u8 = 0>(M);

impl<M: Monitor<Owner>, const FAULT: u8> SimpleRLock<M, FAULT> {
    fn take(&self, limit: Option<Duration>, count: u32) -> Option<()> {
        self.0.until(limit, |state| {
            let may = state.count == 0 || state.owner == me();
            may.then(|| {
                *state = Owner {
                    owner: me(),
                    count: state.count + count,
                }
            })
        })
    }
}

impl<M: Monitor<Owner>, const FAULT: u8> Lock for SimpleRLock<M, FAULT> {
    fn new() -> Self {
        SimpleRLock(M::new(Owner::default()))
    }

    fn acquire(&self) -> Outcome {
        self.take(None, 1).ok_or(Refusal::WouldBlock)
    }

    fn try_acquire(&self) -> Outcome {
        self.take(Some(Duration::ZERO), 1)
            .ok_or(Refusal::WouldBlock)
    }

    fn acquire_timeout(&self, limit: Duration) -> Outcome {
        self.take(Some(limit), 1).ok_or(Refusal::TimedOut)
    }

    fn release(&self) -> Outcome {
        self.0.change(|state| {
            let is_mine = state.owner == me() || FAULT == fault::RLOCK_ANYONE_RELEASES;
            if state.count == 0 || !is_mine {
                return Err(Refusal::NotHeld);
            }
            let left = if FAULT == fault::RLOCK_FREE_AT_ONCE {
                0
            } else {
                state.count - 1
            };
            *state = Owner {
                count: left,
                ..*state
            };
            Ok(())
        })
    }

    fn locked(&self) -> bool {
        self.0.change(|state| state.count > 0)
    }

    fn with<R>(&self, body: impl FnOnce() -> R) -> R {
        self.acquire().unwrap();
        let _guard = Guard(self);
        body()
    }
}

impl<M: Monitor<Owner>, const FAULT: u8> RLock for SimpleRLock<M, FAULT> {
    fn is_owned(&self) -> bool {
        self.0
            .change(|state| state.count > 0 && state.owner == me())
    }
}

impl<M: Monitor<Owner>, const FAULT: u8> Releasable for SimpleRLock<M, FAULT> {
    fn is_mine(&self) -> bool {
        self.is_owned()
    }

    fn release_all(&self) -> u32 {
        self.0.change(|state| std::mem::take(&mut state.count))
    }

    fn restore(&self, count: u32) {
        let count = if FAULT == fault::RLOCK_RESTORED_ONCE {
            1
        } else {
            count
        };
        let _ = self.take(None, count);
    }
}
