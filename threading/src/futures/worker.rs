//! A thread of a pool.

use std::cell::Cell;
use std::io;
use std::sync::Arc;

use super::pool::Pool;
use crate::deadlock::{self, Member};
use crate::panic::shown;
use crate::wait::{Limit, WaitError};
use crate::{Builder, Scope, StartError, ThreadHandle, get_ident};

/// What a worker does.
pub(super) type Body<'scope> = Box<dyn FnOnce() + Send + 'scope>;
/// Waits for the end of a thread, within a limit. Several threads may, several times.
pub(super) type Join = Box<dyn Fn(Limit<'_>) -> Result<(), WaitError> + Send + Sync>;
/// Starts a thread with a name.
pub(super) type Start<'scope> =
    Box<dyn Fn(String, Body<'scope>) -> io::Result<Join> + Send + Sync + 'scope>;

/// Threads that live as long as they want.
#[cfg(not(shuttle))]
pub(super) fn start(name: String, body: Body<'static>) -> io::Result<Join> {
    let thread = Builder::of_worker(name).spawn(body);
    let thread = thread.map_err(StartError::into_io)?;
    Ok(join(thread.handle()))
}

/// Threads of the model's.
#[cfg(shuttle)]
pub(super) fn start(name: String, body: Body<'static>) -> io::Result<Join> {
    let thread = shuttle::thread::Builder::new().name(name).spawn(body)?;
    let thread = crate::seam::Mutex::new(Some(thread));
    Ok(Box::new(move |_| {
        let joined = thread.lock().take().map(|thread| thread.join());
        drop(joined);
        Ok(())
    }))
}

/// Threads that end with a scope.
pub(super) fn start_in<'scope>(scope: &'scope Scope<'scope, '_>) -> Start<'scope> {
    Box::new(move |name, body| {
        let thread = Builder::of_worker(name).spawn_scoped(scope, body);
        let thread = thread.map_err(StartError::into_io)?;
        Ok(join(thread.handle()))
    })
}

fn join(thread: &ThreadHandle) -> Join {
    let thread = thread.clone();
    Box::new(move |limit| {
        // A worker that has left its pool may end it still, in a destructor: but does not wait for its own end.
        if thread.ident() == Some(get_ident()) {
            return Ok(());
        }
        thread.wait_for_end(limit)
    })
}

/// A worker's life.
pub(super) fn work(pool: &Arc<Pool<'_>>, mut searching: bool) {
    let _presence = Presence::enter(pool);
    if let Err(report) = pool.initialize() {
        return pool.break_down(report);
    }
    while let Some(task) = pool.next(std::mem::take(&mut searching)) {
        // The task catches what it runs. What is left are destructors, of results that nobody waits for too.
        shown(move || task.run());
    }
}

/// A worker at work.
struct Presence<'p, 'scope> {
    pool: &'p Arc<Pool<'scope>>,
    _member: Option<Member>,
}

impl<'p, 'scope> Presence<'p, 'scope> {
    fn enter(pool: &'p Arc<Pool<'scope>>) -> Presence<'p, 'scope> {
        home::set(pool.id);
        Presence {
            pool,
            _member: deadlock::joins(pool.team(), pool.max_workers()),
        }
    }
}

impl Drop for Presence<'_, '_> {
    fn drop(&mut self) {
        home::set(0);
        self.pool.leave();
    }
}

/// Whether the calling thread is a worker of the pool with this number.
pub(super) fn is_of(pool: usize) -> bool {
    pool != 0 && home::get() == pool
}

/// The number of the calling worker's pool.
mod home {
    use super::Cell;

    #[cfg(not(any(loom, shuttle)))]
    thread_local! {
        static HOME: Cell<usize> = const { Cell::new(0) };
    }

    #[cfg(loom)]
    loom::thread_local! {
        static HOME: Cell<usize> = Cell::new(0);
    }

    #[cfg(shuttle)]
    shuttle::thread_local! {
        static HOME: Cell<usize> = Cell::new(0);
    }

    pub(super) fn set(pool: usize) {
        HOME.with(|home| home.set(pool));
    }

    pub(super) fn get() -> usize {
        HOME.with(Cell::get)
    }
}
