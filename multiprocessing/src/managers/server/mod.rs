//! The process that has the objects.

mod entry;
mod state;
mod stop;

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use manyways_process::poll_readable;

use self::state::State;
use super::error::{Attempt, Error, Result};
use super::fault::{Fault, FaultKind};
use super::protocol::{Hello, Reply, Request, Welcome};
use super::registry::Registry;
use crate::connection::{Address, Connection, Listener, ListenerOptions, Socket};
use crate::mutex::Mutex;

pub(crate) use self::entry::{Entry, Table};
pub use self::stop::Stopper;

/// Connections at a time; a client has one, and one more for each of its threads that call at the same time.
const MOST_CONNECTIONS: usize = 4096;

/// How long a new connection may take to say what it is for.
const GREETING_LIMIT: Duration = Duration::from_secs(10);

/// How long the server waits before it accepts again, where it could not, for want of descriptors or memory.
const RECOVERY: Duration = Duration::from_millis(50);

/// The server of a manager, to be run in this process: what Python's `get_server` returns.
///
/// ```
/// use multiprocessing::managers::Manager;
/// use std::net::{Ipv4Addr, SocketAddr};
///
/// let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
/// let server = Manager::options().address(address).server()?;
/// let (address, stopper) = (server.address().clone(), server.stopper());
/// let running = std::thread::spawn(move || server.serve_forever());
///
/// let manager = Manager::options().connect(address)?;
/// let list = manager.list([1, 2, 3])?;
/// assert_eq!(list.len()?, 3);
/// # drop((list, manager));
/// stopper.stop();
/// running.join().unwrap();
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    state: Arc<State>,
    running: Arc<Running>,
}

/// The connections that are open, to end them.
#[derive(Debug, Default)]
struct Running {
    connections: Mutex<HashMap<u64, Socket>>,
}

impl Server {
    pub(crate) fn bind(
        options: ListenerOptions,
        address: &Address,
        registry: Registry,
        token: u64,
    ) -> Result<Server> {
        let attempt = || Attempt::Start(address.clone());
        let listener = options.bind(address);
        let listener = listener.map_err(|error| Error::connection(attempt(), error))?;
        let stopper = Stopper::new().map_err(|error| Error::system(attempt(), error))?;
        let id = random().map_err(|error| Error::system(attempt(), error))?;
        Ok(Server {
            listener,
            state: Arc::new(State::new(id, token, stopper, registry)),
            running: Arc::default(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        self.listener.address()
    }

    /// To end it from another thread.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.state.stopper.clone()
    }

    pub(crate) fn id(&self) -> u128 {
        self.state.id
    }

    /// Serves until it is [stopped](Stopper::stop). Each connection has a thread.
    pub fn serve_forever(mut self) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        let stopper = self.stopper();
        for number in 0.. {
            match self.listener.accept_before(None, Some(stopper.bell())) {
                Ok(Some(connection)) => threads.extend(self.begin(number, connection)),
                Ok(None) => break,
                // The connection waits; there may be room for it when another has ended.
                Err(_) => drop(poll_readable(&[stopper.bell()], Some(RECOVERY))),
            }
            threads.retain(|thread| !thread.is_finished());
        }
        self.end(threads);
    }

    /// Starts the thread of a connection, if there is room for one.
    fn begin(&self, number: u64, connection: Connection) -> Option<JoinHandle<()>> {
        let (receiving, sending) = connection.split().ok()?;
        let (state, running) = (Arc::clone(&self.state), Arc::clone(&self.running));
        let handle = receiving.socket().clone();
        {
            let mut open = running.connections.lock();
            if open.len() >= MOST_CONNECTIONS {
                return None;
            }
            open.insert(number, handle);
        }
        let body = move || {
            serve(&state, receiving, sending);
            running.connections.lock().remove(&number);
        };
        let started = thread::Builder::new()
            .name("manager".to_owned())
            .spawn(body);
        if started.is_err() {
            self.running.connections.lock().remove(&number);
        }
        started.ok()
    }

    fn end(self, threads: Vec<JoinHandle<()>>) {
        drop(self.listener);
        self.running
            .connections
            .lock()
            .values()
            .for_each(Socket::shut_down);
        self.state.end_all_sessions();
        for thread in threads {
            let _ = thread.join();
        }
    }
}

pub(crate) fn random() -> std::io::Result<u128> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(u128::from_ne_bytes(bytes))
}

/// The life of a connection. Whatever is wrong with it ends it, and nothing else.
fn serve(state: &State, mut receiving: Connection, mut sending: Connection) {
    match receiving.recv_timeout(GREETING_LIMIT) {
        Ok(Hello::Live) => {
            let session = state.begin_session();
            let welcome = Welcome {
                server: state.id,
                session: session.id,
            };
            if sending.send(&welcome).is_ok() {
                // Nothing comes but the end.
                let _ = receiving.recv_bytes();
            }
            state.end_session(&session);
        }
        Ok(Hello::Call { session }) => {
            let Some(session) = state.session(session) else {
                return;
            };
            while let Ok(request) = receiving.recv::<Request>() {
                let reply = state.serve(request, &session);
                if reply.is_some_and(|reply| answer(&mut sending, &reply).is_err()) {
                    return;
                }
            }
        }
        Err(_) => {}
    }
}

/// A result that is too long for a message is told instead of sent.
fn answer(sending: &mut Connection, reply: &Reply) -> crate::connection::Result<()> {
    match sending.send(reply) {
        Err(error) if error.is_too_long() || error.is_encode() => {
            let fault = Fault::new(FaultKind::Limit, error.to_string());
            sending.send(&Reply::Err(fault))
        }
        sent => sent,
    }
}
