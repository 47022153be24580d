//! `Pool`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{Job, Stream, fault_of, take_work, work};
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::sync::Monitor;
use crate::managers::value::Value;

/// The most workers of all pools of this process, as clients could ask for more than the machine has room for.
const MOST_WORKERS: usize = 1024;

/// So many of them.
struct Workers(usize);

static WORKERS: AtomicUsize = AtomicUsize::new(0);

impl Workers {
    fn take(count: usize) -> Result<Workers, Fault> {
        let more = |taken: usize| taken.checked_add(count).filter(|all| *all <= MOST_WORKERS);
        match WORKERS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => Ok(Workers(count)),
            Err(_) => {
                let why = format!("the pools of a manager have at most {MOST_WORKERS} workers");
                Err(Fault::new(FaultKind::Limit, why))
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        WORKERS.fetch_sub(self.0, Ordering::Relaxed);
    }
}

pub(crate) struct Pool {
    pool: Arc<crate::Pool>,
    is_closed: AtomicBool,
    /// How many results are still to come; those wait on it who join.
    running: Arc<Monitor<usize>>,
    _workers: Workers,
}

/// While it lives, a result is still to come.
pub(super) struct Running(Arc<Monitor<usize>>);

impl Running {
    pub(super) fn begin(running: &Arc<Monitor<usize>>) -> Running {
        running.change(|count| *count += 1);
        Running(Arc::clone(running))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.change(|count| *count -= 1);
    }
}

impl Pool {
    /// Of so many workers.
    pub(crate) fn new(workers: usize) -> Result<Pool, Fault> {
        let taken = Workers::take(workers.max(1))?;
        let pool = crate::Pool::new(workers).map_err(|error| fault_of(&error))?;
        Ok(Pool {
            pool: Arc::new(pool),
            is_closed: AtomicBool::new(false),
            running: Arc::default(),
            _workers: taken,
        })
    }

    /// Begins calls whose results come together.
    fn map(&self, mut args: Args) -> Result<Job, Fault> {
        let items = take_work(&mut args)?;
        args.done()?;
        let running = Running::begin(&self.running);
        let results = self.pool.starmap_async(work, items);
        let results = results.map_err(|error| fault_of(&error))?;
        Ok(Job::of(results, running))
    }

    fn join(&self, caller: &Caller) -> Result<Value, Fault> {
        // The pool's own wait could not be given up when the client dies.
        if self.is_closed.load(Ordering::Acquire) {
            let none_runs = |count: &mut usize| (*count == 0).then_some(());
            self.running.wait(caller, None, none_runs)?;
        }
        let joined = self.pool.join();
        joined
            .map(|()| Value::None)
            .map_err(|error| Fault::new(FaultKind::Misuse, error.to_string()))
    }
}

impl Object for Pool {
    fn call(&self, method: &str, args: Args, caller: &Caller) -> Result<Value, Fault> {
        match method {
            "map" => return Ok(caller.refer_to("AsyncResult", Box::new(self.map(args)?))),
            "imap" => {
                let is_ordered = args.only()?;
                let stream = Stream::new(&self.pool, &self.running, is_ordered);
                return Ok(caller.refer_to("IMap", Box::new(stream)));
            }
            _ => args.done()?,
        }
        match method {
            "processes" => return Ok(self.pool.processes().into_value()),
            "join" => return self.join(caller),
            "close" => self.pool.close(),
            "terminate" => self.pool.terminate(),
            _ => return Err(no_method("Pool", method)),
        }
        self.is_closed.store(true, Ordering::Release);
        Ok(Value::None)
    }

    fn abandon(&self, _session: u64) {
        self.running.change(|_| ());
    }
}
