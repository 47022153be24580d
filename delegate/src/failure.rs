//! Why an item has no result.

use std::time::Duration;
use std::{any, error, fmt};

use manyways_process::{Exit, PanicReport};
use serde::{Deserialize, Serialize};

/// Longest error text that is kept, in bytes; what is longer is cut.
const LONGEST_TEXT: usize = 64 * 1024;

/// Why an item has no result: the original's `delegate.Exception`, and the cases it left out.
///
/// Failures are stored in the results, never raised. `Display` is one line for people; the parts are
/// in the fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Failure {
    /// The function panicked or returned an error. The process that ran it lives on.
    Raised(Raised),
    /// The process that ran the item ended before the item was done: killed, crashed, or the
    /// function left it.
    Died {
        /// The process id.
        pid: u32,
        /// How it ended.
        exit: Exit,
    },
    /// The item was not done within its time. The process that ran it has been killed.
    TimedOut {
        /// The process id.
        pid: u32,
        /// The time it had.
        after: Duration,
    },
    /// The item or its result could not be carried between the processes: encoding or decoding it
    /// failed or panicked, or the function broke the link.
    Unsendable {
        /// What failed, on which type.
        reason: String,
    },
    /// The item was never run, because no process could be started to run it.
    NotRun {
        /// What failed.
        reason: String,
    },
}

impl Failure {
    /// What the function raised, if it did.
    #[must_use]
    pub fn raised(&self) -> Option<&Raised> {
        match self {
            Failure::Raised(raised) => Some(raised),
            _ => None,
        }
    }

    /// Whether another run may turn out better: the function raised, the process died, or the time
    /// was up. These are the failures that [`Builder::retries`](crate::Builder::retries) is for.
    #[must_use]
    pub fn is_worth_a_retry(&self) -> bool {
        matches!(
            self,
            Failure::Raised(_) | Failure::Died { .. } | Failure::TimedOut { .. }
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Raised(raised) => raised.fmt(f),
            Failure::Died { pid, exit } => write!(f, "process {pid} {exit} before it was done"),
            Failure::TimedOut { pid, after } => {
                write!(f, "not done after {after:?}; process {pid} was killed")
            }
            Failure::Unsendable { reason } => reason.fmt(f),
            Failure::NotRun { reason } => write!(f, "not run: {reason}"),
        }
    }
}

impl error::Error for Failure {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Failure::Raised(raised) => Some(raised),
            _ => None,
        }
    }
}

/// What a function raised in its child: a panic, or the error that it returned.
///
/// An error travels as text and as the name of its type, since a foreign error type need not be
/// serialisable. `Display` gives the text of the error, or "panicked at src/main.rs:3:5: ..." for a
/// panic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Panic(PanicReport),
    Error { type_name: String, text: String },
}

impl Raised {
    /// Takes the error's `{:#}` text, which for error types that know it includes the causes.
    pub(crate) fn error<E: fmt::Display>(error: &E) -> Raised {
        let type_name = any::type_name::<E>().to_owned();
        let text = shorten(format!("{error:#}"));
        Raised {
            what: What::Error { type_name, text },
        }
    }

    /// Whether it was a panic.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.panic_report().is_some()
    }

    /// The panic with message, place and backtrace, if it was one.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &self.what {
            What::Panic(report) => Some(report),
            What::Error { .. } => None,
        }
    }

    /// The name of the error's type, such as "std::io::error::Error"; `None` for a panic.
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        match &self.what {
            What::Panic(_) => None,
            What::Error { type_name, .. } => Some(type_name),
        }
    }

    /// The text of the error, or the message of the panic. At most 64 KiB, longer ones are cut.
    #[must_use]
    pub fn message(&self) -> &str {
        match &self.what {
            What::Panic(report) => report.message(),
            What::Error { text, .. } => text,
        }
    }
}

impl From<PanicReport> for Raised {
    fn from(report: PanicReport) -> Raised {
        Raised {
            what: What::Panic(report),
        }
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Panic(report) => report.fmt(f),
            What::Error { text, .. } => text.fmt(f),
        }
    }
}

impl error::Error for Raised {}

fn shorten(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push_str(" ... (cut)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Failure, Raised};
    use std::error::Error;
    use std::time::Duration;

    #[test]
    fn an_error_keeps_its_type_and_its_text() {
        let raised = Raised::error(&std::io::Error::other("no route"));
        assert_eq!(raised.type_name(), Some("std::io::error::Error"));
        assert_eq!((raised.message(), raised.is_panic()), ("no route", false));
        let failure = Failure::Raised(raised.clone());
        assert_eq!(failure.to_string(), "no route");
        assert_eq!(failure.raised(), Some(&raised));
        assert!(failure.source().is_some() && failure.is_worth_a_retry());
    }

    #[test]
    fn a_huge_error_text_is_cut() {
        let raised = Raised::error(&"é".repeat(100_000));
        assert!(raised.message().len() < 66_000 && raised.message().ends_with("(cut)"));
    }

    #[test]
    fn every_kind_reads_as_a_line_and_survives_the_wire() {
        let after = Duration::from_millis(1500);
        let not_run = "could not fork".to_owned();
        let failures = [
            (
                Failure::TimedOut { pid: 7, after },
                "not done after 1.5s; process 7 was killed",
            ),
            (
                Failure::NotRun { reason: not_run },
                "not run: could not fork",
            ),
        ];
        for (failure, line) in failures {
            assert_eq!(failure.to_string(), line);
            let bytes = manyways_wire::encode(&failure).unwrap();
            assert_eq!(manyways_wire::decode::<Failure>(&bytes).unwrap(), failure);
        }
    }
}
