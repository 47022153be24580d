//! Death half-way through sending.
//!
//! The process must die after the first byte of its result and before the last. So a thread watches until bytes are
//! under way. That is a race against the sender, which the watcher must not lose on busy processors either: the result
//! is large, and the pipes and sockets are made so small that sender and receiver have to take turns thousands of times.

use std::process;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::console::write_line;
use crate::crash::Crash;
use crate::view::ThreadView;
use crate::{procfs, sys};

/// How long the sending is waited for.
const LIMIT: Duration = Duration::from_secs(30);

/// Shorter messages are not the bulk: a log line, a length.
const BULKY: u64 = 2048;

/// Starts a thread that crashes this process once it has sent a part of its result, and returns when that is looking.
///
/// Two signs tell: a thread is blocked in sending; or, for programs that never block, bytes wait to be received.
pub(crate) fn strike_when_sending(crash: Crash) {
    procfs::descriptors(process::id())
        .into_iter()
        .for_each(throttle);
    let (looking, looks) = mpsc::channel();
    let watch = move || {
        if wait_for_sender(&looking) {
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

/// What cannot be made smaller stays as it is.
fn throttle(descriptor: u32) {
    match kind(descriptor) {
        Some(Kind::Socket) => sys::shrink_send_buffer(descriptor),
        Some(Kind::PipeToWrite) => sys::shrink_pipe(descriptor),
        None => {}
    }
}

/// Looks without pause, since a fast receiver leaves the sender blocked for microseconds only.
fn wait_for_sender(looking: &Sender<()>) -> bool {
    let me = process::id();
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        let descriptors = procfs::descriptors(me);
        if descriptors.into_iter().any(has_queue) || ThreadView::all(me).iter().any(is_sending) {
            return true;
        }
        let _ = looking.send(());
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
    is_bulky && call.descriptor().and_then(kind).is_some()
}

fn has_queue(descriptor: u32) -> bool {
    let queued = match kind(descriptor) {
        Some(Kind::Socket) => sys::bytes_to_send(descriptor),
        Some(Kind::PipeToWrite) => sys::bytes_to_read(descriptor),
        None => None,
    };
    queued.is_some_and(|bytes| bytes >= BULKY)
}

enum Kind {
    Socket,
    PipeToWrite,
}

/// What bytes can be sent through.
fn kind(descriptor: u32) -> Option<Kind> {
    let target = procfs::descriptor_target(process::id(), descriptor)?;
    match target.split_once(':')?.0 {
        "socket" => Some(Kind::Socket),
        "pipe" if procfs::is_write_only(descriptor) => Some(Kind::PipeToWrite),
        _ => None,
    }
}
