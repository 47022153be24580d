//! Why a process could not be started, used or joined.

use std::{error, fmt, io};

use manyways_process::PanicReport;
use manyways_wire::task::LookupError;

/// A call that can never work, by whatever process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MisuseError {
    what: String,
    advice: &'static str,
}

impl MisuseError {
    pub(crate) fn new(what: impl Into<String>, advice: &'static str) -> MisuseError {
        MisuseError {
            what: what.into(),
            advice,
        }
    }
}

impl fmt::Display for MisuseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.advice)
    }
}

impl error::Error for MisuseError {}

/// Why a process was not started.
#[derive(Debug)]
pub struct StartError {
    process: String,
    why: Why,
}

#[derive(Debug)]
pub(crate) enum Why {
    AlreadyStarted,
    /// It was made in another process.
    Foreign,
    Daemonic,
    NotRegistered(LookupError),
    /// The arguments, and why they cannot be sent.
    Unsendable(String),
    Launch(manyways_process::Error),
    /// What the forkserver says.
    Server(String),
    System(io::Error),
}

impl StartError {
    pub(crate) fn new(process: &str, why: Why) -> StartError {
        StartError {
            process: process.to_owned(),
            why,
        }
    }

    /// Whether it was started before. Python raises `AssertionError`.
    #[must_use]
    pub fn is_already_started(&self) -> bool {
        matches!(self.why, Why::AlreadyStarted)
    }

    /// Whether it was made in another process, of which this one is a forked child. Python raises `AssertionError`.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        matches!(self.why, Why::Foreign)
    }

    /// Whether this process is daemonic, and so may not have children. Python raises `AssertionError`.
    #[must_use]
    pub fn is_daemonic(&self) -> bool {
        matches!(self.why, Why::Daemonic)
    }

    /// Whether the function is not registered, or two of its name are.
    #[must_use]
    pub fn is_not_registered(&self) -> bool {
        matches!(self.why, Why::NotRegistered(_))
    }

    /// Whether the arguments cannot be sent.
    #[must_use]
    pub fn is_unsendable(&self) -> bool {
        matches!(self.why, Why::Unsendable(_))
    }

    /// Whether this program has not called [`init`](crate::init), so that it would not know in the child what it is.
    #[must_use]
    pub fn is_uninitialised(&self) -> bool {
        matches!(&self.why, Why::Launch(error) if error.is_uninitialised())
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not started: ", self.process)?;
        match &self.why {
            Why::AlreadyStarted => {
                f.write_str("it was started before; a process runs once, make another")
            }
            Why::Foreign => f.write_str(
                "it was made in another process, of which this one is a forked child; make another in this process",
            ),
            Why::Daemonic => f.write_str(
                "this process is daemonic, and would leave its children behind when it is ended with its parent; \
                 start it without `daemon(true)`, or start the children elsewhere",
            ),
            Why::NotRegistered(error) => error.fmt(f),
            Why::Unsendable(reason) => write!(f, "its arguments cannot be sent: {reason}"),
            Why::Launch(error) => error.fmt(f),
            Why::Server(reason) => write!(f, "the forkserver {reason}"),
            Why::System(error) => write!(f, "{error}; join processes that are done"),
        }
    }
}

impl error::Error for StartError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.why {
            Why::NotRegistered(error) => Some(error),
            Why::Launch(error) => Some(error),
            Why::System(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a join gave no value, or a process cannot be asked.
#[derive(Debug, Clone)]
pub struct JoinError {
    process: String,
    reason: Reason,
}

#[derive(Debug, Clone)]
pub(crate) enum Reason {
    NotStarted,
    Closed,
    Running,
    Foreign,
    Panicked(Box<PanicReport>),
    /// It ended with this exit code, or by a signal, before it returned.
    Ended(i32),
    /// It returned, and the value is lost.
    Lost(String),
    System(String),
}

impl JoinError {
    pub(crate) fn new(process: &str, reason: Reason) -> JoinError {
        JoinError {
            process: process.to_owned(),
            reason,
        }
    }

    pub(crate) fn system(process: &str, error: impl fmt::Display) -> JoinError {
        JoinError::new(process, Reason::System(error.to_string()))
    }

    /// Whether it was not started yet. Python raises `AssertionError`.
    #[must_use]
    pub fn is_not_started(&self) -> bool {
        matches!(self.reason, Reason::NotStarted)
    }

    /// Whether it was closed. Python raises `ValueError`.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.reason, Reason::Closed)
    }

    /// Whether it still runs, and so cannot be closed. Python raises `ValueError`.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.reason, Reason::Running)
    }

    /// Whether this process is not the one that started it. Python raises `AssertionError`.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        matches!(self.reason, Reason::Foreign)
    }

    /// The panic that ended it, if one did.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &self.reason {
            Reason::Panicked(report) => Some(report),
            _ => None,
        }
    }

    /// How it ended, if it did not return: its exit code, or the negative number of a signal. For a panic, 1.
    #[must_use]
    pub fn exitcode(&self) -> Option<i32> {
        match self.reason {
            Reason::Panicked(_) => Some(super::exit::PANICKED),
            Reason::Ended(code) => Some(code),
            _ => None,
        }
    }

    /// Whether it returned, and the value could not be encoded there or decoded here.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.reason, Reason::Lost(_))
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = &self.process;
        match &self.reason {
            Reason::NotStarted => write!(f, "{process} was not started yet; start it first"),
            Reason::Closed => write!(f, "{process} was closed; ask it before you close it"),
            Reason::Running => {
                write!(
                    f,
                    "{process} still runs and cannot be closed; join or terminate it first"
                )
            }
            Reason::Foreign => write!(
                f,
                "{process} is no child of this process; only the process that started it can wait for it or end it"
            ),
            Reason::Panicked(report) => write!(f, "{process} {report}"),
            Reason::Ended(code) => write!(f, "{process} {} before it returned", how(*code)),
            Reason::Lost(reason) => write!(f, "the value of {process} is lost: {reason}"),
            Reason::System(error) => write!(f, "could not wait for {process}: {error}"),
        }
    }
}

fn how(code: i32) -> String {
    match code {
        0.. => format!("exited with code {code}"),
        _ => match nix::sys::signal::Signal::try_from(-code) {
            Ok(signal) => format!("was killed by {signal}"),
            Err(_) => format!("was killed by signal {}", -code),
        },
    }
}

impl error::Error for JoinError {}
