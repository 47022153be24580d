//! Waits that could never end.
//!
//! A client waits for the owners of what it wants. They may wait in turn; if the chain comes back to
//! the client, it would wait for ever. Only the request that closes the circle needs to be
//! checked: who is given a lock is not waiting, so a grant closes none.

use std::collections::HashSet;

use super::{ClientId, On, Share, Waiting};
use crate::protocol::Request;

impl Share {
    /// Whether this wait of a client could only end by a time-out. Linear in the number of clients that
    /// hold locks, and constant for a client that holds none.
    pub(super) fn would_wait_for_ever(&self, id: ClientId, waiting: &Waiting) -> bool {
        if let On::Value(key) = &waiting.on {
            // Whoever could set it waits for this client.
            if self.locks.share_owner() == Some(id) || self.locks.owner_of(key) == Some(id) {
                return true;
            }
        }
        if !self.locks.holds_items(id) {
            return false; // The owner of the share-wide lock waits for nothing but values.
        }
        let mut seen = HashSet::new();
        let mut open = self.blockers(id, &waiting.on, &waiting.work.request);
        while let Some(blocker) = open.pop() {
            if blocker == id {
                return true;
            }
            let next = self.clients.get(&blocker).and_then(|c| c.waiting.as_ref());
            if let (true, Some(next)) = (seen.insert(blocker), next) {
                open.extend(self.blockers(blocker, &next.on, &next.work.request));
            }
        }
        false
    }

    /// The clients that must act before this one can go on.
    fn blockers(&self, id: ClientId, on: &On, request: &Request) -> Vec<ClientId> {
        match on {
            // While a key is locked, its owner alone can give it a value.
            On::Item(key) | On::Value(key) => self.locks.owner_of(key).into_iter().collect(),
            On::Share => match self.locks.share_owner() {
                Some(owner) => vec![owner],
                None if request.is_exclusive() => {
                    self.locks.item_holders().filter(|h| *h != id).collect()
                }
                // Behind an exclusive request, and holding nothing that anybody could wait for.
                None => Vec::new(),
            },
        }
    }
}
