//! An end for tests that hang.

use std::mem;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::console::{write, write_line};
use crate::home::Home;
use crate::matrix::current_cell;
use crate::process::send;
use crate::{family, stacks, sys};

/// Time for everything that happens after the limit, beside the debuggers.
const GRACE: Duration = Duration::from_secs(30);

/// Ends this process when its time is up.
///
/// When a watchdog is not dropped within its limit, it writes to standard error what `/proc` tells
/// of every thread of this process and of all descendants, and their stacks as far as `gdb` or
/// `eu-stack` is installed. Then it kills the descendants and aborts. The text bypasses the capture
/// of the test harness. All this ends at the latest 90 s after the limit, by an alarm of the kernel
/// (SIGALRM) should the dump itself hang.
///
/// It is one thread, asleep until the limit, and gone when the value has been dropped. A copy of
/// the value in a forked child does nothing.
///
/// ```
/// use manyways_testkit::Watchdog;
/// use std::time::Duration;
///
/// let watchdog = Watchdog::arm(Duration::from_secs(10));
/// assert_eq!(std::thread::spawn(|| 7 * 6).join().unwrap(), 42);
/// drop(watchdog);
/// ```
///
/// Where Yama restricts tracing, a debugger may look at this process, which permits it, but not at
/// its descendants; what `/proc` tells is always printed.
#[derive(Debug)]
#[must_use = "a watchdog guards until it is dropped"]
pub struct Watchdog {
    creator: u32,
    /// Dropping it disarms.
    armed: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Starts the clock.
    ///
    /// # Panics
    /// If no thread can be started.
    pub fn arm(limit: Duration) -> Watchdog {
        let (armed, disarmed) = mpsc::channel::<()>();
        let guarded = thread::current().name().unwrap_or("unnamed").to_owned();
        let watch = move || {
            if let Err(RecvTimeoutError::Timeout) = disarmed.recv_timeout(limit) {
                bite(&guarded, limit);
            }
        };
        let thread = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(watch)
            .expect("starting the watchdog");
        Watchdog {
            creator: std::process::id(),
            armed: Some(armed),
            thread: Some(thread),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if self.creator != std::process::id() {
            // A forked child has no such thread to wake or to join.
            mem::forget((self.armed.take(), self.thread.take()));
            return;
        }
        drop(self.armed.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn bite(guarded: &str, limit: Duration) -> ! {
    let last_resort = stacks::DEBUGGERS_LIMIT + GRACE;
    sys::die_in(u32::try_from(last_resort.as_secs()).unwrap_or(u32::MAX));
    write(&format!(
        "\n=== watchdog: thread '{guarded}' of process {} is not done after {limit:?}; all stacks follow\n",
        std::process::id()
    ));
    if let Some((crash, point)) = current_cell() {
        write_line(&format!(
            "in the cell {crash} at {point} of the crash matrix"
        ));
    }
    stacks::dump();
    write_line("=== watchdog: killing the descendants and aborting");
    kill_descendants();
    Home::get().remove();
    // A thread that waited for one of the dead may have gone on and started another.
    kill_descendants();
    std::process::abort();
}

/// Stops each before killing any, so that none can start another unseen.
fn kill_descendants() {
    let mut stopped = std::collections::BTreeSet::new();
    loop {
        let fresh: Vec<u32> = family::descendants()
            .difference(&stopped)
            .copied()
            .collect();
        if fresh.is_empty() {
            break;
        }
        for pid in fresh {
            let _ = send(pid, Signal::SIGSTOP);
            stopped.insert(pid);
        }
    }
    for pid in stopped {
        let _ = send(pid, Signal::SIGKILL);
    }
}
