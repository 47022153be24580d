//! What processes are and can do.

use std::time::{Duration, Instant};

use manyways_testkit as testkit;
use multiprocessing::connection::{Connection, pipe, wait};
use multiprocessing::{active_children, authkey, cpu_count, current_process, parent_process, task};

use crate::support::{sleep, wait_for, with_each_method};
use crate::sys::mind_interrupts;

/// `test_current`
#[test]
fn the_main_process_is_one_too() {
    testkit::guarded(|| {
        let current = current_process();
        assert_eq!(
            (current.name.as_str(), current.daemon),
            ("MainProcess", false)
        );
        assert_eq!(current.pid, std::process::id());
        assert_eq!(parent_process(), None);
    });
}

type Report = (String, u32, bool, Option<(String, u32)>, String, usize);

#[task]
fn describe(_: u8, _: String) -> Report {
    let current = current_process();
    let parent = parent_process().map(|parent| (parent.name, parent.pid));
    let key = authkey().unwrap().to_hex();
    (
        current.name,
        current.pid,
        current.daemon,
        parent,
        key,
        active_children().len(),
    )
}

/// `test_process`, `test_parent_process_attributes`
#[test]
fn a_process_goes_through_its_states() {
    with_each_method(|context| {
        let mut process = context
            .process(describe, (1, "argument".to_owned()))
            .name("Scout")
            .daemon(true);
        assert_eq!((process.get_name(), process.is_daemon()), ("Scout", true));
        assert!(!process.is_alive().unwrap());
        assert_eq!((process.pid(), process.exitcode().unwrap()), (None, None));
        assert!(active_children().is_empty());

        process.start().unwrap();
        let pid = process.pid().unwrap();
        let (name, own_pid, daemon, parent, key, children) = process.join().unwrap();
        assert_eq!(
            (name.as_str(), own_pid, daemon, children),
            ("Scout", pid, true, 0)
        );
        assert_eq!(parent, Some(("MainProcess".to_owned(), std::process::id())));
        assert_eq!(key, authkey().unwrap().to_hex());

        assert_eq!(process.exitcode().unwrap(), Some(0));
        assert!(!process.is_alive().unwrap());
        assert_eq!(process.pid(), Some(pid));
        assert!(active_children().is_empty());
        assert_eq!(
            process.join().unwrap().1,
            pid,
            "a further join gives the same"
        );
    });
}

/// `test_terminate`, `test_kill`
#[test]
fn a_process_is_ended_from_outside() {
    mind_interrupts();
    with_each_method(|context| {
        for (signal, name) in [(15, "SIGTERM"), (9, "SIGKILL"), (2, "SIGINT")] {
            let mut process = context.process(sleep, ());
            process.start().unwrap();
            assert!(process.is_alive().unwrap());
            assert_eq!(active_children().len(), 1);
            let before = Instant::now();
            assert!(process.join_timeout(Duration::ZERO).unwrap().is_none());
            assert!(
                process
                    .join_timeout(Duration::from_millis(30))
                    .unwrap()
                    .is_none()
            );
            assert!(before.elapsed() >= Duration::from_millis(30));
            match signal {
                15 => process.terminate().unwrap(),
                9 => process.kill().unwrap(),
                _ => process.interrupt().unwrap(),
            }
            let error = process.join().unwrap_err();
            assert_eq!(error.exitcode(), Some(-signal), "{error}");
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(process.exitcode().unwrap(), Some(-signal));
            assert!(!process.is_alive().unwrap() && active_children().is_empty());
            process.terminate().unwrap(); // Of the dead, which is no error.
        }
    });
}

/// `test_cpu_count`
#[test]
fn there_is_a_processor() {
    assert!(cpu_count() >= 1);
}

/// `test_sentinel`
#[test]
fn the_sentinel_is_readable_once_the_process_has_ended() {
    with_each_method(|context| {
        let (mut here, there) = pipe().unwrap();
        let mut process = context.process(wait_for, (there,));
        assert!(process.sentinel().unwrap_err().is_not_started());
        process.start().unwrap();
        assert!(
            wait(&[&process.sentinel().unwrap()], Some(Duration::ZERO))
                .unwrap()
                .is_empty()
        );
        here.send(&()).unwrap();
        assert_eq!(wait(&[&process.sentinel().unwrap()], None).unwrap(), [0]);
        process.join().unwrap();
        assert_eq!(
            wait(&[&process.sentinel().unwrap()], None).unwrap(),
            [0],
            "it stays so"
        );
    });
}

/// `test_close`
#[test]
fn a_closed_process_answers_nothing() {
    with_each_method(|context| {
        let (mut here, there) = pipe().unwrap();
        let mut process = context.process(wait_for, (there,));
        process.start().unwrap();
        let error = process.close().unwrap_err();
        assert!(
            error.is_running() && error.to_string().contains("still runs"),
            "{error}"
        );
        here.send(&()).unwrap();
        process.join().unwrap();
        process.close().unwrap();
        assert!(process.is_alive().unwrap_err().is_closed());
        assert!(process.join().unwrap_err().is_closed());
        assert!(process.terminate().unwrap_err().is_closed());
        assert!(process.exitcode().unwrap_err().is_closed());
        assert!(process.close().unwrap_err().is_closed());
        assert!(process.start().unwrap_err().is_already_started());
        assert_eq!(process.pid(), None);
        assert!(format!("{process:?}").contains("closed"));
    });
}

/// `test_lose_target_ref`: the parent keeps nothing of what the process has.
#[test]
fn arguments_belong_to_the_process() {
    with_each_method(|context| {
        let (mut here, there) = pipe().unwrap();
        let mut process = context.process(echo, (there,));
        process.start().unwrap();
        here.send("word").unwrap();
        assert_eq!(here.recv::<String>().unwrap(), "word");
        process.kill().unwrap();
        // The end of the stream: no copy of the process's end is left here.
        assert!(here.recv::<String>().is_err());
        assert!(process.join().is_err());
    });
}

#[task]
fn echo(mut connection: Connection) {
    while let Ok(word) = connection.recv::<String>() {
        connection.send(&word).unwrap();
    }
}

#[test]
fn one_process_can_be_waited_for_by_many_threads() {
    with_each_method(|context| {
        let (mut here, there) = pipe().unwrap();
        let mut process = context.process(wait_for, (there,));
        process.start().unwrap();
        let handle = process.handle().unwrap();
        std::thread::scope(|scope| {
            let waits: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| handle.wait(None).unwrap()))
                .collect();
            here.send(&()).unwrap();
            for wait in waits {
                assert_eq!(wait.join().unwrap(), Some(0));
            }
        });
        process.join().unwrap();
    });
}
