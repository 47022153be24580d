//! Locks of a share, and what is done under them.

use std::fmt::Display;
use std::mem;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::unexpected;
use super::stub_share::{StubShare, done, key_text};
use crate::error::{Attempt, Error, Result};
use crate::protocol::{Reply, Request};

/// # Locks
///
/// Locks are fair: the first to ask is the first to get it. They are the stub's, and not reentrant:
/// asking again for what this stub holds fails with [`is_held_already`](Error::is_held_already). A call
/// that would wait for a client that waits for this one fails with [`is_deadlock`](Error::is_deadlock).
impl StubShare {
    /// Takes the share-wide lock: the original's `Lock`. Until it is given back, the calls of all other clients wait,
    /// reads too. Waits until no other client holds a lock.
    ///
    /// # Errors
    ///
    /// `is_cannot_lock_share`, and in particular `is_timeout`, `is_held_already`, `is_deadlock` or `is_closed`.
    pub fn lock(&self) -> Result<ShareGuard<'_>> {
        self.lock_within(self.timeout())
    }

    /// As [`lock`](Self::lock), waiting at most `timeout`.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock).
    pub fn lock_timeout(&self, timeout: Duration) -> Result<ShareGuard<'_>> {
        self.lock_within(Some(timeout))
    }

    /// As [`lock`](Self::lock), or `None` if it would have to wait.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), time-outs aside.
    pub fn try_lock(&self) -> Result<Option<ShareGuard<'_>>> {
        unless_timeout(self.lock_within(Some(Duration::ZERO)))
    }

    fn lock_within(&self, patience: Option<Duration>) -> Result<ShareGuard<'_>> {
        let previous_owner_died =
            self.take_lock(patience, Attempt::LockShare, Request::LockShare)?;
        Ok(ShareGuard {
            share: self,
            previous_owner_died,
        })
    }

    /// Gives back the share-wide lock: the original's `Unlock`, for a lock whose guard was [kept](ShareGuard::keep).
    ///
    /// # Errors
    ///
    /// `is_cannot_unlock_share`: this stub does not hold it, or `is_closed`.
    pub fn unlock(&self) -> Result<()> {
        let request = Request::UnlockShare { abandoned: false };
        let reply = self.ask(Attempt::UnlockShare, request, &[])?;
        done(Attempt::UnlockShare, &reply)
    }

    /// Takes the lock of a key, which need not have a value. Until it is given back, other clients' writes to
    /// this key wait, and their locks of it; reads do not.
    ///
    /// # Errors
    ///
    /// `is_cannot_lock_item`, and in particular `is_timeout`, `is_held_already`, `is_deadlock`, `is_full` or `is_closed`.
    pub fn lock_item(&self, key: impl Display) -> Result<ItemGuard<'_>> {
        self.lock_item_within(key, self.timeout())
    }

    /// As [`lock_item`](Self::lock_item), waiting at most `timeout`.
    ///
    /// # Errors
    ///
    /// As [`lock_item`](Self::lock_item).
    pub fn lock_item_timeout(&self, key: impl Display, timeout: Duration) -> Result<ItemGuard<'_>> {
        self.lock_item_within(key, Some(timeout))
    }

    /// As [`lock_item`](Self::lock_item), or `None` if it would have to wait.
    ///
    /// # Errors
    ///
    /// As [`lock_item`](Self::lock_item), time-outs aside.
    pub fn try_lock_item(&self, key: impl Display) -> Result<Option<ItemGuard<'_>>> {
        unless_timeout(self.lock_item_within(key, Some(Duration::ZERO)))
    }

    fn lock_item_within(
        &self,
        key: impl Display,
        patience: Option<Duration>,
    ) -> Result<ItemGuard<'_>> {
        let key = key_text(key, Attempt::LockItem)?;
        let attempt = Attempt::LockItem(key.clone());
        let request = Request::LockItem { key: key.clone() };
        let previous_owner_died = self.take_lock(patience, attempt, request)?;
        Ok(ItemGuard {
            share: self,
            key,
            previous_owner_died,
        })
    }

    /// Gives back the lock of a key, for a lock whose guard was [kept](ItemGuard::keep).
    ///
    /// # Errors
    ///
    /// `is_cannot_unlock_item`: this stub does not hold it, or `is_closed`.
    pub fn unlock_item(&self, key: impl Display) -> Result<()> {
        let key = key_text(key, Attempt::UnlockItem)?;
        let attempt = Attempt::UnlockItem(key.clone());
        let abandoned = false;
        let reply = self.ask(attempt.clone(), Request::UnlockItem { key, abandoned }, &[])?;
        done(attempt, &reply)
    }

    /// Replaces the value of a key by what `change` makes of it, under the key's lock, and gives the new value.
    ///
    /// ```
    /// # let handle = remoted::InitShare::new().port(0).start()?;
    /// # let share = remoted::StubShare::connect(handle.address())?;
    /// let longer = share.update("words", |words: Option<Vec<String>>| {
    ///     let mut words = words.unwrap_or_default();
    ///     words.push("one".to_owned());
    ///     words
    /// })?;
    /// assert_eq!(longer, ["one"]);
    /// # handle.stop()?;
    /// # Ok::<(), remoted::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`lock_item`](Self::lock_item) (though the lock may be held already), [`find`](Self::find) and
    /// [`set`](Self::set).
    pub fn update<T: Serialize + DeserializeOwned>(
        &self,
        key: impl Display,
        change: impl FnOnce(Option<T>) -> T,
    ) -> Result<T> {
        let key = key_text(key, Attempt::LockItem)?;
        let guard = self.lock_item_unless_held(&key)?;
        let new = change(self.find(&key)?);
        self.set(&key, &new)?;
        guard.map_or(Ok(()), ItemGuard::unlock)?;
        Ok(new)
    }

    /// The value of a key; if there is none, sets what `make` gives. `make` runs under the key's lock,
    /// so that of several clients one makes it.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn get_or_insert<T: Serialize + DeserializeOwned>(
        &self,
        key: impl Display,
        make: impl FnOnce() -> T,
    ) -> Result<T> {
        let key = key_text(key, Attempt::LockItem)?;
        if let Some(found) = self.find(&key)? {
            return Ok(found);
        }
        let guard = self.lock_item_unless_held(&key)?;
        let value = match self.find(&key)? {
            Some(found) => found,
            None => {
                let made = make();
                self.set(&key, &made)?;
                made
            }
        };
        guard.map_or(Ok(()), ItemGuard::unlock)?;
        Ok(value)
    }

    fn lock_item_unless_held(&self, key: &str) -> Result<Option<ItemGuard<'_>>> {
        match self.lock_item(key) {
            Err(error) if error.is_held_already() => Ok(None),
            locked => locked.map(Some),
        }
    }

    fn take_lock(
        &self,
        patience: Option<Duration>,
        attempt: Attempt,
        request: Request,
    ) -> Result<bool> {
        match self.ask_within(patience, attempt.clone(), request, &[])? {
            Reply::Locked {
                previous_owner_died,
            } => Ok(previous_owner_died),
            other => Err(Error::new(attempt, unexpected(&other))),
        }
    }

    /// Gives a lock back and does not wait for the answer. A failure shows at the next call.
    fn release(&self, request: Request) {
        // Never borrowed while a guard is dropped, unless by a panic inside of this crate.
        if let Ok(mut connection) = self.try_connection() {
            let _ = connection.tell(request);
        }
    }
}

fn unless_timeout<T>(locked: Result<T>) -> Result<Option<T>> {
    match locked {
        Err(error) if error.is_timeout() => Ok(None),
        locked => locked.map(Some),
    }
}

/// The share-wide lock, held. Dropping the guard gives it back, without waiting for the server to confirm it.
///
/// A guard that is dropped by a panic counts as abandoned: the next owner is told as if this one had died.
#[derive(Debug)]
#[must_use = "the lock is given back when its guard is dropped"]
pub struct ShareGuard<'share> {
    share: &'share StubShare,
    previous_owner_died: bool,
}

impl ShareGuard<'_> {
    /// Whether the last owner ended without giving the lock back: it died, panicked, or dropped its stub. Then
    /// what it was about to change may be half changed.
    #[must_use]
    pub fn previous_owner_died(&self) -> bool {
        self.previous_owner_died
    }

    /// Gives the lock back and waits until the server confirms it.
    ///
    /// # Errors
    ///
    /// `is_cannot_unlock_share`, and in particular `is_closed`.
    pub fn unlock(self) -> Result<()> {
        let share = self.share;
        self.keep();
        share.unlock()
    }

    /// Ends the guard but not the lock: [`StubShare::unlock`] gives it back, or the end of the stub.
    pub fn keep(self) {
        mem::forget(self); // It owns nothing but the duty to unlock.
    }
}

impl Drop for ShareGuard<'_> {
    fn drop(&mut self) {
        let abandoned = thread::panicking();
        self.share.release(Request::UnlockShare { abandoned });
    }
}

/// The lock of a key, held. As [`ShareGuard`] in every respect.
#[derive(Debug)]
#[must_use = "the lock is given back when its guard is dropped"]
pub struct ItemGuard<'share> {
    share: &'share StubShare,
    key: String,
    previous_owner_died: bool,
}

impl ItemGuard<'_> {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// As [`ShareGuard::previous_owner_died`].
    #[must_use]
    pub fn previous_owner_died(&self) -> bool {
        self.previous_owner_died
    }

    /// Gives the lock back and waits until the server confirms it.
    ///
    /// # Errors
    ///
    /// `is_cannot_unlock_item`, and in particular `is_closed`.
    pub fn unlock(mut self) -> Result<()> {
        let share = self.share;
        let key = mem::take(&mut self.key);
        mem::forget(self); // Its key is taken out, so nothing is lost.
        share.unlock_item(key)
    }

    /// Ends the guard but not the lock: [`StubShare::unlock_item`] gives it back, or the end of the
    /// stub.
    pub fn keep(mut self) {
        drop(mem::take(&mut self.key));
        mem::forget(self);
    }
}

impl Drop for ItemGuard<'_> {
    fn drop(&mut self) {
        let key = mem::take(&mut self.key);
        let abandoned = thread::panicking();
        self.share.release(Request::UnlockItem { key, abandoned });
    }
}
