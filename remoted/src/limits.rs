//! What a share accepts at most.

use serde::{Deserialize, Serialize};

/// The largest key in bytes.
pub const MAX_KEY: usize = 16 << 10;

/// The number of keys that are locked at one time.
pub const MAX_LOCKED: usize = 65_536;

/// The longest name of a value's type in bytes.
pub(crate) const MAX_TYPE_NAME: usize = 64 << 10;

/// What a share accepts at most. Everything that a client can make grow is bounded by one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The largest value, in encoded bytes. Default: 1 GiB.
    pub value_bytes: u64,
    /// All keys, type names and values together, those under way to the server included, in bytes.
    /// Default: 8 GiB.
    pub total_bytes: u64,
    /// The number of keys. Default: 1 048 576.
    pub keys: usize,
    /// The number of connections. Default: 4096, or what the limit of open files leaves room for.
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
