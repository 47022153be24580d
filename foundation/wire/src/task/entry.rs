//! A function that can be called with bytes.

use std::fmt;

use serde::de::DeserializeOwned;

use super::Task;
use crate::{Result, decode, encode};

/// A registered function: its name, and how to call it with encoded arguments.
pub struct Entry {
    name: fn() -> &'static str,
    prepare: fn(&[u8]) -> Result<Call>,
}

inventory::collect!(Entry);

impl Entry {
    /// An entry for a function whose fn item has this [`type_name`](std::any::type_name), and whose calls [`prepare`] makes.
    pub const fn new(name: fn() -> &'static str, prepare: fn(&[u8]) -> Result<Call>) -> Entry {
        Entry { name, prepare }
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
    /// As [`prepare`](Self::prepare) and [`Returned::encode`].
    pub fn call(&self, arguments: &[u8]) -> Result<Vec<u8>> {
        self.prepare(arguments)?.run().encode()
    }

    /// Decodes the arguments: the first of the three steps of a call, for those who do something in between.
    ///
    /// # Errors
    ///
    /// [`is_decode`](crate::Error::is_decode) if the arguments are not the function's.
    pub fn prepare(&self, arguments: &[u8]) -> Result<Call> {
        (self.prepare)(arguments)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name()).finish()
    }
}

/// A function with its arguments, still to be called.
pub struct Call(Box<dyn FnOnce() -> Returned>);

impl Call {
    /// Calls the function. A panic of it goes on to the caller.
    pub fn run(self) -> Returned {
        (self.0)()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call(..)")
    }
}

/// What a function returned, still to be encoded.
pub struct Returned(Box<dyn FnOnce() -> Result<Vec<u8>>>);

impl Returned {
    /// Encodes the value.
    ///
    /// # Errors
    ///
    /// [`is_encode`](crate::Error::is_encode) if it cannot be.
    pub fn encode(self) -> Result<Vec<u8>> {
        (self.0)()
    }
}

impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returned(..)")
    }
}

/// Prepares a call of `task` with encoded arguments; see [`Entry::prepare`].
///
/// # Errors
///
/// As [`Entry::prepare`].
pub fn prepare<A, T>(task: T, arguments: &[u8]) -> Result<Call>
where
    A: DeserializeOwned + 'static,
    T: Task<A>,
{
    let arguments: A = decode(arguments)?;
    let run = move || {
        let value = task.call(arguments);
        Returned(Box::new(move || encode(&value)))
    };
    Ok(Call(Box::new(run)))
}
