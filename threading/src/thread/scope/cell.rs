//! A scope's end: no thread of it is left, and none of what they borrowed is used any more.
#![allow(unsafe_code)]

use std::any::Any;
use std::marker::PhantomData;
use std::mem;
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Arc;

use super::super::error::StartError;
use super::super::handle::ThreadHandle;
use super::super::launch::{Body, Plan, launch};
use super::Seen;
use crate::deadlock::{self, Resource, Team};
use crate::fork::generation;
use crate::wait::{Limit, WaitQueue};

/// Where threads are spawned that may borrow: what [`scope`](crate::scope) gives its closure.
///
/// `'scope` is the time in which they run, `'env` that of what they borrow. Both are invariant, as those of
/// [`std::thread::Scope`] and for the same reasons.
pub struct Scope<'scope, 'env: 'scope> {
    crew: Arc<Crew>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// The threads of a scope. Not part of it in memory: the last of them may still wake the scope's thread when that one
/// has seen that it may go.
struct Crew {
    /// Of which process.
    generation: u32,
    state: WaitQueue<State>,
}

#[derive(Debug)]
struct State {
    running: usize,
    /// In the order of their ends, those whose panics nobody was given.
    panicked: Vec<ThreadHandle>,
}

/// The message to the scope's thread.
const ALL_ENDED: u32 = 1;

/// One thread's membership. Dropped by the thread when its body is gone.
struct Member {
    crew: Arc<Crew>,
    thread: ThreadHandle,
}

type Outcome<R> = Result<R, Box<dyn Any + Send>>;

/// Calls `f` with a scope, waits for its threads, and gives also the first whose panic nobody was given.
#[track_caller]
pub(super) fn run<'env, F, R>(f: F) -> (Outcome<R>, Option<ThreadHandle>)
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
{
    let scope = Scope {
        crew: Arc::new(Crew::new()),
        scope: PhantomData,
        env: PhantomData,
    };
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| f(&scope)));
    let unseen = scope.crew.wait();
    (outcome, unseen)
}

impl<'scope> Scope<'scope, '_> {
    /// Starts the thread, which runs a body that may borrow for `'scope`.
    #[track_caller]
    pub(super) fn launch(
        &'scope self,
        thread: &ThreadHandle,
        plan: &Plan,
        body: Box<dyn FnOnce() + Send + 'scope>,
    ) -> Result<(), StartError> {
        if self.crew.is_elsewhere() {
            return Err(StartError::left_behind(&thread.name()));
        }
        let member = Member::new(&self.crew, thread);
        let team = self.crew.team();
        let body = Box::new(move || {
            let _member = deadlock::joins(team, usize::MAX);
            body();
        });
        // SAFETY: only the lifetime changes. `launch` promises that the body is gone before `member` is dropped, and
        // `run`, the only maker of scopes, does not return or unwind before all members are dropped. (In a forked child
        // it does. There the threads do not exist, and none can be made, see above.) So the body is gone
        // before what it borrows for `'scope`, which outlives the call of `run`.
        let body = unsafe { mem::transmute::<Box<dyn FnOnce() + Send + 'scope>, Body>(body) };
        launch(thread, plan, body, member)
    }

    pub(super) fn running(&self) -> usize {
        self.crew.state.peek(|state| state.running).unwrap_or(0)
    }
}

impl Seen for Scope<'_, '_> {
    fn seen(&self, thread: &ThreadHandle) {
        self.crew
            .state
            .lock()
            .panicked
            .retain(|other| other != thread);
    }
}

impl Crew {
    fn new() -> Crew {
        Crew {
            generation: generation(),
            state: WaitQueue::new(State {
                running: 0,
                panicked: Vec::new(),
            }),
        }
    }

    /// Whether this process is a child that was forked in the scope, and has none of its threads.
    fn is_elsewhere(&self) -> bool {
        self.generation != generation()
    }

    fn team(&self) -> Team {
        Team::Scope(std::ptr::from_ref(self).addr())
    }

    /// Waits until no thread is left. The first whose panic nobody was given.
    #[track_caller]
    fn wait(&self) -> Option<ThreadHandle> {
        let team = || Some(Resource::Team(self.team()));
        let _waits = deadlock::waits_anyway(Location::caller(), team);
        loop {
            if self.is_elsewhere() {
                return None;
            }
            let mut state = self.state.lock();
            if state.running == 0 {
                let panicked = mem::take(&mut state.panicked);
                drop(state);
                return panicked.into_iter().next();
            }
            let _ = state.enqueue().wait(Limit::NEVER);
        }
    }
}

impl Member {
    fn new(crew: &Arc<Crew>, thread: &ThreadHandle) -> Member {
        crew.state.lock().running += 1;
        Member {
            crew: Arc::clone(crew),
            thread: thread.clone(),
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if self.crew.is_elsewhere() {
            return;
        }
        let mut state = self.crew.state.lock();
        state.running -= 1;
        if self.thread.panic_report().is_some() {
            state.panicked.push(self.thread.clone());
        }
        if state.running == 0 {
            state.notify_all(ALL_ENDED);
        }
    }
}
