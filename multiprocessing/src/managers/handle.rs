//! A process's reference to an object.

use std::fmt;
use std::sync::Arc;

use manyways_process::fork_count;

use super::client::{Client, Escaped, Site, thread_number};
use super::error::{Attempt, Error, Result};
use super::per_process::PerProcess;
use super::protocol::Request;
use super::reference::{Keeper, Reference};
use super::value::Value;

/// A reference that its server counts, for each process that has a copy of it.
///
/// A forked child has a copy without having asked for it: it takes part when it first uses it. Until then the object must
/// live by its parent's. So a reference that existed at a fork, or was sent to another process, is never given back when
/// it is dropped, but at the end of this process.
pub(crate) struct Handle {
    site: Site,
    id: u64,
    type_id: String,
    escaped: Escaped,
    part: PerProcess<Part>,
}

/// A process's part in it.
#[derive(Clone)]
struct Part {
    client: Arc<Client>,
    forks_before: u64,
}

impl Handle {
    /// Of a reference that the server has counted for this process.
    pub(crate) fn new(client: &Arc<Client>, reference: &Reference) -> Arc<Handle> {
        let part = PerProcess::new();
        *part.lock() = Some(Part::new(Arc::clone(client)));
        Arc::new(Handle {
            site: client.site.clone(),
            id: reference.id(),
            type_id: reference.type_id().to_owned(),
            escaped: Escaped::default(),
            part,
        })
    }

    /// Of an object that another process has told of.
    pub(crate) fn adopt(site: Site, id: u64, type_id: String) -> Result<Arc<Handle>> {
        let handle = Handle {
            site,
            id,
            type_id,
            escaped: Escaped::default(),
            part: PerProcess::new(),
        };
        handle.client()?;
        Ok(Arc::new(handle))
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn type_id(&self) -> &str {
        &self.type_id
    }

    /// It is about to be told to another process.
    pub(crate) fn escape(&self) {
        self.escaped.mark();
    }

    pub(crate) fn call(&self, method: &str, args: Vec<Value>) -> Result<Value> {
        self.call_as(thread_number(), method, args)
    }

    /// As a thread of this process, which may be another than the one that calls this.
    pub(crate) fn call_as(&self, thread: u64, method: &str, args: Vec<Value>) -> Result<Value> {
        let attempt = || Attempt::Call(self.type_id.clone(), method.to_owned());
        let client = self.client()?;
        for_server(&args, client.site.server, &attempt)?;
        let request = Request::Call {
            id: self.id,
            method: method.to_owned(),
            args,
            thread,
        };
        let value = client.ask(&request, attempt)?;
        Ok(keep_references(value, &client))
    }

    /// This process's client, which takes part in the object.
    fn client(&self) -> Result<Arc<Client>> {
        let mut part = self.part.lock();
        if let Some(part) = &*part {
            return Ok(Arc::clone(&part.client));
        }
        let client = Client::of(&self.site)?;
        let attempt = || Attempt::Adopt(self.type_id.clone());
        client.ask(&Request::Adopt { id: self.id }, attempt)?;
        *part = Some(Part::new(Arc::clone(&client)));
        Ok(client)
    }
}

impl Part {
    fn new(client: Arc<Client>) -> Part {
        Part {
            client,
            forks_before: fork_count(),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A child that has not taken part has nothing to give back; its parent's part is not its own.
        let Some(part) = self.part.lock().take() else {
            return;
        };
        if self.escaped.has() || part.forks_before != fork_count() {
            part.client.keep();
        } else {
            part.client.release(self.id);
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.id)
            .field("type_id", &self.type_id)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

/// Makes handles of the references that came from a server.
pub(crate) fn keep_references(mut value: Value, client: &Arc<Client>) -> Value {
    let kept = value.visit_references(&mut |reference| -> Result<(), std::convert::Infallible> {
        let handle = Handle::new(client, reference);
        reference.keep(Keeper::Client(handle));
        Ok(())
    });
    match kept {
        Ok(()) => value,
        Err(never) => match never {},
    }
}

/// Whether all references in the arguments are to objects of this server.
pub(crate) fn for_server(
    args: &[Value],
    server: u128,
    attempt: &impl Fn() -> Attempt,
) -> Result<()> {
    let mut pending: Vec<&Value> = args.iter().collect();
    while let Some(value) = pending.pop() {
        match value {
            Value::Proxy(reference) => match reference.keeper() {
                // The server must know this process as one that refers to it.
                Keeper::Client(handle) if handle.site.server == server => drop(handle.client()?),
                Keeper::Client(_) => return Err(Error::another_server(attempt())),
                _ => return Err(Error::homeless(reference.type_id())),
            },
            Value::List(items) | Value::Tuple(items) => pending.extend(items),
            Value::Dict(items) => items
                .iter()
                .for_each(|(key, item)| pending.extend([key, item])),
            _ => {}
        }
    }
    Ok(())
}
