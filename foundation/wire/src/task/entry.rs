//! A function that can be called with bytes.

use std::fmt;

use super::Task;
use crate::{Result, decode, encode};

/// A registered function: its name, and how to call it with encoded arguments.
pub struct Entry {
    name: fn() -> &'static str,
    call: fn(&[u8]) -> Result<Vec<u8>>,
}

inventory::collect!(Entry);

impl Entry {
    /// An entry for a function whose fn item has this [`type_name`](std::any::type_name), and that is called by
    /// [`call`].
    pub const fn new(name: fn() -> &'static str, call: fn(&[u8]) -> Result<Vec<u8>>) -> Entry {
        Entry { name, call }
    }

    /// The function's path, as `crate::module::function`.
    pub fn name(&self) -> &'static str {
        (self.name)()
    }

    /// Calls the function with arguments encoded as one tuple, and encodes what it returns. A panic of the function goes on
    /// to the caller.
    ///
    /// # Errors
    ///
    /// [`is_decode`](crate::Error::is_decode) if the arguments are not the function's: it is not called then.
    /// [`is_encode`](crate::Error::is_encode) if what it returned cannot be encoded.
    pub fn call(&self, arguments: &[u8]) -> Result<Vec<u8>> {
        (self.call)(arguments)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name()).finish()
    }
}

/// Calls `task` with encoded arguments; see [`Entry::call`].
///
/// # Errors
///
/// As [`Entry::call`].
pub fn call<A, T: Task<A>>(task: T, arguments: &[u8]) -> Result<Vec<u8>>
where
    A: serde::de::DeserializeOwned,
{
    encode(&task.call(decode(arguments)?))
}
