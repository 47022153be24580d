//! `Event`.

use super::monitor::Monitor;
use crate::managers::fault::Fault;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;

/// A flag. It counts how often it was set, so that who waits goes on even if it was cleared again at once.
#[derive(Debug, Default)]
pub(crate) struct Event {
    state: Monitor<Flag>,
}

#[derive(Debug, Default)]
struct Flag {
    is_set: bool,
    sets: u64,
}

impl Event {
    fn change(&self, set: bool) {
        self.state.change(|flag| {
            flag.is_set = set;
            flag.sets += u64::from(set);
        });
    }
}

impl Object for Event {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        match method {
            "wait" => {
                let deadline = args.take_deadline()?;
                args.done()?;
                let before = self.state.look(|flag| flag.sets);
                let attempt = |flag: &mut Flag| (flag.is_set || flag.sets != before).then_some(());
                Ok(self.state.wait(caller, deadline, attempt)?.is_some().into())
            }
            "set" | "clear" => {
                args.done()?;
                self.change(method == "set");
                Ok(Value::None)
            }
            "is_set" => args
                .done()
                .map(|()| self.state.look(|flag| flag.is_set).into()),
            _ => Err(no_method("Event", method)),
        }
    }

    fn abandon(&self, _session: u64) {
        self.state.change(|_| ());
    }
}
