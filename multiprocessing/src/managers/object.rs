//! Objects as the server sees them.

use std::time::{Duration, Instant};

use super::fault::{Fault, FaultKind};
use super::item::Item;
use super::session::Caller;
use super::value::Value;

/// An object that lives in a server. Its methods may be called by many threads at once.
pub(crate) trait Object: Send + Sync {
    fn call(&self, method: &str, args: Args, caller: &Caller) -> Result<Value, Fault>;

    /// Takes back what a client held that is dead, and wakes those of its calls that wait.
    fn abandon(&self, _session: u64) {}
}

/// The arguments of a call, taken one after the other.
#[derive(Debug)]
pub(crate) struct Args {
    items: std::vec::IntoIter<Value>,
}

impl Args {
    pub(crate) fn new(items: Vec<Value>) -> Args {
        Args {
            items: items.into_iter(),
        }
    }

    /// The next argument.
    pub(crate) fn take<T: Item>(&mut self) -> Result<T, Fault> {
        let missing = || Fault::new(FaultKind::Type, "an argument is missing");
        let value = self.items.next().ok_or_else(missing)?;
        T::from_value(value).map_err(|value| Fault::wrong_type(T::NAME, &value))
    }

    /// The next argument as the key of a dictionary or a member of a set.
    pub(crate) fn take_key(&mut self) -> Result<Value, Fault> {
        let key: Value = self.take()?;
        if key.is_hashable() {
            return Ok(key);
        }
        let why = format!("a {} cannot be a key", key.type_name());
        Err(Fault::new(FaultKind::Type, why))
    }

    /// The next argument as a moment: so many seconds from now, `None` for never.
    pub(crate) fn take_deadline(&mut self) -> Result<Option<Instant>, Fault> {
        let Some(seconds) = self.take::<Option<f64>>()? else {
            return Ok(None);
        };
        let limit = Duration::try_from_secs_f64(seconds.max(0.0));
        Ok(limit
            .ok()
            .and_then(|limit| Instant::now().checked_add(limit)))
    }

    /// Ends the list: nothing may be left.
    pub(crate) fn done(self) -> Result<(), Fault> {
        match self.items.len() {
            0 => Ok(()),
            count => Err(Fault::new(
                FaultKind::Type,
                format!("{count} arguments too many"),
            )),
        }
    }

    /// The only argument.
    pub(crate) fn only<T: Item>(mut self) -> Result<T, Fault> {
        let item = self.take()?;
        self.done()?;
        Ok(item)
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.items.collect()
    }
}

pub(crate) fn no_method(type_id: &str, method: &str) -> Fault {
    Fault::new(
        FaultKind::Attribute,
        format!("a {type_id} has no method {method:?}"),
    )
}
