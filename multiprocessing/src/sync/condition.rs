//! Waiting for a change of what a lock guards.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use manyways_shared_memory as memory;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{ConditionError, LockError, Misuse, SyncError, Taken, deadline, guarded};
use super::{Lock, RLock};

/// A condition variable between processes, with its lock: Python's `multiprocessing.Condition`.
///
/// Notifications go to those who have waited longest, and never wait for them. A waiter that is killed is passed over; if it
/// dies after it was notified and before it has come back, the notification goes to the next. (In Python, `notify` hangs for
/// ever after a waiter was killed.)
///
/// ```
/// use multiprocessing::{Condition, Value};
///
/// let (ready, changed) = (Value::new(0)?, Condition::new()?);
/// let (theirs, their_condition) = (ready.clone(), changed.clone());
/// let other = manyways_process::Fork::new().run(move || {
///     let guard = their_condition.lock().unwrap();
///     theirs.set(1).unwrap();
///     their_condition.notify_all().unwrap();
///     drop(guard);
/// })?;
/// let guard = changed.lock().unwrap();
/// changed.wait_for(|| ready.get().unwrap() == 1)?;
/// drop(guard);
/// # other.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Condition {
    line: memory::Condition,
    lock: AnyLock,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum AnyLock {
    Lock(Lock),
    RLock(RLock),
}

/// How a wait with a limit ended. The lock is held in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the time may have been up, or the lock's holder died"]
pub struct Waited {
    /// Whether what was waited for came in time.
    pub in_time: bool,
    /// Whether a holder of the lock died meanwhile.
    pub taken: Taken,
}

/// How often a lock was held before it was given up for a wait.
#[derive(Clone, Copy)]
enum Suspended {
    Lock,
    RLock(u32),
}

impl Condition {
    /// A condition with an [`RLock`] of its own.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new() -> Result<Condition, SyncError> {
        Condition::with_rlock(RLock::new()?)
    }

    /// A condition of this lock, which others may use too.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn with_lock(lock: Lock) -> Result<Condition, SyncError> {
        Condition::over(AnyLock::Lock(lock))
    }

    /// A condition of this lock, which others may use too.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn with_rlock(lock: RLock) -> Result<Condition, SyncError> {
        Condition::over(AnyLock::RLock(lock))
    }

    fn over(lock: AnyLock) -> Result<Condition, SyncError> {
        let line = memory::Condition::new()?;
        Ok(Condition { line, lock })
    }

    /// Takes the lock; the guard releases it.
    ///
    /// # Errors
    ///
    /// As [`RLock::lock`].
    pub fn lock(&self) -> Result<ConditionGuard<'_>, LockError<ConditionGuard<'_>>> {
        let taken = self.acquire()?;
        guarded(taken, ConditionGuard::new(self))
    }

    /// Takes the lock, to be released by hand.
    ///
    /// # Errors
    ///
    /// As [`RLock::acquire`].
    pub fn acquire(&self) -> Result<Taken, SyncError> {
        match &self.lock {
            AnyLock::Lock(lock) => lock.acquire(),
            AnyLock::RLock(lock) => lock.acquire(),
        }
    }

    /// Releases the lock.
    ///
    /// # Errors
    ///
    /// As [`RLock::release`].
    pub fn release(&self) -> Result<(), Misuse> {
        match &self.lock {
            AnyLock::Lock(lock) => lock.release(),
            AnyLock::RLock(lock) => lock.release(),
        }
    }

    /// Releases the lock, waits for a notification, and takes the lock again, as often as it was held.
    ///
    /// # Errors
    ///
    /// If the lock is not held, 256 wait already, or this process cannot take part. The lock is as it was.
    pub fn wait(&self) -> Result<Taken, ConditionError> {
        Ok(self.wait_until(None)?.taken)
    }

    /// As [`wait`](Self::wait), at most so long (and then for the lock).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Waited, ConditionError> {
        self.wait_until(deadline(timeout))
    }

    /// Waits until `predicate` is true. It is called with the lock held, first of all and after each notification.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_for(&self, predicate: impl FnMut() -> bool) -> Result<Taken, ConditionError> {
        Ok(self.wait_for_until(None, predicate)?.taken)
    }

    /// As [`wait_for`](Self::wait_for), at most so long in all. What `predicate` says last is what counts.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_for_timeout(
        &self,
        timeout: Duration,
        predicate: impl FnMut() -> bool,
    ) -> Result<Waited, ConditionError> {
        self.wait_for_until(deadline(timeout), predicate)
    }

    /// Wakes the `count` that have waited longest, or all if they are fewer. Gives how many.
    ///
    /// # Errors
    ///
    /// If the lock is not held, or this process cannot take part.
    pub fn notify(&self, count: usize) -> Result<usize, ConditionError> {
        self.check_held()?;
        Ok(self.line.notify(count)?)
    }

    /// Wakes all who wait. Gives how many.
    ///
    /// # Errors
    ///
    /// As [`notify`](Self::notify).
    pub fn notify_all(&self) -> Result<usize, ConditionError> {
        self.check_held()?;
        Ok(self.line.notify_all()?)
    }

    fn wait_for_until(
        &self,
        deadline: Option<Instant>,
        mut predicate: impl FnMut() -> bool,
    ) -> Result<Waited, ConditionError> {
        self.check_held()?;
        let mut all = Waited {
            in_time: true,
            taken: Taken::Clean,
        };
        while !predicate() {
            if !all.in_time {
                return Ok(all);
            }
            let once = self.wait_until(deadline)?;
            all.in_time = once.in_time;
            if let Taken::OwnerDied(_) = once.taken {
                all.taken = once.taken;
            }
        }
        all.in_time = true;
        Ok(all)
    }

    fn wait_until(&self, deadline: Option<Instant>) -> Result<Waited, ConditionError> {
        self.check_held()?;
        let waiter = self.line.enqueue()?;
        let suspended = self.suspend()?;
        let waited = waiter.wait(deadline);
        let taken = self.resume(suspended)?;
        match waited {
            Ok(()) => Ok(Waited {
                in_time: true,
                taken,
            }),
            Err(memory::WaitError::TimedOut) => Ok(Waited {
                in_time: false,
                taken,
            }),
            Err(memory::WaitError::NoLife(error)) => Err(error.into()),
        }
    }

    fn check_held(&self) -> Result<(), Misuse> {
        let held = match &self.lock {
            AnyLock::Lock(lock) => lock.locked(),
            AnyLock::RLock(lock) => lock.is_owned(),
        };
        held.then_some(()).ok_or(Misuse::NotHeld)
    }

    fn suspend(&self) -> Result<Suspended, Misuse> {
        match &self.lock {
            AnyLock::Lock(lock) => lock.release().map(|()| Suspended::Lock),
            AnyLock::RLock(lock) => lock.raw.release_all().map(Suspended::RLock),
        }
    }

    /// Takes the lock as often as it was held. The first time may bring news.
    fn resume(&self, suspended: Suspended) -> Result<Taken, SyncError> {
        let taken = self.acquire()?;
        if let Suspended::RLock(depth) = suspended {
            for _ in 1..depth {
                let Taken::Clean = self.acquire()? else {
                    unreachable!("the lock is this thread's already");
                };
            }
        }
        Ok(taken)
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("waiters", &self.line.waiters())
            .field("lock", &self.lock)
            .finish()
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = super::travel::depart(self.line.place()).map_err(serde::ser::Error::custom)?;
        (line, &self.lock).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Condition, D::Error> {
        let (line, lock) = Deserialize::deserialize(deserializer)?;
        let line = super::travel::arrive(&line, memory::Condition::at);
        let line = line.map_err(serde::de::Error::custom)?;
        Ok(Condition { line, lock })
    }
}

/// The held lock of a [`Condition`]. Releases it when it is dropped. It stays on its thread, whose the lock may be.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub struct ConditionGuard<'a> {
    condition: &'a Condition,
    _stays: PhantomData<*const ()>,
}

impl<'a> ConditionGuard<'a> {
    fn new(condition: &'a Condition) -> ConditionGuard<'a> {
        ConditionGuard {
            condition,
            _stays: PhantomData,
        }
    }
}

impl Drop for ConditionGuard<'_> {
    fn drop(&mut self) {
        // It fails only if the program has released by hand what the guard holds.
        let _ = self.condition.release();
    }
}
