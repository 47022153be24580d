//! Children die with their parent, whatever they are doing; and only with their parent.

mod common;

use std::io::{PipeWriter, Read, Write};
use std::time::Duration;

use common::{Watch, block_for_ever, report, state_of, wait_until};
use manyways_process::{Child, Fork, leave, renew_life_line};
use manyways_testkit as testkit;
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal, raise};
use nix::unistd::{Uid, geteuid, setuid};

/// A parent with a child that does `work`, and a grandchild that blocks. Both hold the pipe.
fn family(watch: PipeWriter, work: impl FnOnce()) -> Child {
    let parent = Fork::new().spawn(|link| {
        let child = Fork::new().spawn(move |_| {
            let grandchild = Fork::new().spawn(|_| {
                report(&watch);
                block_for_ever()
            });
            report(&watch);
            work();
            drop(grandchild);
        });
        link.send(&()).unwrap();
        let _ = link.recv::<()>();
        drop(child);
    });
    let (parent, mut link) = parent.unwrap();
    link.recv::<()>().unwrap();
    std::mem::forget(link); // The parent must die of what the test does, not end by this.
    parent
}

/// As a test leaves nothing behind, the link of `family` must go in the end: it is in a process that does.
fn in_own_process(test: impl FnOnce()) {
    let joined = Fork::new().run(test).unwrap().join();
    joined.unwrap_or_else(|error| panic!("{error}"));
}

fn dies_with_a_killed_parent(work: impl FnOnce()) {
    testkit::guarded(|| {
        in_own_process(|| {
            let (mut watch, writer) = Watch::new();
            let mut parent = family(writer, work);
            watch.await_reports(2);
            parent.kill().unwrap();
            watch.await_end();
            assert_eq!(parent.wait().unwrap().signal(), Some(9));
        });
    });
}

#[test]
fn a_child_that_computes() {
    dies_with_a_killed_parent(|| {
        loop {
            std::hint::spin_loop();
        }
    });
}

#[test]
fn a_child_that_blocks() {
    dies_with_a_killed_parent(|| block_for_ever());
}

#[test]
fn a_child_that_has_blocked_all_signals() {
    dies_with_a_killed_parent(|| {
        SigSet::all().thread_block().unwrap();
        block_for_ever()
    });
}

#[test]
fn a_child_that_ignores_all_signals() {
    dies_with_a_killed_parent(|| {
        (1..=31).for_each(common::sys::ignore);
        block_for_ever()
    });
}

#[test]
fn a_child_of_many_threads() {
    dies_with_a_killed_parent(|| {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| block_for_ever()))
            .collect();
        threads.into_iter().for_each(|thread| drop(thread.join()));
    });
}

#[test]
fn a_stopped_child() {
    testkit::guarded(|| {
        in_own_process(|| {
            let (mut watch, writer) = Watch::new();
            let mut parent = family(writer, || raise(Signal::SIGSTOP).unwrap());
            let pids = watch.await_reports(2);
            wait_until(|| pids.iter().any(|pid| state_of(*pid) == Some('T')));
            parent.kill().unwrap();
            watch.await_end();
            parent.wait().unwrap();
        });
    });
}

/// The parent's destructors do not run, so nothing but the kernel ends the child.
#[test]
fn a_child_of_a_parent_that_exits() {
    for exit in [leave as fn(i32) -> !, std::process::exit] {
        testkit::guarded(|| {
            let (mut watch, writer) = Watch::new();
            let (mut parent, _link) = Fork::new()
                .spawn(|_| {
                    let _child = Fork::new().spawn(move |_| {
                        report(&writer);
                        block_for_ever()
                    });
                    exit(3);
                })
                .unwrap();
            assert_eq!(parent.wait().unwrap().code(), Some(3));
            // The child may have died before it could report.
            let mut rest = Vec::new();
            watch.read_to_end(&mut rest);
        });
    }
}

#[test]
fn a_child_outlives_the_thread_that_forked_it() {
    testkit::guarded(|| {
        let fork = || {
            let echo = |link: &mut manyways_process::Link| {
                let word: String = link.recv().unwrap();
                link.send(&word).unwrap();
            };
            Fork::new().spawn(echo).unwrap()
        };
        let thread = std::thread::spawn(fork);
        let thread_id = thread.thread().id();
        let (mut child, mut link) = thread.join().unwrap();
        assert_ne!(thread_id, std::thread::current().id());
        link.send("still here").unwrap();
        assert_eq!(link.recv::<String>().unwrap(), "still here");
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_child_that_may_outlives_its_parent() {
    testkit::guarded(|| {
        let (mut watch, writer) = Watch::new();
        let (mut question, mut ask) = std::io::pipe().unwrap();
        let (mut answer, mut give) = std::io::pipe().unwrap();
        let (mut parent, _link) = Fork::new()
            .spawn(|_| {
                let _child = Fork::new().outlive_parent().spawn(move |_| {
                    report(&writer);
                    question.read_exact(&mut [0]).unwrap();
                    give.write_all(b"!").unwrap();
                });
                leave(0)
            })
            .unwrap();
        assert!(parent.wait().unwrap().success());
        watch.await_reports(1);
        ask.write_all(b"?").unwrap();
        answer.read_exact(&mut [0]).unwrap();
        watch.await_end();
    });
}

/// Root becomes nobody. Where the tests do not run as root, it only becomes itself.
#[test]
fn a_child_that_changed_its_user() {
    let nobody = match geteuid().is_root() {
        true => Uid::from_raw(65534),
        false => geteuid(),
    };
    dies_with_a_killed_parent(|| {
        setuid(nobody).unwrap();
        block_for_ever()
    });
}

/// In a user namespace root is no root to the kernel.
#[test]
fn a_child_that_changed_its_user_in_a_namespace_and_renewed_its_life_line() {
    testkit::guarded(|| {
        let (mut watch, writer) = Watch::new();
        let (mut parent, mut link) = Fork::new()
            .spawn(|link| {
                let separate = geteuid().is_root() && separated(CloneFlags::CLONE_NEWUSER);
                link.send(&separate.then(std::process::id)).unwrap();
                if separate {
                    link.recv::<()>().unwrap(); // Until the namespace has users.
                    setuid(Uid::from_raw(0)).unwrap();
                }
                let _child = Fork::new().spawn(move |_| {
                    if separate {
                        setuid(Uid::from_raw(7)).unwrap();
                    }
                    renew_life_line().unwrap();
                    report(&writer);
                    block_for_ever()
                });
                block_for_ever()
            })
            .unwrap();
        if let Some(pid) = link.recv::<Option<u32>>().unwrap() {
            std::fs::write(format!("/proc/{pid}/uid_map"), "0 100000 1000\n").unwrap();
            link.send(&()).unwrap();
        }
        watch.await_reports(1);
        parent.kill().unwrap();
        watch.await_end();
        parent.wait().unwrap();
    });
}

/// The first process of a PID namespace ignores signals that it has no handler for; but not this one.
#[test]
fn a_child_that_is_init_of_a_namespace() {
    testkit::guarded(|| {
        let (mut watch, writer) = Watch::new();
        let (mut parent, mut link) = Fork::new()
            .spawn(|link| {
                let both = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID;
                link.send(&separated(both)).unwrap();
                let _child = Fork::new().spawn(move |_| {
                    report(&writer);
                    block_for_ever()
                });
                block_for_ever()
            })
            .unwrap();
        let separate: bool = link.recv().unwrap();
        assert_eq!(watch.await_reports(1)[0] == 1, separate);
        parent.kill().unwrap();
        watch.await_end();
        parent.wait().unwrap();
    });
}

/// What watches for its parent there is no file that it does not keep.
#[test]
fn a_child_that_is_init_of_a_namespace_and_keeps_no_files() {
    testkit::guarded(|| {
        let task = Fork::new().run(|| {
            separated(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID);
            let (mut child, mut link) = Fork::new()
                .close_other_files()
                .spawn(|link| {
                    let word: String = link.recv().unwrap();
                    link.send(&word).unwrap();
                })
                .unwrap();
            // A thread that sees its file closed would see it at once.
            assert_eq!(child.wait_timeout(Duration::from_millis(50)).unwrap(), None);
            link.send("alive").unwrap();
            (link.recv::<String>().unwrap(), child.wait().unwrap())
        });
        let (word, exit) = task.unwrap().join().unwrap();
        assert_eq!((word.as_str(), exit.code()), ("alive", Some(0)));
    });
}

/// Whether this process has moved to new namespaces. Containers may forbid it; then the tests above show
/// no more than the others.
fn separated(namespaces: CloneFlags) -> bool {
    let outcome = unshare(namespaces);
    if let Err(errno) = outcome {
        let _ = writeln!(
            std::io::stderr(),
            "no namespaces here, tested without: {errno}"
        );
    }
    outcome.is_ok()
}

#[test]
fn a_process_that_is_nobodys_child_has_no_life_line_to_renew() {
    renew_life_line().unwrap();
}
