//! What each request does once nothing hinders it.

use bytes::Bytes;

use super::store::Value;
use super::{ClientId, Sent, Share, Work};
use crate::protocol::{Item, Refusal, Reply, Request};

impl Share {
    pub(super) fn perform(&mut self, id: ClientId, work: Work) {
        let Work { request, bulk } = work;
        match request {
            Request::Get { key } | Request::WaitFor { key } => self.send_value(id, &key),
            Request::Set { key, type_name } => self.set(id, key, type_name, bulk),
            Request::Delete { key } => {
                let was_there = self.store.remove(&key);
                self.answer(id, Reply::Flag(was_there));
            }
            Request::Contains { key } => {
                let is_there = self.store.contains(&key);
                self.answer(id, Reply::Flag(is_there));
            }
            Request::Add { key, type_name } => self.add(id, key, type_name, &bulk),
            Request::Swap {
                key,
                type_name,
                expected,
                replace,
            } => {
                let swapped = self.swap(&key, type_name, expected, replace, bulk);
                self.conclude(id, swapped.map(Reply::Flag));
            }
            Request::Keys => self.send_keys(id),
            Request::Items => self.send_items(id),
            Request::Len => {
                let count = self.store.len() as u64;
                self.answer(id, Reply::Count(count));
            }
            Request::Clear => {
                self.store.clear();
                self.answer(id, Reply::Done);
            }
            lock_or_stop => self.perform_on_locks(id, lock_or_stop),
        }
    }

    fn perform_on_locks(&mut self, id: ClientId, request: Request) {
        let outcome = match request {
            Request::LockShare => self.locks.lock_share(id).map(locked),
            Request::LockItem { key } => self.locks.lock_item(id, key).map(locked),
            Request::UnlockShare { abandoned } => {
                self.queues.share_freed();
                let unlocked = self.locks.unlock_share(id, abandoned);
                unlocked.map(|()| Reply::Done)
            }
            Request::UnlockItem { key, abandoned } => {
                let unlocked = self.locks.unlock_item(id, &key, abandoned);
                self.queues.share_freed(); // An exclusive request may have waited for this holder.
                self.queues.items_freed([key]);
                unlocked.map(|()| Reply::Done)
            }
            _ => {
                self.stopping = true;
                Ok(Reply::Done)
            }
        };
        self.conclude(id, outcome);
    }

    fn conclude(&mut self, id: ClientId, outcome: Result<Reply, Refusal>) {
        self.answer(id, outcome.unwrap_or_else(Reply::Refused));
    }

    fn send_value(&mut self, to: ClientId, key: &str) {
        let Some(value) = self.store.get(key) else {
            return self.refuse(to, Refusal::Missing);
        };
        let reply = Reply::Value {
            type_name: value.type_name.clone(),
        };
        let bulk = vec![value.bytes.clone()];
        self.sent.push(Sent { to, reply, bulk });
    }

    fn set(&mut self, id: ClientId, key: String, type_name: String, bytes: Bytes) {
        self.awake.extend(self.queues.all_for_value(&key));
        let stored = self.store.set(key, Value { type_name, bytes });
        self.conclude(id, stored.map(|()| Reply::Done));
    }

    fn add(&mut self, to: ClientId, key: String, type_name: String, amount: &Bytes) {
        self.awake.extend(self.queues.all_for_value(&key));
        match self.store.add(key, &type_name, amount) {
            Ok(sum) => {
                let reply = Reply::Value { type_name };
                let bulk = vec![sum];
                self.sent.push(Sent { to, reply, bulk });
            }
            Err(refusal) => self.refuse(to, refusal),
        }
    }

    /// Whether the value was the expected one. `bulk` holds the expected value, then the new one.
    fn swap(
        &mut self,
        key: &str,
        type_name: String,
        expected: Option<u64>,
        replace: bool,
        mut bulk: Bytes,
    ) -> Result<bool, Refusal> {
        let length = usize::try_from(expected.unwrap_or(0)).unwrap_or(usize::MAX);
        let old = bulk.split_to(length.min(bulk.len()));
        let as_expected = match (self.store.get(key), expected) {
            (None, None) => true,
            (Some(value), Some(_)) => value.checked(&type_name)?.bytes == old,
            _ => false,
        };
        if as_expected && replace {
            self.awake.extend(self.queues.all_for_value(key));
            let bytes = Bytes::copy_from_slice(&bulk);
            self.store.set(key.to_owned(), Value { type_name, bytes })?;
        } else if as_expected {
            self.store.remove(key);
        }
        Ok(as_expected)
    }

    fn send_keys(&mut self, to: ClientId) {
        let keys: Vec<&str> = self.store.iter().map(|(key, _)| key).collect();
        let bulk = vec![encoded(&keys)];
        let reply = Reply::Keys;
        self.sent.push(Sent { to, reply, bulk });
    }

    fn send_items(&mut self, to: ClientId) {
        let item = |(key, value): (&str, &Value)| Item {
            key: key.to_owned(),
            type_name: value.type_name.clone(),
            length: value.bytes.len() as u64,
        };
        let index = encoded(&self.store.iter().map(item).collect::<Vec<Item>>());
        let reply = Reply::Items {
            index: index.len() as u64,
        };
        let values = self.store.iter().map(|(_, value)| value.bytes.clone());
        let bulk = [index].into_iter().chain(values).collect();
        self.sent.push(Sent { to, reply, bulk });
    }
}

fn locked(previous_owner_died: bool) -> Reply {
    Reply::Locked {
        previous_owner_died,
    }
}

fn encoded<T: serde::Serialize>(list: &[T]) -> Bytes {
    // Strings and numbers in a slice always have an encoding.
    Bytes::from(manyways_wire::encode(list).unwrap_or_default())
}
