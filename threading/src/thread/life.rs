//! One thread, from its making to its end.

use std::num::NonZeroU64;
use std::panic::{Location, RefUnwindSafe};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::{io, mem};

use parking_lot::{Mutex, MutexGuard};
use rustix::thread::Pid;

use super::error::{JoinError, StartError};
use crate::deadlock::{self, Resource};
use crate::fork::generation;
use crate::panic::PanicReport;
use crate::wait::{CancelToken, Limit, WaitError};
use crate::{Event, MisuseError, ident};

/// How a thread came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Made by this crate.
    Own,
    /// Made by this crate for an executor.
    Worker,
    /// Runs `main`, or forked this process.
    Main,
    /// Made by something else; asked who it is.
    Foreign,
}

/// What is known of a thread, by whoever has a handle.
pub(super) struct Life {
    pub(super) kind: Kind,
    /// That of the process in which it was made, or started.
    generation: AtomicU32,
    /// 0 before the start.
    ident: AtomicU64,
    pub(super) token: CancelToken,
    facts: Mutex<Facts>,
    /// Set when the body, what it used and what it gave to nobody are gone.
    ended: Event,
    report: OnceLock<PanicReport>,
    /// The operating system's thread, until it is joined. Locked while it is made, and while it is joined.
    system: Mutex<Option<JoinHandle<()>>>,
}

/// Its mutexes guard single assignments: a panic leaves nothing half done.
impl RefUnwindSafe for Life {}

struct Facts {
    name: Arc<str>,
    daemon: bool,
    /// Whether somebody starts it, or has. Only one may.
    claimed: bool,
    /// Whether it has come to be: a start may fail.
    started: bool,
    native_id: Option<Pid>,
    /// Whether `native_id` is a running thread's. It may be another thread's later.
    running: bool,
}

impl Life {
    /// A thread that is not started.
    pub(super) fn new(kind: Kind, name: Arc<str>, daemon: bool, token: CancelToken) -> Arc<Life> {
        let facts = Facts {
            name,
            daemon,
            claimed: false,
            started: false,
            native_id: None,
            running: false,
        };
        Arc::new(Life::with(kind, facts, None, token))
    }

    /// The main thread, whose number this is.
    pub(super) fn of_main(ident: NonZeroU64) -> Arc<Life> {
        let id = i32::try_from(std::process::id()).ok();
        let facts = Facts::running("MainThread".into(), false, id.and_then(Pid::from_raw));
        let token = CancelToken::new();
        Arc::new(Life::with(Kind::Main, facts, Some(ident), token))
    }

    /// The calling thread, which this crate did not make.
    pub(super) fn of_foreign(name: Arc<str>) -> Arc<Life> {
        let facts = Facts::running(name, true, Some(rustix::thread::gettid()));
        let (ident, token) = (ident::get_ident(), CancelToken::new());
        Arc::new(Life::with(Kind::Foreign, facts, Some(ident), token))
    }

    fn with(kind: Kind, facts: Facts, ident: Option<NonZeroU64>, token: CancelToken) -> Life {
        Life {
            kind,
            generation: AtomicU32::new(generation()),
            ident: AtomicU64::new(ident.map_or(0, NonZeroU64::get)),
            token,
            facts: Mutex::new(facts),
            ended: Event::new(),
            report: OnceLock::new(),
            system: Mutex::new(None),
        }
    }
}

impl Facts {
    fn running(name: Arc<str>, daemon: bool, native_id: Option<Pid>) -> Facts {
        Facts {
            name,
            daemon,
            claimed: true,
            started: true,
            native_id,
            running: true,
        }
    }
}

/// What others ask.
impl Life {
    pub(super) fn ident(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.ident.load(Ordering::Acquire))
    }

    /// `None` in a forked child, of a thread of its parent whose facts another thread was at when it forked: they are
    /// locked for ever.
    fn facts(&self) -> Option<MutexGuard<'_, Facts>> {
        if self.is_of_this_process() {
            Some(self.facts.lock())
        } else {
            self.facts.try_lock()
        }
    }

    pub(super) fn name(&self) -> Arc<str> {
        let name = self.facts().map(|facts| Arc::clone(&facts.name));
        name.unwrap_or_else(|| "(a thread of the parent process)".into())
    }

    pub(super) fn native_id(&self) -> Option<Pid> {
        self.facts().and_then(|facts| facts.native_id)
    }

    pub(super) fn daemon(&self) -> bool {
        self.facts().is_some_and(|facts| facts.daemon)
    }

    pub(super) fn is_started(&self) -> bool {
        // In a forked child one that was being started is its parent's.
        let is_theirs = !self.is_of_this_process();
        self.facts()
            .is_none_or(|facts| facts.started || facts.claimed && is_theirs)
    }

    pub(super) fn is_alive(&self) -> bool {
        self.is_of_this_process() && self.is_started() && !self.ended.is_set()
    }

    /// False in a forked child for threads of its parent, which do not run there.
    pub(super) fn is_of_this_process(&self) -> bool {
        self.generation.load(Ordering::Relaxed) == generation()
    }

    pub(super) fn report(&self) -> Option<&PanicReport> {
        self.report.get()
    }

    /// Renames it, for the operating system too if it runs.
    pub(super) fn rename(&self, name: Arc<str>, in_system: impl FnOnce(Pid, &str)) {
        let Some(mut facts) = self.facts() else {
            return;
        };
        if let Some(id) = self.running_id(&facts) {
            in_system(id, &name);
        }
        let before = mem::replace(&mut facts.name, name);
        drop(facts);
        drop(before);
    }

    /// Calls `f` with the native id while the thread certainly runs; `None` if it does not.
    pub(super) fn while_running<R>(&self, f: impl FnOnce(Pid) -> R) -> Option<R> {
        let facts = self.facts()?;
        self.running_id(&facts).map(f)
    }

    fn running_id(&self, facts: &Facts) -> Option<Pid> {
        let runs = facts.running && self.is_of_this_process();
        facts.native_id.filter(|_| runs)
    }

    #[track_caller]
    pub(super) fn set_daemon(&self, daemon: bool) -> Result<(), MisuseError> {
        if let Some(mut facts) = self.facts().filter(|facts| !facts.claimed) {
            facts.daemon = daemon;
            return Ok(());
        }
        Err(MisuseError::new(
            "the daemon flag was set of a thread that was started",
            "set it before, or give it to the Builder",
        ))
    }
}

/// Its stages.
impl Life {
    /// Gives it a number and has `spawn` make the thread.
    #[track_caller]
    pub(super) fn start(
        &self,
        spawn: impl FnOnce(NonZeroU64, &str) -> io::Result<JoinHandle<()>>,
    ) -> Result<(), StartError> {
        let name = self.claim_start(Location::caller())?;
        // Nobody else wants it before the end of what is started here.
        let mut system = self.system.lock();
        let number = ident::reserve();
        self.ident.store(number.get(), Ordering::Release);
        match spawn(number, &name) {
            Ok(handle) => *system = Some(handle),
            Err(error) => {
                drop(system);
                self.take_start_back();
                return Err(StartError::system(&name, error));
            }
        }
        Ok(())
    }

    fn claim_start(&self, at: &'static Location<'static>) -> Result<Arc<str>, StartError> {
        let facts = self.facts();
        let mut facts = facts.ok_or_else(|| StartError::left_behind(&self.name()))?;
        if mem::replace(&mut facts.claimed, true) {
            return Err(StartError::started(&facts.name, at));
        }
        // A thread may be made before a fork and started in the child.
        let generation = generation();
        self.generation.store(generation, Ordering::Relaxed);
        Ok(Arc::clone(&facts.name))
    }

    /// The thread could not be made, or not as it was to be; it may be tried again.
    pub(super) fn take_start_back(&self) {
        self.ident.store(0, Ordering::Release);
        let mut facts = self.facts.lock();
        facts.claimed = false;
        facts.running = false;
        facts.native_id = None;
    }

    /// It has come to be, and nothing can keep it from running. Both it and its starter say so, whichever comes first.
    pub(super) fn confirm_start(&self) {
        self.facts.lock().started = true;
    }

    /// In the thread, first of all.
    pub(super) fn begin(&self, in_system: impl FnOnce(&str)) {
        let mut facts = self.facts.lock();
        facts.native_id = Some(rustix::thread::gettid());
        facts.running = true;
        in_system(&facts.name);
    }

    pub(super) fn set_report(&self, report: PanicReport) {
        // There is one body, so one panic.
        let _ = self.report.set(report);
    }

    /// In the thread, last of all.
    pub(super) fn end(&self) {
        self.facts.lock().running = false;
        self.ended.set();
        // Others than this crate's go on, to wait for others or run destructors, while those who join are about to return.
        if matches!(self.kind, Kind::Main | Kind::Foreign)
            && let Some(ident) = self.ident()
        {
            deadlock::ended(ident.get());
        }
    }

    /// Waits for the end, and tells of a panic.
    #[track_caller]
    pub(super) fn join(&self, limit: Limit<'_>) -> Result<(), JoinError> {
        if self.ident() == Some(ident::get_ident()) && self.is_of_this_process() {
            return Err(JoinError::itself(self.name()));
        }
        if !self.is_started() {
            return Err(JoinError::not_started(self.name()));
        }
        let ended = self.wait_for_end(limit);
        if let Err(why) = ended {
            return Err(JoinError::waiting(self.name(), why));
        }
        if !self.ended.is_set() {
            return Err(JoinError::left_behind(self.name()));
        }
        match self.report() {
            Some(report) => Err(JoinError::panicked(self.name(), report.clone())),
            None => Ok(()),
        }
    }

    #[track_caller]
    pub(super) fn wait_for_end(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        limit.check_token()?;
        if !self.is_of_this_process() {
            return Ok(());
        }
        if !limit.is_never() {
            return self.ended.wait_timeout(limit);
        }
        let _waits = deadlock::waits(Location::caller(), || self.end_to_wait_for());
        self.ended.wait();
        self.wait_for_system();
        Ok(())
    }

    /// Its end, which may be told before it has come if the thread is not this crate's.
    fn end_to_wait_for(&self) -> Option<Resource> {
        let is_ours = matches!(self.kind, Kind::Own | Kind::Worker);
        let ident = self.ident().filter(|_| is_ours || !self.ended.is_set());
        ident.map(|ident| Resource::Thread(ident.get()))
    }

    /// Until the destructors of thread-locals have run and the stack is given back, which follows the end at once.
    fn wait_for_system(&self) {
        let mut system = self.system.lock();
        if let Some(handle) = system.take() {
            // Nothing of it panics: the body's panic was caught.
            let _ = handle.join();
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if !self.is_of_this_process() {
            // The thread library of this process knows nothing of the thread.
            mem::forget(self.system.get_mut().take());
        }
    }
}
