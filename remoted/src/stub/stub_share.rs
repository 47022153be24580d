//! The stub: a connection, and the plumbing of its calls.

use std::cell::{BorrowMutError, Cell, RefCell, RefMut};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connect::ConnectShare;
use super::connection::{Connection, unexpected};
use crate::Address;
use crate::error::{Attempt, Error, Reason, Result};
use crate::limits::{Limits, MAX_KEY};
use crate::protocol::{Refusal, Reply, Request};
use crate::type_name::stored_name;

/// A client of a share: values by key, and locks.
///
/// A stub is a connection, and its locks are the connection's: when the stub is dropped or its process dies,
/// however that happens, they are free. A stub serves one thread at a time; another thread, or another process,
/// [connects](Self::another) its own. A copy that a forked child inherits refuses to work;
/// [`new_proc`](Self::new_proc) gives a child its own.
///
/// # Keys and values
///
/// A key is anything that displays, and counts as its text, as the original's `str(key)`: `7` and `"7"` are one key. A value is
/// anything that serde can encode. The share remembers the type it was set with, by name, and gives it back only as that
/// type; borrowed and owned forms count as one (`"text"` is read as a `String`, a slice as a `Vec`). What was
/// fetched is a copy: change it and set it again, or use [`update`](Self::update).
///
/// # Waiting
///
/// While another client has the share-wide lock, every call waits, in the order of arrival; while another has the lock of
/// a key, writes to it wait. [`set_timeout`](Self::set_timeout) bounds that. If the server dies, whatever
/// waits fails at once with [`is_closed`](Error::is_closed), and so does every later call. A server that is merely stopped by a
/// signal is waited for.
#[derive(Debug)]
pub struct StubShare {
    connection: RefCell<Connection>,
    settings: ConnectShare,
    patience: Cell<Option<Duration>>,
}

impl StubShare {
    /// Connects to the share at the default address, where [`init_share`](crate::init_share) starts it.
    ///
    /// # Errors
    ///
    /// As [`ConnectShare::connect`].
    pub fn new() -> Result<StubShare> {
        StubShare::connect(Address::default())
    }

    /// Connects to the share at this address. [`ConnectShare`] has the choices.
    ///
    /// # Errors
    ///
    /// As [`ConnectShare::connect`].
    pub fn connect(address: impl Into<Address>) -> Result<StubShare> {
        ConnectShare::to(address).connect()
    }

    /// Connects once more to the same share: another client, for another thread.
    ///
    /// # Errors
    ///
    /// As [`ConnectShare::connect`].
    pub fn another(&self) -> Result<StubShare> {
        self.settings.clone().connect()
    }

    pub(super) fn open(settings: ConnectShare) -> Result<StubShare> {
        Ok(StubShare {
            connection: RefCell::new(Connection::open(&settings)?),
            settings,
            patience: Cell::new(None),
        })
    }

    /// Where the share is.
    #[must_use]
    pub fn address(&self) -> &Address {
        self.settings.address()
    }

    /// What the share accepts at most.
    #[must_use]
    pub fn limits(&self) -> Limits {
        *self.connection.borrow().limits()
    }

    /// Bounds how long each later call may wait for locks that others hold; then it fails with
    /// [`is_timeout`](Error::is_timeout) and has done nothing. `None`, the default, is without bound, as in the original.
    pub fn set_timeout(&self, timeout: Option<Duration>) {
        self.patience.set(timeout);
    }

    /// The bound of [`set_timeout`](Self::set_timeout).
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.patience.get()
    }

    /// Ends the server, for all clients. Their calls fail from then on with `is_closed`, and this stub's too.
    ///
    /// # Errors
    ///
    /// If the server was gone already.
    pub fn stop_server(&self) -> Result<()> {
        self.ask(Attempt::StopServer, Request::Stop, &[])
            .and_then(|reply| done(Attempt::StopServer, &reply))
    }

    pub(super) fn settings(&self) -> &ConnectShare {
        &self.settings
    }

    pub(super) fn connection(&self) -> RefMut<'_, Connection> {
        self.connection.borrow_mut()
    }

    pub(super) fn try_connection(&self) -> Result<RefMut<'_, Connection>, BorrowMutError> {
        self.connection.try_borrow_mut()
    }

    /// Makes a call within the stub's time limit.
    pub(super) fn ask(&self, attempt: Attempt, request: Request, bulk: &[u8]) -> Result<Reply> {
        self.ask_within(self.patience.get(), attempt, request, bulk)
    }

    pub(super) fn ask_within(
        &self,
        patience: Option<Duration>,
        attempt: Attempt,
        request: Request,
        bulk: &[u8],
    ) -> Result<Reply> {
        let mut connection = self.connection();
        let reply = connection
            .call(request, patience, bulk)
            .and_then(|()| connection.take_reply());
        reply.map_err(|reason| Error::new(attempt, reason))
    }

    /// Makes a call that is answered with a value.
    pub(super) fn ask_value<T: DeserializeOwned>(
        &self,
        patience: Option<Duration>,
        attempt: Attempt,
        request: Request,
        bulk: &[u8],
    ) -> Result<T> {
        let mut connection = self.connection();
        let value = connection
            .call(request, patience, bulk)
            .and_then(|()| connection.take_reply())
            .and_then(|reply| decode_reply(&reply, connection.bulk()));
        value.map_err(|reason| Error::new(attempt, reason))
    }

    /// Makes a call with a value, whose encoded bytes are given away.
    pub(super) fn ask_with(
        &self,
        attempt: Attempt,
        request: Request,
        value: Vec<u8>,
    ) -> Result<Reply> {
        let mut connection = self.connection();
        let reply = check_size(value.len(), connection.limits())
            .and_then(|()| connection.call_with(request, self.patience.get(), value))
            .and_then(|()| connection.take_reply());
        reply.map_err(|reason| Error::new(attempt, reason))
    }
}

/// The text of a key, if it is not too long.
pub(super) fn key_text(
    key: impl std::fmt::Display,
    attempt: impl FnOnce(String) -> Attempt,
) -> Result<String> {
    let text = key.to_string();
    if text.len() <= MAX_KEY {
        return Ok(text);
    }
    let refusal = Refusal::TooLarge {
        what: "key".to_owned(),
        bytes: text.len() as u64,
        limit: MAX_KEY as u64,
    };
    let beginning = text.chars().take(32).chain("...".chars()).collect();
    Err(Error::new(attempt(beginning), Reason::Refused(refusal)))
}

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, attempt: &Attempt) -> Result<Vec<u8>> {
    manyways_wire::encode(value).map_err(|error| Error::new(attempt.clone(), Reason::Encode(error)))
}

/// The value in a reply, if it is a `T`.
pub(super) fn decode_reply<T: DeserializeOwned>(reply: &Reply, bulk: &[u8]) -> Result<T, Reason> {
    match reply {
        Reply::Value { type_name } => decode(type_name, bulk),
        other => Err(unexpected(other)),
    }
}

pub(super) fn decode<T: DeserializeOwned>(stored: &str, bytes: &[u8]) -> Result<T, Reason> {
    let expected = stored_name::<T>();
    if stored != expected {
        return Err(Reason::WrongType {
            stored: stored.to_owned(),
            expected: expected.into_owned(),
        });
    }
    manyways_wire::decode(bytes).map_err(|source| Reason::Decode {
        expected: expected.into_owned(),
        source,
    })
}

pub(super) fn done(attempt: Attempt, reply: &Reply) -> Result<()> {
    match reply {
        Reply::Done => Ok(()),
        other => Err(Error::new(attempt, unexpected(other))),
    }
}

pub(super) fn flag(attempt: Attempt, reply: &Reply) -> Result<bool> {
    match reply {
        Reply::Flag(flag) => Ok(*flag),
        other => Err(Error::new(attempt, unexpected(other))),
    }
}

/// Saves the way of a value that the server would refuse.
pub(super) fn check_size(bytes: usize, limits: &Limits) -> Result<(), Reason> {
    let bytes = bytes as u64;
    if bytes <= limits.value_bytes {
        return Ok(());
    }
    Err(Reason::Refused(Refusal::TooLarge {
        what: "value".to_owned(),
        bytes,
        limit: limits.value_bytes,
    }))
}
