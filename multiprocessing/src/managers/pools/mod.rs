//! A manager's pools: worker processes of the server's, and the results that they have not been asked for yet.
//!
//! A function goes to the workers by its name, as it does to a process that is started anew: so the clients of a server may be other
//! programs, as long as they name functions that the server's program has.

mod job;
mod pool;
mod stream;

pub(crate) use self::{job::Job, pool::Pool, stream::Stream};

use serde_bytes::ByteBuf;

use super::fault::{Fault, FaultKind};
use super::object::Args;
use super::value::Value;
use crate::PoolError;

/// What a worker is sent: the name of a function and its encoded arguments.
pub(crate) type Work = (String, ByteBuf);

/// What comes back: what the function returned, encoded.
pub(crate) type Done = Result<ByteBuf, Fault>;

/// What the workers run.
#[allow(clippy::needless_pass_by_value)] // A pool's function takes its arguments.
fn work(name: String, arguments: ByteBuf) -> Done {
    let entry = manyways_wire::task::find(&name)
        .map_err(|error| Fault::new(FaultKind::NoFunction, error.to_string()))?;
    let wrong = |error: manyways_wire::Error| Fault::new(FaultKind::Type, error.to_string());
    let value = entry.call(&arguments).map_err(wrong)?;
    Ok(ByteBuf::from(value))
}

/// The next argument as the calls of one function, one for each of a list of encoded arguments.
fn take_work(args: &mut Args) -> Result<Vec<Work>, Fault> {
    let (name, list): (String, Vec<Value>) = (args.take()?, args.take()?);
    let work = |value| match value {
        Value::Bytes(bytes) => Ok((name.clone(), ByteBuf::from(bytes))),
        other => Err(Fault::wrong_type("bytes", &other)),
    };
    list.into_iter().map(work).collect()
}

/// Why a pool gave no result, as its clients learn it.
fn fault_of(error: &PoolError) -> Fault {
    match error.panic_report() {
        Some(report) => Fault::panicked(report.clone()),
        None if error.is_worker_death() => Fault::new(FaultKind::WorkerDied, error.to_string()),
        None => Fault::new(FaultKind::Pool, error.to_string()),
    }
}
