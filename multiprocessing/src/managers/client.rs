//! This process's connections to a server.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use manyways_process::ProcessLocal;

use super::error::{Attempt, Error, Result};
use super::protocol::{Hello, Reply, Request, Welcome};
use super::value::Value;
use crate::connection::{self, Address, AuthKey, Client as Connector, Connection};
use crate::mutex::Mutex;

/// Idle connections that are kept for the next calls.
const MOST_IDLE: usize = 16;

/// A server, as any process can find it.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) server: u128,
    pub(crate) address: Address,
    pub(crate) key: Option<AuthKey>,
}

/// A process's part in a server. When it goes, the server gives back all that the process held there.
pub(crate) struct Client {
    pub(crate) site: Site,
    session: u64,
    /// It carries nothing. Its end tells the server that this process is dead, or has no use for it any more.
    _life: Connection,
    idle: Mutex<Vec<Connection>>,
    /// References given back while no connection was idle.
    released: Mutex<Vec<u64>>,
}

/// The clients of this process, by server.
static CLIENTS: ProcessLocal<Mutex<HashMap<u128, Slot>>> = ProcessLocal::new(|_| Mutex::default());

struct Slot {
    client: Weak<Client>,
    /// To the end of this process or of its manager.
    kept: Option<Arc<Client>>,
}

impl Client {
    /// Connects for the first time, to find out which server it is.
    pub(crate) fn meet(address: Address, key: Option<AuthKey>) -> Result<Arc<Client>> {
        let failed = |error| Error::connection(Attempt::Connect(address.clone()), error);
        let mut life = dial(&address, key.as_ref()).map_err(failed)?;
        life.send(&Hello::Live).map_err(failed)?;
        let welcome: Welcome = life.recv_timeout(GREETING_LIMIT).map_err(failed)?;
        let site = Site {
            server: welcome.server,
            address,
            key,
        };
        let client = Arc::new(Client {
            site,
            session: welcome.session,
            _life: life,
            idle: Mutex::default(),
            released: Mutex::default(),
        });
        Ok(client.register())
    }

    /// This process's client of a server, connected if it is not yet.
    pub(crate) fn of(site: &Site) -> Result<Arc<Client>> {
        if let Some(client) = find(site.server) {
            return Ok(client);
        }
        let client = Client::meet(site.address.clone(), site.key.clone())?;
        match client.site.server == site.server {
            true => Ok(client),
            false => Err(Error::another_server(Attempt::Connect(
                site.address.clone(),
            ))),
        }
    }

    /// The one that is known already, should two threads have connected at the same time.
    fn register(self: Arc<Client>) -> Arc<Client> {
        let mut clients = CLIENTS.get().lock();
        clients.retain(|_, slot| slot.client.strong_count() > 0);
        let slot = clients.entry(self.site.server).or_insert_with(|| Slot {
            client: Arc::downgrade(&self),
            kept: None,
        });
        slot.client.upgrade().unwrap_or(self)
    }

    /// Keeps this process's part in the server although nothing here refers to it: what another process was given lives by
    /// it until that has taken it over.
    pub(crate) fn keep(self: &Arc<Client>) {
        if let Some(slot) = CLIENTS.get().lock().get_mut(&self.site.server) {
            slot.kept = Some(Arc::clone(self));
        }
    }

    /// The server is about to end.
    pub(crate) fn forget(server: u128) {
        let slot = CLIENTS.get().lock().remove(&server);
        drop(slot); // When the lock is free.
    }

    /// Asks the server, and waits for the answer as long as it takes.
    pub(crate) fn ask(&self, request: &Request, attempt: impl Fn() -> Attempt) -> Result<Value> {
        let failed = |error| Error::connection(attempt(), error);
        let mut connection = self.connection().map_err(failed)?;
        let sent = connection.send(request);
        if let Err(error) = sent {
            // Nothing of it has gone out.
            if error.is_encode() || error.is_too_long() {
                self.put_back(connection);
            }
            return Err(failed(error));
        }
        let reply: Reply = connection.recv().map_err(failed)?;
        self.put_back(connection);
        reply.map_err(|fault| Error::of_fault(attempt(), fault))
    }

    /// Tells the server something that has no answer.
    pub(crate) fn tell(&self, request: &Request) -> connection::Result<()> {
        let mut connection = self.connection()?;
        connection.send(request)?;
        self.put_back(connection);
        Ok(())
    }

    /// Gives a reference back, now if a connection is idle, else before the next call.
    pub(crate) fn release(&self, id: u64) {
        self.released.lock().push(id);
        let idle = self.idle.lock().pop();
        if let Some(mut connection) = idle
            && self.send_released(&mut connection).is_ok()
        {
            self.put_back(connection);
        }
    }

    fn send_released(&self, connection: &mut Connection) -> connection::Result<()> {
        let ids = std::mem::take(&mut *self.released.lock());
        if ids.is_empty() {
            return Ok(());
        }
        connection.send(&Request::Release { ids })
    }

    fn connection(&self) -> connection::Result<Connection> {
        let idle = self.idle.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => {
                let mut connection = dial(&self.site.address, self.site.key.as_ref())?;
                let session = self.session;
                connection.send(&Hello::Call { session })?;
                connection
            }
        };
        self.send_released(&mut connection)?;
        Ok(connection)
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
    }
}

/// How long a server may take to welcome a client.
const GREETING_LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

fn dial(address: &Address, key: Option<&AuthKey>) -> connection::Result<Connection> {
    let mut options = Connector::options();
    if let Some(key) = key {
        options = options.authkey(key.clone());
    }
    options.connect_private(address)
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("address", &self.address)
            .field("authkey", &self.key.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("site", &self.site)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// The client of a server in this process, if there is one.
pub(crate) fn find(server: u128) -> Option<Arc<Client>> {
    CLIENTS.get().lock().get(&server)?.client.upgrade()
}

/// A number for each thread of this process that calls.
pub(crate) fn thread_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static NUMBER: u64 = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    }
    NUMBER.with(|number| *number)
}

/// Whether something was ever handed out of this process.
#[derive(Debug, Default)]
pub(crate) struct Escaped(AtomicBool);

impl Escaped {
    pub(crate) fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
