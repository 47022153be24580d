//! Panics as values: message, place and backtrace, to be sent to another process.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Once, PoisonError, RwLock, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

/// Longest message and longest backtrace that a report keeps, in bytes each.
const LONGEST_TEXT: usize = 64 * 1024;

/// What is known of a panic. It travels between processes.
///
/// `Display` gives "panicked at src/main.rs:3:5: the message"; the backtrace has its own accessor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanicReport {
    message: String,
    place: Option<String>,
    backtrace: String,
}

impl PanicReport {
    /// The panic's message; for a payload that is not text, a note that says so.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// File, line and column ("src/main.rs:3:5"). Unknown if the program replaced the panic hook
    /// after it forked or called [`catch_panic`] for the first time.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The stack at the panic, innermost frame first. It is taken whatever `RUST_BACKTRACE` says,
    /// and is empty where the place is unknown.
    #[must_use]
    pub fn backtrace(&self) -> &str {
        &self.backtrace
    }

    /// Panics again, here, with the whole report as the message.
    ///
    /// # Panics
    ///
    /// Always: that is its purpose. The panic hook is not called a second time.
    pub fn resume(self) -> ! {
        panic::resume_unwind(Box::new(format!("{self}\n{}", self.backtrace)))
    }
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "panicked at {place}: {}", self.message),
            None => write!(f, "panicked: {}", self.message),
        }
    }
}

thread_local! {
    /// How many `catch_panic` calls this thread is inside of.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
    /// The last panic that the hook saw while this thread was catching.
    static CAUGHT: RefCell<Option<(Option<String>, String)>> = const { RefCell::new(None) };
}

/// Calls `f`; a panic inside becomes a report, and nothing is printed.
///
/// The first call installs a panic hook for the whole program, in front of the one that is there.
/// Panics of threads that are not inside `catch_panic` go to the earlier hook as before.
///
/// # Errors
///
/// The report, when `f` panics. With `panic = "abort"` there is nothing to catch: the process dies.
pub fn catch_panic<T>(f: impl FnOnce() -> T) -> Result<T, PanicReport> {
    install_hook();
    CATCHING.set(CATCHING.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(CATCHING.get() - 1);
    result.map_err(report)
}

fn report(payload: Box<dyn Any + Send>) -> PanicReport {
    let (place, backtrace) = CAUGHT.take().unwrap_or_default();
    PanicReport {
        message: shorten(message(payload)),
        place,
        backtrace: shorten(backtrace),
    }
}

fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(unknown) => {
                // Its destructor is unknown code that may panic in turn.
                std::mem::forget(unknown);
                "(the panic's payload is not text)".to_owned()
            }
        },
    }
}

fn shorten(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push_str(" ... (cut)");
    }
    text
}

/// Taken for reading while a thread runs the program's own panic hook, for writing around a fork:
/// that hook may hold locks (the one around backtraces, the one of a log), and a child forked in
/// that moment could never take them.
static IN_HOOK: RwLock<()> = RwLock::new(());

/// Waits for nobody: the gate, if no thread is inside the program's panic hook now.
pub(crate) fn close_hook_gate() -> Option<RwLockWriteGuard<'static, ()>> {
    match IN_HOOK.try_write() {
        Ok(guard) => Some(guard),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(std::sync::TryLockError::WouldBlock) => None,
    }
}

/// Puts our hook in front of the program's, once.
pub(crate) fn install_hook() {
    static INSTALL: Once = Once::new();
    if INSTALL.is_completed() || std::thread::panicking() {
        return; // A panicking thread may not change the hook.
    }
    INSTALL.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CATCHING.get() > 0 && !cfg!(panic = "abort") {
                note(info);
            } else {
                let _inside = IN_HOOK.read().unwrap_or_else(PoisonError::into_inner);
                earlier(info);
            }
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let stack = interesting_frames(&Backtrace::force_capture().to_string());
    CAUGHT.set(Some((place, stack)));
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
    let caught = rest
        .iter()
        .position(|frame| is_machinery(frame) || frame.contains("catch_panic"));
    rest[..caught.unwrap_or(rest.len())].join("\n")
}

fn is_machinery(frame: &str) -> bool {
    let names = [
        "core::panicking::",
        "std::panicking::",
        "std::panic::",
        "rust_begin_unwind",
    ];
    names.iter().any(|name| frame.contains(name))
}

/// Splits the text of a backtrace into frames: a numbered line and the place below it, if any.
fn frames(backtrace: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in backtrace.split_inclusive('\n') {
        let numbered = line
            .trim_start()
            .split(':')
            .next()
            .is_some_and(|n| n.parse::<u32>().is_ok());
        if numbered {
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
    use super::{catch_panic, frames};

    #[inline(never)]
    fn fails_deep_inside(with: i32) -> i32 {
        assert!(with < 5, "too much: {with}");
        with
    }

    #[test]
    fn a_panic_becomes_a_report_with_message_place_and_stack() {
        assert_eq!(catch_panic(|| fails_deep_inside(1)), Ok(1));
        let report = catch_panic(|| fails_deep_inside(7)).unwrap_err();
        assert_eq!(report.message(), "too much: 7");
        assert!(report.place().unwrap().contains("panic.rs:"), "{report}");
        assert!(
            report.backtrace().contains("fails_deep_inside"),
            "{}",
            report.backtrace()
        );
        assert!(
            !report.backtrace().contains("rust_begin_unwind"),
            "{}",
            report.backtrace()
        );
        assert!(report.to_string().starts_with("panicked at "), "{report}");
    }

    #[test]
    fn payloads_of_other_types_are_said_to_be_so() {
        let report = catch_panic(|| std::panic::panic_any(17)).unwrap_err();
        assert!(report.message().contains("not text"));
    }

    #[test]
    fn a_report_can_be_raised_again() {
        let report = catch_panic(|| panic!("first")).unwrap_err();
        let again = catch_panic(|| report.clone().resume()).unwrap_err();
        assert!(again.message().starts_with(&report.to_string()));
    }

    #[test]
    fn texts_are_bounded() {
        let report = catch_panic(|| panic!("{}", "é".repeat(100_000))).unwrap_err();
        assert!(report.message().len() < 66_000 && report.message().ends_with("(cut)"));
    }

    #[test]
    fn frames_are_split_at_their_numbers() {
        let text = "   0: a\n             at x.rs:1\n   1: b\n  12: c\n             at y.rs:2\n";
        assert_eq!(frames(text).len(), 3);
        assert!(frames("").is_empty());
    }
}
