//! `AsyncResult`.

use std::sync::Arc;

use super::pool::Running;
use super::{Done, fault_of};
use crate::AsyncResult;
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::sync::Monitor;
use crate::managers::value::Value;

/// The results of calls that were begun together, one after the other; or the failure of the first that has none.
pub(crate) struct Job {
    outcome: Arc<Monitor<Option<Outcome>>>,
}

type Outcome = Result<Vec<Value>, Fault>;

impl Job {
    pub(super) fn of(results: AsyncResult<Vec<Done>>, running: Running) -> Job {
        let outcome: Arc<Monitor<Option<Outcome>>> = Arc::default();
        let keep = |outcome: &Arc<Monitor<Option<Outcome>>>| {
            let outcome = Arc::clone(outcome);
            move |found| outcome.change(|outcome| *outcome = Some(found))
        };
        let (keep_results, keep_failure) = (keep(&outcome), keep(&outcome));
        let running = Arc::new(running);
        let ends = Arc::clone(&running);
        let results = results.callback(move |results: &Vec<Done>| {
            let values = results.iter().map(|done| done.as_ref().map(bytes));
            let values: Result<Vec<Value>, &Fault> = values.collect();
            keep_results(values.map_err(Clone::clone));
            drop(running);
        });
        let results = results.error_callback(move |error| {
            keep_failure(Err(fault_of(error)));
            drop(ends);
        });
        drop(results); // The calls go on.
        Job { outcome }
    }
}

fn bytes(bytes: &serde_bytes::ByteBuf) -> Value {
    Value::Bytes(bytes.to_vec())
}

impl Object for Job {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        match method {
            "get" | "wait" => {
                let deadline = args.take_deadline()?;
                args.done()?;
                let outcome = |outcome: &mut Option<Outcome>| outcome.clone();
                let outcome = self.outcome.wait(caller, deadline, outcome)?;
                match (method, outcome) {
                    ("wait", outcome) => Ok(outcome.is_some().into()),
                    (_, None) => Ok(Value::None),
                    (_, Some(outcome)) => outcome.map(Value::List),
                }
            }
            "ready" => {
                args.done()?;
                Ok(self.outcome.look(Option::is_some).into())
            }
            "successful" => {
                args.done()?;
                let successful = |outcome: &Option<Outcome>| Some(outcome.as_ref()?.is_ok());
                let successful = self.outcome.look(successful);
                let unready = || Fault::new(FaultKind::Value, "there is no result yet");
                successful.map(Value::Bool).ok_or_else(unready)
            }
            _ => Err(no_method("AsyncResult", method)),
        }
    }

    fn abandon(&self, _session: u64) {
        self.outcome.change(|_| ());
    }
}
