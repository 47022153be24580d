//! Each waits for its own: our children, those of std, and what happens when somebody takes a status away.

mod common;

use std::io::{self, Write};
use std::process::Command;
use std::time::Duration;

use manyways_process::{Exit, Fork, JoinError};
use manyways_testkit as testkit;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

fn exits_with(code: i32) -> Exit {
    let (mut child, _link) = Fork::new()
        .spawn(|_| manyways_process::leave(code))
        .unwrap();
    child.wait().unwrap()
}

#[test]
fn every_code_and_signal_is_told() {
    testkit::guarded(|| {
        for code in [0, 1, 101, 255] {
            assert_eq!(exits_with(code), Exit::Code(code));
        }
        for signal in [libc::SIGKILL, libc::SIGTERM, libc::SIGUSR1, 34, 37, 64] {
            let (mut child, _link) = Fork::new().spawn(|_| common::block_for_ever()).unwrap();
            child.signal(signal).unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(signal));
            assert_eq!(child.wait().unwrap().signal(), Some(signal), "asked again");
            assert!(!child.is_alive().unwrap());
            child.kill().unwrap(); // No error, and no harm to whoever has the pid now.
        }
    });
}

#[test]
fn a_running_child_has_no_status() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| link.recv::<()>().unwrap())
            .unwrap();
        assert_eq!(child.try_wait().unwrap(), None);
        assert_eq!(child.wait_timeout(Duration::from_millis(1)).unwrap(), None);
        assert!(child.is_alive().unwrap());
        link.send(&()).unwrap();
        assert_eq!(
            child.wait_timeout(Duration::MAX).unwrap(),
            Some(Exit::Code(0))
        );
        assert!(child.as_fd().unwrap().is_none());
    });
}

#[test]
fn a_stopped_child_has_not_ended_and_can_be_killed_and_dropped() {
    testkit::guarded(|| {
        for end in [true, false] {
            let (mut child, _link) = Fork::new()
                .spawn(|_| {
                    raise(Signal::SIGSTOP).unwrap();
                    common::block_for_ever()
                })
                .unwrap();
            common::wait_until(|| common::state_of(child.pid()) == Some('T'));
            assert_eq!(child.try_wait().unwrap(), None);
            if end {
                child.kill().unwrap();
                assert_eq!(child.wait().unwrap().signal(), Some(9));
            }
        }
    });
}

#[test]
fn signals_that_do_not_exist_are_refused() {
    testkit::guarded(|| {
        let (mut child, _link) = Fork::new().spawn(|_| common::block_for_ever()).unwrap();
        assert!(
            child
                .signal(65)
                .unwrap_err()
                .to_string()
                .contains("send a signal")
        );
        assert!(child.signal(-1).is_err());
        child.signal(0).unwrap();
        child.terminate().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGTERM));
    });
}

#[test]
fn children_of_std_and_ours_get_their_own() {
    testkit::guarded(|| {
        for code in 0..20 {
            let mut foreign = Command::new("sh")
                .args(["-c", &format!("exit {}", code + 100)])
                .spawn()
                .unwrap();
            let (mut ours, _link) = Fork::new()
                .spawn(|_| manyways_process::leave(code))
                .unwrap();
            if code % 2 == 0 {
                assert_eq!(ours.wait().unwrap(), Exit::Code(code));
                assert_eq!(foreign.wait().unwrap().code(), Some(code + 100));
            } else {
                assert_eq!(foreign.wait().unwrap().code(), Some(code + 100));
                assert_eq!(ours.wait().unwrap(), Exit::Code(code));
            }
        }
    });
}

#[test]
fn a_status_that_somebody_else_took_is_unknown() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new().spawn(|_| manyways_process::leave(3)).unwrap();
        let pid = Pid::from_raw(child.pid().cast_signed());
        assert_eq!(waitpid(pid, None).unwrap(), WaitStatus::Exited(pid, 3));
        assert!(link.recv::<()>().unwrap_err().is_closed());
        child.kill().unwrap();
        assert_eq!(child.try_wait().unwrap(), Some(Exit::Unknown));
        assert_eq!(child.wait().unwrap(), Exit::Unknown);

        let task = Fork::new()
            .run(|| -> u8 { manyways_process::leave(3) })
            .unwrap();
        waitpid(Pid::from_raw(task.pid().cast_signed()), None).unwrap();
        match task.join().unwrap_err() {
            JoinError::Died { exit, .. } => assert_eq!(exit, Exit::Unknown),
            other => panic!("{other}"),
        }
    });
}

/// The kernel keeps no statuses then; and the child may be gone before its pidfd can be opened.
#[test]
fn without_statuses_ends_are_unknown_and_values_come() {
    testkit::guarded(|| {
        for forget_children in [
            (|| common::sys::ignore(libc::SIGCHLD)) as fn(),
            common::sys::keep_no_zombies,
        ] {
            let task = Fork::new().run(|| {
                forget_children();
                (0..200).all(|number| {
                    let (mut child, _link) = Fork::new().spawn(|_| ()).unwrap();
                    let exit = child.wait().unwrap();
                    let value = Fork::new().run(|| number).unwrap().join().unwrap();
                    exit == Exit::Unknown && value == number
                })
            });
            assert!(task.unwrap().join().unwrap());
        }
    });
}

/// A child of a program that ignores SIGCHLD gets the statuses of its own children all the same.
#[test]
fn a_child_starts_with_statuses() {
    testkit::guarded(|| {
        for forget_children in [
            (|| common::sys::ignore(libc::SIGCHLD)) as fn(),
            common::sys::keep_no_zombies,
        ] {
            let task = Fork::new().run(|| {
                forget_children();
                let grandchild = Fork::new().run(|| exits_with(7)).unwrap();
                grandchild.join().unwrap()
            });
            assert_eq!(task.unwrap().join().unwrap(), Exit::Code(7));
        }
    });
}

#[test]
fn a_dropped_child_is_killed_and_leaves_no_zombie() {
    testkit::guarded(|| {
        let (mut watch, writer) = common::Watch::new();
        let (child, _link) = Fork::new()
            .spawn(move |_| {
                common::report(&writer);
                common::block_for_ever()
            })
            .unwrap();
        watch.await_reports(1);
        let pid = child.pid();
        drop(child);
        assert_eq!(common::state_of(pid), None, "not even a zombie");
        watch.await_end();
    });
}

/// A debugger keeps a zombie from being reaped, and a drop from returning, were it to wait for ever.
#[test]
fn a_drop_does_not_wait_for_a_child_that_a_debugger_holds() {
    testkit::guarded(|| {
        let (child, mut ready) = Fork::new()
            .spawn(|link| {
                common::sys::permit_debuggers();
                link.send(&()).unwrap();
                common::block_for_ever()
            })
            .unwrap();
        ready.recv::<()>().unwrap();
        let pid = child.pid();
        let (mut debugger, mut link) = Fork::new()
            .spawn(|link| {
                common::sys::seize(pid);
                link.send(&()).unwrap();
                link.recv::<()>().unwrap();
            })
            .unwrap();
        link.recv::<()>().unwrap();
        drop(child);
        assert_eq!(
            common::state_of(pid),
            Some('Z'),
            "the debugger has not let go of it"
        );
        link.send(&()).unwrap();
        assert!(debugger.wait().unwrap().success());
        common::wait_until(|| common::state_of(pid).is_none());
    });
}

#[test]
fn a_copy_of_a_child_in_a_sibling_is_refused_and_its_drop_harms_nobody() {
    testkit::guarded(|| {
        let (child, mut link) = Fork::new()
            .spawn(|link| {
                let word: String = link.recv().unwrap();
                link.send(&word).unwrap();
            })
            .unwrap();
        let mut child = Some(child);
        let task = Fork::new().run(|| {
            let mut copy = child.take().unwrap();
            let errors = [
                copy.wait().unwrap_err(),
                copy.try_wait().unwrap_err(),
                copy.wait_timeout(Duration::ZERO).unwrap_err(),
                copy.kill().unwrap_err(),
                copy.as_fd().unwrap_err(),
            ];
            drop(copy);
            errors
                .iter()
                .all(|error| error.to_string().contains("belongs to the process"))
        });
        assert!(task.unwrap().join().unwrap());
        link.send("alive").unwrap();
        assert_eq!(link.recv::<String>().unwrap(), "alive");
        assert!(child.unwrap().wait().unwrap().success());
    });
}

#[test]
fn exits_read_well_in_errors() {
    testkit::guarded(|| {
        let task = Fork::new().run(|| -> u8 { std::process::abort() }).unwrap();
        let pid = task.pid();
        let error = task.join().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("process {pid} was killed by SIGABRT")),
            "{error}"
        );
        assert!(error.ends_with("before it had sent its value"), "{error}");
        io::stdout().flush().unwrap();
    });
}
