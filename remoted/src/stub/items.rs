//! The values of a share.

use std::fmt::Display;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::unexpected;
use super::stub_share::{StubShare, check_size, decode, done, encode, flag, key_text};
use crate::Number;
use crate::error::{Attempt, Error, Reason, Result};
use crate::protocol::{Item, Reply, Request};
use crate::type_name::stored_name;

/// # Values
///
/// A call costs one round trip; time beyond that is linear in the size of the value. Finding a key is logarithmic in
/// the number of keys.
impl StubShare {
    /// The value of a key.
    ///
    /// # Errors
    ///
    /// `is_share_key_error` if there is none; `is_wrong_type`; `is_timeout`; `is_closed`.
    pub fn get<T: DeserializeOwned>(&self, key: impl Display) -> Result<T> {
        let key = key_text(key, Attempt::Read)?;
        let attempt = Attempt::Read(key.clone());
        self.ask_value(self.timeout(), attempt, Request::Get { key }, &[])
    }

    /// The value of a key, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), a missing key aside.
    pub fn find<T: DeserializeOwned>(&self, key: impl Display) -> Result<Option<T>> {
        match self.get(key) {
            Err(error) if error.is_share_key_error() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Sets the value of a key, whatever its type was before.
    ///
    /// # Errors
    ///
    /// `is_cannot_write`, and in particular `is_too_large`, `is_full`, `is_timeout`, `is_closed`, or that the value cannot be encoded.
    pub fn set<T: Serialize + ?Sized>(&self, key: impl Display, value: &T) -> Result<()> {
        let key = key_text(key, Attempt::Write)?;
        let attempt = Attempt::Write(key.clone());
        let type_name = stored_name::<T>().into_owned();
        let value = encode(value, &attempt)?;
        let reply = self.ask_with(attempt.clone(), Request::Set { key, type_name }, value)?;
        done(attempt, &reply)
    }

    /// Deletes a key. Whether it was there.
    ///
    /// # Errors
    ///
    /// `is_cannot_write`, and in particular `is_timeout` or `is_closed`.
    pub fn delete(&self, key: impl Display) -> Result<bool> {
        let key = key_text(key, Attempt::Write)?;
        let attempt = Attempt::Write(key.clone());
        let reply = self.ask(attempt.clone(), Request::Delete { key }, &[])?;
        flag(attempt, &reply)
    }

    /// Whether a key has a value: the original's `has_key`.
    ///
    /// # Errors
    ///
    /// `is_timeout` or `is_closed`.
    pub fn contains(&self, key: impl Display) -> Result<bool> {
        let key = key_text(key, Attempt::Read)?;
        let attempt = Attempt::Read(key.clone());
        let reply = self.ask(attempt.clone(), Request::Contains { key }, &[])?;
        flag(attempt, &reply)
    }

    /// All keys, sorted.
    ///
    /// # Errors
    ///
    /// `is_timeout` or `is_closed`.
    pub fn keys(&self) -> Result<Vec<String>> {
        let failed = |reason| Error::new(Attempt::List("keys"), reason);
        match self.ask(Attempt::List("keys"), Request::Keys, &[])? {
            Reply::Keys => {
                let keys = manyways_wire::decode(self.connection().bulk());
                keys.map_err(|error| failed(Reason::Unexpected(error.to_string())))
            }
            other => Err(failed(unexpected(&other))),
        }
    }

    /// All values in the order of their keys, as they were at one moment.
    ///
    /// # Errors
    ///
    /// `is_wrong_type` if not all of them are a `T`; `is_timeout`; `is_closed`.
    pub fn values<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let items = self.items()?;
        Ok(items.into_iter().map(|(_, value)| value).collect())
    }

    /// All keys and values, sorted by key, as they were at one moment.
    ///
    /// # Errors
    ///
    /// As [`values`](Self::values).
    pub fn items<T: DeserializeOwned>(&self) -> Result<Vec<(String, T)>> {
        let failed = |reason| Error::new(Attempt::List("values"), reason);
        let reply = self.ask(Attempt::List("values"), Request::Items, &[])?;
        let Reply::Items { index } = reply else {
            return Err(failed(unexpected(&reply)));
        };
        let connection = self.connection();
        let cut = || failed(Reason::Unexpected("a cut list".to_owned()));
        let (index, mut values) = split(connection.bulk(), index).ok_or_else(cut)?;
        let index: Vec<Item> = manyways_wire::decode(index).map_err(|_| cut())?;
        let item = |item: Item| {
            let (value, rest) = split(values, item.length).ok_or_else(cut)?;
            values = rest;
            let decoded = decode(&item.type_name, value);
            let decoded = decoded.map_err(|e| Error::new(Attempt::Read(item.key.clone()), e))?;
            Ok((item.key, decoded))
        };
        index.into_iter().map(item).collect()
    }

    /// The number of keys.
    ///
    /// # Errors
    ///
    /// `is_timeout` or `is_closed`.
    pub fn len(&self) -> Result<usize> {
        let failed = |reason| Error::new(Attempt::List("length"), reason);
        match self.ask(Attempt::List("length"), Request::Len, &[])? {
            Reply::Count(count) => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
            other => Err(failed(unexpected(&other))),
        }
    }

    /// Whether there are no keys.
    ///
    /// # Errors
    ///
    /// `is_timeout` or `is_closed`.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Deletes all keys. It waits until no other client holds the lock of a key.
    ///
    /// # Errors
    ///
    /// `is_timeout`, `is_deadlock` or `is_closed`.
    pub fn clear(&self) -> Result<()> {
        let reply = self.ask(Attempt::Clear, Request::Clear, &[])?;
        done(Attempt::Clear, &reply)
    }

    /// Adds to a number, as one indivisible step, and gives the sum. A missing key counts as zero.
    ///
    /// ```
    /// # let handle = remoted::InitShare::new().port(0).start()?;
    /// # let share = remoted::StubShare::connect(handle.address())?;
    /// assert_eq!(share.add("n", 2)?, 2);
    /// assert_eq!(share.add("n", -5)?, -3);
    /// # handle.stop()?;
    /// # Ok::<(), remoted::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `is_overflow`: the number is as before; `is_wrong_type` if the value is not an `N`; else as
    /// [`set`](Self::set).
    pub fn add<N: Number>(&self, key: impl Display, amount: N) -> Result<N> {
        let key = key_text(key, Attempt::Write)?;
        let attempt = Attempt::Write(key.clone());
        let type_name = stored_name::<N>().into_owned();
        let amount = encode(&amount, &attempt)?;
        let request = Request::Add { key, type_name };
        self.ask_value(self.timeout(), attempt, request, &amount)
    }

    /// Replaces the value of a key by `new` if it is `expected`, as one indivisible step; whether it did.
    /// `None` stands for no value, on either side.
    ///
    /// Values are compared as they are encoded, so they must encode the same way every time: a
    /// `HashMap` does not, a `BTreeMap` does.
    ///
    /// ```
    /// # let handle = remoted::InitShare::new().port(0).start()?;
    /// # let share = remoted::StubShare::connect(handle.address())?;
    /// assert!(share.compare_and_swap("leader", None, Some("me"))?);
    /// assert!(!share.compare_and_swap("leader", None, Some("you"))?);
    /// assert_eq!(share.get::<String>("leader")?, "me");
    /// # handle.stop()?;
    /// # Ok::<(), remoted::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `is_wrong_type` if the value is of another type than `expected`; else as [`set`](Self::set).
    pub fn compare_and_swap<T: Serialize + ?Sized>(
        &self,
        key: impl Display,
        expected: Option<&T>,
        new: Option<&T>,
    ) -> Result<bool> {
        let key = key_text(key, Attempt::Write)?;
        let attempt = Attempt::Write(key.clone());
        let encoded = |value: Option<&T>| value.map(|value| encode(value, &attempt)).transpose();
        let (old, new) = (encoded(expected)?, encoded(new)?);
        let request = Request::Swap {
            key,
            type_name: stored_name::<T>().into_owned(),
            expected: old.as_ref().map(|old| old.len() as u64),
            replace: new.is_some(),
        };
        let mut bulk = old.unwrap_or_default();
        let new = new.unwrap_or_default();
        let fits = check_size(bulk.len().max(new.len()), &self.limits());
        fits.map_err(|reason| Error::new(attempt.clone(), reason))?;
        bulk.extend_from_slice(&new);
        let mut connection = self.connection();
        let reply = connection
            .call_with(request, self.timeout(), bulk)
            .and_then(|()| connection.take_reply());
        let reply = reply.map_err(|reason| Error::new(attempt.clone(), reason))?;
        flag(attempt, &reply)
    }

    /// Waits until a key has a value, and gets it.
    ///
    /// # Errors
    ///
    /// `is_timeout` if `timeout` passes first; `is_deadlock` if this stub holds a lock that keeps all
    /// others from setting it; else as [`get`](Self::get).
    pub fn wait_for<T: DeserializeOwned>(
        &self,
        key: impl Display,
        timeout: Option<Duration>,
    ) -> Result<T> {
        let key = key_text(key, Attempt::WaitFor)?;
        let attempt = Attempt::WaitFor(key.clone());
        self.ask_value(timeout, attempt, Request::WaitFor { key }, &[])
    }
}

fn split(bytes: &[u8], at: u64) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(usize::try_from(at).ok()?)
}
