//! `Namespace`.

use indexmap::IndexMap;

use crate::managers::fault::{Fault, FaultKind};
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;
use crate::mutex::Mutex;

/// Attributes by name.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    attributes: Mutex<IndexMap<String, Value>>,
}

impl Object for Namespace {
    fn call(&self, method: &str, mut args: Args, _caller: &Caller) -> Result<Value, Fault> {
        // Declared first, so that it is dropped when the lock is free.
        let _before;
        let attributes = &mut *self.attributes.lock();
        match method {
            "attributes" => {
                args.done()?;
                let all = attributes
                    .iter()
                    .map(|(name, item)| (name.as_str().into(), item.clone()));
                return Ok(Value::Dict(all.collect()));
            }
            "get" | "set" | "has" | "delete" => {}
            _ => return Err(no_method("Namespace", method)),
        }
        let name: String = args.take()?;
        match method {
            "set" => {
                _before = attributes.insert(name, args.only()?);
                Ok(Value::None)
            }
            "has" => args.done().map(|()| attributes.contains_key(&name).into()),
            "get" => {
                args.done()?;
                attributes.get(&name).cloned().ok_or_else(|| missing(&name))
            }
            _ => {
                args.done()?;
                _before = attributes.shift_remove(&name);
                match _before {
                    Some(_) => Ok(Value::None),
                    None => Err(missing(&name)),
                }
            }
        }
    }
}

fn missing(name: &str) -> Fault {
    Fault::new(
        FaultKind::Attribute,
        format!("there is no attribute {name:?}"),
    )
}
