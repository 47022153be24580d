//! What clients take, and give back.

use std::time::Duration;

use super::{face, limit};
use crate::managers::client::thread_number;
use crate::managers::error::Result;
use crate::managers::{Item, Proxy};

/// What the taker of a lock or permit learns of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "what the lock protects may be half done if its last owner died"]
pub enum Acquired {
    /// It was given back.
    Clean,
    /// It came back because the process that held it is dead. Whoever acquires it next is told, once.
    OwnerDied,
}

fn acquired(orphaned: bool) -> Acquired {
    match orphaned {
        true => Acquired::OwnerDied,
        false => Acquired::Clean,
    }
}

/// Methods of everything that is acquired.
macro_rules! acquire {
    () => {
        /// Waits until it is free and takes it.
        ///
        /// # Errors
        ///
        /// As [`Proxy::call`].
        pub fn acquire(&self) -> Result<Acquired> {
            self.proxy
                .call_with("acquire", vec![limit(None)])
                .map(acquired)
        }

        /// As [`acquire`](Self::acquire) for at most `timeout`; `None` if that was too short. Zero does not wait.
        ///
        /// # Errors
        ///
        /// As [`Proxy::call`].
        pub fn acquire_timeout(&self, timeout: Duration) -> Result<Option<Acquired>> {
            let orphaned = self
                .proxy
                .call_with::<Option<bool>>("acquire", vec![limit(Some(timeout))]);
            Ok(orphaned?.map(acquired))
        }
    };
}

/// A lock in a manager, which any process may release.
///
/// A process that dies gives back what it holds, and the next to acquire it is told.
///
/// ```
/// use multiprocessing::managers::{Acquired, Manager};
///
/// let manager = Manager::start()?;
/// let lock = manager.lock()?;
/// {
///     let guard = lock.lock()?;
///     assert_eq!(guard.acquired(), Acquired::Clean);
/// }
/// assert_eq!(lock.acquire()?, Acquired::Clean);
/// lock.release()?;
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
pub struct LockProxy {
    proxy: Proxy,
}

face!(LockProxy, "Lock");

impl LockProxy {
    acquire!();

    /// Acquires it until the guard is dropped.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`].
    pub fn lock(&self) -> Result<LockGuard<'_>> {
        Ok(LockGuard::new(&self.proxy, self.acquire()?))
    }

    /// Gives it back, whoever has acquired it.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`]; a fault of the kind `Misuse` if nobody has it.
    pub fn release(&self) -> Result<()> {
        self.proxy.call_with("release", Vec::new())
    }

    /// Whether somebody has it.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`].
    pub fn locked(&self) -> Result<bool> {
        self.proxy.call_with("locked", Vec::new())
    }
}

/// A lock in a manager that its owner, a thread of a process, may acquire again.
pub struct RLockProxy {
    proxy: Proxy,
}

face!(RLockProxy, "RLock");

impl RLockProxy {
    acquire!();

    /// Acquires it until the guard is dropped.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`].
    pub fn lock(&self) -> Result<LockGuard<'_>> {
        Ok(LockGuard::new(&self.proxy, self.acquire()?))
    }

    /// Gives back one acquisition.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`]; a fault of the kind `Misuse` if this thread is not its owner.
    pub fn release(&self) -> Result<()> {
        self.proxy.call_with("release", Vec::new())
    }
}

/// A lock of a manager, held until this is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a> {
    proxy: &'a Proxy,
    acquired: Acquired,
    /// The thread that owns the lock, as the guard may be dropped by another.
    owner: u64,
}

impl<'a> LockGuard<'a> {
    /// Of a lock that this thread has just acquired.
    fn new(proxy: &'a Proxy, acquired: Acquired) -> LockGuard<'a> {
        LockGuard {
            proxy,
            acquired,
            owner: thread_number(),
        }
    }

    /// What became of the owner before.
    pub fn acquired(&self) -> Acquired {
        self.acquired
    }
}

impl Drop for LockGuard<'_> {
    /// A manager that is gone has no lock to release.
    fn drop(&mut self) {
        let _ = self.proxy.release_as(self.owner);
    }
}

/// A semaphore in a manager, bounded or not.
///
/// The permits of a process that dies come back. A release by a process that holds none counts as that of the one that has
/// held one for longest.
pub struct SemaphoreProxy {
    proxy: Proxy,
}

face!(SemaphoreProxy, "Semaphore" | "BoundedSemaphore");

impl SemaphoreProxy {
    acquire!();

    /// Gives a permit back, or adds one.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`]; a fault of the kind `Value` if a bounded semaphore has all its permits.
    pub fn release(&self) -> Result<()> {
        self.release_many(1)
    }

    /// Gives many permits back.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release), and for less than one.
    pub fn release_many(&self, count: i64) -> Result<()> {
        self.proxy.call_with("release", vec![count.into()])
    }

    /// How many permits are left.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`].
    pub fn get_value(&self) -> Result<i64> {
        self.proxy.call_with("get_value", Vec::new())
    }
}

/// A condition in a manager, with a reentrant lock of its own.
///
/// The oldest who waits is notified first. A notification that a process dies with is passed on.
pub struct ConditionProxy {
    proxy: Proxy,
}

face!(ConditionProxy, "Condition");

impl ConditionProxy {
    acquire!();

    /// Acquires its lock until the guard is dropped.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`].
    pub fn lock(&self) -> Result<LockGuard<'_>> {
        Ok(LockGuard::new(&self.proxy, self.acquire()?))
    }

    /// Gives back one acquisition of its lock.
    ///
    /// # Errors
    ///
    /// As [`Proxy::call`]; a fault of the kind `Misuse` if this thread does not hold the lock.
    pub fn release(&self) -> Result<()> {
        self.proxy.call_with("release", Vec::new())
    }

    /// Gives the lock up, waits to be notified, for at most `timeout` if there is one, and takes the lock again. Whether it was
    /// notified.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        self.proxy.call_with("wait", vec![limit(timeout)])
    }

    /// Waits until the predicate holds, which is asked with the lock held. Its last answer.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and those of the predicate.
    pub fn wait_for(
        &self,
        mut predicate: impl FnMut() -> Result<bool>,
        timeout: Option<Duration>,
    ) -> Result<bool> {
        let began = std::time::Instant::now();
        loop {
            if predicate()? {
                return Ok(true);
            }
            let left = timeout.map(|timeout| timeout.saturating_sub(began.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
            self.wait(left)?;
        }
    }

    /// Notifies so many, those who have waited for longest.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release).
    pub fn notify(&self, count: usize) -> Result<()> {
        self.proxy.call_with("notify", vec![count.into_value()])
    }

    /// Notifies all.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release).
    pub fn notify_all(&self) -> Result<()> {
        self.proxy.call_with("notify_all", Vec::new())
    }
}
