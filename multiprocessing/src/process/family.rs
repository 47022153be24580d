//! What this process is, and what it knows of its children.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use manyways_process::{PreparedLocal, ProcessLocal};
use serde::{Deserialize, Serialize};

use super::at_exit::Hook;
use super::forkserver::Client;
use super::handle::ProcessHandle;
use super::start_method::StartMethod;
use crate::connection::AuthKey;
use crate::mutex::Mutex;

/// What a process is told of itself when it starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) daemon: bool,
    /// Its number among its parent's children, and before it those of its ancestors.
    pub(super) path: Vec<u32>,
    /// Name and pid.
    pub(super) parent: Option<(String, u32)>,
    pub(super) start_method: Option<StartMethod>,
    #[serde(with = "hex")]
    pub(super) authkey: AuthKey,
}

mod hex {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::connection::AuthKey;

    pub(super) fn serialize<S: Serializer>(key: &AuthKey, to: S) -> Result<S::Ok, S::Error> {
        key.to_hex().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AuthKey, D::Error> {
        AuthKey::from_hex(&String::deserialize(from)?).map_err(Error::custom)
    }
}

/// The state of this crate in one process.
pub(super) struct Family {
    /// Absent in the program itself. A process that another crate has forked is what its parent was.
    identity: Mutex<Option<Arc<Identity>>>,
    authkey: Mutex<Option<AuthKey>>,
    pub(super) start_method: Mutex<Option<StartMethod>>,
    children_made: AtomicU32,
    /// Those that were started, and whose end nobody has seen yet.
    pub(super) children: Mutex<Vec<ProcessHandle>>,
    pub(super) forkserver: Client,
    pub(super) hooks: Mutex<Vec<Hook>>,
}

static FAMILY: ProcessLocal<Family> = ProcessLocal::new(Family::new);

pub(super) fn state() -> &'static Family {
    FAMILY.get()
}

/// The state of a child to be forked, made here: the child pays for what it allocates by copies of memory pages.
pub(super) struct Prepared(PreparedLocal<Family>);

impl Prepared {
    pub(super) fn new(identity: Identity) -> Prepared {
        let family = Family::new(Some(state()));
        family.enter(identity);
        Prepared(PreparedLocal::new(family))
    }

    /// In the child.
    pub(super) fn adopt(self) {
        FAMILY.adopt(self.0);
    }
}

impl Family {
    fn new(before: Option<&Family>) -> Family {
        Family {
            identity: Mutex::new(before.and_then(|before| before.identity.copy())),
            authkey: Mutex::new(before.and_then(|before| before.authkey.copy())),
            start_method: Mutex::new(before.and_then(|before| before.start_method.copy())),
            children_made: AtomicU32::new(0),
            children: Mutex::default(),
            forkserver: Client::inheriting(before.map(|before| &before.forkserver)),
            hooks: Mutex::default(),
        }
    }

    /// `None` in the program itself.
    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.lock().clone()
    }

    /// In a process that was just started: what it is.
    pub(super) fn enter(&self, identity: Identity) {
        *self.authkey.lock() = Some(identity.authkey.clone());
        *self.start_method.lock() = identity.start_method;
        *self.identity.lock() = Some(Arc::new(identity));
    }

    pub(super) fn name(&self) -> String {
        let identity = self.identity();
        identity.map_or_else(|| MAIN_PROCESS.to_owned(), |identity| identity.name.clone())
    }

    pub(super) fn is_daemon(&self) -> bool {
        self.identity().is_some_and(|identity| identity.daemon)
    }

    /// A number of a child to be, behind those of its ancestors.
    pub(super) fn next_path(&self) -> Vec<u32> {
        let number = self.children_made.fetch_add(1, Ordering::Relaxed) + 1;
        let mut path = self
            .identity()
            .map_or_else(Vec::new, |identity| identity.path.clone());
        path.push(number);
        path
    }

    /// What a child of this process is told of itself.
    pub(super) fn child(
        &self,
        name: String,
        daemon: bool,
        path: Vec<u32>,
    ) -> manyways_wire::Result<Identity> {
        Ok(Identity {
            name,
            daemon,
            path,
            parent: Some((self.name(), process::id())),
            start_method: *self.start_method.lock(),
            authkey: self.authkey()?,
        })
    }

    /// The secret of this process and of those that it starts; made when it is first wanted.
    pub(super) fn authkey(&self) -> manyways_wire::Result<AuthKey> {
        let mut authkey = self.authkey.lock();
        match &*authkey {
            Some(known) => Ok(known.clone()),
            None => Ok(authkey.insert(AuthKey::generate()?).clone()),
        }
    }

    pub(super) fn set_authkey(&self, key: AuthKey) {
        *self.authkey.lock() = Some(key);
    }

    /// The children that run. Those that have ended are reaped.
    pub(super) fn active(&self) -> Vec<ProcessHandle> {
        // Asked outside of the lock, as those that have ended are taken off the list.
        let mut children = self.children.lock().clone();
        children.retain(|child| child.is_alive().unwrap_or(false));
        children
    }

    /// Takes a child off the list, whose end was seen.
    pub(super) fn forget(&self, child: &ProcessHandle) {
        self.children.lock().retain(|known| !known.is(child));
    }
}

/// The name of the process that was not started by this crate.
const MAIN_PROCESS: &str = "MainProcess";

/// "Process-1", and its second child "Process-1:2".
pub(super) fn default_name(path: &[u32]) -> String {
    let numbers: Vec<String> = path.iter().map(u32::to_string).collect();
    format!("Process-{}", numbers.join(":"))
}
