//! The stack at a panic, as text.

use std::backtrace::Backtrace;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::creator::Creator;

/// The stack of this thread, innermost frame first, without the machinery of panics and without what
/// called `catch_panic`. Empty where a backtrace cannot be had.
pub(crate) fn capture() -> String {
    if !is_possible() {
        return String::new();
    }
    interesting_frames(&Backtrace::force_capture().to_string())
}

/// A thread that does not exist in this process holds the lock of the panic machinery. Children
/// inherit this as they inherit the lock.
static LOST: AtomicBool = AtomicBool::new(false);

/// In this process no backtrace can be had any more.
pub(crate) fn give_up() {
    LOST.store(true, Ordering::Relaxed);
}

/// Whether the standard library's lock around backtraces, which its panic hook takes too, can be had.
///
/// A forked child finds it locked for ever if another thread of its parent held it at the fork. For
/// panics `hook_gate` prevents that. But any code may take a backtrace, and no question can be asked of
/// that lock but to wait for it. So the first time in each child a thread is sent ahead.
pub(crate) fn is_possible() -> bool {
    /// The process that found the lock in order, as far as a number tells it.
    static PROVEN: AtomicU32 = AtomicU32::new(0);
    let here = Creator::here();
    if LOST.load(Ordering::Relaxed) {
        return false;
    }
    if here.generation() == PROVEN.load(Ordering::Relaxed) {
        return true;
    }
    if !probe() {
        give_up();
        return false;
    }
    PROVEN.store(here.generation(), Ordering::Relaxed);
    true
}

/// How long the probe may take. On a crowded machine a live one may be taken for dead; then
/// a report lacks its backtrace.
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// Whether a thread that takes the lock comes back.
fn probe() -> bool {
    let (tell, told) = mpsc::channel();
    let take_lock = move || {
        drop(Backtrace::force_capture());
        let _ = tell.send(());
    };
    // The size is given because to look up its default would take the lock of the environment.
    let thread = thread::Builder::new()
        .name("backtrace probe".to_owned())
        .stack_size(256 << 10);
    let started = thread.spawn(take_lock);
    started.is_ok() && told.recv_timeout(PROBE_PATIENCE).is_ok()
}

/// Cuts the panic machinery off the inner end of a stack, and everything that called
/// `catch_panic` off the outer end.
fn interesting_frames(backtrace: &str) -> String {
    let frames = frames(backtrace);
    let raised = frames
        .iter()
        .position(|frame| frame.contains("rust_begin_unwind"));
    let raised = raised.or_else(|| frames.iter().position(|frame| is_machinery(frame)));
    let skipped = raised.map_or(0, |at| {
        at + frames[at..].iter().take_while(|f| is_machinery(f)).count()
    });
    let rest = &frames[skipped..];
    let caught = rest.iter().position(|frame| is_our_catch(frame));
    let caught = caught.unwrap_or(rest.len());
    let machinery = rest[..caught].iter().rev();
    let machinery = machinery.take_while(|frame| is_machinery(frame)).count();
    rest[..caught - machinery].join("\n")
}

/// The frame where a panic will be caught; `catch_panic` is never inlined.
fn is_our_catch(frame: &str) -> bool {
    frame.contains("manyways_process") && frame.contains("::catch_panic")
}

fn is_machinery(frame: &str) -> bool {
    let names = [
        "core::panicking::",
        "std::panicking::",
        "std::panic::",
        "rust_begin_unwind",
        "core::ops::function::FnOnce",
        "core::panic::unwind_safe::AssertUnwindSafe",
        "__rust_try",
    ];
    names.iter().any(|name| frame.contains(name))
}

/// Splits the text of a backtrace into frames: a numbered line and the place below it, if any.
fn frames(backtrace: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in backtrace.split_inclusive('\n') {
        let number = line.trim_start().split(':').next();
        if number.is_some_and(|number| number.parse::<u32>().is_ok()) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([backtrace.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&from, to)| backtrace[from..to].trim_end())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::frames;

    #[test]
    fn frames_are_split_at_their_numbers() {
        let text = "   0: a\n             at x.rs:1\n   1: b\n  12: c\n             at y.rs:2\n";
        assert_eq!(frames(text).len(), 3);
        assert!(frames("").is_empty());
    }
}
