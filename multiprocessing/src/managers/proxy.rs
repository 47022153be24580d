//! Objects of a manager, as its users see them.

use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::client::{self, Site};
use super::error::{Attempt, Error, Result};
use super::handle::Handle;
use super::item::Item;
use super::reference::{Keeper, Reference};
use super::value::Value;
use crate::attachments;
use crate::connection::Address;

/// An object of a manager, of whatever type: Python's `BaseProxy`.
///
/// A clone is the same object. It can be used in this process and in children forked later, be an item of a manager's
/// container, and be sent to other processes as a part of any message; there it is the same object again. The receiver
/// connects to the manager; if that has an authkey, the receiver must be connected to it already.
///
/// # How long the object lives
///
/// As long as a process or another object refers to it. A reference that a process was told of, by a message or by a fork
/// after it was made, lives to the end of the process that told it, at least: it may be under way. A killed process's
/// references go with it. Objects that refer to each other in a circle live as long as the manager.
#[derive(Clone)]
pub struct Proxy {
    handle: Arc<Handle>,
}

impl Proxy {
    pub(crate) fn new(handle: Arc<Handle>) -> Proxy {
        Proxy { handle }
    }

    /// The object that a value refers to.
    ///
    /// # Errors
    ///
    /// When the value is something else, or came here by another way than from its manager.
    pub fn of(value: &Value) -> Result<Proxy> {
        match value {
            Value::Proxy(reference) => Proxy::of_reference(reference),
            other => {
                let attempt = Attempt::Find("object".to_owned());
                Err(Error::wrong_type(attempt, "proxy", other.clone()))
            }
        }
    }

    fn of_reference(reference: &Reference) -> Result<Proxy> {
        match reference.keeper() {
            Keeper::Client(handle) => Ok(Proxy::new(Arc::clone(handle))),
            _ => Err(Error::homeless(reference.type_id())),
        }
    }

    /// The name under which its type is registered.
    #[must_use]
    pub fn type_id(&self) -> &str {
        self.handle.type_id()
    }

    /// Calls a method of the object, with a tuple of arguments, or `()` for none.
    ///
    /// # Errors
    ///
    /// [`fault`](Error::fault): the method failed, or there is none of this name. [`is_closed`](Error::is_closed): the
    /// server is gone. [`wrong_item`](Error::wrong_item): the result is no `R`.
    pub fn call<R: Item>(&self, method: &str, args: impl Into<Value>) -> Result<R> {
        self.call_with(method, args.into().into_arguments())
    }

    pub(crate) fn call_with<R: Item>(&self, method: &str, args: Vec<Value>) -> Result<R> {
        let value = self.handle.call(method, args)?;
        self.typed(method, value)
    }

    /// Releases a lock that this thread of this process has acquired, whichever thread calls this.
    pub(crate) fn release_as(&self, thread: u64) -> Result<()> {
        self.handle.call_as(thread, "release", Vec::new()).map(drop)
    }

    /// As [`call_with`](Self::call_with), for a method whose result may be none.
    pub(crate) fn call_maybe<R: Item>(&self, method: &str, args: Vec<Value>) -> Result<Option<R>> {
        match self.handle.call(method, args)? {
            Value::None => Ok(None),
            Value::Tuple(mut items) if items.len() == 1 => {
                let item = items.pop().unwrap_or(Value::None);
                self.typed(method, item).map(Some)
            }
            other => self.typed(method, other).map(Some),
        }
    }

    fn typed<R: Item>(&self, method: &str, value: Value) -> Result<R> {
        R::from_value(value).map_err(|value| {
            let attempt = Attempt::Call(self.type_id().to_owned(), method.to_owned());
            Error::wrong_type(attempt, R::NAME, value)
        })
    }
}

impl Item for Proxy {
    const NAME: &'static str = "proxy";

    fn into_value(self) -> Value {
        let (id, type_id) = (self.handle.id(), self.handle.type_id().to_owned());
        Value::Proxy(Reference::new(id, &type_id, Keeper::Client(self.handle)))
    }

    fn from_value(value: Value) -> Result<Proxy, Value> {
        Proxy::of(&value).map_err(|_| value)
    }
}

impl From<Proxy> for Value {
    fn from(proxy: Proxy) -> Value {
        proxy.into_value()
    }
}

impl PartialEq for Proxy {
    /// Whether they are one object.
    fn eq(&self, other: &Proxy) -> bool {
        let (one, other) = (&self.handle, &other.handle);
        one.id() == other.id() && one.site().server == other.site().server
    }
}

impl Eq for Proxy {}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("type_id", &self.type_id())
            .field("id", &self.handle.id())
            .field("address", &self.handle.site().address)
            .finish_non_exhaustive()
    }
}

/// A proxy on its way to another process.
#[derive(Serialize, Deserialize)]
struct Travelling {
    server: u128,
    address: Address,
    has_key: bool,
    id: u64,
    type_id: String,
}

impl Serialize for Proxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.handle.escape();
        let site = self.handle.site();
        let travelling = Travelling {
            server: site.server,
            address: site.address.clone(),
            has_key: site.key.is_some(),
            id: self.handle.id(),
            type_id: self.handle.type_id().to_owned(),
        };
        travelling.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Proxy {
    /// Asks the server to count this process as one that refers to the object, so it may wait.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Proxy, D::Error> {
        let travelling = Travelling::deserialize(deserializer)?;
        let arrived = arrive(travelling);
        arrived.map_err(|error| D::Error::custom(attachments::refuse(error.to_string())))
    }
}

fn arrive(travelling: Travelling) -> Result<Proxy> {
    let Travelling {
        server,
        address,
        has_key,
        id,
        type_id,
    } = travelling;
    let site = match client::find(server) {
        Some(client) => client.site.clone(),
        None if has_key => return Err(Error::homeless(&type_id)),
        None => Site {
            server,
            address,
            key: None,
        },
    };
    Handle::adopt(site, id, type_id).map(Proxy::new)
}
