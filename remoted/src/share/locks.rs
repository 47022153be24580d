//! Who owns which lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ClientId;
use super::store::{check, full};
use crate::limits::{MAX_KEY, MAX_LOCKED};
use crate::protocol::Refusal;

#[derive(Debug, Default)]
struct Lock {
    owner: Option<ClientId>,
    /// The last owner left without unlocking. The next one is told.
    abandoned: bool,
}

impl Lock {
    /// Gives the lock to a client; whether the one before abandoned it.
    fn take(&mut self, id: ClientId) -> bool {
        self.owner = Some(id);
        std::mem::take(&mut self.abandoned)
    }

    fn release(&mut self, abandoned: bool) {
        self.owner = None;
        self.abandoned = abandoned;
    }
}

/// The share-wide lock and those of items.
#[derive(Debug)]
pub(super) struct Locks {
    share: Lock,
    /// Locked ones, and abandoned ones whose next owner is still to be told.
    items: HashMap<String, Lock>,
    /// What each client holds that holds anything.
    holders: BTreeMap<ClientId, BTreeSet<String>>,
}

impl Locks {
    pub(super) fn new() -> Locks {
        Locks {
            share: Lock::default(),
            items: HashMap::new(),
            holders: BTreeMap::new(),
        }
    }

    pub(super) fn share_owner(&self) -> Option<ClientId> {
        self.share.owner
    }

    pub(super) fn owner_of(&self, key: &str) -> Option<ClientId> {
        self.items.get(key)?.owner
    }

    pub(super) fn holds_items(&self, id: ClientId) -> bool {
        self.holders.contains_key(&id)
    }

    pub(super) fn others_hold_items(&self, id: ClientId) -> bool {
        self.holders.len() > usize::from(self.holds_items(id))
    }

    /// The clients that hold the lock of an item.
    pub(super) fn item_holders(&self) -> impl Iterator<Item = ClientId> {
        self.holders.keys().copied()
    }

    /// Takes the share-wide lock, which nobody else owns. Whether its last owner died.
    pub(super) fn lock_share(&mut self, id: ClientId) -> Result<bool, Refusal> {
        match self.share.owner {
            Some(_) => Err(Refusal::HeldAlready),
            None => Ok(self.share.take(id)),
        }
    }

    pub(super) fn unlock_share(&mut self, id: ClientId, abandoned: bool) -> Result<(), Refusal> {
        if self.share.owner != Some(id) {
            return Err(Refusal::NotHeld);
        }
        self.share.release(abandoned);
        Ok(())
    }

    /// Takes the lock of a key, which nobody else owns. Whether its last owner died.
    pub(super) fn lock_item(&mut self, id: ClientId, key: String) -> Result<bool, Refusal> {
        if self.owner_of(&key).is_some() {
            return Err(Refusal::HeldAlready);
        }
        check("key", key.len(), MAX_KEY as u64)?;
        if self.items.len() >= MAX_LOCKED && !self.items.contains_key(&key) {
            return Err(full("locked keys", MAX_LOCKED as u64));
        }
        self.holders.entry(id).or_default().insert(key.clone());
        Ok(self.items.entry(key).or_default().take(id))
    }

    pub(super) fn unlock_item(
        &mut self,
        id: ClientId,
        key: &str,
        abandoned: bool,
    ) -> Result<(), Refusal> {
        if self.owner_of(key) != Some(id) {
            return Err(Refusal::NotHeld);
        }
        if let Some(lock) = self.items.get_mut(key) {
            lock.release(abandoned);
        }
        if let Some(held) = self.holders.get_mut(&id) {
            held.remove(key);
            if held.is_empty() {
                self.holders.remove(&id);
            }
        }
        Ok(())
    }

    /// Takes everything away from a client that is gone; the keys whose locks are free now.
    pub(super) fn abandon_all(&mut self, id: ClientId) -> BTreeSet<String> {
        if self.share.owner == Some(id) {
            self.share.release(true);
        }
        let held = self.holders.remove(&id).unwrap_or_default();
        for key in &held {
            if let Some(lock) = self.items.get_mut(key) {
                lock.release(true);
            }
        }
        held
    }

    /// Drops what need not be remembered.
    pub(super) fn forget_if_idle(&mut self, key: &str) {
        let idle = |lock: &Lock| lock.owner.is_none() && !lock.abandoned;
        if self.items.get(key).is_some_and(idle) {
            self.items.remove(key);
        }
    }

    #[cfg(test)]
    pub(super) fn nothing_is_held(&self) -> bool {
        self.share.owner.is_none()
            && self.holders.is_empty()
            && self.items.values().all(|lock| lock.owner.is_none())
    }
}
