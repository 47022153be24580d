//! Connecting to a share.

use std::time::Duration;

use manyways_wire::Secret;

use crate::error::Result;
use crate::{Address, StubShare};

/// How long connecting may take, unless told otherwise.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The choices in connecting to a share. A builder.
///
/// ```
/// use std::time::Duration;
/// use remoted::{ConnectShare, InitShare};
///
/// let handle = InitShare::new().port(0).start()?;
/// let share = ConnectShare::to(handle.address()).within(Duration::from_secs(30)).connect()?;
/// # drop(share);
/// # handle.stop()?;
/// # Ok::<(), remoted::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "this only says how to connect"]
pub struct ConnectShare {
    address: Address,
    limit: Duration,
    secret: Option<Secret>,
}

impl ConnectShare {
    /// Connects to the share at this address.
    pub fn to(address: impl Into<Address>) -> ConnectShare {
        ConnectShare {
            address: address.into(),
            limit: CONNECT_WITHIN,
            secret: None,
        }
    }

    /// How long it may take until the server has answered. Default: [`CONNECT_WITHIN`].
    pub fn within(mut self, limit: Duration) -> ConnectShare {
        self.limit = limit;
        self
    }

    /// Talks only to a server that knows this secret too, and encrypted. A server that has none is refused.
    pub fn secret(mut self, secret: Secret) -> ConnectShare {
        self.secret = Some(secret);
        self
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// `is_not_there` if no server is at the address; `is_untrusted` if the secrets differ, one side has none, or a
    /// UNIX socket's server belongs to another user; `is_full`; `is_timeout`.
    pub fn connect(self) -> Result<StubShare> {
        StubShare::open(self)
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn known_secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }
}
