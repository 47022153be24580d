//! The contract's cases of threads, which are CPython's: `manyways_testkit::contract`.

use std::sync::Arc;
use std::time::Duration;

use manyways_testkit::contract::{ExceptHook, Outcome, Refusal, Thread, ThreadOptions, Threads};
use threading::{Builder, JoinError, ThreadHandle};

#[derive(Debug, Clone)]
struct Adapter {
    handle: ThreadHandle,
    /// None of threads that were not made here.
    own: Option<Arc<threading::Thread>>,
}

impl From<ThreadHandle> for Adapter {
    fn from(handle: ThreadHandle) -> Adapter {
        Adapter { handle, own: None }
    }
}

fn refusal(error: &JoinError) -> Refusal {
    match error {
        error if error.is_panic() => Refusal::Panicked,
        error if error.is_timed_out() => Refusal::TimedOut,
        error if error.is_itself() => Refusal::JoinsItself,
        error if error.is_not_started() => Refusal::NotStarted,
        error => panic!("unexpected: {error}"),
    }
}

impl Thread for Adapter {
    fn build(options: ThreadOptions<'_>, body: impl FnOnce() + Send + 'static) -> Self {
        let mut builder = Builder::new();
        if let Some(name) = options.name {
            builder = builder.name(name);
        }
        if let Some(daemon) = options.daemon {
            builder = builder.daemon(daemon);
        }
        if let Some(bytes) = options.stack_size {
            builder = builder.stack_size(bytes);
        }
        let thread = Arc::new(builder.build(body));
        Adapter {
            handle: thread.handle().clone(),
            own: Some(thread),
        }
    }

    fn start(&self) -> Outcome {
        let own = self.own.as_ref().expect("the case made it");
        own.start().map_err(|error| {
            assert!(error.is_already_started(), "{error}");
            Refusal::StartedTwice
        })
    }

    fn join(&self) -> Outcome {
        self.handle.join().map_err(|error| refusal(&error))
    }

    fn join_timeout(&self, limit: Duration) -> Outcome {
        let joined = self.handle.join_timeout(limit);
        joined.map_err(|error| refusal(&error))
    }

    fn is_alive(&self) -> bool {
        self.handle.is_alive()
    }

    fn name(&self) -> String {
        self.handle.name().to_string()
    }

    fn ident(&self) -> Option<u64> {
        self.handle.ident().map(u64::from)
    }

    fn native_id(&self) -> Option<u64> {
        self.handle.native_id().map(u64::from)
    }

    fn daemon(&self) -> bool {
        self.handle.daemon()
    }

    fn set_daemon(&self, daemon: bool) -> Outcome {
        let set = self.handle.set_daemon(daemon);
        set.map_err(|_| Refusal::AlreadyStarted)
    }

    fn current() -> Self {
        threading::current_thread().into()
    }

    fn main() -> Self {
        threading::main_thread().into()
    }

    fn enumerate() -> Vec<Self> {
        threading::enumerate().into_iter().map(Self::from).collect()
    }

    fn active_count() -> usize {
        threading::active_count()
    }

    fn set_excepthook(hook: Option<ExceptHook>) {
        match hook {
            Some(hook) => {
                threading::set_excepthook(move |args| hook(&args.thread().name(), args.message()));
            }
            None => threading::reset_excepthook(),
        }
    }

    fn same(&self, other: &Self) -> bool {
        self.handle == other.handle
    }
}

mod thread {
    use super::*;
    manyways_testkit::contract_tests!(thread, Threads, Adapter);
}
