//! Semaphores: a number, and a bound for it.

use std::time::Duration;

use manyways_testkit::contract::{BoundedSemaphore, Outcome, Refusal, Semaphore};

use super::{Monitor, fault};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Permits {
    free: usize,
    bound: usize,
    /// For a fault.
    gone: usize,
}

/// One without a bound.
#[derive(Debug)]
pub(crate) struct SimpleSemaphore<M, const FAULT: u8 = 0>(M);

/// One with a bound.
#[derive(Debug)]
pub(crate) struct SimpleBounded<M, const FAULT: u8 = 0>(SimpleSemaphore<M, FAULT>);

impl<M: Monitor<Permits>, const FAULT: u8> SimpleSemaphore<M, FAULT> {
    fn take(&self, limit: Option<Duration>) -> Option<()> {
        self.0.until(limit, |permits| {
            permits.free = permits.free.checked_sub(1)?;
            Some(())
        })
    }
}

impl<M: Monitor<Permits>, const FAULT: u8> Semaphore for SimpleSemaphore<M, FAULT> {
    fn new(free: usize) -> Self {
        SimpleSemaphore(M::new(Permits {
            free,
            bound: usize::MAX,
            gone: 0,
        }))
    }

    fn acquire(&self) -> Outcome {
        self.take(None).ok_or(Refusal::WouldBlock)
    }

    fn try_acquire(&self) -> Outcome {
        self.take(Some(Duration::ZERO)).ok_or(Refusal::WouldBlock)
    }

    fn acquire_timeout(&self, limit: Duration) -> Outcome {
        let taken = self.take(Some(limit)).ok_or(Refusal::TimedOut);
        if taken.is_err() && FAULT == fault::SEMAPHORE_HANDED_TO_THE_GONE {
            self.0.change(|permits| permits.gone += 1);
        }
        taken
    }

    fn release(&self, permits: usize) -> Outcome {
        if permits == 0 {
            return Err(Refusal::InvalidValue);
        }
        let permits = if FAULT == fault::SEMAPHORE_RELEASES_ONE {
            1
        } else {
            permits
        };
        self.0.change(|state| {
            let total = state.free.saturating_add(permits);
            let is_over = total > state.bound && FAULT != fault::SEMAPHORE_OVER_RELEASES;
            if is_over && FAULT == fault::SEMAPHORE_FILLS_UP {
                state.free = state.bound;
            }
            if is_over {
                return Err(Refusal::OverRelease);
            }
            state.free = total - std::mem::take(&mut state.gone).min(permits);
            Ok(())
        })
    }

    fn with<R>(&self, body: impl FnOnce() -> R) -> R {
        self.acquire().unwrap();
        let _guard = Guard(self);
        body()
    }
}

struct Guard<'a, S: Semaphore>(&'a S);

impl<S: Semaphore> Drop for Guard<'_, S> {
    fn drop(&mut self) {
        self.0.release(1).unwrap();
    }
}

impl<M: Monitor<Permits>, const FAULT: u8> Semaphore for SimpleBounded<M, FAULT> {
    fn new(free: usize) -> Self {
        SimpleBounded(SimpleSemaphore(M::new(Permits {
            free,
            bound: free,
            gone: 0,
        })))
    }

    fn acquire(&self) -> Outcome {
        self.0.acquire()
    }

    fn try_acquire(&self) -> Outcome {
        self.0.try_acquire()
    }

    fn acquire_timeout(&self, limit: Duration) -> Outcome {
        self.0.acquire_timeout(limit)
    }

    fn release(&self, permits: usize) -> Outcome {
        self.0.release(permits)
    }

    fn with<R>(&self, body: impl FnOnce() -> R) -> R {
        self.0.with(body)
    }
}

impl<M: Monitor<Permits>, const FAULT: u8> BoundedSemaphore for SimpleBounded<M, FAULT> {}
