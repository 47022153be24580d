//! Death half-way through sending.
//!
//! The process must die after the first byte of its result and before the last. So a thread watches
//! until bytes are under way. That is a race against the sender, which the watcher must not lose on
//! busy processors either: the result is large, and the pipes and sockets are made so small that
//! sender and receiver have to take turns thousands of times.

use std::process;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{self, CpuSet};
use nix::unistd::Pid;

use crate::console::write_line;
use crate::crash::Crash;
use crate::view::ThreadView;
use crate::{procfs, sys};

/// How long the sending is waited for.
const LIMIT: Duration = Duration::from_secs(30);

/// Shorter messages are not the bulk: a log line, a length.
const BULKY: u64 = 2048;

/// How often the queues are looked at for each look at the threads, which takes a thousand times as
/// long.
const LOOKS: u32 = 1000;

/// Starts a thread that crashes this process once it has sent a part of its result, and returns
/// when that is looking.
///
/// Two signs tell: bytes wait to be received, or a thread is blocked in sending.
pub(crate) fn strike_when_sending(crash: Crash) {
    let outlets = Outlet::all();
    outlets.iter().for_each(Outlet::shrink);
    share_one_processor();
    let (looking, looks) = mpsc::channel();
    let watch = move || {
        if wait_for_sender(&outlets, &looking) {
            let _ = crash.trigger();
        }
        write_line(&format!(
            "crash kit: process {} was not seen sending",
            process::id()
        ));
    };
    let thread = thread::Builder::new().name("crash".to_owned()).spawn(watch);
    thread.expect("starting the thread that watches the sender");
    let _ = looks.recv();
}

/// The scheduler is fair among the threads of one processor, and when the sender blocks the watcher
/// gets its turn.
fn share_one_processor() {
    let Ok(processor) = sched::sched_getcpu() else {
        return;
    };
    let mut processors = CpuSet::new();
    if processors.set(processor).is_err() {
        return;
    }
    for tid in procfs::threads(process::id()) {
        let _ = sched::sched_setaffinity(Pid::from_raw(tid.cast_signed()), &processors);
    }
}

/// Looks without pause, since a fast receiver leaves the sender blocked for microseconds only.
fn wait_for_sender(outlets: &[Outlet], looking: &Sender<()>) -> bool {
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        let _ = looking.send(());
        let is_queued = || outlets.iter().any(Outlet::has_queue);
        if (0..LOOKS).any(|_| is_queued()) || ThreadView::all(process::id()).iter().any(is_sending)
        {
            return true;
        }
    }
    false
}

fn is_sending(thread: &ThreadView) -> bool {
    let Some(call) = thread.syscall().filter(|call| call.writes()) else {
        return false;
    };
    let [_, _, length, ..] = call.arguments();
    // The others take their lengths from memory.
    let is_bulky = !matches!(call.name(), Some("write" | "sendto")) || length >= BULKY;
    is_bulky && call.descriptor().and_then(Outlet::of).is_some()
}

/// A descriptor through which bytes leave this process.
enum Outlet {
    Socket(u32),
    Pipe(u32),
}

impl Outlet {
    fn all() -> Vec<Outlet> {
        procfs::descriptors(process::id())
            .into_iter()
            .filter_map(Outlet::of)
            .collect()
    }

    fn of(descriptor: u32) -> Option<Outlet> {
        let target = procfs::descriptor_target(process::id(), descriptor)?;
        match target.split_once(':')?.0 {
            "socket" => Some(Outlet::Socket(descriptor)),
            "pipe" if procfs::is_write_only(descriptor) => Some(Outlet::Pipe(descriptor)),
            _ => None,
        }
    }

    /// What cannot be made smaller stays as it is.
    fn shrink(&self) {
        match self {
            Outlet::Socket(descriptor) => sys::shrink_send_buffer(*descriptor),
            Outlet::Pipe(descriptor) => sys::shrink_pipe(*descriptor),
        }
    }

    fn has_queue(&self) -> bool {
        let queued = match self {
            Outlet::Socket(descriptor) => sys::bytes_to_send(*descriptor),
            Outlet::Pipe(descriptor) => sys::bytes_to_read(*descriptor),
        };
        queued.is_some_and(|bytes| bytes >= BULKY)
    }
}
