//! Waiting for a change of what a lock protects.

use std::fmt;

use crate::lock::{GO, Hold};
use crate::seam::const_fn;
use crate::wait::{Limit, Locked, WaitError, WaitQueue};

/// Threads that hold a lock wait for others to change something under it.
///
/// Python's condition has a lock of its own, or is made with one. Here it stands beside the lock, and each call is shown
/// that the lock is held, by its guard: so a notification without the lock does not compile.
///
/// ```
/// use std::collections::VecDeque;
/// use threading::{Condition, Lock};
///
/// static ITEMS: Lock<VecDeque<u32>> = Lock::new(VecDeque::new());
/// static ARRIVED: Condition = Condition::new();
///
/// let consumer = std::thread::spawn(|| {
///     let mut items = ITEMS.lock();
///     ARRIVED.wait_for(&mut items, |items| !items.is_empty());
///     items.pop_front()
/// });
/// let mut items = ITEMS.lock();
/// items.push_back(5);
/// ARRIVED.notify(&items, 1);
/// drop(items);
/// assert_eq!(consumer.join().unwrap(), Some(5));
/// ```
///
/// After a bare `acquire` the lock is shown by [`held`](crate::Lock::held), which is an error if it is not:
///
/// ```
/// use threading::{Condition, RLock};
///
/// let (lock, condition) = (RLock::new(()), Condition::new());
/// assert!(lock.held().is_err(), "Python: cannot notify on un-acquired lock");
/// lock.acquire();
/// condition.notify_all(&lock.held()?);
/// lock.release()?;
/// # Ok::<(), threading::MisuseError>(())
/// ```
///
/// # Order
///
/// Waiters are notified in the order in which they began to wait. A wait returns only when it was notified or its limit
/// is over: there are no spurious wake-ups. But whoever is notified competes for the lock with others, who may undo the
/// change:
/// [`wait_for`](Condition::wait_for) looks again. It sleeps until the notifier releases the lock.
///
/// A notification is never lost on a waiter whose time is over at the same moment: either the wait was notified and
/// returns so, or the next waiter is.
///
/// # Panics
///
/// All those who wait at the same time must do so with the same lock: another is a panic, as with
/// [`std::sync::Condvar`].
pub struct Condition {
    /// The address of the lock with which those in line wait.
    queue: WaitQueue<usize>,
}

impl Condition {
    const_fn! {
        /// A condition for which nobody waits.
        #[must_use]
        pub const fn new() -> Condition {
            Condition {
                queue: WaitQueue::new(0),
            }
        }
    }

    /// Releases the lock, waits to be notified, and takes the lock again. An `RLock` is released wholly, and taken as often
    /// as before.
    ///
    /// # Panics
    ///
    /// If others wait with another lock, or the lock was released by hand behind its guard.
    #[track_caller]
    pub fn wait<H: Hold>(&self, held: &mut H) {
        let _ = self.wait_within(held, Limit::NEVER);
    }

    /// As [`wait`](Condition::wait), within a limit. The lock is taken again in any case, for which the limit does not
    /// hold.
    ///
    /// # Errors
    ///
    /// If nobody notified this waiter in time, or the token is cancelled.
    ///
    /// # Panics
    ///
    /// As [`wait`](Condition::wait).
    #[track_caller]
    pub fn wait_timeout<'l, H: Hold>(
        &self,
        held: &mut H,
        limit: impl Into<Limit<'l>>,
    ) -> Result<(), WaitError> {
        let limit = limit.into();
        limit.check_token()?;
        self.wait_within(held, limit)
    }

    /// Waits until the predicate holds; it is called with the lock held, first at once and then after each
    /// notification.
    ///
    /// # Panics
    ///
    /// As [`wait`](Condition::wait), and with the predicate's panic.
    #[track_caller]
    pub fn wait_for<H: Hold>(&self, held: &mut H, mut predicate: impl FnMut(&mut H) -> bool) {
        while !predicate(held) {
            self.wait(held);
        }
    }

    /// As [`wait_for`](Condition::wait_for), within a limit for the whole. The predicate is asked a last time when it is
    /// over.
    ///
    /// # Errors
    ///
    /// If the predicate did not hold in time, or the token is cancelled.
    ///
    /// # Panics
    ///
    /// As [`wait_for`](Condition::wait_for).
    #[track_caller]
    pub fn wait_for_timeout<'l, H: Hold>(
        &self,
        held: &mut H,
        limit: impl Into<Limit<'l>>,
        mut predicate: impl FnMut(&mut H) -> bool,
    ) -> Result<(), WaitError> {
        let limit = limit.into().start();
        limit.check_token()?;
        while !predicate(held) {
            if let Err(why) = self.wait_within(held, limit) {
                return if predicate(held) { Ok(()) } else { Err(why) };
            }
        }
        Ok(())
    }

    /// Lets up to `count` waiters go, those first who have waited longest. How many there were.
    ///
    /// # Panics
    ///
    /// If others wait with another lock.
    #[track_caller]
    pub fn notify<H: Hold>(&self, held: &H, count: usize) -> usize {
        if self.queue.waiters() == 0 {
            // Whoever waits with this lock joined the line while it held the lock, so before this thread had it.
            return 0;
        }
        held.raw().take_over(&mut self.lock_for(held), count)
    }

    /// Lets all waiters go. How many there were.
    ///
    /// # Panics
    ///
    /// As [`notify`](Condition::notify).
    #[track_caller]
    pub fn notify_all<H: Hold>(&self, held: &H) -> usize {
        self.notify(held, usize::MAX)
    }

    #[track_caller]
    fn wait_within<H: Hold>(&self, held: &mut H, limit: Limit<'_>) -> Result<(), WaitError> {
        let mut queue = self.lock_for(held);
        *queue = address(held);
        let waiting = queue.enqueue();
        let Some(depth) = held.suspend() else {
            if let Some(message) = waiting.give_up() {
                // Chosen meanwhile, for a lock that others wait for too.
                held.resume(1, message);
                held.suspend();
            }
            panic!("wait with a lock that was released by hand behind its guard");
        };
        // The queue is unlocked before the lock is waited for.
        let outcome = waiting.wait(limit).map_err(|left| left.why);
        held.resume(depth, outcome.unwrap_or(GO));
        outcome.map(drop)
    }

    #[track_caller]
    fn lock_for<H: Hold>(&self, held: &H) -> Locked<'_, usize> {
        let queue = self.queue.lock();
        assert!(
            queue.waiters() == 0 || *queue == address(held),
            "a condition is used with one lock while others wait for it with another one"
        );
        queue
    }
}

fn address<H: Hold>(held: &H) -> usize {
    std::ptr::from_ref(held.raw()).addr()
}

impl Default for Condition {
    fn default() -> Condition {
        Condition::new()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("waiters", &self.queue.waiters())
            .finish()
    }
}
