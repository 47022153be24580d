//! What an executor and its workers share.
//!
//! Tasks stand in one line, in the order of their submission, and workers take the first: so tasks begin in
//! that order, as in Python. (Lines of the workers' own, as in work-stealing pools, would scale further and lose that.)
//!
//! A pool is closed for good, by shutdown or because its initializer panicked. A worker ends when it sees that the pool is
//! closed, then that there is no task. A task that is added after that is seen by the one who adds it, which
//! looks whether the pool is closed after it has added, and takes the task back if no worker has it.

use std::fmt;
use std::io;
use std::sync::atomic::AtomicUsize as Counter;
use std::sync::{Arc, OnceLock};

use crossbeam_queue::SegQueue;

use super::cell::{Call, Phase, Shared, Slot};
use super::error::{FutureError, RefusedError, SubmitError};
use super::future::Future;
use super::sleepers::{Sleepers, Work};
use super::worker::{self, Join, Start};
use crate::deadlock::Team;
use crate::fork::generation;
use crate::panic::{PanicReport, Telling, catch, shown};
use crate::seam::{AtomicU32, AtomicUsize, Mutex, Ordering, fence};
use crate::wait::{Spin, WaitQueue};

pub(super) const OPEN: u32 = 0;
pub(super) const SHUT_DOWN: u32 = 1;
const BROKEN: u32 = 2;

/// The message to those who wait for the last worker.
const DESERTED: u32 = 1;

/// A task in line.
pub(super) trait Run: Send + Sync {
    /// Runs it, unless it was begun or cancelled.
    fn run(&self);
    /// Cancels it, unless it was begun or cancelled.
    fn cancel(&self);
    /// Leaves an error in its place, unless it was begun or cancelled.
    fn fail(&self, error: FutureError);
}

impl<T: Send, C: Call<T>> Run for Shared<T, Slot<C>> {
    fn run(&self) {
        if let Some(claimed) = self.claim(Phase::Running) {
            claimed.run();
        }
    }

    fn cancel(&self) {
        if let Some(claimed) = self.claim(Phase::Cancelling) {
            claimed.cancel();
        }
    }

    fn fail(&self, error: FutureError) {
        if let Some(claimed) = self.claim(Phase::Running) {
            shown(|| claimed.discard());
            claimed.settle(Err(error));
        }
    }
}

/// What becomes of tasks that have not begun when an executor is shut down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pending {
    /// They are run first.
    Run,
    /// They are cancelled: Python's `cancel_futures`.
    Cancel,
}

type Initializer<'scope> = Box<dyn Fn() + Send + Sync + 'scope>;

/// How a pool is made.
pub(super) struct Plan<'scope> {
    pub(super) max_workers: usize,
    pub(super) thread_name_prefix: Option<String>,
    pub(super) initializer: Option<Initializer<'scope>>,
}

pub(super) struct Pool<'scope> {
    pub(super) tasks: SegQueue<Arc<dyn Run + 'scope>>,
    pub(super) sleepers: Sleepers,
    pub(super) door: AtomicU32,
    /// How many workers were hired. Changed under the mutex of `at_work`.
    hired: AtomicUsize,
    /// How many of them have not ended.
    pub(super) at_work: WaitQueue<usize>,
    pub(super) joins: Mutex<Vec<Arc<Join>>>,
    start: Start<'scope>,
    max_workers: usize,
    initializer: Option<Initializer<'scope>>,
    broken_by: OnceLock<PanicReport>,
    pub(super) id: usize,
    name: String,
    /// That of the process in which it was made, where its workers are.
    generation: u32,
}

impl<'scope> Pool<'scope> {
    pub(super) fn new(plan: Plan<'scope>, start: Start<'scope>) -> Arc<Pool<'scope>> {
        /// Numbers pools; part of no protocol.
        static NEXT: Counter = Counter::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = plan.thread_name_prefix;
        Arc::new(Pool {
            tasks: SegQueue::new(),
            sleepers: Sleepers::new(),
            door: AtomicU32::new(OPEN),
            hired: AtomicUsize::new(0),
            at_work: WaitQueue::new(0),
            joins: Mutex::new(Vec::new()),
            start,
            max_workers: plan.max_workers,
            initializer: plan.initializer,
            broken_by: OnceLock::new(),
            id,
            name: prefix.unwrap_or_else(|| format!("ThreadPoolExecutor-{}", id - 1)),
            generation: generation(),
        })
    }

    /// Its workers.
    pub(super) fn team(&self) -> Team {
        Team::Pool(self.id)
    }

    pub(super) fn max_workers(&self) -> usize {
        self.max_workers
    }

    fn is_open(&self) -> bool {
        self.door.load(Ordering::Acquire) == OPEN
    }

    /// Whether this process is a child that was forked since, and has none of its workers.
    pub(super) fn is_left_behind(&self) -> bool {
        self.generation != generation()
    }

    fn refusal(&self) -> RefusedError {
        match self.broken_by.get() {
            Some(report) => RefusedError::broken(report.clone()),
            None => RefusedError::shutdown(),
        }
    }
}

/// Tasks come.
impl<'scope> Pool<'scope> {
    /// Adds a task of one allocation.
    pub(super) fn submit<T, C>(self: &Arc<Self>, call: C) -> Result<Future<T>, SubmitError<C>>
    where
        T: Send + 'static,
        C: Call<T> + 'static,
    {
        if let Err(why) = self.admit() {
            return Err(SubmitError::new(why, call));
        }
        let (task, reader) = Shared::pair(Slot::new(call, self.id));
        if let Err(why) = self.add(task.clone())
            && let Some(claimed) = task.claim(Phase::Cancelling)
            && let Some(call) = claimed.into_call()
        {
            return Err(SubmitError::new(why, call));
        }
        Ok(Future::new(reader))
    }

    /// Whether it takes tasks. There is a worker then.
    pub(super) fn admit(self: &Arc<Self>) -> Result<(), RefusedError> {
        if self.is_left_behind() {
            return Err(RefusedError::left_behind());
        }
        if !self.is_open() {
            return Err(self.refusal());
        }
        if self.hired.load(Ordering::Relaxed) == 0 {
            self.hire().map_err(RefusedError::no_thread)?;
        }
        Ok(())
    }

    /// Adds a task.
    ///
    /// # Errors
    ///
    /// If it may be that no worker will see it: then it is to be taken back, unless one has it already.
    pub(super) fn add(self: &Arc<Self>, task: Arc<dyn Run + 'scope>) -> Result<(), RefusedError> {
        self.tasks.push(task);
        // The fence between the push and the loads is in here.
        if !self.sleepers.rouse() && self.may_hire() {
            self.hire_unless_one_comes();
        }
        if !self.is_open() {
            return Err(self.refusal());
        }
        if self.hired.load(Ordering::Relaxed) == 0 {
            let error = io::Error::other("the one that was being started failed");
            return Err(RefusedError::no_thread(error));
        }
        Ok(())
    }

    fn may_hire(&self) -> bool {
        self.hired.load(Ordering::Relaxed) < self.max_workers
    }

    /// A thread costs more than the moment in which a worker may have ended its task.
    #[cold]
    fn hire_unless_one_comes(self: &Arc<Self>) {
        let mut spin = Spin::new();
        while spin.turn() {
            if self.tasks.is_empty() || self.sleepers.rouse() {
                return;
            }
        }
        // Where the system grants no more threads the pool goes on with those that it has.
        let _ = self.hire();
    }

    /// Starts a worker, unless there are enough.
    fn hire(self: &Arc<Self>) -> io::Result<()> {
        let Some(number) = self.reserve() else {
            return Ok(());
        };
        // Its first act is to search, unless it has something to do before.
        let searching = self.initializer.is_none() && self.sleepers.start_search();
        let pool = self.clone();
        let body = Box::new(move || worker::work(&pool, searching));
        match (self.start)(format!("{}_{number}", self.name), body) {
            Ok(join) => self.joins.lock().push(Arc::new(join)),
            Err(error) => {
                if searching {
                    self.sleepers.end_search();
                }
                self.unreserve();
                return Err(error);
            }
        }
        Ok(())
    }

    fn reserve(&self) -> Option<usize> {
        let mut at_work = self.at_work.lock();
        let hired = self.hired.load(Ordering::Relaxed);
        if hired >= self.max_workers || !self.is_open() {
            return None;
        }
        *at_work += 1;
        self.hired.store(hired + 1, Ordering::Relaxed);
        Some(hired)
    }

    /// Nobody came. If there is nobody else either, those who added a task in the belief that there was, fail.
    fn unreserve(&self) {
        let at_work = self.at_work.lock();
        let hired = self.hired.load(Ordering::Relaxed) - 1;
        self.hired.store(hired, Ordering::Relaxed);
        drop(at_work);
        self.leave();
        fence(Ordering::SeqCst);
        if hired == 0 {
            while let Some(task) = self.tasks.pop() {
                task.fail(FutureError::no_thread());
            }
        }
    }
}

/// Tasks go: what workers call.
impl<'scope> Pool<'scope> {
    /// The panic of the initializer, if there is one and it panics.
    pub(super) fn initialize(&self) -> Result<(), PanicReport> {
        self.initializer
            .as_ref()
            .map_or(Ok(()), |call| catch(Telling::Nobody, call))
    }

    /// The next task, or none if the pool is closed and there is none. `searching` says that this worker is the
    /// one who searches.
    pub(super) fn next(self: &Arc<Self>, searching: bool) -> Option<Arc<dyn Run + 'scope>> {
        self.sleepers.next(self, searching)
    }

    /// The initializer panicked: nobody can count on what it does.
    pub(super) fn break_down(&self, report: PanicReport) {
        let report = self.broken_by.get_or_init(|| report);
        self.door.store(BROKEN, Ordering::Release);
        fence(Ordering::SeqCst);
        while let Some(task) = self.tasks.pop() {
            task.fail(FutureError::broken(report.clone()));
        }
        self.sleepers.rouse_all();
    }

    /// A worker ends.
    pub(super) fn leave(&self) {
        let mut at_work = self.at_work.lock();
        *at_work -= 1;
        if *at_work == 0 {
            at_work.notify_all(DESERTED);
        }
    }
}

impl<'scope> Work for Arc<Pool<'scope>> {
    type Task = Arc<dyn Run + 'scope>;

    fn take(&self) -> Option<Arc<dyn Run + 'scope>> {
        self.tasks.pop()
    }

    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    fn is_open(&self) -> bool {
        Pool::is_open(self)
    }

    fn call_another(&self) {
        if self.may_hire() {
            let _ = self.hire();
        }
    }
}

impl fmt::Debug for Pool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let door = match self.door.load(Ordering::Relaxed) {
            OPEN => "open",
            SHUT_DOWN => "shut down",
            _ => "broken",
        };
        let mut debug = f.debug_struct("ThreadPoolExecutor");
        debug
            .field("name", &self.name)
            .field("state", &format_args!("{door}"))
            .field("max_workers", &self.max_workers);
        if let Some(workers) = self.at_work.peek(|at_work| *at_work) {
            debug.field("workers", &workers);
        }
        debug
            .field("idle", &self.sleepers.idle())
            .field("queued", &self.tasks.len())
            .finish()
    }
}
