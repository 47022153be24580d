//! The error of this crate.

use std::borrow::Cow;
use std::path::Path;
use std::{error, fmt, io};

use manyways_process::{Exit, PanicReport};

use crate::protocol::Ending;

/// What went wrong with a process, a channel or an address.
///
/// `Display` says what was tried, for which call, why it failed and what to do; the predicates are
/// for programs.
#[derive(Debug)]
pub struct Error {
    attempted: Cow<'static, str>,
    call: Option<usize>,
    pid: Option<u32>,
    kind: Box<Kind>,
}

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub(crate) enum Kind {
    System(io::Error),
    Process(manyways_process::Error),
    Ended(Ending),
    /// It returned without having sent what was due.
    Silent,
    Encode(manyways_wire::Error),
    Decode(manyways_wire::Error),
    DecodePanicked(PanicReport),
    /// There is no value, for a reason that the other side gives.
    Refused(String),
    Protocol(&'static str),
    Misuse(&'static str),
    InUse,
    Absent,
    Stale,
    Occupied(u32),
    Foreign(u32),
    TooLong(usize),
    NoSocket,
    TimedOut,
}

impl Error {
    pub(crate) fn new(attempted: impl Into<Cow<'static, str>>, kind: Kind) -> Error {
        Error {
            attempted: attempted.into(),
            call: None,
            pid: None,
            kind: Box::new(kind),
        }
    }

    pub(crate) fn system(
        attempted: impl Into<Cow<'static, str>>,
        error: impl Into<io::Error>,
    ) -> Error {
        Error::new(attempted, Kind::System(error.into()))
    }

    pub(crate) fn process(attempted: &'static str, error: manyways_process::Error) -> Error {
        Error::new(attempted, Kind::Process(error))
    }

    pub(crate) fn at(doing: &str, address: &Path, kind: Kind) -> Error {
        Error::new(format!("{doing} {}", address.display()), kind)
    }

    pub(crate) fn with_pid(mut self, pid: u32) -> Error {
        self.pid = Some(pid);
        self
    }

    pub(crate) fn with_call(mut self, call: Option<usize>) -> Error {
        self.call = self.call.or(call);
        self
    }

    /// The process at the other side of the channel, where one is concerned.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// The number of the call that has no result: the first call of a map, a queue or an exchange is
    /// number 0.
    #[must_use]
    pub fn call(&self) -> Option<usize> {
        self.call
    }

    /// How the process ended, if its end is the reason and is known. A process that panicked has a
    /// [`panic_report`](Self::panic_report) instead.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        match *self.kind {
            Kind::Ended(Ending::Died(exit)) => Some(exit),
            Kind::Silent => Some(Exit::Code(0)),
            _ => None,
        }
    }

    /// The panic that ended the process, with message, place and backtrace.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &*self.kind {
            Kind::Ended(Ending::Panicked(report)) => Some(report),
            _ => None,
        }
    }

    /// Whether the process was killed, or left before its function had returned (whatever the code), or a
    /// background process was lost with its supervisor.
    #[must_use]
    pub fn is_died(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Ended(Ending::Died(_) | Ending::Lost(_)) | Kind::Stale
        )
    }

    /// Whether the process panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.panic_report().is_some()
    }

    /// Whether the other side ended in good order, or closed the channel: no more messages will come.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(*self.kind, Kind::Ended(Ending::Finished))
    }

    /// Whether the process ended in good order but had not sent the message that was due.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(*self.kind, Kind::Silent)
    }

    /// Whether a value could not be encoded here. Nothing was sent; the channel is as before.
    #[must_use]
    pub fn is_encode(&self) -> bool {
        matches!(*self.kind, Kind::Encode(_))
    }

    /// Whether the process could not decode its arguments or encode its value; the text says which. It
    /// lives, and the channel is as before.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(*self.kind, Kind::Refused(_))
    }

    /// Whether a message came that is not of the expected type, or whose decoding here panicked. It is used up; the channel is as
    /// before.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(*self.kind, Kind::Decode(_) | Kind::DecodePanicked(_))
    }

    /// Whether a background address is taken: by a living process when it is started, by another
    /// client when it is connected to.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(*self.kind, Kind::InUse | Kind::Occupied(_))
    }

    /// Whether there is no background process at the address: none was started, or it died, or all of
    /// its results have been taken. Where its socket file was left behind, [`is_died`](Self::is_died)
    /// is true as well.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(*self.kind, Kind::Absent | Kind::Stale)
    }

    /// Whether the process at the other side of an address belongs to another user.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        matches!(*self.kind, Kind::Foreign(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.attempted)?;
        if let Some(call) = self.call {
            write!(f, " of call {call}")?;
        }
        f.write_str(": ")?;
        if let Some(pid) = self.pid {
            write!(f, "process {pid} ")?;
        }
        match self.pid {
            Some(_) => self.kind.of_process(f),
            None => self.kind.alone(f),
        }
    }
}

impl Kind {
    /// Continues the words "process 123".
    fn of_process(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Ended(Ending::Finished) => f.write_str("has ended or closed its side"),
            Kind::Ended(Ending::Panicked(report)) => write!(f, "{report}"),
            Kind::Ended(Ending::Died(exit)) if exit.success() => {
                write!(f, "{exit} before its function had returned")
            }
            Kind::Ended(Ending::Died(exit)) => write!(f, "{exit}"),
            Kind::Ended(Ending::Lost(why)) => write!(f, "is lost: {why}"),
            Kind::Silent => f.write_str("ended without sending anything"),
            Kind::Decode(error) => write!(f, "sent something else: {error}"),
            Kind::DecodePanicked(report) => {
                write!(
                    f,
                    "sent something that cannot be decoded: this process {report}"
                )
            }
            Kind::Refused(why) => write!(f, "sent none: it {why}"),
            Kind::Protocol(what) => f.write_str(what),
            other => {
                f.write_str("cannot be served: ")?;
                other.alone(f)
            }
        }
    }

    fn alone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::System(error) => write!(f, "{error}"),
            Kind::Process(error) => write!(f, "{error}"),
            Kind::Encode(error) | Kind::Decode(error) => write!(f, "{error}"),
            Kind::Misuse(what) => f.write_str(what),
            Kind::InUse => f.write_str(
                "a background process lives there; fetch its results first, or choose another address",
            ),
            Kind::Absent => f.write_str(
                "there is no such socket: no process was started there, or its results have been taken",
            ),
            Kind::Stale => f.write_str(
                "the process died and left its socket file behind, which is removed now; start it again",
            ),
            Kind::Occupied(pid) => {
                write!(f, "process {pid} is connected to it; one client at a time")
            }
            Kind::Foreign(uid) => write!(
                f,
                "the process there runs as user {uid}; only processes of one user talk to each other"
            ),
            Kind::TooLong(length) => write!(
                f,
                "the path has {length} bytes and a socket's may have {LONGEST_ADDRESS}; use a shorter or a relative one"
            ),
            Kind::NoSocket => f.write_str("there is a file that is not a socket; it was left alone"),
            Kind::TimedOut => f.write_str("the process did not answer in time; it may be stopped"),
            of_process => {
                f.write_str("the process ")?;
                of_process.of_process(f)
            }
        }
    }
}

/// What `sun_path` holds, less the final zero.
pub(crate) const LONGEST_ADDRESS: usize = 107;

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &*self.kind {
            Kind::System(error) => Some(error),
            Kind::Process(error) => Some(error),
            Kind::Encode(error) | Kind::Decode(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a background process could not be started, on its way to the one who asked.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) enum Refusal {
    InUse,
    NoSocket,
    TooLong(usize),
    System { doing: String, errno: i32 },
    Other(String),
}

impl Refusal {
    pub(crate) fn into_error(self, address: &Path) -> Error {
        let kind = match self {
            Refusal::InUse => Kind::InUse,
            Refusal::NoSocket => Kind::NoSocket,
            Refusal::TooLong(length) => Kind::TooLong(length),
            Refusal::System { doing, errno } => {
                let error = io::Error::from_raw_os_error(errno);
                Kind::System(io::Error::new(error.kind(), format!("{doing}: {error}")))
            }
            Refusal::Other(why) => Kind::System(io::Error::other(why)),
        };
        Error::at("start a background process at", address, kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_sentences() {
        let killed = Exit::Signal {
            signal: 9,
            core_dumped: false,
        };
        let died = Error::new("take the result", Kind::Ended(Ending::Died(killed)))
            .with_pid(7)
            .with_call(Some(2));
        assert_eq!(
            died.to_string(),
            "could not take the result of call 2: process 7 was killed by SIGKILL"
        );
        assert_eq!(
            (died.pid(), died.call(), died.exit()),
            (Some(7), Some(2), Some(killed))
        );
        let busy = Error::at("connect to", Path::new("a.socket"), Kind::Occupied(9));
        assert_eq!(
            busy.to_string(),
            "could not connect to a.socket: process 9 is connected to it; one client at a time"
        );
        let silent = Error::new("receive a message", Kind::Silent).with_pid(3);
        assert!(
            silent
                .to_string()
                .ends_with("process 3 ended without sending anything")
        );
    }
}
