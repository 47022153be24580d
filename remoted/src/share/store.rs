//! The values, within their limits.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::number;
use crate::limits::{Limits, MAX_KEY, MAX_TYPE_NAME};
use crate::protocol::Refusal;

/// What an entry costs beside its bytes, about.
const ENTRY: u64 = 128;

/// An encoded value and the name of its type.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) type_name: String,
    pub(super) bytes: Bytes,
}

impl Value {
    /// This value, if it has that type.
    pub(super) fn checked(&self, type_name: &str) -> Result<&Value, Refusal> {
        if self.type_name == type_name {
            return Ok(self);
        }
        Err(Refusal::WrongType {
            stored: self.type_name.clone(),
        })
    }

    fn cost(&self, key: &str) -> u64 {
        ENTRY + (key.len() + self.type_name.len() + self.bytes.len()) as u64
    }
}

/// All values by key, in the order of the keys.
#[derive(Debug)]
pub(super) struct Store {
    values: BTreeMap<String, Value>,
    bytes: u64,
    limits: Limits,
}

impl Store {
    pub(super) fn new(limits: Limits) -> Store {
        Store {
            values: BTreeMap::new(),
            bytes: 0,
            limits,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn set(&mut self, key: String, value: Value) -> Result<(), Refusal> {
        check("key", key.len(), MAX_KEY as u64)?;
        check(
            "name of its type",
            value.type_name.len(),
            MAX_TYPE_NAME as u64,
        )?;
        check("value", value.bytes.len(), self.limits.value_bytes)?;
        let old = self.values.get(&key);
        if old.is_none() && self.values.len() >= self.limits.keys {
            return Err(full("keys", self.limits.keys as u64));
        }
        let bytes = self.bytes - old.map_or(0, |old| old.cost(&key)) + value.cost(&key);
        if bytes > self.limits.total_bytes {
            return Err(full("bytes", self.limits.total_bytes));
        }
        self.bytes = bytes;
        self.values.insert(key, value);
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &str) -> bool {
        let removed = self.values.remove(key);
        self.bytes -= removed.as_ref().map_or(0, |value| value.cost(key));
        removed.is_some()
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.bytes = 0;
    }

    /// Adds to the number behind a key, a missing one counting as zero, and gives the sum.
    pub(super) fn add(
        &mut self,
        key: String,
        type_name: &str,
        amount: &Bytes,
    ) -> Result<Bytes, Refusal> {
        let old = match self.values.get(&key) {
            Some(value) => Some(&value.checked(type_name)?.bytes[..]),
            None => None,
        };
        let bytes = Bytes::from(number::add(type_name, old, amount)?);
        let value = Value {
            type_name: type_name.to_owned(),
            bytes: bytes.clone(),
        };
        self.set(key, value)?;
        Ok(bytes)
    }
}

pub(super) fn check(what: &str, bytes: usize, limit: u64) -> Result<(), Refusal> {
    let bytes = bytes as u64;
    if bytes <= limit {
        return Ok(());
    }
    Err(Refusal::TooLarge {
        what: what.to_owned(),
        bytes,
        limit,
    })
}

pub(super) fn full(what: &str, limit: u64) -> Refusal {
    Refusal::Full {
        what: what.to_owned(),
        limit,
    }
}
