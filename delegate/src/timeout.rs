//! One call with a time limit.

use std::fmt::Display;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::parallelize::run_inherited;
use crate::reporter::Silent;
use crate::settings::Settings;
use crate::{Failure, Raised};

/// Calls `function` in a child process that has at most `time`, and returns its value.
///
/// The original allows 2 seconds where nothing is said: [`DEFAULT_TIMEOUT`](crate::DEFAULT_TIMEOUT).
///
/// ```
/// use delegate::{DEFAULT_TIMEOUT, Failure};
/// use std::time::Duration;
///
/// assert_eq!(delegate::timeout(|| 6 * 7, DEFAULT_TIMEOUT), Ok(42));
///
/// let stuck = || -> u32 { loop { std::thread::park() } };
/// let failure = delegate::timeout(stuck, Duration::from_millis(20)).unwrap_err();
/// assert!(matches!(failure, Failure::TimedOut { .. }));
/// ```
///
/// The child inherits what the function captures. When the time is up it gets SIGTERM, and half a
/// second later SIGKILL; it is gone when this returns.
///
/// # Errors
///
/// [`Failure::TimedOut`], [`Failure::Raised`] for a panic, [`Failure::Died`] when the process ended
/// without an answer, [`Failure::Unsendable`] when the value could not be carried over,
/// [`Failure::NotRun`] when no process could be started. The original gave `None` for a time-out,
/// which a function may also return.
pub fn timeout<R, F>(function: F, time: Duration) -> Result<R, Failure>
where
    F: FnOnce() -> R,
    R: Serialize + DeserializeOwned,
{
    call_once(|| Ok(function()), time)
}

/// As [`timeout()`] for a function that returns a `Result`: its error becomes [`Failure::Raised`].
///
/// ```
/// use delegate::{DEFAULT_TIMEOUT, try_timeout};
///
/// let failure = try_timeout(|| std::fs::read("/no/such/file"), DEFAULT_TIMEOUT).unwrap_err();
/// assert_eq!(failure.to_string(), "No such file or directory (os error 2)");
/// ```
///
/// # Errors
///
/// As [`timeout()`].
pub fn try_timeout<R, E, F>(function: F, time: Duration) -> Result<R, Failure>
where
    F: FnOnce() -> Result<R, E>,
    E: Display,
    R: Serialize + DeserializeOwned,
{
    call_once(|| function().map_err(|error| Raised::error(&error)), time)
}

fn call_once<R: Serialize + DeserializeOwned>(
    function: impl FnOnce() -> Result<R, Raised>,
    time: Duration,
) -> Result<R, Failure> {
    let settings = Settings {
        children: 1,
        timeout: Some(time),
        ..Settings::default()
    };
    let mut function = Some(function);
    // One item, no retries: the one child runs it once.
    let once = |(): &()| match function.take() {
        Some(function) => function(),
        None => unreachable!("an item without retries is run once"),
    };
    let results = run_inherited(&settings, Box::new(Silent), once, [()]);
    results
        .into_values()
        .next()
        .unwrap_or_else(|| unreachable!("no item is ever missing"))
}
