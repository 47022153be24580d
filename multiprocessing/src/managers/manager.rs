//! Starting and finding servers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use manyways_process::{Child, Exit, Fork, Link};
use nix::sys::signal::{SigSet, Signal};

use super::client::{Client, Site};
use super::error::{Attempt, Error, Result};
use super::handle::{for_server, keep_references};
use super::item::{Item, dict_of};
use super::managed::ManagedType;
use super::protocol::Request;
use super::proxies::{
    ArrayProxy, BarrierProxy, ConditionProxy, DictProxy, EventProxy, ListProxy, LockProxy,
    NamespaceProxy, QueueProxy, RLockProxy, SemaphoreProxy, SetProxy, ValueProxy,
};
use super::proxy::Proxy;
use super::registry::Registry;
use super::server::{Server, random};
use super::value::Value;
use crate::connection::{Address, AuthKey, Listener};

/// How long a server may take to end when it is asked to, until [`ManagerOptions::shutdown_timeout`] says otherwise. As
/// Python's.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

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
/// 64 MiB a call's arguments or result, 4096 connections, 2^20 objects that one process refers to. A call has no time limit but
/// those of the methods that wait: a server that is stopped (SIGSTOP) is waited for.
///
/// # Left out
///
/// `Pool` as a manager's type (a pool of this crate is used where it was made), barrier actions, and the choice of serialisers.
pub struct Manager {
    site: Site,
    owned: Option<Owned>,
    /// Keeps this process's connection while nothing else does, in each process that has a copy.
    _client: Arc<Client>,
}

/// The server, for the process that started it.
struct Owned {
    process: Child,
    _link: Link,
    token: u64,
    timeout: Duration,
}

/// How to start or find a [`Manager`].
pub struct ManagerOptions {
    address: Option<Address>,
    key: Option<AuthKey>,
    registry: Registry,
    timeout: Duration,
    initializer: Option<Box<dyn FnOnce() + Send>>,
}

impl Manager {
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
        ManagerOptions {
            address: None,
            key: None,
            registry: Registry::new(),
            timeout: SHUTDOWN_TIMEOUT,
            initializer: None,
        }
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

    fn create_with(&self, type_id: &str, args: Vec<Value>) -> Result<Proxy> {
        let attempt = || Attempt::Create(type_id.to_owned());
        let client = Client::of(&self.site)?;
        for_server(&args, self.site.server, &attempt)?;
        let type_id = type_id.to_owned();
        let reference = client.ask(&Request::Create { type_id, args }, attempt)?;
        let reference = keep_references(reference, &client);
        Proxy::of(&reference)
    }

    /// A list of these items.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); so do all of the following.
    pub fn list<T: Item>(&self, items: impl IntoIterator<Item = T>) -> Result<ListProxy<T>> {
        let items: Vec<T> = items.into_iter().collect();
        self.create_with("list", vec![items.into_value()])
            .map(ListProxy::of)
    }

    /// A dictionary of these entries.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn dict<K: Item, V: Item>(
        &self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<DictProxy<K, V>> {
        self.create_with("dict", vec![dict_of(entries)])
            .map(DictProxy::of)
    }

    /// A set of these members.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn set<T: Item>(&self, members: impl IntoIterator<Item = T>) -> Result<SetProxy<T>> {
        let members: Vec<T> = members.into_iter().collect();
        self.create_with("set", vec![members.into_value()])
            .map(SetProxy::of)
    }

    /// An empty namespace.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn namespace(&self) -> Result<NamespaceProxy> {
        self.create_with("Namespace", Vec::new())
            .map(NamespaceProxy::of)
    }

    /// A place for a value. Python's type code is the Rust type.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn value<T: Item>(&self, value: T) -> Result<ValueProxy<T>> {
        self.create_with("Value", vec![value.into_value()])
            .map(ValueProxy::of)
    }

    /// An array of these numbers.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn array<T: Item>(&self, items: impl IntoIterator<Item = T>) -> Result<ArrayProxy<T>> {
        let items: Vec<T> = items.into_iter().collect();
        self.create_with("Array", vec![items.into_value()])
            .map(ArrayProxy::of)
    }

    /// A lock.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn lock(&self) -> Result<LockProxy> {
        self.create_with("Lock", Vec::new()).map(LockProxy::of)
    }

    /// A lock that its owner may acquire again.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn rlock(&self) -> Result<RLockProxy> {
        self.create_with("RLock", Vec::new()).map(RLockProxy::of)
    }

    /// A semaphore with so many permits.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn semaphore(&self, permits: i64) -> Result<SemaphoreProxy> {
        self.create_with("Semaphore", vec![permits.into()])
            .map(SemaphoreProxy::of)
    }

    /// A semaphore that never has more permits than at first.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn bounded_semaphore(&self, permits: i64) -> Result<SemaphoreProxy> {
        self.create_with("BoundedSemaphore", vec![permits.into()])
            .map(SemaphoreProxy::of)
    }

    /// A condition.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn condition(&self) -> Result<ConditionProxy> {
        self.create_with("Condition", Vec::new())
            .map(ConditionProxy::of)
    }

    /// An event.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn event(&self) -> Result<EventProxy> {
        self.create_with("Event", Vec::new()).map(EventProxy::of)
    }

    /// A barrier of so many parties.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn barrier(&self, parties: usize) -> Result<BarrierProxy> {
        self.create_with("Barrier", vec![parties.into_value()])
            .map(BarrierProxy::of)
    }

    /// A queue of at most so many items, without a bound if 0.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn queue<T: Item>(&self, maxsize: usize) -> Result<QueueProxy<T>> {
        self.create_with("Queue", vec![maxsize.into_value()])
            .map(QueueProxy::of)
    }

    /// A queue whose items are reported as done. As all queues of a manager can do that, only its name is another.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn joinable_queue<T: Item>(&self, maxsize: usize) -> Result<QueueProxy<T>> {
        self.create_with("JoinableQueue", vec![maxsize.into_value()])
            .map(QueueProxy::of)
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
        let bound: Address = bound
            .parse()
            .map_err(|error| Error::system(attempt(), error))?;
        let site = Site {
            server,
            address: bound,
            key,
        };
        Ok(Manager {
            _client: Client::of(&site)?,
            site,
            owned: Some(Owned {
                process,
                _link: link,
                token,
                timeout,
            }),
        })
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
        Ok(Manager {
            site: client.site.clone(),
            owned: None,
            _client: client,
        })
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
type Ready = std::result::Result<(u128, String), String>;

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
            let ready: Ready = Ok((server.id(), server.address().to_string()));
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
