//! `Namespace`.

use super::face;
use crate::managers::error::Result;
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

/// Attributes by name, in a manager: Python's `NamespaceProxy`.
///
/// ```
/// use multiprocessing::managers::Manager;
///
/// let manager = Manager::start()?;
/// let space = manager.namespace()?;
/// space.set("name", "Bob")?;
/// assert_eq!(space.get::<String>("name")?, "Bob");
/// assert_eq!(space.to_string()?, "Namespace(name='Bob')");
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
///
/// # Errors
///
/// Every method fails as [`Proxy::call`] does, with a fault of the kind `Attribute` where there is no such name.
pub struct NamespaceProxy {
    proxy: Proxy,
}

face!(NamespaceProxy, "Namespace");

#[allow(clippy::missing_errors_doc, clippy::inherent_to_string)] // The type says it for all.
impl NamespaceProxy {
    /// The attribute of this name.
    pub fn get<T: Item>(&self, name: &str) -> Result<T> {
        self.proxy.call_with("get", vec![name.into()])
    }

    /// Sets an attribute.
    pub fn set(&self, name: &str, value: impl Into<Value>) -> Result<()> {
        self.proxy.call_with("set", vec![name.into(), value.into()])
    }

    /// Whether there is an attribute of this name.
    pub fn has(&self, name: &str) -> Result<bool> {
        self.proxy.call_with("has", vec![name.into()])
    }

    /// Removes an attribute.
    pub fn delete(&self, name: &str) -> Result<()> {
        self.proxy.call_with("delete", vec![name.into()])
    }

    /// As Python prints it: names that begin with an underscore are left out.
    pub fn to_string(&self) -> Result<String> {
        let all: Value = self.proxy.call_with("attributes", Vec::new())?;
        let mut shown = Vec::new();
        if let Value::Dict(attributes) = all {
            for (name, value) in attributes {
                match name {
                    Value::Str(name) if !name.starts_with('_') => {
                        shown.push(format!("{name}={value}"));
                    }
                    _ => {}
                }
            }
        }
        Ok(format!("Namespace({})", shown.join(", ")))
    }
}
