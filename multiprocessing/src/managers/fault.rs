//! Why a method of an object failed, on its way from the server.

use std::fmt;

use manyways_process::PanicReport;
use serde::{Deserialize, Serialize};

use super::value::Value;

/// Why a method failed. What the methods of [registered types](super::ManagedType) return for an error, and what a client
/// reads in [`Error::fault`](super::Error::fault).
///
/// ```
/// use multiprocessing::managers::{Fault, FaultKind};
///
/// let fault = Fault::raised("the tank is empty");
/// assert_eq!(fault.kind(), FaultKind::Raised);
/// assert_eq!(fault.to_string(), "the tank is empty");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    kind: FaultKind,
    message: String,
    report: Option<PanicReport>,
}

/// What kind of fault it is. Most stand for an exception of Python's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FaultKind {
    /// `KeyError`.
    Key,
    /// `IndexError`.
    Index,
    /// `TypeError`: an argument of the wrong type, or a wrong number of them.
    Type,
    /// `ValueError`.
    Value,
    /// `AttributeError`: the object has no such method or attribute.
    Attribute,
    /// `RuntimeError`: the object's state does not allow the call.
    Misuse,
    /// `BrokenBarrierError`.
    BrokenBarrier,
    /// An error that a registered type's method returned.
    Raised,
    /// The method panicked.
    Panicked,
    /// The manager has no type of this name.
    NoType,
    /// The server's program has no function of this name, as none was registered by `#[task]`.
    NoFunction,
    /// The worker of a manager's pool died that ran the call.
    WorkerDied,
    /// A manager's pool gave no result for another reason: it is closed, was terminated, or is broken.
    Pool,
    /// The object does not exist any more.
    Gone,
    /// The manager or the client is about to end.
    Ending,
    /// A limit of the manager.
    Limit,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Fault {
        Fault {
            kind,
            message: message.into(),
            report: None,
        }
    }

    /// An error of a registered type's own.
    pub fn raised(error: impl fmt::Display) -> Fault {
        Fault::new(FaultKind::Raised, error.to_string())
    }

    pub(crate) fn panicked(report: PanicReport) -> Fault {
        Fault {
            kind: FaultKind::Panicked,
            message: report.to_string(),
            report: Some(report),
        }
    }

    pub(crate) fn key(key: &Value) -> Fault {
        Fault::new(FaultKind::Key, format!("there is no {key}"))
    }

    pub(crate) fn wrong_type(expected: &str, found: &Value) -> Fault {
        let found = found.type_name();
        Fault::new(
            FaultKind::Type,
            format!("a {expected} is wanted, not a {found}"),
        )
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Of a panic: message, place and the backtrace in the server.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        self.report.as_ref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
