//! What the threads of a server share, and what they do for clients.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use manyways_process::catch_panic;

use super::entry::{Entry, Table};
use super::stop::Stopper;
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::Args;
use crate::managers::protocol::{Reply, Request};
use crate::managers::reference::{Keeper, Reference};
use crate::managers::registry::Registry;
use crate::managers::session::{Caller, Session};
use crate::managers::value::Value;
use crate::mutex::Mutex;

#[derive(Debug)]
pub(crate) struct State {
    /// Tells this server from all others.
    pub(super) id: u128,
    /// Who knows it may stop the server.
    token: u64,
    pub(super) stopper: Stopper,
    registry: Registry,
    table: Arc<Table>,
    /// The objects that all clients share, by name, once somebody has asked for them.
    shared: Mutex<HashMap<String, Arc<Entry>>>,
    sessions: Mutex<HashMap<u64, Arc<Session>>>,
    last_session: AtomicU64,
}

impl State {
    pub(super) fn new(id: u128, token: u64, stopper: Stopper, registry: Registry) -> State {
        State {
            id,
            token,
            stopper,
            registry,
            table: Arc::default(),
            shared: Mutex::default(),
            sessions: Mutex::default(),
            last_session: AtomicU64::new(0),
        }
    }

    pub(super) fn begin_session(&self) -> Arc<Session> {
        let id = self.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        let session = Arc::new(Session::new(id));
        self.sessions.lock().insert(id, Arc::clone(&session));
        session
    }

    pub(super) fn session(&self, id: u64) -> Option<Arc<Session>> {
        self.sessions.lock().get(&id).cloned()
    }

    /// After the death of a client: nothing that it held is lost, and none of its calls waits on.
    pub(super) fn end_session(&self, session: &Session) {
        self.sessions.lock().remove(&session.id);
        session.die();
        for entry in self.table.all() {
            if let Some(object) = entry.object() {
                object.abandon(session.id);
            }
        }
    }

    pub(super) fn end_all_sessions(&self) {
        let sessions: Vec<_> = self.sessions.lock().values().cloned().collect();
        sessions
            .iter()
            .for_each(|session| self.end_session(session));
    }

    /// Does what a client asks for. `None`: there is nothing to answer.
    pub(super) fn serve(&self, request: Request, session: &Arc<Session>) -> Option<Reply> {
        let reply = match request {
            Request::Create { type_id, args } => self.create(&type_id, args, session),
            Request::Call {
                id,
                method,
                args,
                thread,
            } => {
                let caller = Caller {
                    session: Arc::clone(session),
                    thread,
                    table: Arc::clone(&self.table),
                };
                self.call(id, &method, args, &caller)
            }
            Request::Adopt { id } => self.table.get(id).ok_or_else(|| gone(id)).map(refer),
            Request::CountObjects => Ok(self.table.len().into_value()),
            Request::Release { ids } => {
                ids.into_iter().for_each(|id| session.release(id));
                return None;
            }
            Request::Stop { token } => {
                if token == self.token {
                    self.stopper.stop();
                }
                return None;
            }
        };
        Some(reply.and_then(|value| lend(value, session)))
    }

    fn create(&self, name: &str, mut args: Vec<Value>, session: &Session) -> Reply {
        if let Some((type_id, made_of)) = self.registry.shared(name) {
            return self.shared(name, type_id, made_of).map(refer);
        }
        args.iter_mut().try_for_each(|arg| take_in(arg, session))?;
        self.make(name, args).map(refer)
    }

    /// The object that all clients share, made when it is first wanted.
    fn shared(&self, name: &str, type_id: &str, made_of: &[Value]) -> Result<Arc<Entry>, Fault> {
        let mut shared = self.shared.lock();
        if let Some(entry) = shared.get(name) {
            return Ok(Arc::clone(entry));
        }
        let entry = self.make(type_id, made_of.to_vec())?;
        shared.insert(name.to_owned(), Arc::clone(&entry));
        Ok(entry)
    }

    fn make(&self, type_id: &str, args: Vec<Value>) -> Result<Arc<Entry>, Fault> {
        let made = catch_panic(|| self.registry.make(type_id, args));
        let object = made.map_err(Fault::panicked)??;
        Ok(self.table.add(type_id, object))
    }

    fn call(&self, id: u64, method: &str, mut args: Vec<Value>, caller: &Caller) -> Reply {
        let entry = caller.session.object(id).ok_or_else(|| gone(id))?;
        let object = entry.object().ok_or_else(|| gone(id))?;
        args.iter_mut()
            .try_for_each(|arg| take_in(arg, &caller.session))?;
        let called = catch_panic(|| object.call(method, Args::new(args), caller));
        called.map_err(Fault::panicked)?
    }
}

fn gone(id: u64) -> Fault {
    let why = format!("object {id} does not exist, or not any more");
    Fault::new(FaultKind::Gone, why)
}

fn refer(entry: Arc<Entry>) -> Value {
    let (id, type_id) = (entry.id(), entry.type_id().to_owned());
    Value::Proxy(Reference::new(id, &type_id, Keeper::Server(entry)))
}

/// Has the references in what came from a client keep their objects alive.
fn take_in(value: &mut Value, session: &Session) -> Result<(), Fault> {
    value.visit_references(&mut |reference| {
        let entry = session.object(reference.id());
        let entry = entry.ok_or_else(|| gone(reference.id()))?;
        reference.keep(Keeper::Server(entry));
        Ok(())
    })
}

/// Counts the references in what goes to a client as the client's.
fn lend(mut value: Value, session: &Session) -> Reply {
    value.visit_references(&mut |reference| match reference.keeper() {
        Keeper::Server(entry) => session.refer(entry),
        _ => Err(gone(reference.id())),
    })?;
    Ok(value)
}
