//! The forkserver: what is preloaded, and that its death is not the end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use manyways_testkit as testkit;
use multiprocessing::connection::pipe;
use multiprocessing::{
    Process, StartMethod, forkserver_pid, get_context, set_forkserver_preload, stop_forkserver,
    task,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{nothing, wait_for, with_method};

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

/// The sentinel of a process that is no child of this one.
fn await_end(pid: u32) {
    while testkit::ProcessView::of(pid).is_some_and(|view| view.state() != 'Z') {
        std::thread::yield_now();
    }
}

#[task]
fn parent_pid() -> u32 {
    nix::unistd::getppid().as_raw().cast_unsigned()
}

#[test]
fn one_server_forks_all_processes() {
    with_method(StartMethod::ForkServer, |context| {
        assert_eq!(forkserver_pid(), None);
        let parents: Vec<u32> = (0..3)
            .map(|_| {
                let mut process = context.process(parent_pid, ());
                process.start().unwrap();
                process.join().unwrap()
            })
            .collect();
        assert_eq!(parents, [forkserver_pid().unwrap(); 3]);
    });
}

/// `test_forkserver_sigint`, `test_forkserver_sigkill`
#[test]
fn a_dead_server_is_replaced() {
    with_method(StartMethod::ForkServer, |context| {
        for cause in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT] {
            let mut first = context.process(nothing, ());
            first.start().unwrap();
            first.join().unwrap();
            let server = forkserver_pid().unwrap();
            signal(server, cause);
            if cause != Signal::SIGINT {
                await_end(server);
            }
            let mut second = context.process(nothing, ());
            second.start().unwrap();
            second.join().unwrap();
            assert_eq!(second.exitcode().unwrap(), Some(0));
        }
    });
}

#[test]
fn processes_outlive_the_server_and_return_their_values() {
    with_method(StartMethod::ForkServer, |context| {
        let (mut here, there) = pipe().unwrap();
        let mut waiting = context.process(wait_for, (there,));
        waiting.start().unwrap();
        let mut sleeping = context.process(crate::support::sleep, ());
        sleeping.start().unwrap();
        let server = forkserver_pid().unwrap();
        signal(server, Signal::SIGKILL);
        await_end(server);
        assert!(waiting.is_alive().unwrap());
        here.send(&()).unwrap();
        waiting.join().unwrap();
        assert_eq!(waiting.exitcode().unwrap(), Some(0), "it left its value");

        sleeping.kill().unwrap();
        assert!(sleeping.join().is_err());
        assert_eq!(
            sleeping.exitcode().unwrap(),
            Some(255),
            "nobody knows how it ended"
        );
    });
}

#[test]
fn stopping_the_server_leaves_its_processes() {
    with_method(StartMethod::ForkServer, |context| {
        let (mut here, there) = pipe().unwrap();
        let mut process = context.process(wait_for, (there,));
        process.start().unwrap();
        stop_forkserver();
        assert_eq!(forkserver_pid(), None);
        assert!(process.is_alive().unwrap());
        here.send(&()).unwrap();
        process.join().unwrap();
    });
}

static LOADED: OnceLock<String> = OnceLock::new();
static LOADS: AtomicU32 = AtomicU32::new(0);

#[task]
fn load() {
    LOADS.fetch_add(1, Ordering::Relaxed);
    LOADED.set("in the server".to_owned()).unwrap();
}

#[task]
fn loaded() -> (Option<String>, u32) {
    (LOADED.get().cloned(), LOADS.load(Ordering::Relaxed))
}

fn unregistered() {}

/// `test_preload_resources`. In a process, which has a server of its own.
#[test]
fn processes_find_what_was_preloaded() {
    testkit::guarded(|| {
        let mut program = Process::new(|| {
            let error = set_forkserver_preload(unregistered).unwrap_err();
            assert!(
                error.to_string().contains("put #[task] before it"),
                "{error}"
            );
            set_forkserver_preload(load).unwrap();
            let values = [(); 2].map(|()| {
                let mut process = get_context(StartMethod::ForkServer).process(loaded, ());
                process.start().unwrap();
                process.join().unwrap()
            });
            let mut spawned = get_context(StartMethod::Spawn).process(loaded, ());
            spawned.start().unwrap();
            let spawned = spawned.join().unwrap();
            stop_forkserver();
            (values, spawned)
        });
        program.start().unwrap();
        let (values, spawned) = program.join().unwrap();
        let expected = (Some("in the server".to_owned()), 1);
        assert_eq!((values, spawned), ([expected.clone(), expected], (None, 0)));
    });
}

#[task]
fn fail_to_load() {
    panic!("no such file");
}

#[test]
fn a_preload_that_panics_is_an_error_of_the_start() {
    testkit::guarded(|| {
        let mut program = Process::new(|| {
            set_forkserver_preload(fail_to_load).unwrap();
            let mut process = get_context(StartMethod::ForkServer).process(nothing, ());
            process.start().unwrap_err().to_string()
        });
        program.start().unwrap();
        let text = program.join().unwrap();
        assert!(
            text.contains("the forkserver panicked at") && text.ends_with("no such file"),
            "{text}"
        );
    });
}

#[test]
fn threads_share_the_server() {
    with_method(StartMethod::ForkServer, |context| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let mut process = context.process(parent_pid, ());
                        process.start().unwrap();
                        assert_eq!(process.join().unwrap(), forkserver_pid().unwrap());
                    }
                });
            }
        });
    });
}
