//! The one handle whose end is the end of the processes.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use manyways_process::poll_ready;
use serde::de::DeserializeOwned;

use super::Pool;
use crate::Channel;
use crate::error::Result;
use crate::start::misuse;
use crate::time::left;

/// How long processes that have sent their result may take to end by themselves when their owner is
/// dropped, and idle ones when nothing is left to do.
const GRACE: Duration = Duration::from_secs(1);

/// A pool that is shared with its managed callables, and ends with this handle.
pub(crate) struct PoolOwner<'a, R, S> {
    pool: SharedPool<'a, R, S>,
}

/// A pool, as its managed callables hold it.
pub(crate) type SharedPool<'a, R, S> = Rc<RefCell<Pool<'a, R, S>>>;

impl<'a, R: DeserializeOwned, S> PoolOwner<'a, R, S> {
    pub(crate) fn new() -> PoolOwner<'a, R, S> {
        PoolOwner {
            pool: Rc::new(RefCell::new(Pool::new())),
        }
    }

    /// The pool. Nobody else has it in use: callables borrow it for the length of one call only, and
    /// never while the program's own functions run.
    pub(crate) fn get(&self) -> RefMut<'_, Pool<'a, R, S>> {
        self.pool.borrow_mut()
    }

    /// The pool, unless this is a process of its own, made while it was in use.
    pub(crate) fn open(&self) -> Result<RefMut<'_, Pool<'a, R, S>>> {
        open(&self.pool)
    }

    pub(crate) fn share(&self) -> SharedPool<'a, R, S> {
        Rc::clone(&self.pool)
    }
}

/// The pool for one call.
pub(crate) fn open<'p, 'a, R, S>(
    pool: &'p SharedPool<'a, R, S>,
) -> Result<RefMut<'p, Pool<'a, R, S>>> {
    match pool.try_borrow_mut() {
        Ok(pool) if !pool.closed => Ok(pool),
        Ok(_) => Err(misuse(
            "make a call",
            "the map, queue or exchange that managed it was dropped",
        )),
        Err(_) => Err(misuse(
            "make a call",
            "a process cannot use the map, queue or exchange that started it; make a new one there",
        )),
    }
}

impl<R, S> Pool<'_, R, S> {
    fn new() -> Self {
        Pool {
            limit: None,
            reuse: false,
            continuous: false,
            autoclose: true,
            eager: true,
            closed: false,
            calls: 0,
            served: Vec::new(),
            waiting: Default::default(),
            active: Vec::new(),
            ready: Default::default(),
            idle: Vec::new(),
            leaving: Vec::new(),
            not_started: Default::default(),
            arrived: Default::default(),
            removed: Vec::new(),
        }
    }

    pub(crate) fn set_limit(&mut self, limit: Option<usize>) {
        assert_ne!(
            limit,
            Some(0),
            "with a limit of 0 processes no call would ever run"
        );
        self.limit = limit;
    }

    /// Ends all: calls that wait are dropped, processes at work are killed, those that have sent
    /// their result get a moment to end by themselves.
    pub(crate) fn shut_down(&mut self) {
        self.waiting.clear();
        self.served.clear(); // They may hold handles of this pool.
        self.active.clear();
        self.ready.clear();
        let idle = self.idle.drain(..).map(|member| member.channel);
        end_within_grace(self.leaving.drain(..).chain(idle).collect());
    }
}

/// Waits for processes that have nothing more to say; those that are still there then are killed.
pub(super) fn end_within_grace<R, S>(mut channels: Vec<Channel<S, R>>) {
    channels.iter_mut().for_each(Channel::close);
    let until = Instant::now() + GRACE;
    for channel in &channels {
        if let Some(end) = channel.end_of_child()
            && poll_ready(&[end], left(Some(until))).is_err()
        {
            return; // The system refuses to wait.
        }
    }
}

impl<R, S> Drop for PoolOwner<'_, R, S> {
    fn drop(&mut self) {
        if let Ok(mut pool) = self.pool.try_borrow_mut() {
            pool.closed = true;
            pool.shut_down();
        }
    }
}

impl<R, S> fmt::Debug for PoolOwner<'_, R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pool.try_borrow() {
            Ok(pool) => pool.fmt(f),
            Err(_) => f.write_str("Pool (in use)"),
        }
    }
}
