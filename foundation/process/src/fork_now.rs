//! The moment of the fork: what must be held and what must be quiet.

use std::io::{self, StderrLock, StdoutLock, Write};
use std::sync::MutexGuard;

use nix::sys::signal::{SigSet, SigmaskHow};

use crate::backtrace;
use crate::hook_gate::{Forking, Shut};
use crate::prepared::Kept;
use crate::private_fd::PrivateFds;
use crate::sys::{self, Side};

/// Forks. The child has only those [private descriptors](crate::PrivateFd) that are `kept`, and all its
/// signals are blocked.
///
/// The locks of stdout and stderr are held across the fork, both flushed, and so are this crate's own.
/// The two streams are waited for, stdout first; with them in hand nothing else is waited for, since whoever
/// has it may want to print.
pub(crate) fn fork(kept: Kept) -> io::Result<Side> {
    let forking = Forking::begin();
    let mut attempts = 0;
    loop {
        attempts += 1;
        forking.wait();
        let streams = Streams::lock();
        let shut = match attempts {
            1..ENOUGH_ATTEMPTS => forking.shut(),
            _ => Some(forking.shut_now()),
        };
        if let Some(shut) = shut
            && let Some(fds) = PrivateFds::try_lock()
        {
            return fork_holding(streams, fds, shut, kept);
        }
        drop(streams);
        std::thread::yield_now();
    }
}

/// So often a fork lets threads go first that began to panic while it waited for the streams.
const ENOUGH_ATTEMPTS: u32 = 10;

/// The standard streams, locked and flushed.
struct Streams {
    _stdout: StdoutLock<'static>,
    _stderr: StderrLock<'static>,
}

impl Streams {
    fn lock() -> Streams {
        let mut stdout = io::stdout().lock();
        let mut stderr = io::stderr().lock();
        // A closed standard stream is the program's affair, not a reason not to fork.
        let _ = stdout.flush().and_then(|()| stderr.flush());
        Streams {
            _stdout: stdout,
            _stderr: stderr,
        }
    }
}

fn fork_holding(
    _streams: Streams,
    mut fds: MutexGuard<'static, PrivateFds>,
    shut: Shut,
    kept: Kept,
) -> io::Result<Side> {
    let mask = block_signals();
    let side = sys::fork();
    if matches!(side, Ok(Side::Child)) {
        fds.close_in_child(kept);
        if shut.in_child() {
            backtrace::give_up();
        }
    } else if let Some(mask) = mask {
        let _ = mask.thread_set_mask();
    }
    side
}

fn block_signals() -> Option<SigSet> {
    SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK).ok()
}
