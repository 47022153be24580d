//! Forked children, and the ends of programs, which are tried in such children: their thread is the main thread.

use std::env;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use manyways_process::{Fork, Output};
use manyways_testkit::guarded;
use threading::futures::{Pending, ThreadPoolExecutor};
use threading::{
    Builder, Event, Local, StartError, Thread, active_count, current_thread, enumerate, get_ident,
    get_native_id, main_thread, run_main, scope, shutdown,
};

/// A thread that runs until its event is set.
fn waiting(go: &Arc<Event>) -> Thread {
    let gone = Arc::clone(go);
    Thread::spawn(move || gone.wait()).unwrap()
}

/// As `println!`, but not kept by the test harness.
macro_rules! say {
    ($($text:tt)*) => {{
        let mut stdout = io::stdout();
        writeln!(stdout, $($text)*).unwrap();
    }};
}

/// Runs `body` in a forked child, and gives what it writes to standard output and standard error.
fn outputs(body: impl FnOnce()) -> (String, String) {
    let fork = Fork::new().stdout(Output::Capture).stderr(Output::Capture);
    let (mut child, link) = fork.spawn(|_| body()).unwrap();
    let (mut written, mut complaints) = (String::new(), String::new());
    let mut stdout = child.take_stdout().unwrap();
    let mut stderr = child.take_stderr().unwrap();
    stdout.read_to_string(&mut written).unwrap();
    stderr.read_to_string(&mut complaints).unwrap();
    assert!(child.wait().unwrap().success(), "{complaints}");
    drop(link);
    (written, complaints)
}

#[test]
fn who_forked_is_the_main_thread_of_the_child_and_alone() {
    guarded(|| {
        let go = Arc::new(Event::new());
        let other = waiting(&go);
        let (parent, ident) = (current_thread(), get_ident());
        let child = Fork::new().run(|| {
            let main = main_thread();
            assert_eq!(current_thread(), main);
            assert_eq!(enumerate(), std::slice::from_ref(&main));
            assert_eq!((active_count(), get_ident()), (1, ident));
            assert_eq!(
                (main.ident(), main.native_id()),
                (Some(ident), Some(get_native_id()))
            );
            assert_eq!(get_native_id(), std::process::id());
            assert!(main.is_alive() && !main.daemon() && &*main.name() == "MainThread");
            assert_ne!(main, parent);
            assert!(!parent.is_alive() && !other.is_alive());
        });
        child.unwrap().join().unwrap();
        assert!(parent.is_alive() && other.is_alive());
        go.set();
        other.join().unwrap();
    });
}

#[test]
fn a_thread_of_this_crate_may_fork_and_its_child_may_have_threads() {
    guarded(|| {
        let forks = || {
            let before = current_thread();
            let child = Fork::new().run(|| {
                assert_eq!(current_thread(), main_thread());
                let thread = Thread::new(move || main_thread() == current_thread());
                assert!(!thread.daemon() && !before.is_alive());
                thread.start().unwrap();
                let is_main = thread.join().unwrap();
                let grandchild = Fork::new().run(active_count).unwrap();
                (is_main, active_count(), grandchild.join().unwrap())
            });
            child.unwrap().join().unwrap()
        };
        let thread = Thread::spawn(forks).unwrap();
        assert_eq!(thread.join().unwrap(), (false, 1, 1));
    });
}

#[test]
fn a_thread_of_the_parent_cannot_be_joined_and_nobody_waits_for_it() {
    guarded(|| {
        let go = Arc::new(Event::new());
        let (other, done) = (waiting(&go), Thread::spawn(|| 5).unwrap());
        done.handle().join().unwrap();
        let child = Fork::new().run(|| {
            let left = other.handle().join().unwrap_err();
            assert!(left.is_left_behind() && !left.is_timed_out(), "{left}");
            assert!(
                other
                    .join_timeout(Duration::MAX)
                    .unwrap_err()
                    .is_left_behind()
            );
            shutdown().unwrap();
            // What had ended before the fork is a memory that the child has too.
            done.join().unwrap()
        });
        assert_eq!(child.unwrap().join().unwrap(), 5);
        go.set();
        other.join().unwrap();
    });
}

#[test]
fn a_thread_may_be_made_before_a_fork_and_started_in_the_child() {
    guarded(|| {
        let thread = Thread::new(active_count);
        let child = Fork::new().run(|| {
            thread.start().unwrap();
            assert!(thread.start().unwrap_err().is_already_started());
            let handle = thread.handle().clone();
            handle.join_timeout(Duration::from_secs(60)).unwrap();
            assert!(!handle.is_alive());
            thread.join().unwrap()
        });
        assert_eq!(child.unwrap().join().unwrap(), 2);
    });
}

#[test]
fn the_parents_threads_are_out_of_reach() {
    guarded(|| {
        let go = Arc::new(Event::new());
        let other = waiting(&go);
        while other.native_id().is_none() {
            std::thread::yield_now();
        }
        let child = Fork::new().run(|| {
            assert!(other.set_affinity([0]).unwrap_err().is_not_running());
            assert!(other.affinity().unwrap_err().is_not_running());
            other.set_name("renamed");
            (other.name().to_string(), other.set_daemon(true).is_err())
        });
        let renamed = child.unwrap().join().unwrap();
        assert_eq!(renamed, ("renamed".to_owned(), true));
        assert_ne!(&*other.name(), "renamed");
        go.set();
        other.join().unwrap();
    });
}

#[test]
fn a_child_that_is_forked_in_a_scope_can_leave_it_and_start_nothing_there() {
    guarded(|| {
        let go = Event::new();
        scope(|scope| {
            scope.spawn(|| go.wait());
            let child = Fork::new().run(|| {
                let error: StartError = Builder::new().spawn_scoped(scope, || ()).unwrap_err();
                assert!(error.is_left_behind(), "{error}");
            });
            child.unwrap().join().unwrap();
            go.set();
        })
        .unwrap();
    });
}

#[test]
fn locals_and_hooks_are_inherited() {
    guarded(|| {
        static LOCAL: Local<u32> = Local::new(|| 1);
        LOCAL.set(7);
        threading::set_excepthook(|args| {
            let mut stderr = io::stderr();
            writeln!(stderr, "hook: {}", args.message()).unwrap();
        });
        let (_, complaints) = outputs(|| {
            assert_eq!(LOCAL.get(), 7);
            let theirs = Thread::spawn(|| LOCAL.get()).unwrap().join().unwrap();
            assert_eq!(theirs, 1);
            let unlucky = Thread::spawn(|| panic!("no luck")).unwrap();
            unlucky.join().unwrap_err();
        });
        threading::reset_excepthook();
        assert_eq!(complaints, "hook: no luck\n");
        LOCAL.set(1);
    });
}

/// Set in the environment of a run of this program that is to panic.
const UNLUCKY: &str = "THREADING_TEST_UNLUCKY";

#[test]
fn the_default_tells_thread_place_and_message_on_standard_error() {
    let test = "the_default_tells_thread_place_and_message_on_standard_error";
    if env::var_os(UNLUCKY).is_some() {
        return be_unlucky();
    }
    guarded(|| {
        let run = Command::new(env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(UNLUCKY, "1")
            .output()
            .unwrap();
        let complaints = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.success(), "{complaints}");
        for part in ["'unlucky'", "forks.rs:", "no luck", "silent: no sound"] {
            assert!(complaints.contains(part), "{part} is not in {complaints}");
        }
        assert_eq!(complaints.matches("no luck").count(), 1, "{complaints}");
    });
}

fn be_unlucky() {
    let unlucky = Builder::new().name("unlucky").spawn(|| panic!("no luck"));
    unlucky.unwrap().join().unwrap_err();
    // Raised without the panic hook: told by the default hook of this crate.
    let silent = Builder::new().name("silent");
    let silent = silent.spawn(|| std::panic::resume_unwind(Box::new("no sound")));
    silent.unwrap().join().unwrap_err();
}

#[test]
fn a_hook_that_panics_is_told_with_what_it_was_given() {
    guarded(|| {
        let (_, complaints) = outputs(|| {
            threading::set_excepthook(|_| panic!("the hook's own"));
            let unlucky = Builder::new().name("unlucky").spawn(|| panic!("no luck"));
            unlucky.unwrap().join().unwrap_err();
        });
        for part in ["the hook's own", "Panic in thread unlucky, at ", "no luck"] {
            assert!(complaints.contains(part), "{part} is not in {complaints}");
        }
    });
}

/// Something that is late. What does not wait for it has nothing by which the two could be brought into order: only time
/// shows that fault. Too short a time would overlook it; none invents one.
fn late(text: &'static str) -> impl FnOnce() + Send {
    move || {
        std::thread::sleep(Duration::from_millis(50));
        say!("{text}");
    }
}

#[test]
fn the_end_of_main_waits_for_threads_and_for_those_that_they_start() {
    guarded(|| {
        let (written, _) = outputs(|| {
            let value = run_main(|| {
                let outer = || {
                    late("outer")();
                    Thread::spawn(late("inner")).unwrap();
                };
                Thread::spawn(outer).unwrap();
                say!("main");
                5
            });
            say!("{value}");
        });
        assert_eq!(written, "main\nouter\ninner\n5\n");
    });
}

#[test]
fn daemons_and_foreign_threads_are_not_waited_for() {
    guarded(|| {
        let (written, _) = outputs(|| {
            let never = Arc::new(Event::new());
            run_main(|| {
                let gone = Arc::clone(&never);
                let daemon = Builder::new().daemon(true).spawn(move || gone.wait());
                let gone = Arc::clone(&never);
                let foreign = std::thread::spawn(move || {
                    let _known = current_thread();
                    gone.wait();
                });
                drop((daemon, foreign));
            });
            say!("ended");
        });
        assert_eq!(written, "ended\n");
    });
}

/// Executors that nobody drops: what was submitted is done, also by threads that outlive `main`, and their threads end.
#[test]
fn the_end_of_the_program_shuts_executors_down_last() {
    static POOL: LazyLock<ThreadPoolExecutor> = LazyLock::new(ThreadPoolExecutor::new);
    guarded(|| {
        let (written, _) = outputs(|| {
            run_main(|| {
                POOL.submit(late("of main")).unwrap().wait();
                let submits = || {
                    main_thread().join().unwrap();
                    drop(POOL.submit(late("of a thread")).unwrap());
                    let late_pool = ThreadPoolExecutor::new();
                    drop(late_pool.submit(makes_another).unwrap());
                    std::mem::forget(late_pool);
                };
                Thread::spawn(submits).unwrap();
            });
            assert!(POOL.submit(|| ()).unwrap_err().reason().is_shutdown());
            assert_eq!(active_count(), 0, "the main thread has ended too");
            say!("ended");
        });
        let lines: Vec<_> = written.lines().collect();
        let [first, middle @ .., last] = &lines[..] else {
            panic!("{written}")
        };
        assert_eq!((*first, *last), ("of main", "ended"));
        let mut middle = middle.to_vec();
        middle.sort_unstable();
        assert_eq!(middle, ["of a task", "of a thread"]);
    });
}

fn makes_another() {
    let another = ThreadPoolExecutor::new();
    drop(another.submit(late("of a task")).unwrap());
    std::mem::forget(another);
}

#[test]
fn an_executor_of_the_parent_takes_no_task_in_a_child_and_ends_at_once() {
    guarded(|| {
        let pool = ThreadPoolExecutor::builder().max_workers(1).build();
        let pool = pool.unwrap();
        let go = Arc::new(Event::new());
        let gone = Arc::clone(&go);
        let busy = pool.submit(move || gone.wait()).unwrap();
        let child = Fork::new().run(|| {
            let refused = pool.submit(|| ()).unwrap_err();
            assert!(refused.reason().is_left_behind(), "{refused}");
            pool.shutdown(Pending::Run);
            let own = ThreadPoolExecutor::new();
            own.submit(|| 5).unwrap().result().unwrap()
        });
        assert_eq!(child.unwrap().join().unwrap(), 5);
        go.set();
        busy.result().unwrap();
        assert_eq!(pool.submit(|| 6).unwrap().result().unwrap(), 6);
    });
}

#[test]
fn a_panic_of_main_waits_too_and_a_panic_of_a_thread_changes_nothing() {
    guarded(|| {
        let (written, _) = outputs(|| {
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                run_main(|| {
                    Thread::spawn(late("after the panic")).unwrap();
                    Thread::spawn(|| panic!("a thread's")).unwrap();
                    std::panic::resume_unwind(Box::new("main's"));
                });
            }));
            assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"main's"));
        });
        assert_eq!(written, "after the panic\n");
    });
}

#[test]
fn a_thread_may_join_the_main_thread_at_the_programs_end() {
    guarded(|| {
        let (written, _) = outputs(|| {
            run_main(|| {
                let joins = || {
                    main_thread().join().unwrap();
                    say!("joined main");
                };
                Thread::spawn(joins).unwrap();
                say!("main ends");
            });
        });
        assert_eq!(written, "main ends\njoined main\n");
    });
}

#[test]
fn the_end_of_the_program_is_for_the_main_thread() {
    guarded(|| {
        let (error, line) = (shutdown().unwrap_err(), line!());
        assert_eq!(
            (error.location().file(), error.location().line()),
            (file!(), line)
        );
        let thread = Thread::spawn(|| run_main(|| ())).unwrap();
        let error = thread.join().unwrap_err();
        let message = error.panic_report().unwrap().message();
        assert!(message.contains("for the main thread"), "{message}");
    });
}
