//! Panics as values.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, RefUnwindSafe};
use std::sync::{Arc, Once};

use parking_lot::Mutex;

use crate::thread::excepthook_is_set;

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
    /// Whether the program's panic hook has reported it.
    told: bool,
}

/// The payload is taken in one step.
impl RefUnwindSafe for Panic {}

/// Whoever has the last report may be anybody.
impl Drop for Panic {
    fn drop(&mut self) {
        if let Some(payload) = self.payload.get_mut().take() {
            discard(payload);
        }
    }
}

type Payload = Box<dyn Any + Send>;

impl PanicReport {
    /// The panic's message; for a payload that is not text, a note that says so.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.panic.message
    }

    /// File, line and column ("src/main.rs:3:5"). Unknown for what was raised by
    /// [`resume_unwind`](std::panic::resume_unwind), and if the program set a panic hook after its first thread was
    /// started or its first task run.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.panic.place.as_deref()
    }

    /// The stack at the panic. It is taken whatever `RUST_BACKTRACE` says, and unknown where the place is. Its symbols
    /// are looked up when it is first displayed, which takes milliseconds.
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

    /// Whether the program's panic hook has reported it.
    pub(crate) fn is_told(&self) -> bool {
        self.panic.told
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

/// Who hears of a panic at once, besides the one who gets the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// The program's panic hook, as of every panic in Rust.
    Everybody,
    /// The program's panic hook, unless there is an excepthook, which will be told.
    Hooks,
    /// Nobody: the report is enough.
    Nobody,
}

/// A panic, as the hook sees it.
struct Seen {
    /// To recognise the panic by; `None` if it is not text.
    message: Option<String>,
    place: Option<String>,
    backtrace: Backtrace,
    told: bool,
}

thread_local! {
    static TELLING: Cell<Telling> = const { Cell::new(Telling::Everybody) };
    /// The last panic that was to be caught.
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// Calls `f`; a panic inside becomes a report.
///
/// # Errors
///
/// The report, when `f` panics.
pub(crate) fn catch<T>(telling: Telling, f: impl FnOnce() -> T) -> Result<T, PanicReport> {
    install_hook();
    let before = TELLING.replace(telling);
    let seen_before = swap_seen(None);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    let seen = swap_seen(seen_before);
    TELLING.set(before);
    result.map_err(|payload| report(payload, seen))
}

/// Calls `f`, which returns nothing and has nobody to whom to tell its panic but the program's panic hook: it
/// prints it, as every thread's.
pub(crate) fn shown(f: impl FnOnce()) {
    let before = TELLING.replace(Telling::Everybody);
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(f)) {
        discard(payload);
    }
    TELLING.set(before);
}

/// The destructor of a payload is unknown code that may panic in turn.
fn discard(payload: Payload) {
    if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

/// None while the thread ends.
fn swap_seen(seen: Option<Seen>) -> Option<Seen> {
    SEEN.try_with(|cell| cell.replace(seen)).ok().flatten()
}

fn report(payload: Payload, seen: Option<Seen>) -> PanicReport {
    let message = text(&*payload).map(str::to_owned);
    // What is raised by `resume_unwind` passes the hook by; then this may be an earlier panic.
    let seen = seen.filter(|seen| seen.message == message);
    let told = seen.as_ref().is_some_and(|seen| seen.told);
    let (place, backtrace) = seen.map_or((None, None), |seen| (seen.place, Some(seen.backtrace)));
    let panic = Panic {
        message: message.unwrap_or_else(|| "(the panic's payload is not text)".to_owned()),
        place,
        backtrace,
        payload: Mutex::new(Some(payload)),
        told,
    };
    PanicReport {
        panic: Arc::new(panic),
    }
}

fn text(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&'static str>().copied())
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
            let telling = TELLING.get();
            let tell = match telling {
                Telling::Hooks => !excepthook_is_set(),
                telling => telling == Telling::Everybody,
            };
            // Where nothing can be caught, nobody is told later.
            let tell = tell || cfg!(panic = "abort");
            if telling != Telling::Everybody {
                note(info, tell);
            }
            if tell {
                earlier(info);
            }
        }));
    });
}

fn note(info: &PanicHookInfo<'_>, told: bool) {
    swap_seen(Some(Seen {
        message: info.payload_as_str().map(str::to_owned),
        place: info.location().map(ToString::to_string),
        backtrace: Backtrace::force_capture(),
        told,
    }));
}

/// In a forked child: its panics are its own affair, whatever the thread that forked was about.
pub(crate) fn forget_after_fork() {
    TELLING.set(Telling::Everybody);
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use manyways_testkit::guarded;

    use super::*;

    #[test]
    fn a_panic_becomes_a_report() {
        guarded(|| {
            assert_eq!(catch(Telling::Nobody, || 1).unwrap(), 1);
            let report = catch(Telling::Nobody, || panic!("no luck with {}", 13)).unwrap_err();
            assert_eq!(report.message(), "no luck with 13");
            assert!(report.place().unwrap().contains("panic.rs:"), "{report}");
            assert!(report.to_string().starts_with("panicked at "), "{report}");
            let stack = report.backtrace().unwrap().to_string();
            assert!(stack.contains("a_panic_becomes_a_report"), "{stack}");
            assert!(!report.is_told());
        });
    }

    #[test]
    fn a_report_can_be_raised_again() {
        guarded(|| {
            let report = catch(Telling::Nobody, || panic::panic_any(17)).unwrap_err();
            assert!(report.message().contains("not text"));
            let copy = report.clone();
            let payload = panic::catch_unwind(|| report.resume()).unwrap_err();
            assert_eq!(payload.downcast_ref::<i32>(), Some(&17));
            let again = catch(Telling::Nobody, || copy.resume()).unwrap_err();
            assert!(again.message().contains("not text") && again.place().is_none());
        });
    }

    #[test]
    fn the_innermost_catches() {
        guarded(|| {
            let outer = catch(Telling::Nobody, || {
                let inner = catch(Telling::Nobody, || panic!("inner")).unwrap_err();
                assert_eq!(inner.message(), "inner");
                panic!("outer")
            });
            let outer: PanicReport = outer.map(|()| unreachable!()).unwrap_err();
            assert_eq!(outer.message(), "outer");
            assert!(outer.place().is_some());
        });
    }
}
