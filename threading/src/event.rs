//! A flag to wait for.

use std::fmt;

use crate::seam::{AtomicU32, Ordering, const_fn};
use crate::wait::{Limit, WaitError, WaitQueue};

/// The flag is set. Excludes `WAITED`.
const SET: u32 = 1;
/// Somebody may be in line. Set and cleared under the queue's mutex.
const WAITED: u32 = 2;

/// The message to those who waited.
const WAS_SET: u32 = 1;

/// Threads wait for a flag that others set and clear.
///
/// Whoever waits when the flag is set returns, even if the flag is cleared before that thread runs again.
///
/// ```
/// use threading::Event;
///
/// static READY: Event = Event::new();
///
/// let waiter = std::thread::spawn(|| READY.wait());
/// READY.set();
/// waiter.join().unwrap();
/// assert!(READY.is_set());
/// ```
///
/// What a thread did before [`set`](Event::set) is seen by those that it lets go and by those that find the flag set.
/// A flag that is set costs a wait one load; a set, clear or wait that meets nobody in line locks nothing.
pub struct Event {
    state: AtomicU32,
    queue: WaitQueue,
}

impl Event {
    const_fn! {
        /// An event whose flag is clear.
        #[must_use]
        pub const fn new() -> Event {
            Event {
                state: AtomicU32::new(0),
                queue: WaitQueue::new(()),
            }
        }
    }

    /// Whether the flag is set.
    #[inline]
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.state.load(Ordering::Acquire) == SET
    }

    /// Sets the flag, and lets all go who wait.
    #[inline]
    pub fn set(&self) {
        let mut state = self.state.load(Ordering::Relaxed);
        while state != WAITED {
            // Written even if it is set, so that `clear` sees what was done before this call too.
            match self.exchange(state, SET) {
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
        self.set_and_wake();
    }

    #[cold]
    fn set_and_wake(&self) {
        // In one step with joining the line: nobody who comes after a `clear` that comes after this is let go.
        let mut queue = self.queue.lock();
        self.state.swap(SET, Ordering::AcqRel);
        queue.notify_all(WAS_SET);
    }

    /// Clears the flag.
    #[inline]
    pub fn clear(&self) {
        // Where somebody is in line it is clear.
        let _ = self.exchange(SET, 0);
    }

    /// Waits until the flag is set.
    #[inline]
    pub fn wait(&self) {
        if !self.is_set() {
            let _ = self.wait_in_line(Limit::NEVER);
        }
    }

    /// Waits until the flag is set, within a limit. Python's `wait` returns false for what is an error here.
    ///
    /// # Errors
    ///
    /// If the flag was not set in time, or the token is cancelled.
    #[inline]
    pub fn wait_timeout<'a>(&self, limit: impl Into<Limit<'a>>) -> Result<(), WaitError> {
        let limit = limit.into();
        limit.check_token()?;
        if self.is_set() {
            return Ok(());
        }
        self.wait_in_line(limit)
    }

    #[cold]
    fn wait_in_line(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        let queue = self.queue.lock();
        if self.exchange(0, WAITED) == Err(SET) {
            return Ok(());
        }
        let left = match queue.enqueue().wait(limit) {
            Ok(_) => return Ok(()),
            Err(left) => left,
        };
        if left.queue.waiters() == 0 {
            let _ = self.exchange(WAITED, 0);
        }
        Err(left.why)
    }

    #[inline]
    fn exchange(&self, from: u32, to: u32) -> Result<u32, u32> {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
    }
}

impl Default for Event {
    fn default() -> Event {
        Event::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("set", &self.is_set())
            .field("waiters", &self.queue.waiters())
            .finish()
    }
}
