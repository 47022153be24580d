//! `set`.

use indexmap::IndexSet;

use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;
use crate::mutex::Mutex;

#[derive(Debug, Default)]
pub(crate) struct Set {
    members: Mutex<IndexSet<Value>>,
}

impl Set {
    pub(crate) fn new(members: Vec<Value>) -> Result<Set, Fault> {
        if let Some(member) = members.iter().find(|member| !member.is_hashable()) {
            let why = format!("a {} cannot be in a set", member.type_name());
            return Err(Fault::new(FaultKind::Type, why));
        }
        Ok(Set {
            members: Mutex::new(members.into_iter().collect()),
        })
    }
}

impl Object for Set {
    fn call(&self, method: &str, mut args: Args, _caller: &Caller) -> Result<Value, Fault> {
        // As in `list`: dropped when the lock is free.
        let mut thrown_out = Vec::new();
        let members = &mut *self.members.lock();
        match method {
            "add" | "discard" | "contains" => {
                let member = args.take_key()?;
                args.done()?;
                return Ok(match method {
                    "add" => members.insert(member),
                    "discard" => members
                        .shift_take(&member)
                        .map(|gone| thrown_out.push(gone))
                        .is_some(),
                    _ => members.contains(&member),
                }
                .into());
            }
            _ => args.done()?,
        }
        match method {
            "len" => Ok(members.len().into_value()),
            "members" => Ok(Value::List(members.iter().cloned().collect())),
            "pop" => Ok(members
                .pop()
                .map_or(Value::None, |member| Value::Tuple(vec![member]))),
            "clear" => {
                thrown_out.extend(members.drain(..));
                Ok(Value::None)
            }
            _ => Err(no_method("set", method)),
        }
    }
}
