//! How processes are started.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::MisuseError;
use super::family;

/// How a process is started.
///
/// | | fork | spawn | forkserver |
/// |---|---|---|---|
/// | runs | closures and tasks | tasks | tasks |
/// | the child is a copy of | its parent | nothing: the program begins anew | a server with one thread, which began anew |
/// | inherits | all memory and open files | nothing | what the preload has left in the server's memory |
/// | threads of the parent | may have held locks that the child finds locked | do not matter | do not matter |
/// | a start costs | a fork, which grows with the parent's memory | the start of the program | a fork of a small process, and two messages |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum StartMethod {
    /// The child is a copy of this process.
    #[default]
    Fork,
    /// The child runs this program again.
    Spawn,
    /// The child is a copy of a server, which runs this program again and is started with the first process that needs it.
    ForkServer,
}

impl StartMethod {
    const ALL: [StartMethod; 3] = [
        StartMethod::Fork,
        StartMethod::Spawn,
        StartMethod::ForkServer,
    ];

    /// Python's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StartMethod::Fork => "fork",
            StartMethod::Spawn => "spawn",
            StartMethod::ForkServer => "forkserver",
        }
    }
}

impl fmt::Display for StartMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for StartMethod {
    type Err = MisuseError;

    fn from_str(name: &str) -> Result<StartMethod, MisuseError> {
        let known = StartMethod::ALL
            .into_iter()
            .find(|known| known.name() == name);
        known.ok_or_else(|| {
            MisuseError::new(
                format!("there is no start method {name:?}"),
                "take fork, spawn or forkserver",
            )
        })
    }
}

/// All start methods, the default one first.
#[must_use]
pub fn get_all_start_methods() -> [StartMethod; 3] {
    StartMethod::ALL
}

/// The start method of [`Process::task`](crate::Process::task) and of whatever starts processes without being told how.
///
/// Python's default was fork until 3.13 and is forkserver from 3.14 on. Here it is fork: it is what closures need, and the
/// care that it takes is taken (see [`StartMethod`] for what remains).
#[must_use]
pub fn get_start_method() -> StartMethod {
    family::state().start_method.lock().unwrap_or_default()
}

/// Sets the start method of this process and of those that it will start. In programs, not in libraries, and once: best
/// behind [`init`](crate::init).
///
/// # Errors
///
/// When it was set before, unless by `force`.
pub fn set_start_method(method: StartMethod, force: bool) -> Result<(), MisuseError> {
    let mut set = family::state().start_method.lock();
    match *set {
        Some(known) if !force => Err(MisuseError::new(
            format!("the start method {method} was set, and before it {known}"),
            "set it once, in main, or force it",
        )),
        _ => {
            *set = Some(method);
            Ok(())
        }
    }
}
