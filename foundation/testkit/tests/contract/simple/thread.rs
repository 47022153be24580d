//! Threads with a register of those that live.

use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use manyways_testkit::contract::{ExceptHook, Outcome, Refusal, Thread, ThreadOptions};

use super::fault;

type Body = Box<dyn FnOnce() + Send>;

static LISTED: Mutex<Vec<Arc<Inner>>> = Mutex::new(Vec::new());
static HOOK: Mutex<Option<Arc<ExceptHook>>> = Mutex::new(None);
static MAIN: LazyLock<Arc<Inner>> = LazyLock::new(|| {
    let main = Inner::new("MainThread".to_owned(), false);
    main.state().phase = Phase::Running;
    main
});

thread_local! {
    static CURRENT: RefCell<Option<Foreign>> = const { RefCell::new(None) };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Running,
    Ended,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    daemon: bool,
    native_id: Option<u64>,
    panicked: bool,
}

struct Inner {
    name: String,
    stack_size: Option<usize>,
    body: Mutex<Option<Body>>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Inner {
    fn new(name: String, daemon: bool) -> Arc<Inner> {
        let state = State {
            phase: Phase::New,
            daemon,
            native_id: None,
            panicked: false,
        };
        Arc::new(Inner {
            name,
            stack_size: None,
            body: Mutex::new(None),
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Inner>) {
        let mut state = self.state();
        state.phase = Phase::Running;
        state.native_id = u64::try_from(nix::unistd::gettid().as_raw()).ok();
        self.changed.notify_all();
    }

    fn end(self: &Arc<Inner>, panicked: bool, stays_listed: bool) {
        if !stays_listed {
            listed().retain(|other| !Arc::ptr_eq(other, self));
        }
        let mut state = self.state();
        state.phase = Phase::Ended;
        state.panicked = panicked;
        self.changed.notify_all();
    }
}

fn listed() -> MutexGuard<'static, Vec<Arc<Inner>>> {
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread is to itself; one that something else started ends with it.
struct Foreign {
    inner: Arc<Inner>,
    is_foreign: bool,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        if self.is_foreign {
            self.inner.end(false, false);
        }
    }
}

#[derive(Clone)]
pub(crate) struct SimpleThread<const FAULT: u8 = 0>(Arc<Inner>);

impl<const FAULT: u8> fmt::Debug for SimpleThread<FAULT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.0.name, *self.0.state())
    }
}

impl<const FAULT: u8> SimpleThread<FAULT> {
    fn run(&self, body: Body) {
        let me = Foreign {
            inner: Arc::clone(&self.0),
            is_foreign: false,
        };
        CURRENT.with(|current| *current.borrow_mut() = Some(me));
        self.0.begin();
        let outcome = panic::catch_unwind(AssertUnwindSafe(body));
        if let Err(panic) = &outcome {
            self.call_hook(panic.downcast_ref::<&str>().copied().unwrap_or("no text"));
        }
        self.0
            .end(outcome.is_err(), FAULT == fault::THREAD_LISTED_FOR_EVER);
    }

    fn call_hook(&self, message: &str) {
        let hook = HOOK.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(hook) = hook
            && FAULT != fault::THREAD_HOOK_SKIPPED
        {
            let _ = panic::catch_unwind(AssertUnwindSafe(|| hook(&self.0.name, message)));
        }
    }

    fn join_within(&self, limit: Option<Duration>) -> Outcome {
        if self.same(&Self::current()) {
            let refusal = Err(Refusal::JoinsItself);
            return if FAULT == fault::THREAD_JOINS_ITSELF {
                Ok(())
            } else {
                refusal
            };
        }
        let state = self.0.state();
        if state.phase == Phase::New {
            return Err(Refusal::NotStarted);
        }
        // The condition variable knows no end of time.
        let limit = limit.unwrap_or(Duration::from_secs(1_000_000));
        let runs = |state: &mut State| state.phase != Phase::Ended;
        let waited = self.0.changed.wait_timeout_while(state, limit, runs);
        let (state, ended) = waited.unwrap_or_else(PoisonError::into_inner);
        match (ended.timed_out(), state.panicked) {
            (true, _) => Err(Refusal::TimedOut),
            (false, true) => Err(Refusal::Panicked),
            (false, false) => Ok(()),
        }
    }
}

impl<const FAULT: u8> Thread for SimpleThread<FAULT> {
    fn build(options: ThreadOptions<'_>, body: impl FnOnce() + Send + 'static) -> Self {
        static MADE: Mutex<u32> = Mutex::new(0);
        let name = options.name.map_or_else(
            || {
                let mut made = MADE.lock().unwrap();
                *made += 1;
                format!("Thread-{made}")
            },
            str::to_owned,
        );
        let inherited = FAULT != fault::THREAD_DAEMON_NOT_INHERITED && Self::current().daemon();
        let mut inner = Inner::new(name, options.daemon.unwrap_or(inherited));
        let new = Arc::get_mut(&mut inner).expect("nobody else has it yet");
        new.stack_size = options.stack_size;
        new.body = Mutex::new(Some(Box::new(body)));
        SimpleThread(inner)
    }

    fn start(&self) -> Outcome {
        let body = self.0.body.lock().unwrap().take();
        let body = match body {
            None if FAULT == fault::THREAD_STARTS_AGAIN => return Ok(()),
            body => body.ok_or(Refusal::StartedTwice)?,
        };
        listed().push(Arc::clone(&self.0));
        let mut builder = std::thread::Builder::new().name(self.0.name.clone());
        if let Some(size) = self.0.stack_size {
            builder = builder.stack_size(size);
        }
        let this = self.clone();
        builder.spawn(move || this.run(body)).unwrap();
        let is_new = |state: &mut State| state.phase == Phase::New;
        let _begun = self.0.changed.wait_while(self.0.state(), is_new);
        Ok(())
    }

    fn join(&self) -> Outcome {
        self.join_within(None)
    }

    fn join_timeout(&self, limit: Duration) -> Outcome {
        self.join_within(Some(limit))
    }

    fn is_alive(&self) -> bool {
        self.0.state().phase == Phase::Running
    }

    fn name(&self) -> String {
        self.0.name.clone()
    }

    fn ident(&self) -> Option<u64> {
        self.native_id()
    }

    fn native_id(&self) -> Option<u64> {
        self.0.state().native_id
    }

    fn daemon(&self) -> bool {
        self.0.state().daemon
    }

    fn set_daemon(&self, daemon: bool) -> Outcome {
        let mut state = self.0.state();
        if state.phase != Phase::New {
            return Err(Refusal::AlreadyStarted);
        }
        state.daemon = daemon;
        Ok(())
    }

    fn current() -> Self {
        CURRENT.with(|current| {
            let mut current = current.borrow_mut();
            let me = current.get_or_insert_with(|| {
                let inner = Inner::new("Dummy".to_owned(), false);
                inner.begin();
                listed().push(Arc::clone(&inner));
                Foreign {
                    inner,
                    is_foreign: true,
                }
            });
            SimpleThread(Arc::clone(&me.inner))
        })
    }

    fn main() -> Self {
        SimpleThread(Arc::clone(&MAIN))
    }

    fn enumerate() -> Vec<Self> {
        let listed = Vec::from_iter(listed().iter().cloned());
        let with_main = std::iter::once(Arc::clone(&MAIN)).chain(listed);
        with_main.map(SimpleThread).collect()
    }

    fn active_count() -> usize {
        Self::enumerate().len()
    }

    fn set_excepthook(hook: Option<ExceptHook>) {
        *HOOK.lock().unwrap() = hook.map(Arc::new);
    }

    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
