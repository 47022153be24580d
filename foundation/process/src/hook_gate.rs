//! Keeps forks and panic hooks apart.
//!
//! A thread inside the panic hook may hold locks: the one around backtraces, those of a log. A child
//! that is forked in that moment could never take them. So a fork waits until no other thread is
//! inside, and threads that panic wait until the fork is done.
//!
//! Neither waits long, because either may hold what the other needs: the hook may write to a pipe that
//! the forking thread should read, the panicking thread may hold the lock of stdout. After
//! [`FORK_PATIENCE`] the fork happens all the same, and the child is told what it must do without.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::one_page::ONE_PAGE;

/// How long a fork waits for the hooks that run. Those that are still running then are not waited for again.
const FORK_PATIENCE: Duration = Duration::from_secs(1);
/// How long a hook waits for the forks under way, each of which takes less than a millisecond.
const HOOK_PATIENCE: Duration = Duration::from_millis(100);

/// Who is inside, and who waits.
#[derive(Debug)]
pub(crate) struct State {
    /// The runs of the hook, by thread.
    inside: BTreeMap<ThreadMark, Visits>,
    /// Forks under way.
    forking: usize,
    /// Threads that wait for a change.
    waiting: usize,
}

/// The runs of the hook in one thread: more than one if the hook panics.
#[derive(Debug, Default)]
struct Visits {
    depth: usize,
    /// They have outlasted the patience of a fork.
    given_up: bool,
}

static CHANGED: Condvar = Condvar::new();

/// Tells living threads apart. `ThreadId` would allocate, and cannot be had while a thread ends.
type ThreadMark = usize;

fn this_thread() -> ThreadMark {
    thread_local!(static MARK: Cell<u8> = const { Cell::new(0) });
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

fn lock() -> MutexGuard<'static, State> {
    let lock = ONE_PAGE.hook_gate.lock();
    lock.unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `done` or the deadline.
fn wait_until(
    mut state: MutexGuard<'static, State>,
    deadline: Instant,
    mut done: impl FnMut(&State) -> bool,
) -> MutexGuard<'static, State> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if done(&state) || left.is_zero() {
            return state;
        }
        state.waiting += 1;
        let woken = CHANGED.wait_timeout(state, left);
        state = woken.unwrap_or_else(PoisonError::into_inner).0;
        state.waiting -= 1;
    }
}

impl State {
    pub(crate) const fn new() -> State {
        State {
            inside: BTreeMap::new(),
            forking: 0,
            waiting: 0,
        }
    }

    fn others_inside(&self) -> bool {
        let me = this_thread();
        self.inside.keys().any(|thread| *thread != me)
    }

    fn others_awaited(&self) -> bool {
        let me = this_thread();
        let mut inside = self.inside.iter();
        inside.any(|(thread, visits)| *thread != me && !visits.given_up)
    }

    fn tell(&self) {
        if self.waiting > 0 {
            CHANGED.notify_all();
        }
    }
}

/// The calling thread is inside the hook while this lives.
#[derive(Debug)]
pub(crate) struct Inside(());

pub(crate) fn enter() -> Inside {
    let me = this_thread();
    let mut state = lock();
    if state.forking > 0 && !state.inside.contains_key(&me) {
        state = wait_until(state, Instant::now() + HOOK_PATIENCE, |state| {
            state.forking == 0
        });
    }
    state.inside.entry(me).or_default().depth += 1;
    Inside(())
}

impl Drop for Inside {
    fn drop(&mut self) {
        let me = this_thread();
        let mut state = lock();
        if let Some(visits) = state.inside.get_mut(&me) {
            visits.depth -= 1;
            if visits.depth == 0 {
                state.inside.remove(&me);
            }
        }
        state.tell();
    }
}

/// A fork is under way while this lives.
#[derive(Debug)]
pub(crate) struct Forking(());

impl Forking {
    pub(crate) fn begin() -> Forking {
        lock().forking += 1;
        Forking(())
    }

    /// Waits until no other thread is inside, or gives those up that are.
    pub(crate) fn wait(&self) {
        let mut state = lock();
        if !state.others_awaited() {
            return;
        }
        let deadline = Instant::now() + FORK_PATIENCE;
        state = wait_until(state, deadline, |state| !state.others_awaited());
        if Instant::now() >= deadline {
            let me = this_thread();
            let others = state.inside.iter_mut().filter(|(thread, _)| **thread != me);
            others.for_each(|(_, visits)| visits.given_up = true);
        }
    }

    /// Shuts the gate for the fork itself; `None` if somebody has come in since the [`wait`](Self::wait).
    pub(crate) fn shut(&self) -> Option<Shut> {
        let state = lock();
        (!state.others_awaited()).then_some(Shut { state })
    }

    /// Shuts the gate whoever is inside.
    pub(crate) fn shut_now(&self) -> Shut {
        Shut { state: lock() }
    }
}

impl Drop for Forking {
    fn drop(&mut self) {
        let mut state = lock();
        state.forking -= 1;
        state.tell();
    }
}

/// Nobody goes in or out while this lives.
pub(crate) struct Shut {
    state: MutexGuard<'static, State>,
}

impl Shut {
    /// In the child: forgets the threads that do not exist there. Says whether one of them was inside.
    pub(crate) fn in_child(mut self) -> bool {
        let lost = self.state.others_inside();
        let me = this_thread();
        self.state.inside.retain(|thread, _| *thread == me);
        self.state.forking = 1; // This thread's, which ends now.
        self.state.waiting = 0;
        lost
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::{Forking, enter};

    #[test]
    fn a_fork_waits_for_the_hooks_of_other_threads_and_not_of_its_own() {
        let mine = enter();
        let forking = Forking::begin();
        forking.wait();
        assert!(forking.shut().is_some());
        let (tell, told) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        drop(forking);
        let other = thread::spawn(move || {
            let inside = enter();
            tell.send(()).unwrap();
            released.recv().unwrap();
            drop(inside);
        });
        told.recv().unwrap();
        let forking = Forking::begin();
        assert!(forking.shut().is_none(), "another thread is inside");
        release.send(()).unwrap();
        forking.wait();
        assert!(forking.shut().is_some());
        other.join().unwrap();
        drop(mine);
    }
}
