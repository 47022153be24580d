//! `Array`: items of one type, whose number does not change.

use std::mem::discriminant;

use super::{add, compare_exchange, cut, place};
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;
use crate::mutex::Mutex;

#[derive(Debug)]
pub(crate) struct Array {
    items: Mutex<Vec<Value>>,
}

impl Array {
    pub(crate) fn new(items: Vec<Value>) -> Result<Array, Fault> {
        if let Some(first) = items.first() {
            items.iter().try_for_each(|item| check(first, item))?;
        }
        Ok(Array {
            items: Mutex::new(items),
        })
    }
}

/// Whether an item may stand where this one does.
fn check(old: &Value, new: &Value) -> Result<(), Fault> {
    if !matches!(new, Value::Bool(_) | Value::Int(_) | Value::Float(_)) {
        return Err(Fault::wrong_type("number", new));
    }
    match discriminant(old) == discriminant(new) {
        true => Ok(()),
        false => Err(Fault::wrong_type(old.type_name(), new)),
    }
}

impl Object for Array {
    fn call(&self, method: &str, mut args: Args, _caller: &Caller) -> Result<Value, Fault> {
        let items = &mut *self.items.lock();
        let length = items.len();
        match method {
            "len" => return args.done().map(|()| length.into_value()),
            "slice" => return cut(items, args),
            "set_slice" => {
                let (from, new) = (args.take()?, args.take::<Vec<Value>>()?);
                args.done()?;
                return set_slice(items, from, &new);
            }
            "get" | "set" | "increment" | "compare_exchange" => {}
            _ => return Err(no_method("Array", method)),
        }
        let item = &mut items[place(args.take()?, length)?];
        match method {
            "get" => args.done().map(|()| item.clone()),
            "set" => {
                let new = args.only()?;
                check(item, &new)?;
                *item = new;
                Ok(Value::None)
            }
            "increment" => {
                let sum = add(item, &args.only()?)?;
                check(item, &sum)?;
                *item = sum;
                Ok(item.clone())
            }
            _ => {
                let (expected, new) = (args.take::<Value>()?, args.take()?);
                args.done()?;
                check(item, &new)?;
                Ok(compare_exchange(item, &expected, new))
            }
        }
    }
}

/// Replaces as many items as there are new ones, or none.
fn set_slice(items: &mut [Value], from: usize, new: &[Value]) -> Result<Value, Fault> {
    let places = from
        .checked_add(new.len())
        .and_then(|to| items.get_mut(from..to));
    let places = places
        .ok_or_else(|| Fault::new(FaultKind::Index, "the items do not fit into the array"))?;
    places
        .iter()
        .zip(new)
        .try_for_each(|(old, new)| check(old, new))?;
    places.clone_from_slice(new);
    Ok(Value::None)
}
