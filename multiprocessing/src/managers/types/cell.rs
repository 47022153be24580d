//! `Value`: a place for one value.

use super::{add, compare_exchange};
use crate::managers::fault::Fault;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;
use crate::mutex::Mutex;

#[derive(Debug)]
pub(crate) struct Cell {
    value: Mutex<Value>,
}

impl Cell {
    pub(crate) fn new(value: Value) -> Cell {
        Cell {
            value: Mutex::new(value),
        }
    }
}

impl Object for Cell {
    fn call(&self, method: &str, mut args: Args, _caller: &Caller) -> Result<Value, Fault> {
        // Declared first, so that it is dropped when the lock is free.
        let _before;
        let value = &mut *self.value.lock();
        match method {
            "get" => args.done().map(|()| value.clone()),
            "set" => {
                _before = std::mem::replace(value, args.only()?);
                Ok(Value::None)
            }
            "increment" => {
                *value = add(value, &args.only()?)?;
                Ok(value.clone())
            }
            "compare_exchange" => {
                let (expected, new) = (args.take::<Value>()?, args.take()?);
                args.done()?;
                _before = value.clone();
                Ok(compare_exchange(value, &expected, new))
            }
            _ => Err(no_method("Value", method)),
        }
    }
}
