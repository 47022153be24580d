//! Death half-way through sending.

use std::process;
use std::thread;
use std::time::{Duration, Instant};

use crate::console::write_line;
use crate::crash::Crash;
use crate::view::{ProcessView, ThreadView};

/// How long the sending is waited for.
const LIMIT: Duration = Duration::from_secs(30);

/// Shorter messages are not the bulk: a log line, a length.
const BULKY: u64 = 4096;

/// Starts a thread that crashes this process once another one is blocked in sending.
///
/// Blocked means that the pipe or socket is full, so a part of the message is on its way, and a part is not.
pub(crate) fn strike_when_sending(crash: Crash) {
    let watch = move || {
        let own = nix::unistd::gettid().as_raw().cast_unsigned();
        if wait_for_sender(own) {
            let _ = crash.trigger();
        }
        write_line(&format!(
            "crash kit: no thread of process {} was seen sending",
            process::id()
        ));
    };
    thread::Builder::new()
        .name("crash".to_owned())
        .spawn(watch)
        .expect("starting the thread that watches the sender");
}

/// Looks without pause, since a fast reader leaves the sender blocked for microseconds only.
fn wait_for_sender(own: u32) -> bool {
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        let Some(process) = ProcessView::of(process::id()) else {
            return false;
        };
        if process
            .threads()
            .iter()
            .any(|thread| thread.tid() != own && is_sending(thread))
        {
            return true;
        }
        thread::yield_now();
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
    let target = thread.descriptor().unwrap_or_default();
    is_bulky && (target.starts_with("pipe:") || target.starts_with("socket:"))
}
