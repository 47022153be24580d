//! `IMap`.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use serde_bytes::ByteBuf;

use super::pool::Running;
use super::{Done, fault_of, take_work, work};
use crate::PoolError;
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::sync::Monitor;
use crate::managers::value::Value;
use crate::mutex::Mutex;

/// The most calls whose results were not taken. The clients of this crate have fewer.
const MOST: usize = 1 << 16;

/// Results one by one: in the order of the calls, or in that in which they come.
pub(crate) struct Stream {
    /// The pool does not live by it.
    pool: Weak<crate::Pool>,
    running: Arc<Monitor<usize>>,
    is_ordered: bool,
    /// How many calls were begun; held while one is, so that they keep their order.
    begun: Mutex<usize>,
    state: Arc<Monitor<State>>,
}

#[derive(Default)]
struct State {
    results: BTreeMap<usize, Done>,
    taken: usize,
}

impl Stream {
    pub(super) fn new(
        pool: &Arc<crate::Pool>,
        running: &Arc<Monitor<usize>>,
        is_ordered: bool,
    ) -> Stream {
        Stream {
            pool: Arc::downgrade(pool),
            running: Arc::clone(running),
            is_ordered,
            begun: Mutex::default(),
            state: Arc::default(),
        }
    }

    fn begin(&self, calls: Vec<super::Work>) -> Result<(), Fault> {
        let pool = self.pool.upgrade().ok_or_else(gone)?;
        let mut begun = self.begun.lock();
        let open = *begun - self.state.look(|state| state.taken);
        if open + calls.len() > MOST {
            let why = format!("at most {MOST} calls are ahead of the results that were taken");
            return Err(Fault::new(FaultKind::Limit, why));
        }
        for call in calls {
            let result = pool.apply_async(work, call);
            let result = result.map_err(|error| fault_of(&error))?;
            let (succeed, fail) = (self.keep(*begun), self.keep(*begun));
            let result = result.callback(move |done: &Done| succeed(done.clone()));
            let result = result.error_callback(move |error: &PoolError| fail(Err(fault_of(error))));
            drop(result); // The call goes on.
            *begun += 1;
        }
        Ok(())
    }

    /// What keeps the result of a call.
    fn keep(&self, number: usize) -> impl FnOnce(Done) + Send + use<> {
        let state = Arc::clone(&self.state);
        let running = Running::begin(&self.running);
        move |done| {
            state.change(|state| drop(state.results.insert(number, done)));
            drop(running);
        }
    }

    fn next(&self, caller: &Caller) -> Result<Value, Fault> {
        let is_ordered = self.is_ordered;
        let next = self.state.wait(caller, None, |state| {
            let number = match is_ordered {
                true => state.taken,
                false => *state.results.first_key_value()?.0,
            };
            let result = state.results.remove(&number)?;
            state.taken += 1;
            Some(result)
        })?;
        next.ok_or_else(gone)?
            .map(ByteBuf::into_vec)
            .map(Value::Bytes)
    }
}

fn gone() -> Fault {
    Fault::new(FaultKind::Gone, "its pool does not exist any more")
}

impl Object for Stream {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        match method {
            "begin" => {
                let calls = take_work(&mut args)?;
                args.done()?;
                self.begin(calls).map(|()| Value::None)
            }
            "next" => {
                args.done()?;
                self.next(caller)
            }
            _ => Err(no_method("IMap", method)),
        }
    }

    fn abandon(&self, _session: u64) {
        self.state.change(|_| ());
    }
}
