//! How a process ended.

use std::fmt;

use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

/// How a process ended.
///
/// `Display` gives a sentence's end: "exited with code 3", "was killed by SIGKILL".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Exit {
    /// It left by itself with this code.
    Code(i32),
    /// A signal ended it.
    Signal {
        /// The signal's number.
        signal: i32,
        /// Whether the system wrote a core file.
        core_dumped: bool,
    },
    /// It is gone, but the status was taken by somebody else: a `waitpid(-1)` elsewhere in this
    /// program, an ignored SIGCHLD, or the system's first process, whose child a
    /// [detached](crate::Detached) one is.
    Unknown,
}

impl Exit {
    /// Whether it exited with code 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Exit::Code(0)
    }

    /// The exit code, if it left by itself.
    #[must_use]
    pub fn code(self) -> Option<i32> {
        match self {
            Exit::Code(code) => Some(code),
            _ => None,
        }
    }

    /// The signal that ended it, if one did.
    #[must_use]
    pub fn signal(self) -> Option<i32> {
        match self {
            Exit::Signal { signal, .. } => Some(signal),
            _ => None,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Exit::Code(code) => write!(f, "exited with code {code}"),
            Exit::Signal {
                signal,
                core_dumped,
            } => {
                match Signal::try_from(signal) {
                    Ok(name) => write!(f, "was killed by {name}")?,
                    Err(_) => write!(f, "was killed by signal {signal}")?,
                }
                f.write_str(if core_dumped { " (core dumped)" } else { "" })
            }
            Exit::Unknown => f.write_str("ended, and somebody else took its exit status"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn reads_as_a_sentence() {
        let killed = Exit::Signal {
            signal: 9,
            core_dumped: false,
        };
        assert_eq!(killed.to_string(), "was killed by SIGKILL");
        assert_eq!(
            Exit::Signal {
                signal: 40,
                core_dumped: false
            }
            .to_string(),
            "was killed by signal 40"
        );
        assert_eq!(Exit::Code(3).to_string(), "exited with code 3");
        assert!(Exit::Code(0).success() && !Exit::Code(1).success() && !killed.success());
        assert_eq!((killed.signal(), killed.code()), (Some(9), None));
    }
}
