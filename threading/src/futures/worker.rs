//! A thread of a pool.

use std::cell::Cell;
use std::io;
use std::sync::Arc;

use super::pool::Pool;
use crate::panic::shown;

/// What a worker does.
pub(super) type Body<'scope> = Box<dyn FnOnce() + Send + 'scope>;
/// Waits for the end of a thread.
pub(super) type Join<'scope> = Box<dyn FnOnce() + Send + 'scope>;
/// Starts a thread with a name.
pub(super) type Start<'scope> =
    Box<dyn Fn(String, Body<'scope>) -> io::Result<Join<'scope>> + Send + Sync + 'scope>;

#[cfg(not(shuttle))]
use std::thread;

#[cfg(shuttle)]
use shuttle::thread;

/// Threads that live as long as they want.
pub(super) fn start(name: String, body: Body<'static>) -> io::Result<Join<'static>> {
    let handle = thread::Builder::new().name(name).spawn(body)?;
    Ok(Box::new(move || drop(handle.join())))
}

/// Threads that end with a scope.
pub(super) fn start_in<'scope>(scope: &'scope std::thread::Scope<'scope, '_>) -> Start<'scope> {
    Box::new(move |name, body| {
        let builder = std::thread::Builder::new().name(name);
        let handle = builder.spawn_scoped(scope, body)?;
        Ok(Box::new(move || drop(handle.join())))
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
struct Presence<'p, 'scope>(&'p Arc<Pool<'scope>>);

impl<'p, 'scope> Presence<'p, 'scope> {
    fn enter(pool: &'p Arc<Pool<'scope>>) -> Presence<'p, 'scope> {
        home::set(pool.id());
        Presence(pool)
    }
}

impl Drop for Presence<'_, '_> {
    fn drop(&mut self) {
        home::set(0);
        self.0.leave();
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
