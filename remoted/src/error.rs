//! The error of this crate.

use std::{error, fmt, io};

use manyways_process as process;
use manyways_wire as wire;

use crate::Address;
use crate::protocol::{Awaited, Refusal};

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was tried with a share, and why it failed.
///
/// Ask with the predicates. Five of them bear the names of the original's exceptions.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    attempt: Attempt,
    reason: Reason,
}

/// What was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    Start(Address),
    Serve(Address),
    StopServer,
    Connect(Address),
    Read(String),
    Write(String),
    Clear,
    List(&'static str),
    WaitFor(String),
    LockShare,
    UnlockShare,
    LockItem(String),
    UnlockItem(String),
    NewProc,
    Join,
}

#[derive(Debug)]
pub(crate) enum Reason {
    System(io::Error),
    NeedsSecret,
    WrongSecret(String),
    Handshake(wire::Error),
    SecretWanted,
    NoSecretThere,
    ForeignUser(u32),
    NoShare,
    NotGreeted,
    Full,
    Unresponsive,
    Closed(String),
    Refused(Refusal),
    WrongType {
        stored: String,
        expected: String,
    },
    Encode(wire::Error),
    Decode {
        expected: String,
        source: wire::Error,
    },
    Unexpected(String),
    Process(process::Error),
    Join(process::JoinError),
    Child(String),
    Ended(process::Exit),
}

impl Error {
    pub(crate) fn new(attempt: Attempt, reason: Reason) -> Error {
        Error(Box::new(Inner { attempt, reason }))
    }

    fn refusal(&self) -> Option<&Refusal> {
        match &self.0.reason {
            Reason::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// `ShareKeyError`: there is no value for this key.
    #[must_use]
    pub fn is_share_key_error(&self) -> bool {
        matches!(self.refusal(), Some(Refusal::Missing))
    }

    /// `CannotWriteError`: a value was not set, deleted, swapped or added to, for whatever reason.
    #[must_use]
    pub fn is_cannot_write(&self) -> bool {
        matches!(self.0.attempt, Attempt::Write(_) | Attempt::Clear)
    }

    /// `CannotLockShare`: the share-wide lock was not taken, for whatever reason.
    #[must_use]
    pub fn is_cannot_lock_share(&self) -> bool {
        self.0.attempt == Attempt::LockShare
    }

    /// `CannotUnlockShare`: the share-wide lock was not given back; for instance it was not held.
    #[must_use]
    pub fn is_cannot_unlock_share(&self) -> bool {
        self.0.attempt == Attempt::UnlockShare
    }

    /// `CannotLockItem`: the lock of a key was not taken, for whatever reason.
    #[must_use]
    pub fn is_cannot_lock_item(&self) -> bool {
        matches!(self.0.attempt, Attempt::LockItem(_))
    }

    /// The lock of a key was not given back; for instance it was not held.
    #[must_use]
    pub fn is_cannot_unlock_item(&self) -> bool {
        matches!(self.0.attempt, Attempt::UnlockItem(_))
    }

    /// The server is gone, or the connection to it. Everything that this stub had locked is free; no
    /// later call of this stub can succeed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(
            self.0.reason,
            Reason::Closed(_) | Reason::Ended(_) | Reason::NotGreeted
        ) || matches!(&self.0.reason, Reason::Handshake(error) if error.is_disconnected())
    }

    /// A time limit passed. Nothing has changed, and the call may be made again.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &self.0.reason {
            Reason::Refused(Refusal::TimedOut { .. }) | Reason::Unresponsive => true,
            Reason::System(error) => error.kind() == io::ErrorKind::TimedOut,
            _ => false,
        }
    }

    /// The call would have waited for ever: what it wants belongs to a client that waits for this one.
    #[must_use]
    pub fn is_deadlock(&self) -> bool {
        matches!(self.refusal(), Some(Refusal::Deadlock { .. }))
    }

    /// The lock is held by this very stub already.
    #[must_use]
    pub fn is_held_already(&self) -> bool {
        matches!(self.refusal(), Some(Refusal::HeldAlready))
    }

    /// The value is of another type than the one asked for, or its bytes are no value of this type.
    #[must_use]
    pub fn is_wrong_type(&self) -> bool {
        matches!(
            self.0.reason,
            Reason::WrongType { .. }
                | Reason::Decode { .. }
                | Reason::Refused(Refusal::WrongType { .. } | Refusal::NotANumber { .. })
        )
    }

    /// A sum is out of its type's range. The value is as before.
    #[must_use]
    pub fn is_overflow(&self) -> bool {
        matches!(self.refusal(), Some(Refusal::Overflow))
    }

    /// A key or value is larger than its [limit](crate::Limits).
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.refusal(), Some(Refusal::TooLarge { .. }))
    }

    /// The share has no room for another client, key or byte; see [`Limits`](crate::Limits).
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(
            self.0.reason,
            Reason::Full | Reason::Refused(Refusal::Full { .. })
        )
    }

    /// The address to serve is taken.
    #[must_use]
    pub fn is_address_in_use(&self) -> bool {
        matches!(&self.0.reason, Reason::System(error) if error.kind() == io::ErrorKind::AddrInUse)
    }

    /// No server is at the address.
    #[must_use]
    pub fn is_not_there(&self) -> bool {
        matches!(
            &self.0.reason,
            Reason::System(error) if matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound
            )
        )
    }

    /// The two sides do not share a secret: one has none, they differ, one is wanted for this
    /// address, or the other side belongs to another user.
    #[must_use]
    pub fn is_untrusted(&self) -> bool {
        matches!(
            self.0.reason,
            Reason::NeedsSecret
                | Reason::WrongSecret(_)
                | Reason::SecretWanted
                | Reason::NoSecretThere
                | Reason::ForeignUser(_)
        )
    }

    /// The panic of a process made by [`new_proc`](crate::StubShare::new_proc).
    #[must_use]
    pub fn panic_report(&self) -> Option<&process::PanicReport> {
        match &self.0.reason {
            Reason::Join(process::JoinError::Panicked { report, .. }) => Some(report),
            _ => None,
        }
    }

    /// How a process made by [`new_proc`](crate::StubShare::new_proc) ended that gave no value.
    #[must_use]
    pub fn exit(&self) -> Option<process::Exit> {
        match &self.0.reason {
            Reason::Join(process::JoinError::Died { exit, .. }) => Some(*exit),
            _ => None,
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attempt::Start(address) => write!(f, "start a share server at {address}"),
            Attempt::Serve(address) => write!(f, "serve the share at {address}"),
            Attempt::StopServer => f.write_str("stop the share server"),
            Attempt::Connect(address) => write!(f, "connect to the share at {address}"),
            Attempt::Read(key) => write!(f, "get {key:?} from the share"),
            Attempt::Write(key) => write!(f, "write {key:?} in the share"),
            Attempt::Clear => f.write_str("clear the share"),
            Attempt::List(what) => write!(f, "get the {what} of the share"),
            Attempt::WaitFor(key) => write!(f, "wait for {key:?} in the share"),
            Attempt::LockShare => f.write_str("lock the share"),
            Attempt::UnlockShare => f.write_str("unlock the share"),
            Attempt::LockItem(key) => write!(f, "lock {key:?} in the share"),
            Attempt::UnlockItem(key) => write!(f, "unlock {key:?} in the share"),
            Attempt::NewProc => f.write_str("start a process with a stub of the share"),
            Attempt::Join => f.write_str("join a process with a stub of the share"),
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
            Reason::NeedsSecret => f.write_str(
                "other machines could reach it, so it needs a secret: set one with `InitShare::secret`, \
                 or take a loopback address or a UNIX socket",
            ),
            Reason::WrongSecret(cause) => write!(
                f,
                "the encrypted handshake failed: most likely the secrets differ ({cause})"
            ),
            Reason::Handshake(error) => write!(f, "the encrypted handshake failed: {error}"),
            Reason::SecretWanted => {
                f.write_str("the server wants a secret: give it with `ConnectShare::secret`")
            }
            Reason::NoSecretThere => f.write_str(
                "the server has no secret and would talk in plain text: start it with `InitShare::secret`, or \
                 connect without one",
            ),
            Reason::ForeignUser(user) => write!(
                f,
                "the server there belongs to the user with id {user}, not to this one and not to root"
            ),
            Reason::NoShare => f.write_str("what answers there is no share server of this version"),
            Reason::NotGreeted => f.write_str(
                "the connection was closed before a greeting came: the server is ending, or does not let this user in, \
                 or is no share server",
            ),
            Reason::Full => f.write_str(
                "it has as many clients as it may have: raise `Limits::clients`, or the limit of open files",
            ),
            Reason::Unresponsive => f.write_str(
                "the server did not answer in time; it may be stopped, or the machine overloaded",
            ),
            Reason::Closed(cause) => write!(
                f,
                "the share server is gone, and all that it held ({cause}); a new one must be started"
            ),
            Reason::Refused(refusal) => refusal.fmt(f),
            Reason::WrongType { stored, expected } => {
                write!(f, "the value is a `{stored}`, not a `{expected}`")
            }
            Reason::Encode(error) => error.fmt(f),
            Reason::Decode { expected, source } => {
                write!(f, "the value cannot be read as a `{expected}`: {source}")
            }
            Reason::Unexpected(what) => {
                write!(f, "the server answered what was not asked ({what}); is it another version?")
            }
            Reason::Process(error) => error.fmt(f),
            Reason::Join(error) => error.fmt(f),
            Reason::Child(cause) => write!(f, "in the new process: {cause}"),
            Reason::Ended(exit) => write!(f, "the server process {exit}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Missing => f.write_str("there is no such key"),
            Refusal::WrongType { stored } => write!(f, "the value there is a `{stored}`"),
            Refusal::NotANumber { type_name } => {
                write!(f, "a `{type_name}` is no number to add to")
            }
            Refusal::Overflow => f.write_str("the sum is out of the range of its type"),
            Refusal::TimedOut { waited_for } => {
                write!(f, "the time limit passed while waiting for {waited_for}")
            }
            Refusal::Deadlock { waited_for } => write!(
                f,
                "it would never end: it would wait for {waited_for}, which cannot come while this stub holds its \
                 locks; unlock first, or take locks in the same order everywhere"
            ),
            Refusal::HeldAlready => f.write_str("this stub holds the lock already"),
            Refusal::NotHeld => f.write_str("this stub does not hold the lock"),
            Refusal::TooLarge { what, bytes, limit } => {
                write!(f, "the {what} has {bytes} bytes, the limit is {limit}")
            }
            Refusal::Full { what, limit } => {
                write!(
                    f,
                    "the share is full: it may hold {limit} {what}; see `Limits`"
                )
            }
        }
    }
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Awaited::Share(Some(pid)) => {
                write!(f, "the lock of the share, held by process {pid}")
            }
            Awaited::Share(None) => f.write_str("the locks that other processes hold"),
            Awaited::Item(key, pid) => write!(f, "the lock of {key:?}, held by process {pid}"),
            Awaited::Value(key) => write!(f, "a value for {key:?}"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.0.reason {
            Reason::System(error) => Some(error),
            Reason::Encode(source) | Reason::Handshake(source) | Reason::Decode { source, .. } => {
                Some(source)
            }
            Reason::Process(error) => Some(error),
            Reason::Join(error) => Some(error),
            _ => None,
        }
    }
}
