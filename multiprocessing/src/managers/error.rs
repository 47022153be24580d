//! The error of managers.

use std::{error, fmt, io};

use manyways_process as process;

use super::fault::{Fault, FaultKind};
use super::value::Value;
use crate::connection::{self, Address};

/// The result of the operations of managers and proxies.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was tried with a manager or one of its objects, and why it failed.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    attempt: Attempt,
    reason: Reason,
}

/// What was tried.
#[derive(Debug, Clone)]
pub(crate) enum Attempt {
    Start(Address),
    Connect(Address),
    Shutdown,
    Create(String),
    Call(String, String),
    Count,
    Adopt(String),
    Find(String),
}

#[derive(Debug)]
enum Reason {
    System(io::Error),
    Process(process::Error),
    Connection(connection::Error),
    /// Why the server did not start, in its words.
    Server(String),
    Fault(Fault),
    /// An argument of a pool's function.
    Unsendable(manyways_wire::Error),
    WrongType {
        expected: &'static str,
        found: Value,
    },
    NotOwner,
    AnotherServer,
    Homeless,
}

impl Error {
    fn new(attempt: Attempt, reason: Reason) -> Error {
        Error(Box::new(Inner { attempt, reason }))
    }

    pub(crate) fn system(attempt: Attempt, error: io::Error) -> Error {
        Error::new(attempt, Reason::System(error))
    }

    pub(crate) fn process(attempt: Attempt, error: process::Error) -> Error {
        Error::new(attempt, Reason::Process(error))
    }

    pub(crate) fn connection(attempt: Attempt, error: connection::Error) -> Error {
        Error::new(attempt, Reason::Connection(error))
    }

    pub(crate) fn server(attempt: Attempt, why: String) -> Error {
        Error::new(attempt, Reason::Server(why))
    }

    pub(crate) fn of_fault(attempt: Attempt, fault: Fault) -> Error {
        Error::new(attempt, Reason::Fault(fault))
    }

    pub(crate) fn unsendable(attempt: Attempt, error: manyways_wire::Error) -> Error {
        Error::new(attempt, Reason::Unsendable(error))
    }

    pub(crate) fn wrong_type(attempt: Attempt, expected: &'static str, found: Value) -> Error {
        Error::new(attempt, Reason::WrongType { expected, found })
    }

    pub(crate) fn not_owner() -> Error {
        Error::new(Attempt::Shutdown, Reason::NotOwner)
    }

    pub(crate) fn another_server(attempt: Attempt) -> Error {
        Error::new(attempt, Reason::AnotherServer)
    }

    pub(crate) fn homeless(type_id: &str) -> Error {
        Error::new(Attempt::Find(type_id.to_owned()), Reason::Homeless)
    }

    /// Why the object's method failed, in the server. Everything else than the method's own failure has no fault.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match &self.0.reason {
            Reason::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// The kind of the [`fault`](Self::fault).
    #[must_use]
    pub fn fault_kind(&self) -> Option<FaultKind> {
        self.fault().map(Fault::kind)
    }

    /// The panic of the object's method: message, place and backtrace in the server.
    #[must_use]
    pub fn panic_report(&self) -> Option<&process::PanicReport> {
        self.fault()?.panic_report()
    }

    /// The server is gone, or the connection to it. What this process held there is given back.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match &self.0.reason {
            Reason::Connection(error) => {
                let gone = [io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound];
                let nobody = error.io_kind().is_some_and(|kind| gone.contains(&kind));
                error.is_closed() || error.is_truncated() || nobody
            }
            Reason::Fault(fault) => fault.kind() == FaultKind::Ending,
            Reason::AnotherServer => true,
            _ => false,
        }
    }

    /// The two sides do not hold the same authkey, or one is needed.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(&self.0.reason, Reason::Connection(error) if error.is_authentication())
    }

    /// An argument could not be turned into bytes. Nothing was sent.
    #[must_use]
    pub fn is_encode(&self) -> bool {
        match &self.0.reason {
            Reason::Unsendable(error) => error.is_encode(),
            Reason::Connection(error) => error.is_encode(),
            _ => false,
        }
    }

    /// The item is of another type than the proxy's. With the item in it.
    #[must_use]
    pub fn wrong_item(&self) -> Option<&Value> {
        match &self.0.reason {
            Reason::WrongType { found, .. } => Some(found),
            _ => None,
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attempt::Start(address) => write!(f, "start a manager's server at {address}"),
            Attempt::Connect(address) => write!(f, "connect to the manager at {address}"),
            Attempt::Shutdown => f.write_str("shut a manager down"),
            Attempt::Create(type_id) => write!(f, "create a {type_id} in a manager"),
            Attempt::Call(type_id, method) => write!(f, "call {method} of a manager's {type_id}"),
            Attempt::Count => f.write_str("count the objects of a manager"),
            Attempt::Adopt(type_id) => write!(f, "take part in a manager's {type_id}"),
            Attempt::Find(type_id) => write!(f, "find the manager of a {type_id}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}: {}", self.0.attempt, self.0.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::System(error) => error.fmt(f),
            Reason::Process(error) => error.fmt(f),
            Reason::Connection(error) => error.fmt(f),
            Reason::Server(why) => f.write_str(why),
            Reason::Fault(fault) => fault.fmt(f),
            Reason::Unsendable(error) => error.fmt(f),
            Reason::WrongType { expected, found } => {
                write!(f, "the item is a {}, not a {expected}: {found}", found.type_name())
            }
            Reason::NotOwner => f.write_str("only the process that started it can do that"),
            Reason::AnotherServer => {
                f.write_str("the manager is gone, and another one is in its place")
            }
            Reason::Homeless => f.write_str(
                "its manager has an authkey that this process does not know, or it came inside of a value: connect to \
                 the manager first, and send proxies, not values with references",
            ),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.0.reason {
            Reason::System(error) => Some(error),
            Reason::Process(error) => Some(error),
            Reason::Connection(error) => Some(error),
            Reason::Fault(fault) => Some(fault),
            Reason::Unsendable(error) => Some(error),
            _ => None,
        }
    }
}
