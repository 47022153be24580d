//! Finds threads that wait for each other, and says who holds what, who waits for what, and where.
//!
//! Off by default, when it costs each acquisition of a lock one load. [`enable`] turns it on for the whole program.
//! From then on each [`Lock`](crate::Lock) that is taken with a guard and each [`RLock`](crate::RLock) is known with
//! its holder and the line that took it, and each task of an executor with the thread that runs it. A thread that is
//! about to wait for one of them without a limit, or for the end of a thread, first looks whom it would wait for, whom
//! that one waits for, and so on. If that comes back to itself, and nobody else can let any of them go, none of them
//! will ever go on, and the
//! [`Action`] is taken.
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
//! Cycles of any length, when the last of the threads is about to wait, over waits for
//!
//! - locks: `Lock` guards and `RLock`s;
//! - the end of a thread, of a [`scope`](crate::scope), of an [executor](crate::futures::ThreadPoolExecutor);
//! - the result of a task: it is waited for in the thread that runs it. A task that none has begun can be run by all threads of
//!   its executor; it is in a cycle if there will be no more of them ([`max_workers`](crate::futures::Builder::max_workers))
//!   and all are. [`wait`](crate::futures::wait()) and [`as_completed`](crate::futures::as_completed()) are in a cycle if all
//!   tasks are that they wait for.
//!
//! And a wait for a lock whose holder has ended: an `RLock` that was acquired by hand, or a guard that was forgotten; in a
//! forked child, whatever another thread of the parent held.
//!
//! # What is not
//!
//! - waits with a limit: they end;
//! - a `Lock<()>` that was acquired by hand: any thread may release it;
//! - conditions, events, semaphores, barriers and queues: anybody may be the one who lets a waiter go;
//! - [promises](crate::futures::promise), which anybody may keep, and futures that are awaited in async code;
//! - locks that were taken before [`enable`], tasks that were begun before it, and tasks in line for executors whose threads
//!   were started before it.
//!
//! A report is never wrong: whatever it names is so at the moment of the report. It does not count on a cancellation: a
//! task that is in line, for threads that are all stuck, may still be [cancelled](crate::futures::Future::cancel) by
//! somebody else.

mod action;
mod report;
mod resource;
mod stuck;
mod table;

use std::sync::atomic::{AtomicBool, Ordering};

use self::action::{act, act_without_panic};
pub use self::{
    action::Action,
    report::{Party, Report},
};
pub(crate) use self::{
    resource::{Place, Resource, Task, Team},
    table::{Hold, hold},
};
use crate::ident::get_ident;

static ON: AtomicBool = AtomicBool::new(false);
/// Whether it has ever been on: there may be something in the table.
static USED: AtomicBool = AtomicBool::new(false);

/// Turns the detection on, and says what to do about a deadlock. May be called again with another action.
pub fn enable(action: Action) {
    crate::fork::watch();
    action::set_action(action);
    USED.store(true, Ordering::SeqCst);
    ON.store(true, Ordering::SeqCst);
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

#[inline]
fn is_used() -> bool {
    cfg!(not(any(loom, shuttle))) && USED.load(Ordering::Relaxed)
}

/// This thread holds the lock, until [`gave`].
pub(crate) fn took(resource: Resource, place: Place) {
    note_end_of_thread();
    hold().took(resource, place);
}

/// The lock with this address is about to be given up, by whichever thread.
pub(crate) fn gave(address: usize) {
    hold().gave(address);
}

/// This thread is about to wait for a resource, without a limit, until the end of what is returned. There is
/// nothing to wait for if `resource` gives none; it is called under the table's lock, and is to do no more than look.
///
/// # Panics
///
/// If that closes a cycle and the action is to panic.
pub(crate) fn waits(place: Place, resource: impl FnOnce() -> Option<Resource>) -> Option<Waits> {
    announce(place, resource, act)
}

/// As [`waits`], for a thread that must not panic, and does not, whatever the action.
pub(crate) fn waits_anyway(
    place: Place,
    resource: impl FnOnce() -> Option<Resource>,
) -> Option<Waits> {
    announce(place, resource, act_without_panic)
}

fn announce(
    place: Place,
    resource: impl FnOnce() -> Option<Resource>,
    act: fn(&Report),
) -> Option<Waits> {
    if !is_on() {
        return None;
    }
    let mut table = hold();
    let report = table.wait(resource()?, place);
    drop(table);
    let waits = Waits(());
    if let Some(report) = report {
        act(&report);
    }
    Some(waits)
}

/// The wait of this thread, counted until it is dropped.
#[derive(Debug)]
#[must_use = "the thread counts as waiting until this is dropped"]
pub(crate) struct Waits(());

impl Drop for Waits {
    fn drop(&mut self) {
        hold().went_on();
    }
}

/// The task with this address is settled, for all to see. To be called before this thread does anything that may wait:
/// those who still count as waiting for the task need nobody any more.
pub(crate) fn settled(task: usize) {
    if is_used() {
        hold().over(|resource| resource.is_of_task(task));
    }
}

/// As [`settled`], of a thread whose end is told to others before it has ended.
pub(crate) fn ended(thread: u64) {
    if is_used() {
        hold().over(|resource| resource.is_end_of(thread));
    }
}

/// This thread settles the task with this address, until the end of what is returned.
pub(crate) fn runs(task: usize) -> Option<Runs> {
    is_on().then(|| {
        hold().runs(task);
        Runs { task }
    })
}

#[derive(Debug)]
#[must_use = "the thread counts as the one that runs the task until this is dropped"]
pub(crate) struct Runs {
    task: usize,
}

impl Drop for Runs {
    fn drop(&mut self) {
        hold().ran(self.task);
    }
}

/// This thread is one of a team of at most so many, until the end of what is returned.
pub(crate) fn joins(team: Team, most: usize) -> Option<Member> {
    is_on().then(|| {
        hold().joined(team, most);
        Member { team }
    })
}

#[derive(Debug)]
#[must_use = "the thread counts as one of the team until this is dropped"]
pub(crate) struct Member {
    team: Team,
}

impl Drop for Member {
    fn drop(&mut self) {
        hold().left(self.team);
    }
}

/// In a forked child.
pub(crate) fn after_fork() {
    if is_used() {
        hold().forked();
    }
}

thread_local! {
    static END: EndOfThread = EndOfThread(get_ident().get());
}

/// Sees to it that the table learns of the end of this thread.
fn note_end_of_thread() {
    // Fails when the thread ends already: what it takes now is not noticed if it stays.
    let _ = END.try_with(|_| ());
}

struct EndOfThread(u64);

impl Drop for EndOfThread {
    fn drop(&mut self) {
        let reports = hold().ended(self.0);
        reports.iter().for_each(act_without_panic);
    }
}
