//! A call that is made later.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use super::builder::Builder;
use super::current::current_token;
use super::error::{JoinError, StartError};
use super::run::Run;
use super::typed::Thread;
use crate::{Event, WaitError};

/// Calls a function after an interval, unless it is cancelled before.
///
/// The interval begins with [`start`](Timer::start). [`cancel`](crate::ThreadHandle::cancel) ends the waiting; a
/// function that has begun goes on, and may ask [`cancel_requested`](crate::cancel_requested).
///
/// ```
/// use std::time::Duration;
/// use threading::Timer;
///
/// let timer = Timer::new(Duration::from_millis(20), || "rung");
/// timer.start()?;
/// assert_eq!(timer.join()?, Some("rung"));
///
/// let timer = Timer::new(Duration::from_secs(3600), || "rung");
/// timer.start()?;
/// timer.cancel();
/// assert_eq!(timer.join()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Each timer is a thread of its own, as in Python, and derefs to its handle. So a function may take its time and
/// delays no other timer; it may be joined, named and cancelled. A thread that waits costs some kilobytes; for
/// thousands of times at once, one thread and a queue that is sorted by time cost less.
pub struct Timer<T = ()> {
    thread: Thread<Option<T>>,
    interval: Duration,
}

impl<T: Send + 'static> Timer<T> {
    /// A timer that does not run yet.
    #[must_use]
    pub fn new(interval: Duration, it: impl Run<Output = T> + Send + 'static) -> Timer<T> {
        Timer::with(Builder::new(), interval, it)
    }

    /// A timer whose thread has a name, is a daemon, and so on.
    #[must_use]
    pub fn with(
        builder: Builder,
        interval: Duration,
        it: impl Run<Output = T> + Send + 'static,
    ) -> Timer<T> {
        let wait_and_run = move || wait_to_the_end(interval).then(|| it.run());
        Timer {
            thread: builder.build(wait_and_run),
            interval,
        }
    }

    /// Starts to wait.
    ///
    /// # Errors
    ///
    /// As [`Thread::start`].
    #[track_caller]
    pub fn start(&self) -> Result<(), StartError> {
        self.thread.start()
    }

    /// Waits until the function has returned or the timer was cancelled: `None` if it was cancelled in time.
    ///
    /// # Errors
    ///
    /// As [`Thread::join`].
    #[track_caller]
    pub fn join(self) -> Result<Option<T>, JoinError> {
        self.thread.join()
    }

    /// How long it waits.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }
}

/// False if the thread is cancelled before.
fn wait_to_the_end(interval: Duration) -> bool {
    let (never, token) = (Event::new(), current_token());
    never.wait_timeout(token.within(interval)) == Err(WaitError::TimedOut)
}

impl<T> Deref for Timer<T> {
    type Target = Thread<Option<T>>;

    fn deref(&self) -> &Thread<Option<T>> {
        &self.thread
    }
}

impl<T> fmt::Debug for Timer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("interval", &self.interval)
            .field("thread", &self.thread)
            .finish()
    }
}
