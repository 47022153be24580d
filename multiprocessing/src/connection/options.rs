//! How to listen.

use std::io;
use std::time::Duration;

use super::AuthKey;
use super::address::Address;
use super::error::{Attempt, Error, Reason, Result};
use super::handshakes::Handshakes;
use super::listener::Listener;
use super::listening::Listening;

/// How long a handshake may take until [`ListenerOptions::handshake_limit`] or its like for clients says otherwise.
pub(crate) const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// Connections that wait to be accepted until [`ListenerOptions::backlog`] says otherwise.
const BACKLOG: u16 = 128;

/// How a [`Listener`] listens.
#[derive(Debug, Clone)]
pub struct ListenerOptions {
    authkey: Option<AuthKey>,
    backlog: u16,
    handshake_limit: Duration,
}

impl Default for ListenerOptions {
    fn default() -> ListenerOptions {
        ListenerOptions {
            authkey: None,
            backlog: BACKLOG,
            handshake_limit: HANDSHAKE_LIMIT,
        }
    }
}

impl ListenerOptions {
    /// Lets in only who knows this key.
    #[must_use]
    pub fn authkey(mut self, key: AuthKey) -> ListenerOptions {
        self.authkey = Some(key);
        self
    }

    /// How many connections may wait to be accepted; further ones wait in turn, or are refused. 128 by default.
    #[must_use]
    pub fn backlog(mut self, connections: u16) -> ListenerOptions {
        self.backlog = connections;
        self
    }

    /// How long the handshake with a client may take in all. Ten seconds by default.
    #[must_use]
    pub fn handshake_limit(mut self, limit: Duration) -> ListenerOptions {
        self.handshake_limit = limit;
        self
    }

    /// Listens. A TCP address with port 0 takes a free port, which [`address`](Listener::address) says.
    ///
    /// # Errors
    ///
    /// [`is_authentication`](Error::is_authentication): other machines could connect, and there is no key. The system's
    /// errors, among them `AddrInUse`.
    pub fn bind(self, address: impl Into<Address>) -> Result<Listener> {
        let address = address.into();
        let attempt = Attempt::Listen(address.clone());
        if self.authkey.is_none() && !address.is_local() {
            return Err(Error::new(attempt, Reason::NeedsKey));
        }
        self.bind_now(&address)
            .map_err(|error| Error::system(attempt, error))
    }

    fn bind_now(self, address: &Address) -> io::Result<Listener> {
        let private = self.authkey.is_none();
        let (listening, address) = Listening::bind(address, private, self.backlog.into())?;
        let limit = self.handshake_limit;
        let handshakes = self.authkey.map(|key| Handshakes::new(key, limit));
        Ok(Listener::over(listening, address, handshakes.transpose()?))
    }
}
