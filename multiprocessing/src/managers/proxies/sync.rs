//! What clients wait for.

use std::marker::PhantomData;
use std::time::Duration;

use super::{face, limit};
use crate::managers::error::Result;
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

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
        let acquired = self.acquire()?;
        Ok(LockGuard {
            proxy: &self.proxy,
            acquired,
        })
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
        let acquired = self.acquire()?;
        Ok(LockGuard {
            proxy: &self.proxy,
            acquired,
        })
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
}

impl LockGuard<'_> {
    /// What became of the owner before.
    pub fn acquired(&self) -> Acquired {
        self.acquired
    }
}

impl Drop for LockGuard<'_> {
    /// A manager that is gone has no lock to release.
    fn drop(&mut self) {
        let _ = self.proxy.call_with::<()>("release", Vec::new());
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
        let acquired = self.acquire()?;
        Ok(LockGuard {
            proxy: &self.proxy,
            acquired,
        })
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

/// An event in a manager.
pub struct EventProxy {
    proxy: Proxy,
}

face!(EventProxy, "Event");

#[allow(clippy::missing_errors_doc)] // As `Proxy::call`, all of them.
impl EventProxy {
    /// Sets it: who waits goes on.
    pub fn set(&self) -> Result<()> {
        self.proxy.call_with("set", Vec::new())
    }

    /// Takes it back.
    pub fn clear(&self) -> Result<()> {
        self.proxy.call_with("clear", Vec::new())
    }

    /// Whether it is set.
    pub fn is_set(&self) -> Result<bool> {
        self.proxy.call_with("is_set", Vec::new())
    }

    /// Waits until it is set, for at most `timeout` if there is one. Whether it was.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        self.proxy.call_with("wait", vec![limit(timeout)])
    }
}

/// A barrier in a manager.
///
/// A process that dies while it waits breaks it for all, as a time limit does that passes. Python's action is left out: a
/// closure does not travel; whoever gets index 0 can do what is to be done once.
pub struct BarrierProxy {
    proxy: Proxy,
}

face!(BarrierProxy, "Barrier");

#[allow(clippy::missing_errors_doc)] // As `Proxy::call`, all of them.
impl BarrierProxy {
    /// Waits for the others, for at most `timeout` if there is one. Each gets an index of its own, from 0 on. A fault of the
    /// kind `BrokenBarrier` when it is broken, or is broken or reset meanwhile.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<usize> {
        self.proxy.call_with("wait", vec![limit(timeout)])
    }

    /// Makes it usable again; who waits gets `BrokenBarrier`.
    pub fn reset(&self) -> Result<()> {
        self.proxy.call_with("reset", Vec::new())
    }

    /// Breaks it.
    pub fn abort(&self) -> Result<()> {
        self.proxy.call_with("abort", Vec::new())
    }

    /// How many have to wait.
    pub fn parties(&self) -> Result<usize> {
        self.proxy.call_with("parties", Vec::new())
    }

    /// How many wait.
    pub fn n_waiting(&self) -> Result<usize> {
        self.proxy.call_with("n_waiting", Vec::new())
    }

    /// Whether it is broken.
    pub fn is_broken(&self) -> Result<bool> {
        self.proxy.call_with("broken", Vec::new())
    }
}

/// A queue in a manager, with or without a bound, whose items can be reported as done.
///
/// ```
/// use multiprocessing::managers::Manager;
/// use std::time::Duration;
///
/// let manager = Manager::start()?;
/// let queue = manager.queue::<String>(2)?;
/// queue.put("one")?;
/// queue.put("two")?;
/// assert!(!queue.put_timeout("three", Duration::ZERO)?);
/// assert_eq!(queue.get()?, "one");
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
pub struct QueueProxy<T = Value> {
    proxy: Proxy,
    items: PhantomData<fn() -> (T,)>,
}

face!(QueueProxy<T>, "Queue" | "JoinableQueue");

#[allow(clippy::missing_errors_doc)] // As `Proxy::call`, all of them.
impl<T: Item> QueueProxy<T> {
    /// Waits for room and puts an item in.
    pub fn put(&self, item: impl Into<T>) -> Result<()> {
        let put: Result<bool> = self
            .proxy
            .call_with("put", vec![item.into().into_value(), limit(None)]);
        put.map(drop)
    }

    /// As [`put`](Self::put) for at most `timeout`; false if that was too short. Zero does not wait.
    pub fn put_timeout(&self, item: impl Into<T>, timeout: Duration) -> Result<bool> {
        let args = vec![item.into().into_value(), limit(Some(timeout))];
        self.proxy.call_with("put", args)
    }

    /// Waits for an item and takes it out.
    pub fn get(&self) -> Result<T> {
        let item: (T,) = self.proxy.call_with("get", vec![limit(None)])?;
        Ok(item.0)
    }

    /// As [`get`](Self::get) for at most `timeout`; `None` if that was too short. Zero does not wait.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<T>> {
        self.proxy.call_maybe("get", vec![limit(Some(timeout))])
    }

    /// How many items there are.
    pub fn qsize(&self) -> Result<usize> {
        self.proxy.call_with("qsize", Vec::new())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> Result<bool> {
        self.proxy.call_with("empty", Vec::new())
    }

    /// Whether there is no room.
    pub fn is_full(&self) -> Result<bool> {
        self.proxy.call_with("full", Vec::new())
    }

    /// Reports that an item that was taken out is done. A fault of the kind `Value` if more are reported than were put.
    pub fn task_done(&self) -> Result<()> {
        self.proxy.call_with("task_done", Vec::new())
    }

    /// Waits until every item that was put is done, for at most `timeout` if there is one. Whether they are.
    pub fn join(&self, timeout: Option<Duration>) -> Result<bool> {
        self.proxy.call_with("join", vec![limit(timeout)])
    }
}
