//! Panics as values: message, place and backtrace, to be sent to another process.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use serde::{Deserialize, Serialize};

use crate::{backtrace, hook_gate};

/// Longest message and longest backtrace that a report keeps, in bytes each; the rest is cut.
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

    /// The stack at the panic, innermost frame first. It is taken whatever `RUST_BACKTRACE` says.
    ///
    /// It is empty where the place is unknown, and in a child that was forked while another thread held
    /// the standard library's lock around backtraces, which nobody can release there.
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
    /// The last panic that the hook saw while this thread was catching. Without a destructor, so that it
    /// can be used by destructors of other thread-local values while the thread ends.
    static SEEN: RefCell<ManuallyDrop<Option<Box<Seen>>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// A panic, as the hook sees it.
struct Seen {
    /// To recognise the panic by; `None` if it is not text.
    message: Option<String>,
    place: Option<String>,
    backtrace: String,
}

fn replace_seen(seen: Option<Box<Seen>>) -> Option<Box<Seen>> {
    ManuallyDrop::into_inner(SEEN.replace(ManuallyDrop::new(seen)))
}

/// Calls `f`; a panic inside becomes a report, and nothing is printed.
///
/// The first call installs a panic hook for the whole program, in front of the one that is there; it
/// waits for a hook that is running in another thread. Panics of threads that are not inside
/// `catch_panic` go to the earlier hook as before.
///
/// Within a thread calls may be nested; the innermost one catches. A panic that `f` itself catches, by
/// [`std::panic::catch_unwind`], is not printed either.
///
/// # Errors
///
/// The report, when `f` panics. With `panic = "abort"` there is nothing to catch: the process dies.
#[inline(never)] // Backtraces are cut at this frame.
pub fn catch_panic<T>(f: impl FnOnce() -> T) -> Result<T, PanicReport> {
    install_hook();
    CATCHING.set(CATCHING.get() + 1);
    // Not lost when a destructor catches panics while an earlier one unwinds.
    let seen_before = replace_seen(None);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    let seen = replace_seen(seen_before);
    CATCHING.set(CATCHING.get() - 1);
    result.map_err(|payload| report(payload, seen))
}

fn report(payload: Box<dyn Any + Send>, seen: Option<Box<Seen>>) -> PanicReport {
    let message = text(&*payload).map(shorten);
    // What is raised by `resume_unwind` passes the hook by; then this may be an earlier panic.
    let seen = seen.filter(|seen| seen.message == message);
    if message.is_none() {
        mem::forget(payload); // Its destructor is unknown code that may panic in turn.
    }
    let (place, backtrace) = seen.map_or((None, String::new()), |s| (s.place, s.backtrace));
    PanicReport {
        message: message.unwrap_or_else(|| NOT_TEXT.to_owned()),
        place,
        backtrace,
    }
}

const NOT_TEXT: &str = "(the panic's payload is not text)";

fn text(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&'static str>().copied())
}

fn shorten(text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let kept = &text[..text.floor_char_boundary(LONGEST_TEXT)];
    format!("{kept} ... (cut)")
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
            let _inside = hook_gate::enter();
            if CATCHING.get() > 0 && !cfg!(panic = "abort") {
                note(info);
            } else if backtrace::is_possible() {
                earlier(info);
            } else {
                // The earlier hook would wait for a thread that does not exist in this child.
                // Written past the lock of stderr; what cannot be written is lost.
                let _ = nix::unistd::write(std::io::stderr(), format!("\n{info}\n").as_bytes());
            }
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    replace_seen(Some(Box::new(Seen {
        message: info.payload_as_str().map(shorten),
        place: info.location().map(ToString::to_string),
        backtrace: shorten(&backtrace::capture()),
    })));
}

#[cfg(test)]
mod tests {
    use super::catch_panic;

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
}
