//! What threads add to the contract's cases: values, panics as values, cancellation, names, places to run.

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use threading::{
    AffinityError, Builder, CancelToken, Event, JoinError, Local, PanicReport, Run, Scope,
    ScopedThread, StartError, Thread, ThreadHandle, Timer, WaitError, active_count,
    cancel_requested, current_thread, current_token, enumerate, get_ident, get_native_id,
};

assert_impl_all!(ThreadHandle: Send, Sync, UnwindSafe, Clone, Eq);
assert_impl_all!(Thread<Cell<u8>>: Send, Sync, UnwindSafe);
assert_not_impl_any!(Thread<Rc<u8>>: Send, Sync);
assert_impl_all!(ScopedThread<'static, Cell<u8>>: Send, Sync);
assert_not_impl_any!(ScopedThread<'static, Rc<u8>>: Send, Sync);
assert_impl_all!(Scope<'static, 'static>: Send, Sync);
assert_impl_all!(Timer<Cell<u8>>: Send, Sync, UnwindSafe);
assert_impl_all!(Local<Rc<u8>>: Send, Sync);
assert_impl_all!(Builder: Send, Sync, Clone);
assert_impl_all!(PanicReport: Send, Sync, UnwindSafe, Clone);
assert_impl_all!(JoinError: std::error::Error, Send, Sync, UnwindSafe, Clone);
assert_impl_all!(StartError: std::error::Error, Send, Sync);
assert_impl_all!(AffinityError: std::error::Error, Send, Sync);

const BRIEF: Duration = Duration::from_millis(20);

/// A value that counts its copies' ends.
#[derive(Debug)]
struct Told(mpsc::Sender<&'static str>, &'static str);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

struct Sum {
    below: u64,
}

impl Run for Sum {
    type Output = u64;

    fn run(self) -> u64 {
        (0..self.below).sum()
    }
}

fn double(number: i32) -> i32 {
    2 * number
}

fn twenty_one() -> i32 {
    21
}

#[test]
fn types_functions_and_closures_run() {
    guarded(|| {
        let sum = Thread::spawn(Sum { below: 5 }).unwrap();
        let function = Thread::spawn(twenty_one).unwrap();
        let closure = Thread::spawn(move || double(21)).unwrap();
        let boxed: Box<dyn FnOnce() -> i32 + Send> = Box::new(|| 4);
        let boxed = Thread::spawn(boxed).unwrap();
        assert!(sum.name().ends_with(" (Sum)"), "{}", sum.name());
        assert!(
            function.name().ends_with(" (twenty_one)"),
            "{}",
            function.name()
        );
        for name in [closure.name(), boxed.name()] {
            let number = name.strip_prefix("Thread-").unwrap();
            assert!(number.parse::<u64>().is_ok(), "{name}");
        }
        assert_eq!(sum.join().unwrap(), 10);
        assert_eq!(function.join().unwrap(), 21);
        assert_eq!(closure.join().unwrap(), 42);
        assert_eq!(boxed.join().unwrap(), 4);
    });
}

#[test]
fn misuse_names_the_line_of_the_call() {
    guarded(|| {
        let thread = Thread::new(|| 1);
        let (early, line) = (thread.handle().join().unwrap_err(), line!());
        let told = early.to_string();
        assert!(
            early.is_not_started() && told.contains(&here(line)),
            "{told}"
        );
        thread.start().unwrap();
        let (twice, line) = (thread.start().unwrap_err(), line!());
        let told = twice.to_string();
        assert!(
            twice.is_already_started() && told.contains(&here(line)),
            "{told}"
        );
        let (late, line) = (thread.set_daemon(true).unwrap_err(), line!());
        assert_eq!(
            (late.location().file(), late.location().line()),
            (file!(), line)
        );
        assert_eq!(thread.join().unwrap(), 1);
        let inside = Thread::spawn(|| (current_thread().join().unwrap_err(), line!())).unwrap();
        let (itself, line) = inside.join().unwrap();
        let told = itself.to_string();
        assert!(itself.is_itself() && told.contains(&here(line)), "{told}");
    });
}

fn here(line: u32) -> String {
    format!("{}:{line}:", file!())
}

#[test]
fn a_panic_is_a_value_with_message_place_and_stack() {
    guarded(|| {
        let thread = Builder::new()
            .name("unlucky")
            .build(|| fails_deep_inside(13));
        thread.start().unwrap();
        let watched = thread.handle().clone();
        let error: JoinError = thread.join().unwrap_err();
        let report = error.panic_report().unwrap();
        assert_eq!(report.message(), "no luck with 13");
        assert!(report.place().unwrap().contains("threads.rs:"), "{report}");
        let stack = report.backtrace().unwrap().to_string();
        assert!(stack.contains("fails_deep_inside"), "{stack}");
        let told = error.to_string();
        assert!(
            told.starts_with("the thread \"unlucky\" panicked at "),
            "{told}"
        );
        // Whoever else asks learns it too.
        assert!(watched.join().unwrap_err().is_panic());
        assert!(watched.join_timeout(BRIEF).unwrap_err().is_panic());
        assert_eq!(watched.panic_report().unwrap().message(), "no luck with 13");
        assert!(format!("{watched:?}").contains("panicked"), "{watched:?}");
    });
}

#[inline(never)]
fn fails_deep_inside(number: i32) -> i32 {
    assert!(number < 5, "no luck with {number}");
    number
}

#[test]
fn a_panic_goes_on_where_it_is_wanted() {
    guarded(|| {
        let thread = Thread::spawn(|| std::panic::panic_any(17)).unwrap();
        let error: JoinError = thread.join().unwrap_err();
        let copy = error.clone();
        let payload = catch_unwind(|| error.resume()).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&17));
        // The payload is there once; then its place is taken by the message.
        let payload = catch_unwind(|| copy.resume()).unwrap_err();
        assert!(
            payload
                .downcast_ref::<String>()
                .unwrap()
                .contains("not text")
        );
    });
}

#[test]
fn a_panic_in_the_destructor_of_what_nobody_wants_is_the_threads() {
    struct Explodes;
    impl Drop for Explodes {
        fn drop(&mut self) {
            panic!("at the end");
        }
    }
    guarded(|| {
        let go = std::sync::Arc::new(Event::new());
        let gone = std::sync::Arc::clone(&go);
        let thread = Thread::spawn(move || {
            gone.wait();
            Explodes
        });
        let handle = thread.unwrap().handle().clone();
        go.set();
        let error = handle.join().unwrap_err();
        assert_eq!(error.panic_report().unwrap().message(), "at the end");
    });
}

#[test]
fn values_that_nobody_takes_are_dropped() {
    guarded(|| {
        let (tell, told) = mpsc::channel();
        let thread = Thread::new({
            let body = Told(tell.clone(), "body");
            move || {
                drop(body);
                Told(tell, "value")
            }
        });
        thread.start().unwrap();
        let handle = thread.handle().clone();
        drop(thread);
        handle.join().unwrap();
        assert_eq!(told.iter().collect::<Vec<_>>(), ["body", "value"]);
    });
}

#[test]
fn what_never_starts_is_dropped_with_its_thread() {
    guarded(|| {
        let (tell, told) = mpsc::channel();
        let body = Told(tell, "body");
        drop(Thread::new(move || drop(body)));
        assert_eq!(told.iter().collect::<Vec<_>>(), ["body"]);
    });
}

#[test]
fn a_join_with_a_limit_tells_why_it_ended() {
    guarded(|| {
        let go = std::sync::Arc::new(Event::new());
        let gone = std::sync::Arc::clone(&go);
        let thread = Thread::spawn(move || {
            gone.wait();
            7
        });
        let thread = thread.unwrap();
        let begin = Instant::now();
        assert!(thread.join_timeout(BRIEF).unwrap_err().is_timed_out());
        assert!(begin.elapsed() >= BRIEF);
        assert!(
            thread
                .join_timeout(Instant::now())
                .unwrap_err()
                .is_timed_out()
        );
        let token = CancelToken::new();
        token.cancel();
        let error = thread.join_timeout(token.within(Duration::from_secs(60)));
        assert!(error.unwrap_err().is_cancelled());
        assert!(thread.is_alive());
        go.set();
        thread.join_timeout(Duration::from_secs(60)).unwrap();
        assert!(!thread.is_alive());
        assert_eq!(thread.join().unwrap(), 7);
    });
}

#[test]
fn a_join_that_waits_is_cancelled() {
    guarded(|| {
        let (token, go) = (CancelToken::new(), Event::new());
        threading::scope(|scope| {
            let runs = scope.spawn(|| go.wait());
            let handle = runs.handle().clone();
            let token = &token;
            let joiner = scope.spawn(move || handle.join_timeout(token));
            token.cancel();
            assert!(joiner.join().unwrap().unwrap_err().is_cancelled());
            go.set();
        })
        .unwrap();
    });
}

#[test]
fn cancellation_reaches_who_asks_and_whose_waits_have_the_token() {
    static NEVER: Event = Event::new();
    guarded(|| {
        let waits = Thread::spawn(|| NEVER.wait_timeout(&current_token())).unwrap();
        let computes = Thread::spawn(|| {
            while !cancel_requested() {
                std::hint::spin_loop();
            }
            current_thread().token().is_cancelled()
        });
        let computes = computes.unwrap();
        assert!(waits.cancel() && !waits.cancel());
        assert_eq!(waits.join().unwrap(), Err(WaitError::Cancelled));
        assert!(computes.is_alive() && !computes.token().is_cancelled());
        computes.cancel();
        assert!(computes.join().unwrap());
        assert!(!cancel_requested());
    });
}

#[test]
fn threads_may_share_a_token() {
    static NEVER: Event = Event::new();
    guarded(|| {
        let all = CancelToken::new();
        let builder = Builder::new().token(all.child());
        let wait = || NEVER.wait_timeout(&current_token());
        let threads: Vec<_> = (0..3)
            .map(|_| builder.clone().spawn(wait).unwrap())
            .collect();
        all.cancel();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Err(WaitError::Cancelled));
        }
    });
}

#[test]
fn the_destructors_of_thread_locals_have_run_when_a_join_returns() {
    struct Slow(mpsc::Sender<&'static str>);
    impl Drop for Slow {
        fn drop(&mut self) {
            // A join that returned too early would do so meanwhile.
            std::thread::sleep(BRIEF);
            self.0.send("dropped").unwrap();
        }
    }
    thread_local!(static SLOW: std::cell::RefCell<Option<Slow>> = const { std::cell::RefCell::new(None) });
    guarded(|| {
        let (tell, told) = mpsc::channel();
        let thread = Thread::spawn(move || SLOW.set(Some(Slow(tell)))).unwrap();
        thread.join().unwrap();
        assert_eq!(told.try_recv(), Ok("dropped"));
    });
}

/// Who joins a thread meanwhile is told that it was not started, and does not wait for one that never comes.
#[test]
fn a_start_that_fails_leaves_nobody_waiting() {
    guarded(|| {
        let thread = Builder::new().affinity([usize::MAX]).build(|| ());
        let done = Event::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.is_set() {
                    assert!(thread.handle().join().unwrap_err().is_not_started());
                    assert!(!thread.is_alive());
                }
            });
            for _ in 0..200 {
                assert!(thread.start().unwrap_err().is_affinity());
            }
            done.set();
        });
    });
}

#[test]
fn numbers_are_those_of_inside() {
    guarded(|| {
        let inside = || (get_ident(), get_native_id(), current_thread());
        let thread = Thread::new(inside);
        assert!(thread.ident().is_none() && thread.native_id().is_none());
        thread.start().unwrap();
        let handle = thread.handle().clone();
        let (ident, native_id, current) = thread.join().unwrap();
        assert_eq!(handle.ident(), Some(ident));
        assert_eq!(handle.native_id(), Some(native_id));
        assert_eq!(current, handle);
        assert_ne!(ident, get_ident());
    });
}

#[test]
fn a_new_name_is_the_systems_too() {
    guarded(|| {
        let (go, runs) = (Event::new(), Event::new());
        threading::scope(|scope| {
            let body = || {
                current_thread().set_name("from inside");
                runs.set();
                go.wait();
            };
            let thread = Builder::new()
                .name("first")
                .spawn_scoped(scope, body)
                .unwrap();
            runs.wait();
            let shown = || {
                let id = thread.native_id().unwrap();
                fs::read_to_string(format!("/proc/self/task/{id}/comm")).unwrap()
            };
            assert_eq!(
                (&*thread.name(), shown().as_str()),
                ("from inside", "from inside\n")
            );
            thread.set_name("from outside, and far too long");
            assert_eq!(shown(), "from outside, a\n");
            assert_eq!(&*thread.name(), "from outside, and far too long");
            go.set();
        })
        .unwrap();
        let named = Builder::new()
            .name("a\0b")
            .spawn(|| current_thread().name());
        assert_eq!(&*named.unwrap().join().unwrap(), "a\0b");
    });
}

#[test]
fn a_thread_runs_where_it_is_told() {
    guarded(|| {
        let allowed = current_thread().affinity().unwrap();
        let (first, last) = (allowed[0], *allowed.last().unwrap());
        let here = move || current_thread().affinity().unwrap();
        let pinned = Builder::new().affinity([last]).spawn(here).unwrap();
        assert_eq!(pinned.join().unwrap(), [last]);
        let moves = Thread::spawn(move || {
            current_thread().set_affinity([first]).unwrap();
            here()
        });
        let moves = moves.unwrap();
        let handle = moves.handle().clone();
        assert_eq!(moves.join().unwrap(), [first]);
        assert!(handle.affinity().unwrap_err().is_not_running());
        assert!(handle.set_affinity([first]).unwrap_err().is_not_running());
        assert_eq!(current_thread().affinity().unwrap(), allowed);
    });
}

#[test]
fn a_place_that_is_not_there_is_an_error_of_the_start() {
    guarded(|| {
        let before = active_count();
        for nowhere in [vec![], vec![1023], vec![1_000_000]] {
            let thread = Builder::new().affinity(nowhere).build(|| 5);
            let error: StartError = thread.start().unwrap_err();
            assert!(
                error.is_affinity() && !error.is_already_started(),
                "{error}"
            );
            assert!(!thread.is_alive() && thread.ident().is_none());
            assert!(thread.join().unwrap_err().is_not_started());
        }
        assert_eq!(active_count(), before);
    });
}

#[test]
fn a_thread_for_which_there_is_no_room_may_be_started_later() {
    guarded(|| {
        let before = enumerate().len();
        let thread = Builder::new().stack_size(1 << 60).build(|| 5);
        for _ in 0..2 {
            let error = thread.start().unwrap_err();
            assert!(error.is_system(), "{error}");
        }
        assert!(!thread.is_alive() && enumerate().len() == before);
    });
}

#[test]
fn the_stack_size_for_all_is_used() {
    guarded(|| {
        let before = threading::set_stack_size(32 << 20).unwrap();
        let deep = Thread::spawn(|| dive(6 << 10)).unwrap().join().unwrap();
        assert_eq!(threading::set_stack_size(before), Ok(32 << 20));
        assert_eq!(deep, 6 << 10);
        let (error, line) = (threading::set_stack_size(1).unwrap_err(), line!());
        assert_eq!(error.location().line(), line);
        assert_eq!(threading::stack_size(), before);
    });
}

/// A KiB of stack a step.
#[inline(never)]
fn dive(steps: u32) -> u32 {
    let frame = std::hint::black_box([steps; 256]);
    if steps == 0 {
        return 0;
    }
    dive(steps - 1) + std::hint::black_box(&frame)[255].min(1)
}

#[test]
fn a_foreign_thread_may_be_joined() {
    guarded(|| {
        let (tell, told) = mpsc::channel();
        let go = std::sync::Arc::new(Event::new());
        let gone = std::sync::Arc::clone(&go);
        let foreign = std::thread::spawn(move || {
            tell.send(current_thread()).unwrap();
            gone.wait();
        });
        let handle = told.recv().unwrap();
        assert!(handle.daemon() && handle.is_alive() && enumerate().contains(&handle));
        assert!(handle.join_timeout(BRIEF).unwrap_err().is_timed_out());
        go.set();
        handle.join().unwrap();
        assert!(!handle.is_alive() && !enumerate().contains(&handle));
        foreign.join().unwrap();
    });
}

#[test]
fn who_never_asks_is_not_listed() {
    guarded(|| {
        let before = active_count();
        let inside = || {
            (
                cancel_requested(),
                Thread::new(|| ()).daemon(),
                active_count(),
            )
        };
        let (cancelled, daemon, count) = std::thread::spawn(inside).join().unwrap();
        assert!(
            !cancelled && daemon,
            "a thread of a foreign thread is a daemon"
        );
        assert_eq!(count, before);
    });
}

#[test]
fn a_thread_may_be_made_started_and_joined_while_a_panic_unwinds() {
    struct Cleans;
    impl Drop for Cleans {
        fn drop(&mut self) {
            assert_eq!(Thread::spawn(|| 5).unwrap().join().unwrap(), 5);
        }
    }
    guarded(|| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _cleans = Cleans;
            std::panic::resume_unwind(Box::new("on the way"));
        }));
        assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"on the way"));
    });
}
