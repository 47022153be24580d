//! Objects of a manager, as values refer to them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::handle::Handle;
use super::server::Entry;

/// An object of a manager inside of a [`Value`](super::Value). [`Proxy::try_from`](super::Proxy) makes a proxy of it.
///
/// It is meaningful within its manager only: to hand an object to another process, send its proxy.
#[derive(Clone, Serialize, Deserialize)]
pub struct Reference {
    id: u64,
    type_id: String,
    /// What keeps the object alive.
    #[serde(skip)]
    keeper: Keeper,
}

#[derive(Clone, Default)]
pub(crate) enum Keeper {
    /// It has just arrived.
    #[default]
    None,
    Server(Arc<Entry>),
    Client(Arc<Handle>),
}

impl Reference {
    pub(crate) fn new(id: u64, type_id: &str, keeper: Keeper) -> Reference {
        Reference {
            id,
            type_id: type_id.to_owned(),
            keeper,
        }
    }

    /// The object's number within its manager.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The name under which its type is registered: `list`, `dict`, `Queue`, ...
    #[must_use]
    pub fn type_id(&self) -> &str {
        &self.type_id
    }

    pub(crate) fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    pub(crate) fn keep(&mut self, keeper: Keeper) {
        self.keeper = keeper;
    }
}

impl PartialEq for Reference {
    fn eq(&self, other: &Reference) -> bool {
        self.id == other.id
    }
}

impl Eq for Reference {}

impl Hash for Reference {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} object {}>", self.type_id, self.id)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({self})")
    }
}
