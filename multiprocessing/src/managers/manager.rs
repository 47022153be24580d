//! A server and what is made in it, as its users hold them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use manyways_process::{Child, Exit, Link};

use super::client::{Client, Site};
use super::error::{Attempt, Error, Result};
use super::handle::{for_server, keep_references};
use super::item::Item;
use super::options::ManagerOptions;
use super::protocol::Request;
use super::proxy::Proxy;
use super::value::Value;
use crate::connection::Address;

/// Objects in a process of their own, and what is needed to make more of them: Python's `Manager()`, `SyncManager` and
/// `BaseManager`.
///
/// ```
/// use manyways_process::Fork;
/// use multiprocessing::managers::{Manager, Value};
///
/// let manager = Manager::start()?;
/// let dict = manager.dict::<Value, Value>([])?;
/// let list = manager.list(0..10)?;
///
/// let task = Fork::new().run(|| {
///     dict.insert(1, "1").unwrap();
///     dict.insert("2", 2).unwrap();
///     list.reverse().unwrap();
/// })?;
/// task.join()?;
/// assert_eq!(dict.to_string()?, "{1: '1', '2': 2}");
/// assert_eq!(list.to_vec()?, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # The server
///
/// [`start`](Self::start) forks it. It is reached through a UNIX socket without a file, by processes of this user and of root;
/// with an [`address`](ManagerOptions::address) and an [`authkey`](ManagerOptions::authkey) by others too, through
/// [`connect`](ManagerOptions::connect). It ends with this value, and with the process that started it, however that ends. It
/// keeps none of that process's open files, and Ctrl-C does not reach it.
///
/// # Deaths
///
/// A process that is killed gives back what it holds in the server: its locks and permits, and whoever gets them next is told;
/// its places in queues and at barriers; its references. When the server is killed, every call fails with
/// [`is_closed`](Error::is_closed).
///
/// # Limits
///
/// 64 MiB a call's arguments or result, 4096 connections, 2^20 objects that one process refers to, 1024 workers of pools. A call
/// has no time limit but those of the methods that wait: a server that is stopped (SIGSTOP) is waited for.
///
/// # Left out
///
/// | in Python | why not here |
/// |---|---|
/// | `Pool(initializer, initargs, maxtasksperchild)` | a manager's pool is [`pool`](Self::pool) alone; a [`Pool`](crate::Pool) has all settings |
/// | callbacks of its `AsyncResult` | they would be called in the server, which has nothing of its clients' |
/// | a barrier's action | it would be run by the server, too |
/// | `serializer=` | there is one, which all values go through |
pub struct Manager {
    site: Site,
    owned: Option<Owned>,
    /// Keeps this process's connection while nothing else does, in each process that has a copy.
    _client: Arc<Client>,
}

/// The server, for the process that started it.
pub(super) struct Owned {
    pub(super) process: Child,
    pub(super) _link: Link,
    pub(super) token: u64,
    pub(super) timeout: Duration,
}

impl Manager {
    /// The one whose server listens there.
    pub(super) fn at(site: Site, client: Arc<Client>, owned: Option<Owned>) -> Manager {
        Manager {
            site,
            owned,
            _client: client,
        }
    }

    /// Starts a server for this process and its relatives.
    ///
    /// # Errors
    ///
    /// As [`ManagerOptions::start`].
    pub fn start() -> Result<Manager> {
        Manager::options().start()
    }

    /// How to start or find one otherwise.
    #[must_use]
    pub fn options() -> ManagerOptions {
        ManagerOptions::new()
    }

    /// Where its server listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.site.address
    }

    /// The id of the server's process, if this process started it.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.owned.as_ref().map(|owned| owned.process.pid())
    }

    /// Makes an object of a registered type, with a tuple of arguments, or `()` for none; or gives the one that is
    /// [shared](ManagerOptions::share) under this name.
    ///
    /// # Errors
    ///
    /// A fault of the kind `NoType`: the server has no type of this name. [`is_closed`](Error::is_closed).
    pub fn create(&self, type_id: &str, args: impl Into<Value>) -> Result<Proxy> {
        self.create_with(type_id, args.into().into_arguments())
    }

    pub(super) fn create_with(&self, type_id: &str, args: Vec<Value>) -> Result<Proxy> {
        let attempt = || Attempt::Create(type_id.to_owned());
        let client = Client::of(&self.site)?;
        for_server(&args, self.site.server, &attempt)?;
        let type_id = type_id.to_owned();
        let reference = client.ask(&Request::Create { type_id, args }, attempt)?;
        let reference = keep_references(reference, &client);
        Proxy::of(&reference)
    }

    /// How many objects the server has.
    ///
    /// # Errors
    ///
    /// [`is_closed`](Error::is_closed).
    pub fn object_count(&self) -> Result<usize> {
        let client = Client::of(&self.site)?;
        let count = client.ask(&Request::CountObjects, || Attempt::Count)?;
        usize::from_value(count).map_err(|found| Error::wrong_type(Attempt::Count, "usize", found))
    }

    /// Ends the server: asks it to end, waits, and kills it if it has not ended within the
    /// [time limit](ManagerOptions::shutdown_timeout). How it ended. Dropping the manager does the same.
    ///
    /// # Errors
    ///
    /// When another process started it.
    pub fn shutdown(mut self) -> Result<Exit> {
        match &mut self.owned {
            Some(owned) => owned.end(&self.site),
            None => Err(Error::not_owner()),
        }
    }
}

impl Owned {
    fn end(&mut self, site: &Site) -> Result<Exit> {
        let failed = |error| Error::process(Attempt::Shutdown, error);
        // Refused in a forked child, whose the server is not.
        let ended = self.process.try_wait().map_err(failed)?;
        if let Some(exit) = ended {
            Client::forget(site.server);
            return Ok(exit);
        }
        let asked = Client::of(site).map(|client| {
            let token = self.token;
            client.tell(&Request::Stop { token })
        });
        Client::forget(site.server);
        if asked.is_ok()
            && let Some(exit) = self.process.wait_timeout(self.timeout).map_err(failed)?
        {
            return Ok(exit);
        }
        self.process.kill().map_err(failed)?;
        self.process.wait().map_err(failed)
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        if let Some(owned) = &mut self.owned {
            let _ = owned.end(&self.site);
        }
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager")
            .field("address", &self.site.address)
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}
