//! The first line of every test.

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::console::write_line;
use crate::harness::HarnessThread;
use crate::leak::{Leak, Leaks};
use crate::leak_guard::{LONG_SETTLE, LeakGuard};
use crate::process::kill_process;
use crate::watchdog::Watchdog;

/// How long a test may take in [`guarded`]. Most take a second; this is for machines that are busy
/// with other things.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(180);

/// The environment variable that says how many seconds [`DEFAULT_LIMIT`] stands for on this
/// machine.
pub const LIMIT_VARIABLE: &str = "MANYWAYS_TEST_LIMIT_S";

/// Runs a test of at most [`DEFAULT_LIMIT`]; see [`guarded_for`].
///
/// # Panics
/// As [`guarded_for`].
#[track_caller]
pub fn guarded<R>(test: impl FnOnce() -> R) -> R {
    guarded_for(DEFAULT_LIMIT, test)
}

/// Runs a test alone, with an end, and sees to it that it leaves nothing behind.
///
/// - Guarded tests of one process run one after the other, since they share descriptors, children
///   and threads; waiting for the turn does not count against the limit.
/// - A [`Watchdog`] ends the process when the test is not done within `limit`. The variable
///   `MANYWAYS_TEST_LIMIT_S` stretches or shrinks every limit in the ratio of its seconds to
///   [`DEFAULT_LIMIT`]: with 360, all double.
/// - A [`LeakGuard`] compares before and after. Processes that were left are killed once they are
///   named.
///
/// All tests of a binary that has guarded ones should be guarded, as the harness runs them at the
/// same time: what an unguarded one opens or closes, and its thread if it takes more than twenty
/// seconds, is put down to the guarded one.
///
/// ```
/// let sum = manyways_testkit::guarded(|| {
///     let thread = std::thread::spawn(|| (1..=4).sum::<i32>());
///     thread.join().unwrap()
/// });
/// assert_eq!(sum, 10);
/// ```
///
/// # Panics
/// - With the test's own panic, after what leaked was written to standard error.
/// - If the test left something behind; the message names each thing.
/// - If it is called inside of itself, or the variable holds no positive number.
#[track_caller]
pub fn guarded_for<R>(limit: Duration, test: impl FnOnce() -> R) -> R {
    in_turn(|| {
        let leak_guard = LeakGuard::new();
        let outcome = watch(limit, test);
        match (outcome, leak_guard.check_within(LONG_SETTLE)) {
            (Ok(result), Ok(())) => result,
            (Err(panic), Ok(())) => panic::resume_unwind(panic),
            (outcome, Err(leaks)) => {
                kill_left_processes(&leaks);
                let Err(panic) = outcome else {
                    panic!("{leaks}")
                };
                write_line(&format!("the failed test also {leaks}"));
                panic::resume_unwind(panic)
            }
        }
    })
}

/// Runs a test alone and with an end, as [`guarded_for`] does, and does not look at what it leaves behind: for tests of
/// a library that keeps threads and descriptors of its own, such as a graphics driver.
///
/// # Panics
/// With the test's own panic; if it is called inside of itself or of a guarded test, or the variable holds no
/// positive number.
#[track_caller]
pub fn watched_for<R>(limit: Duration, test: impl FnOnce() -> R) -> R {
    in_turn(|| watch(limit, test).unwrap_or_else(|panic| panic::resume_unwind(panic)))
}

/// After the tests before, and before those after.
#[track_caller]
fn in_turn<R>(test: impl FnOnce() -> R) -> R {
    static TURN: Mutex<()> = Mutex::new(());
    // Both are dropped last: a panic in the test prints its backtrace, which opens files, before the next
    // test counts them.
    let Some(_thread) = HarnessThread::enter() else {
        panic!("a guarded test runs another guarded test");
    };
    // A failed test poisons the lock and leaves nothing half done in it.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    test()
}

fn watch<R>(limit: Duration, test: impl FnOnce() -> R) -> thread::Result<R> {
    let watchdog = Watchdog::arm(scaled(limit));
    let outcome = panic::catch_unwind(AssertUnwindSafe(test));
    drop(watchdog);
    outcome
}

/// They would outlive the test run, and they are in nobody's hands any more.
fn kill_left_processes(leaks: &Leaks) {
    for leak in leaks.entries() {
        if let Leak::Process { pid, .. } = leak {
            let _ = kill_process(*pid);
        }
    }
}

/// Stretched or shrunk as the variable says.
pub(crate) fn scaled(limit: Duration) -> Duration {
    let Some(seconds) = env::var_os(LIMIT_VARIABLE) else {
        return limit;
    };
    let factor = factor(&seconds.to_string_lossy());
    let Some(factor) = factor else {
        panic!("{LIMIT_VARIABLE} is {seconds:?}, not a positive number of seconds")
    };
    limit.mul_f64(factor)
}

/// Bounded by a day, so that no multiple of a test's limit overflows.
fn factor(seconds: &str) -> Option<f64> {
    let seconds: f64 = seconds.parse().ok()?;
    (seconds > 0.0 && seconds <= 86_400.0).then(|| seconds / DEFAULT_LIMIT.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_a_number_of_seconds() {
        assert_eq!(factor("180"), Some(1.0));
        assert_eq!(factor("45"), Some(0.25));
        for wrong in ["", "0", "-1", "nan", "inf", "1e99", "60 s"] {
            assert_eq!(factor(wrong), None, "{wrong}");
        }
    }
}
