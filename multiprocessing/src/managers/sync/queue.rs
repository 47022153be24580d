//! `Queue` and `JoinableQueue`, which are one type here.

use std::collections::VecDeque;
use std::time::Instant;

use super::monitor::Monitor;
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;

#[derive(Debug)]
pub(crate) struct Queue {
    /// The most items; `usize::MAX` for no bound.
    bound: usize,
    state: Monitor<State>,
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Value>,
    /// Items put and not reported as done.
    unfinished: u64,
}

impl Queue {
    /// Without a bound if it is not positive, as in Python.
    pub(crate) fn new(bound: i64) -> Queue {
        Queue {
            bound: usize::try_from(bound)
                .ok()
                .filter(|bound| *bound > 0)
                .unwrap_or(usize::MAX),
            state: Monitor::default(),
        }
    }

    /// Whether there was room in time.
    fn put(&self, item: Value, deadline: Option<Instant>, caller: &Caller) -> Result<bool, Fault> {
        let mut item = Some(item);
        let put = self.state.wait(caller, deadline, |state| {
            if state.items.len() >= self.bound {
                return None;
            }
            state.items.push_back(item.take()?);
            state.unfinished += 1;
            Some(())
        })?;
        Ok(put.is_some())
    }

    /// In a tuple, as the item may be `None`.
    fn get(&self, deadline: Option<Instant>, caller: &Caller) -> Result<Value, Fault> {
        let item = self
            .state
            .wait(caller, deadline, |state| state.items.pop_front())?;
        Ok(item.map_or(Value::None, |item| Value::Tuple(vec![item])))
    }

    fn task_done(&self) -> Result<Value, Fault> {
        self.state.change(|state| {
            let left = state.unfinished.checked_sub(1);
            state.unfinished = left.ok_or_else(|| {
                Fault::new(
                    FaultKind::Value,
                    "task_done was called more often than items were put",
                )
            })?;
            Ok(Value::None)
        })
    }

    fn join(&self, deadline: Option<Instant>, caller: &Caller) -> Result<bool, Fault> {
        let done = |state: &mut State| (state.unfinished == 0).then_some(());
        Ok(self.state.wait(caller, deadline, done)?.is_some())
    }

    fn len(&self) -> usize {
        self.state.look(|state| state.items.len())
    }
}

impl Object for Queue {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        match method {
            "put" => {
                let (item, deadline) = (args.take()?, args.take_deadline()?);
                args.done()?;
                return self.put(item, deadline, caller).map(Value::from);
            }
            "get" | "join" => {
                let deadline = args.take_deadline()?;
                args.done()?;
                return match method {
                    "get" => self.get(deadline, caller),
                    _ => self.join(deadline, caller).map(Value::from),
                };
            }
            _ => args.done()?,
        }
        match method {
            "task_done" => self.task_done(),
            "qsize" => Ok(self.len().into_value()),
            "empty" => Ok((self.len() == 0).into()),
            "full" => Ok((self.len() >= self.bound).into()),
            _ => Err(no_method("Queue", method)),
        }
    }

    fn abandon(&self, _session: u64) {
        self.state.change(|_| ());
    }
}
