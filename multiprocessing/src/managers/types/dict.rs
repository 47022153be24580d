//! `dict`.

use indexmap::IndexMap;

use super::{add, compare_exchange};
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;
use crate::mutex::Mutex;

type Entries = IndexMap<Value, Value>;

#[derive(Debug, Default)]
pub(crate) struct Dict {
    entries: Mutex<Entries>,
}

impl Dict {
    pub(crate) fn new(entries: Entries) -> Dict {
        Dict {
            entries: Mutex::new(entries),
        }
    }
}

impl Object for Dict {
    fn call(&self, method: &str, mut args: Args, _caller: &Caller) -> Result<Value, Fault> {
        // As in `list`: dropped when the lock is free.
        let mut thrown_out = Vec::new();
        let entries = &mut *self.entries.lock();
        match method {
            "update" => {
                let more = entries_of(args.only()?)?;
                more.into_iter()
                    .for_each(|(key, item)| thrown_out.extend(entries.insert(key, item)));
                Ok(Value::None)
            }
            "get" | "contains" | "set" | "pop" | "setdefault" | "increment"
            | "compare_exchange" => {
                let key = args.take_key()?;
                at_key(entries, method, key, args, &mut thrown_out)
            }
            _ => args
                .done()
                .and_then(|()| whole(entries, method, &mut thrown_out)),
        }
    }
}

pub(crate) fn entries_of(value: Value) -> Result<Entries, Fault> {
    match value {
        Value::Dict(entries) => match entries.keys().find(|key| !key.is_hashable()) {
            None => Ok(entries),
            Some(key) => {
                let why = format!("a {} cannot be a key", key.type_name());
                Err(Fault::new(FaultKind::Type, why))
            }
        },
        other => Err(Fault::wrong_type("dict", &other)),
    }
}

fn at_key(
    entries: &mut Entries,
    method: &str,
    key: Value,
    mut args: Args,
    thrown_out: &mut Vec<Value>,
) -> Result<Value, Fault> {
    match method {
        // In a tuple, as the item may be `None`.
        "get" => args.done().map(|()| found(entries.get(&key).cloned())),
        "contains" => args.done().map(|()| entries.contains_key(&key).into()),
        "pop" => args.done().map(|()| found(entries.shift_remove(&key))),
        "set" => {
            let before = entries.insert(key, args.only()?);
            thrown_out.extend(before);
            Ok(Value::None)
        }
        "setdefault" => Ok(entries.entry(key).or_insert(args.only()?).clone()),
        "increment" => {
            let by = args.only()?;
            let before = entries.get(&key).unwrap_or(&Value::Int(0));
            let after = add(before, &by)?;
            entries.insert(key, after.clone());
            Ok(after)
        }
        _ => {
            let (expected, new) = (args.take::<Value>()?, args.take()?);
            args.done()?;
            let missing = || Fault::key(&key);
            let place = entries.get_mut(&key).ok_or_else(missing)?;
            thrown_out.push(place.clone());
            Ok(compare_exchange(place, &expected, new))
        }
    }
}

fn whole(entries: &mut Entries, method: &str, thrown_out: &mut Vec<Value>) -> Result<Value, Fault> {
    match method {
        "len" => Ok(entries.len().into_value()),
        "copy" => Ok(Value::Dict(entries.clone())),
        "keys" => Ok(Value::List(entries.keys().cloned().collect())),
        "values" => Ok(Value::List(entries.values().cloned().collect())),
        "items" => {
            let pair =
                |(key, item): (&Value, &Value)| Value::Tuple(vec![key.clone(), item.clone()]);
            Ok(Value::List(entries.iter().map(pair).collect()))
        }
        "popitem" => Ok(entries
            .pop()
            .map_or(Value::None, |(key, item)| Value::Tuple(vec![key, item]))),
        "clear" => {
            for (key, item) in entries.drain(..) {
                thrown_out.extend([key, item]);
            }
            Ok(Value::None)
        }
        _ => Err(no_method("dict", method)),
    }
}

fn found(item: Option<Value>) -> Value {
    item.map_or(Value::None, |item| Value::Tuple(vec![item]))
}
