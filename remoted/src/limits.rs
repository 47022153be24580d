//! What a share accepts at most.

use serde::{Deserialize, Serialize};

/// The largest key in bytes.
pub const MAX_KEY: usize = 16 << 10;

/// The number of keys that are locked at one time. Those count too whose owner died and that nobody has locked since, for
/// the next owner is still to be told.
pub const MAX_LOCKED: usize = 65_536;

/// The longest name of a value's type in bytes.
pub(crate) const MAX_TYPE_NAME: usize = 64 << 10;

/// What a share accepts at most. Everything that a client can make grow is bounded by one of these.
///
/// Beside `total_bytes`, the server's memory holds at most about 2 MiB for each client while a call or an answer is under
/// way (with up to 64 clients, between them too), a list of keys that a client is still taking, and values that were replaced or deleted while a client was
/// still taking them: both until [`slow_client`](crate::InitShare::slow_client) ends that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The largest value, in encoded bytes. Default: 1 GiB.
    pub value_bytes: u64,
    /// All keys, type names and values together, those under way to the server included, in bytes.
    /// Default: 8 GiB.
    pub total_bytes: u64,
    /// The number of keys. Default: 1 048 576.
    pub keys: usize,
    /// The number of connections. Default: 4096. A server that [`start`](crate::InitShare::start) forks raises its soft
    /// limit of open files for that, as far as the hard limit lets; clients beyond wait until they time out.
    pub clients: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            value_bytes: 1 << 30,
            total_bytes: 8 << 30,
            keys: 1 << 20,
            clients: 4096,
        }
    }
}
