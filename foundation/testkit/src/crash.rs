//! How things die.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::point::Point;
use crate::process::kill_process;
use crate::sys;

/// The text of the error and of the panic that the crash kit makes.
pub const CRASH_MESSAGE: &str = "the crash kit struck";

/// The exit code of [`Crash::Exit`].
pub const CRASH_CODE: i32 = 3;

/// The exit code of a Rust program whose main thread panicked.
const PANIC_CODE: i32 = 101;

/// A way in which user code fails.
///
/// ```
/// use manyways_testkit::{CRASH_MESSAGE, Crash};
///
/// assert_eq!(Crash::Err.trigger(), CRASH_MESSAGE);
/// assert!(std::panic::catch_unwind(|| Crash::Panic.trigger()).is_err());
/// assert!(Crash::Kill.exit_matches(None, Some(9)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Crash {
    /// It returns an error.
    Err,
    /// It panics.
    Panic,
    /// It calls [`std::process::exit`] with [`CRASH_CODE`].
    Exit,
    /// It aborts: SIGABRT.
    Abort,
    /// It is killed by SIGKILL, as by the kernel when memory runs out.
    Kill,
    /// It writes where it may not: SIGSEGV.
    Segv,
    /// It recurses without end: SIGABRT from Rust's handler, SIGSEGV where that is not installed.
    StackOverflow,
}

impl Crash {
    /// Every way to fail.
    pub const ALL: &[Crash] = &[
        Crash::Err,
        Crash::Panic,
        Crash::Exit,
        Crash::Abort,
        Crash::Kill,
        Crash::Segv,
        Crash::StackOverflow,
    ];

    /// Fails in this way, here and now. Only [`Crash::Err`] returns: with the text for the error.
    ///
    /// A process that dies of it writes no core file. [`Crash::StackOverflow`] limits the stack of
    /// the main thread to 8 MiB first, should it be unlimited.
    ///
    /// # Panics
    /// If this is [`Crash::Panic`], with [`CRASH_MESSAGE`].
    #[must_use = "for Crash::Err the caller returns the error"]
    pub fn trigger(self) -> String {
        if self.kills_process() {
            sys::forbid_core_dump();
        }
        match self {
            Crash::Err => CRASH_MESSAGE.to_owned(),
            Crash::Panic => panic!("{CRASH_MESSAGE}"),
            Crash::Exit => std::process::exit(CRASH_CODE),
            Crash::Abort => std::process::abort(),
            Crash::Kill => kill_this_process(),
            Crash::Segv => sys::write_to_forbidden_page(),
            Crash::StackOverflow => overflow_stack(),
        }
    }

    /// Whether no process survives this; an error or a panic can be caught.
    #[must_use]
    pub fn kills_process(self) -> bool {
        !matches!(self, Crash::Err | Crash::Panic)
    }

    /// The signals of which a process may have died that failed in this way.
    ///
    /// A panic is among those that have one: it aborts where it may not unwind, as in the
    /// destructor of a thread-local.
    #[must_use]
    pub fn signals(self) -> &'static [i32] {
        match self {
            Crash::Err | Crash::Exit => &[],
            Crash::Panic | Crash::Abort => &[libc::SIGABRT],
            Crash::Kill => &[libc::SIGKILL],
            Crash::Segv => &[libc::SIGSEGV],
            Crash::StackOverflow => &[libc::SIGSEGV, libc::SIGABRT],
        }
    }

    /// Whether a process that failed in this way may have ended with this code or signal.
    ///
    /// One that met an error or a caught panic goes on and ends with 0 in the end; an uncaught
    /// panic gives 101.
    #[must_use]
    pub fn exit_matches(self, code: Option<i32>, signal: Option<i32>) -> bool {
        match (code, signal) {
            (None, Some(signal)) => self.signals().contains(&signal),
            (Some(code), None) => match self {
                Crash::Err => code == 0,
                Crash::Panic => code == 0 || code == PANIC_CODE,
                Crash::Exit => code == CRASH_CODE,
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether it can be told what should happen when things fail in this way at this point.
    ///
    /// | point | meaningful | because |
    /// |---|---|---|
    /// | `EncodeArgument` | `Err`, `Panic` | it happens in the caller, and its death is nobody's to report |
    /// | `DecodeArgument`, `Running`, `EncodeResult` | all | user code runs there, in the worker |
    /// | `MidFrame` | all that kill the process | the process dies, the code that runs is not the user's |
    /// | `Idle` | `Kill` | no user code runs; death comes from outside |
    /// | `ShuttingDown` | all but `Err` | a destructor has no result |
    #[must_use]
    pub fn meaningful_at(self, point: Point) -> bool {
        match point {
            Point::EncodeArgument => !self.kills_process(),
            Point::DecodeArgument | Point::Running | Point::EncodeResult => true,
            Point::MidFrame => self.kills_process(),
            Point::Idle => self == Crash::Kill,
            Point::ShuttingDown => self != Crash::Err,
        }
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

fn kill_this_process() -> ! {
    // The signal ends the process before the call returns, or at the latest before another thread's
    // time slice ends.
    let killed = kill_process(std::process::id());
    loop {
        killed.as_ref().expect("sending SIGKILL to this process");
        std::thread::park();
    }
}

fn overflow_stack() -> ! {
    sys::limit_stack();
    let depth = recurse(0);
    unreachable!("the stack held {depth} frames")
}

/// The frame is used after the call and its content is unknown to the optimiser, so it cannot be
/// reused.
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 128]);
    if frame[0] == u64::MAX {
        return depth;
    }
    recurse(depth + 1) + std::hint::black_box(&frame)[127]
}
