//! What a test left behind, and how that is told.

use std::fmt;
use std::path::PathBuf;

/// One thing that a test left behind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Leak {
    /// A file descriptor that was not open before.
    Descriptor {
        /// Its number.
        number: u32,
        /// What it refers to, such as `pipe:[4711]`, `socket:[4712]` or a path.
        target: String,
    },
    /// A file descriptor that was open before and is closed or refers to something else: somebody
    /// closed a number that was no longer his.
    LostDescriptor {
        /// Its number.
        number: u32,
        /// What it referred to.
        target: String,
    },
    /// A descendant, living or a zombie, or an orphan of one.
    Process {
        /// Its process id.
        pid: u32,
        /// The letter of proc(5) for its state: `Z` is a zombie.
        state: char,
        /// Its command line.
        command: String,
    },
    /// A thread of this process.
    Thread {
        /// Its thread id.
        tid: u32,
        /// Its name, of which the kernel keeps 15 bytes.
        name: String,
    },
    /// A name in `/dev/shm`.
    SharedMemory {
        /// The path.
        path: PathBuf,
    },
    /// An entry of the folder for temporary files.
    TemporaryFile {
        /// The path.
        path: PathBuf,
    },
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Leak::Descriptor { number, target } => {
                write!(f, "file descriptor {number} open on {target}")
            }
            Leak::LostDescriptor { number, target } => {
                write!(f, "file descriptor {number} no longer open on {target}")
            }
            Leak::Process {
                pid,
                state: 'Z',
                command,
            } => write!(f, "zombie process {pid} {command}"),
            Leak::Process {
                pid,
                state,
                command,
            } => write!(f, "process {pid} (state {state}) {command}"),
            Leak::Thread { tid, name } => write!(f, "thread {tid} '{name}'"),
            Leak::SharedMemory { path } => write!(f, "shared memory {}", path.display()),
            Leak::TemporaryFile { path } => write!(f, "temporary file {}", path.display()),
        }
    }
}

/// Everything that a test left behind; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaks(pub(crate) Vec<Leak>);

impl Leaks {
    /// The leaks, sorted by kind.
    #[must_use]
    pub fn entries(&self) -> &[Leak] {
        &self.0
    }
}

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "left behind:")?;
        self.0.iter().try_for_each(|leak| write!(f, "\n  {leak}"))
    }
}

impl std::error::Error for Leaks {}
