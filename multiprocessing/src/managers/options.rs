//! Starting and finding servers.

use std::fmt;
use std::time::Duration;

use manyways_process::{Child, Fork, Link};
use nix::sys::signal::{SigSet, Signal};

use super::client::{Client, Site};
use super::error::{Attempt, Error, Result};
use super::managed::ManagedType;
use super::manager::{Manager, Owned};
use super::registry::Registry;
use super::server::{Server, random};
use super::value::Value;
use crate::connection::{Address, AuthKey, Listener};

/// How long a server may take to end when it is asked to, until [`ManagerOptions::shutdown_timeout`] says otherwise. As
/// Python's.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// How to start or find a [`Manager`].
pub struct ManagerOptions {
    address: Option<Address>,
    key: Option<AuthKey>,
    registry: Registry,
    timeout: Duration,
    initializer: Option<Box<dyn FnOnce() + Send>>,
}

impl fmt::Debug for ManagerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagerOptions")
            .field("address", &self.address)
            .field("authkey", &self.key.is_some())
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}

impl ManagerOptions {
    pub(super) fn new() -> ManagerOptions {
        ManagerOptions {
            address: None,
            key: None,
            registry: Registry::new(),
            timeout: SHUTDOWN_TIMEOUT,
            initializer: None,
        }
    }

    /// Where the server listens. By default at a UNIX socket with a random name and no file.
    #[must_use]
    pub fn address(mut self, address: impl Into<Address>) -> ManagerOptions {
        self.address = Some(address.into());
        self
    }

    /// Has both sides prove that they know this key. Needed where other machines could connect.
    #[must_use]
    pub fn authkey(mut self, key: AuthKey) -> ManagerOptions {
        self.key = Some(key);
        self
    }

    /// Adds a type of one's own, for the server. A client needs to register nothing.
    #[must_use]
    pub fn register<T: Send + 'static>(mut self, managed: ManagedType<T>) -> ManagerOptions {
        let (type_id, factory) = managed.into_factory();
        self.registry.add(type_id, factory);
        self
    }

    /// Gives a name to one object that all clients share, such as the `get_queue` of Python's example: the first who
    /// [creates](Manager::create) it by that name makes it, of this type and these arguments, and everybody gets the same.
    ///
    /// ```
    /// use multiprocessing::managers::{Manager, QueueProxy, Item};
    ///
    /// let manager = Manager::options().share("get_queue", "Queue", (0,)).start()?;
    /// let (one, other) = (manager.create("get_queue", ())?, manager.create("get_queue", ())?);
    /// assert_eq!(one, other);
    /// # Ok::<(), multiprocessing::managers::Error>(())
    /// ```
    #[must_use]
    pub fn share(
        mut self,
        name: impl Into<String>,
        type_id: impl Into<String>,
        args: impl Into<Value>,
    ) -> ManagerOptions {
        let args = args.into().into_arguments();
        self.registry.share(name.into(), type_id.into(), args);
        self
    }

    /// How long the server may take to end when it is asked to. A second by default.
    #[must_use]
    pub fn shutdown_timeout(mut self, timeout: Duration) -> ManagerOptions {
        self.timeout = timeout;
        self
    }

    /// What the server's process does first.
    #[must_use]
    pub fn initializer(mut self, initializer: impl FnOnce() + Send + 'static) -> ManagerOptions {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Starts the server in a process of its own.
    ///
    /// # Errors
    ///
    /// When the address is taken, or needs a key, or the system has no room for another process.
    pub fn start(mut self) -> Result<Manager> {
        let address = self.address_or_any()?;
        let attempt = || Attempt::Start(address.clone());
        let token = random().map_err(|error| Error::system(attempt(), error))? as u64;
        let (key, timeout) = (self.key.clone(), self.timeout);
        let wanted = address.clone();
        let body = move |link: &mut Link| run_server(self, &wanted, token, link);
        let started = start_process(body);
        let (process, mut link) = started.map_err(|error| Error::process(attempt(), error))?;
        let ready: Ready = link
            .recv()
            .map_err(|error| Error::process(attempt(), error))?;
        let (server, bound) = ready.map_err(|why| Error::server(attempt(), why))?;
        let site = Site {
            server,
            address: bound,
            key,
        };
        let owned = Owned {
            process,
            _link: link,
            token,
            timeout,
        };
        let client = Client::of(&site)?;
        Ok(Manager::at(site, client, Some(owned)))
    }

    /// A server to be run in this process: Python's `get_server`.
    ///
    /// # Errors
    ///
    /// When the address is taken, or needs a key.
    pub fn server(mut self) -> Result<Server> {
        let address = self.address_or_any()?;
        let token =
            random().map_err(|error| Error::system(Attempt::Start(address.clone()), error))?;
        self.bind(&address, token as u64)
    }

    /// The manager whose server listens at this address, in another process or on another machine.
    ///
    /// # Errors
    ///
    /// [`is_closed`](Error::is_closed): nobody listens there. [`is_authentication`](Error::is_authentication): the keys
    /// differ, or one is needed.
    pub fn connect(self, address: impl Into<Address>) -> Result<Manager> {
        let client = Client::meet(address.into(), self.key)?;
        Ok(Manager::at(client.site.clone(), client, None))
    }

    fn bind(self, address: &Address, token: u64) -> Result<Server> {
        let mut options = Listener::options();
        if let Some(key) = self.key {
            options = options.authkey(key);
        }
        Server::bind(options, address, self.registry, token)
    }

    fn address_or_any(&mut self) -> Result<Address> {
        match self.address.take() {
            Some(address) => Ok(address),
            None => {
                let any =
                    |name: u128| Address::Abstract(format!("multiprocessing-manager-{name:032x}"));
                random()
                    .map(any)
                    .map_err(|error| Error::system(Attempt::Start(any(0)), error))
            }
        }
    }
}

/// What the server's process says first: which server it is and where it listens, or why it does not.
type Ready = std::result::Result<(u128, Address), String>;

/// The one place where a server's process is started.
fn start_process(body: impl FnOnce(&mut Link)) -> manyways_process::Result<(Child, Link)> {
    // The server must not hide the ends of streams that are no concern of its.
    Fork::new().name("manager").close_other_files().spawn(body)
}

fn run_server(mut options: ManagerOptions, address: &Address, token: u64, link: &mut Link) {
    // Ctrl-C is for those who use it. The server ends when they do.
    let mut interrupt = SigSet::empty();
    interrupt.add(Signal::SIGINT);
    let _ = interrupt.thread_block();
    if let Some(initializer) = options.initializer.take() {
        initializer();
    }
    match options.bind(address, token) {
        Ok(server) => {
            let ready: Ready = Ok((server.id(), server.address().clone()));
            if link.send(&ready).is_ok() {
                server.serve_forever();
            }
        }
        Err(error) => {
            // Who started it learns it, or is gone.
            let _ = link.send(&Ready::Err(error.to_string()));
        }
    }
}
