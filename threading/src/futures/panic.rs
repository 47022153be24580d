//! Panics as values.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};

use parking_lot::Mutex;

type Payload = Box<dyn std::any::Any + Send>;

/// What is known of a panic: message, place and backtrace. Clones are the same report.
///
/// `Display` gives "panicked at src/main.rs:3:5: the message".
#[derive(Clone)]
pub struct PanicReport {
    panic: Arc<Panic>,
}

struct Panic {
    message: String,
    place: Option<String>,
    backtrace: Option<Backtrace>,
    payload: Mutex<Option<Payload>>,
}

impl PanicReport {
    /// The panic's message; for a payload that is not text, a note that says so.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.panic.message
    }

    /// File, line and column ("src/main.rs:3:5"). Unknown for what was raised by
    /// [`resume_unwind`](panic::resume_unwind), and if the program set a panic hook after its first task was run.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.panic.place.as_deref()
    }

    /// The stack at the panic. It is taken whatever `RUST_BACKTRACE` says, and unknown where the place is.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.panic.backtrace.as_ref()
    }

    /// Goes on with the panic here: the first time with its payload, later with its message.
    ///
    /// # Panics
    ///
    /// Always: that is its purpose. The panic hook is not called a second time.
    pub fn resume(self) -> ! {
        let payload = self.panic.payload.lock().take();
        panic::resume_unwind(payload.unwrap_or_else(|| Box::new(self.message().to_owned())))
    }
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => write!(f, "panicked at {place}: {}", self.message()),
            None => write!(f, "panicked: {}", self.message()),
        }
    }
}

impl fmt::Debug for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PanicReport")
            .field("message", &self.message())
            .field("place", &self.place())
            .finish_non_exhaustive()
    }
}

/// A panic, as the hook sees it.
struct Seen {
    /// To recognise the panic by; `None` if it is not text.
    message: Option<String>,
    place: String,
    backtrace: Backtrace,
}

thread_local! {
    /// Whether a panic of this thread becomes a report.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// The last panic that was to become one.
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// Calls `f`; a panic inside becomes a report, of which the program's panic hook hears nothing.
pub(super) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, PanicReport> {
    install_hook();
    let before = CATCHING.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(before);
    result.map_err(report)
}

/// Calls `f`, which returns nothing and has nobody to whom to tell its panic but the program's panic hook: it
/// prints it, as every thread's.
pub(super) fn shown(f: impl FnOnce()) {
    let before = CATCHING.replace(false);
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(f)) {
        discard(payload);
    }
    CATCHING.set(before);
}

/// The destructor of a payload is unknown code that may panic in turn.
fn discard(payload: Payload) {
    if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

#[cold]
fn report(payload: Payload) -> PanicReport {
    let message = text(&*payload).map(str::to_owned);
    // What is raised by `resume_unwind` passes the hook by; then this may be an earlier panic.
    let seen = SEEN.take().filter(|seen| seen.message == message);
    let (place, backtrace) = seen.map(|seen| (seen.place, seen.backtrace)).unzip();
    let panic = Panic {
        message: message.unwrap_or_else(|| "(the panic's payload is not text)".to_owned()),
        place,
        backtrace,
        payload: Mutex::new(Some(payload)),
    };
    PanicReport {
        panic: Arc::new(panic),
    }
}

fn text(payload: &(dyn std::any::Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&'static str>().copied())
}

/// Puts our hook in front of the program's, once.
fn install_hook() {
    static INSTALL: Once = Once::new();
    if INSTALL.is_completed() || std::thread::panicking() {
        return; // A panicking thread may not change the hook.
    }
    INSTALL.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CATCHING.get() {
                note(info);
            } else {
                earlier(info);
            }
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    SEEN.replace(Some(Seen {
        message: info.payload_as_str().map(str::to_owned),
        place: info.location().map(ToString::to_string).unwrap_or_default(),
        backtrace: Backtrace::force_capture(),
    }));
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_report() {
        assert_eq!(catch(|| 1).unwrap(), 1);
        let report = catch(|| panic!("no luck with {}", 13)).unwrap_err();
        assert_eq!(report.message(), "no luck with 13");
        assert!(report.place().unwrap().contains("panic.rs:"), "{report}");
        assert!(report.to_string().starts_with("panicked at "), "{report}");
        let stack = report.backtrace().unwrap().to_string();
        assert!(stack.contains("a_panic_becomes_a_report"), "{stack}");
    }

    #[test]
    fn a_report_can_be_raised_again() {
        let report = catch(|| panic::panic_any(17)).unwrap_err();
        assert!(report.message().contains("not text"));
        let copy = report.clone();
        let payload = panic::catch_unwind(AssertUnwindSafe(|| report.resume())).unwrap_err();
        assert_eq!(payload.downcast_ref::<i32>(), Some(&17));
        let again = catch(|| copy.resume()).unwrap_err();
        assert!(again.message().contains("not text") && again.place().is_none());
    }
}
