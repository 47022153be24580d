//! A crash in a destructor.

use std::cell::OnceCell;
use std::process;

use crate::crash::{CRASH_CODE, Crash};
use crate::sys;

/// A value that crashes when it is dropped in another process than the one that made it.
///
/// Let a closure capture it that a forked worker runs, or keep it in the worker's state: the crash
/// comes as the worker winds up. [`Crash::Err`] does nothing there, as a destructor has no result.
/// [`Crash::Exit`] leaves by `_exit`, because `exit` may not be called by what `exit` runs.
#[derive(Debug)]
pub struct ShutdownBomb {
    crash: Crash,
    creator: u32,
}

impl ShutdownBomb {
    /// A bomb that spares this process.
    #[must_use]
    pub fn new(crash: Crash) -> ShutdownBomb {
        ShutdownBomb {
            crash,
            creator: process::id(),
        }
    }
}

impl Drop for ShutdownBomb {
    fn drop(&mut self) {
        match self.crash {
            _ if self.creator == process::id() => {}
            Crash::Exit => sys::exit_at_once(CRASH_CODE),
            crash => {
                let _ = crash.trigger();
            }
        }
    }
}

/// Leaves a bomb for the end of the current thread; a second one in the same thread changes
/// nothing.
pub(crate) fn plant(crash: Crash, creator: u32) {
    thread_local! {
        static PLANTED: OnceCell<ShutdownBomb> = const { OnceCell::new() };
    }
    PLANTED.with(|planted| {
        planted.get_or_init(|| ShutdownBomb { crash, creator });
    });
}
