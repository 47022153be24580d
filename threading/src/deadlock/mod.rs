//! Finds threads that wait for each other, and says who holds what, who waits for what, and where.
//!
//! Off by default, when it costs each acquisition of a lock one load. [`enable`] turns it on for the whole program.
//! From then on each [`Lock`](crate::Lock) that is taken with a guard and each [`RLock`](crate::RLock) is known with its
//! holder and the line that took it. A thread that is about to wait for one of them without a limit, or to join a
//! thread, first looks whom it would wait for, whom that one waits for, and so on. If that ends with itself, none of
//! them will ever go on, and the [`Action`] is taken.
//!
//! ```
//! use std::panic;
//! use threading::{Lock, deadlock::{self, Action}};
//!
//! deadlock::enable(Action::Panic);
//! let lock = Lock::new(1);
//! let guard = lock.lock();
//! let panic = panic::catch_unwind(|| lock.lock().to_string()).unwrap_err();
//! let report = panic.downcast_ref::<String>().unwrap();
//! assert!(report.starts_with("deadlock: a thread waits for itself\n"));
//! # drop(guard);
//! # deadlock::disable();
//! ```
//!
//! # What is found
//!
//! - cycles of any length over `Lock` guards, `RLock`s and joins, when the last of the threads is about to wait;
//! - a wait for a lock whose holder has ended: an `RLock` that was acquired by hand, or a guard that was forgotten.
//!
//! # What is not
//!
//! - waits with a limit: they end;
//! - a `Lock<()>` that was acquired by hand: any thread may release it;
//! - conditions, events, semaphores, barriers and queues: anybody may be the one who lets a waiter go;
//! - locks that were taken before [`enable`].
//!
//! A report is never wrong: whatever it names is so at the moment of the report.

mod report;
mod table;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::report::{Party, Report};
use self::table::{Note, TABLE};
pub(crate) use self::table::{Place, Resource};

/// What to do about a deadlock.
pub enum Action {
    /// Print the report to standard error. The threads are left to hang.
    Print,
    /// Panic with the report in the thread that is about to close the cycle, before it waits: its guards are dropped and
    /// the others go on.
    ///
    /// Printed instead, if the wait is a condition's for its lock: that one cannot return without the lock.
    Panic,
    /// Call a function, in the thread that is about to close the cycle. When it returns, the thread waits.
    Call(Box<dyn Fn(&Report) + Send + Sync>),
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Print => "Print",
            Action::Panic => "Panic",
            Action::Call(_) => "Call(..)",
        })
    }
}

static ON: AtomicBool = AtomicBool::new(false);

/// Turns the detection on, and says what to do about a deadlock. May be called again with another action.
pub fn enable(action: Action) {
    table::set_action(action);
    ON.store(true, Ordering::Relaxed);
}

/// Turns the detection off.
pub fn disable() {
    ON.store(false, Ordering::Relaxed);
}

/// Whether the detection is on. One load; never in models.
#[inline]
pub(crate) fn is_on() -> bool {
    cfg!(not(any(loom, shuttle))) && ON.load(Ordering::Relaxed)
}

/// This thread holds the resource, until [`gave`].
pub(crate) fn took(resource: Resource, place: Place) {
    table::note_end_of_thread();
    TABLE.lock().took(resource, place);
}

/// The resource with this address is about to be given up, by whichever thread.
pub(crate) fn gave(address: usize) {
    TABLE.lock().gave(address);
}

/// This thread is about to wait for the resource, without a limit, until the end of what is returned.
///
/// # Panics
///
/// If that closes a cycle and the action is to panic.
pub(crate) fn waits(resource: Resource, place: Place) -> Option<Waits> {
    announce(resource, place, table::act)
}

/// As [`waits`], for a thread that must not panic.
pub(crate) fn waits_anyway(resource: Resource, place: Place) -> Option<Waits> {
    announce(resource, place, table::act_without_panic)
}

fn announce(resource: Resource, place: Place, act: fn(&Report)) -> Option<Waits> {
    if !is_on() {
        return None;
    }
    let (before, report) = TABLE.lock().wait(resource, place);
    let waits = Waits { before };
    if let Some(report) = report {
        act(&report);
    }
    Some(waits)
}

/// The wait of this thread, counted until it is dropped.
#[derive(Debug)]
#[must_use = "the thread counts as waiting until this is dropped"]
pub(crate) struct Waits {
    /// The wait in which this one happens: an action may take locks itself.
    before: Option<Note>,
}

impl Drop for Waits {
    fn drop(&mut self) {
        TABLE.lock().went_on(self.before.take());
    }
}
