//! Who waits, in order of arrival.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use super::{ClientId, On};

/// A place in the order of arrival.
pub(super) type Ticket = u64;

type Queue = BTreeMap<Ticket, ClientId>;

/// The queue for the share, one for each locked item, one for each value that is waited for; and
/// which of them have to be looked at.
#[derive(Debug, Default)]
pub(super) struct Queues {
    next: Ticket,
    share: Queue,
    /// Those in `share` who want it alone.
    exclusive: BTreeSet<Ticket>,
    items: HashMap<String, Queue>,
    values: HashMap<String, Queue>,
    share_freed: bool,
    items_freed: Vec<String>,
}

impl Queues {
    pub(super) fn ticket(&mut self) -> Ticket {
        self.next += 1;
        self.next
    }

    pub(super) fn insert(&mut self, on: &On, ticket: Ticket, id: ClientId, exclusive: bool) {
        let queue = match on {
            On::Share => {
                if exclusive {
                    self.exclusive.insert(ticket);
                }
                &mut self.share
            }
            On::Item(key) => self.items.entry(key.clone()).or_default(),
            On::Value(key) => self.values.entry(key.clone()).or_default(),
        };
        queue.insert(ticket, id);
    }

    pub(super) fn remove(&mut self, on: &On, ticket: Ticket) {
        match on {
            On::Share => {
                self.exclusive.remove(&ticket);
                self.share.remove(&ticket);
            }
            On::Item(key) => remove_from(&mut self.items, key, ticket),
            On::Value(key) => remove_from(&mut self.values, key, ticket),
        }
    }

    /// Whether somebody waits to have the share alone.
    pub(super) fn exclusive_waits(&self) -> bool {
        !self.exclusive.is_empty()
    }

    /// Whether somebody does who came before this ticket.
    pub(super) fn exclusive_before(&self, ticket: Ticket) -> bool {
        self.exclusive.first().is_some_and(|first| *first < ticket)
    }

    pub(super) fn share_freed(&mut self) {
        self.share_freed = true;
    }

    pub(super) fn take_share_freed(&mut self) -> bool {
        std::mem::take(&mut self.share_freed)
    }

    pub(super) fn items_freed(&mut self, keys: impl IntoIterator<Item = String>) {
        self.items_freed.extend(keys);
    }

    pub(super) fn next_freed_item(&mut self) -> Option<String> {
        self.items_freed.pop()
    }

    pub(super) fn next_for_share(&self, after: Option<Ticket>) -> Option<(Ticket, ClientId)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.share.range((from, Bound::Unbounded));
        rest.next().map(|(ticket, id)| (*ticket, *id))
    }

    pub(super) fn first_for_item(&self, key: &str) -> Option<ClientId> {
        self.items.get(key)?.values().next().copied()
    }

    /// Those who wait for a value, in order.
    pub(super) fn all_for_value(&self, key: &str) -> impl Iterator<Item = ClientId> {
        self.values
            .get(key)
            .into_iter()
            .flat_map(|queue| queue.values().copied())
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.share.is_empty()
            && self.exclusive.is_empty()
            && self.items.is_empty()
            && self.values.is_empty()
    }
}

fn remove_from(queues: &mut HashMap<String, Queue>, key: &str, ticket: Ticket) {
    if let Some(queue) = queues.get_mut(key) {
        queue.remove(&ticket);
        if queue.is_empty() {
            queues.remove(key);
        }
    }
}
