//! What a child inherits of its parent's signals.

mod common;

use std::io;

use manyways_process::{Fork, Output};
use manyways_testkit as testkit;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise};

/// In a process of its own, as signal handlers are the whole program's.
fn in_own_process<T>(work: impl FnOnce() -> T) -> T
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    Fork::new().run(work).unwrap().join().unwrap()
}

#[test]
fn handlers_do_not_run_in_the_child() {
    testkit::guarded(|| {
        let signals = [libc::SIGTERM, libc::SIGUSR1, libc::SIGINT, 34, 50, 64];
        let ended = in_own_process(|| {
            signals.into_iter().for_each(common::sys::handle);
            let ended = signals.map(|signal| {
                let (mut child, _link) = Fork::new().spawn(|_| common::block_for_ever()).unwrap();
                child.signal(signal).unwrap();
                child.wait().unwrap().signal()
            });
            raise(Signal::SIGUSR1).unwrap();
            assert_eq!(common::sys::handled(), 1, "the parent's handlers stay");
            ended
        });
        assert_eq!(ended, signals.map(Some));
    });
}

/// A signal that comes while a handler of the parent could still run in the child.
#[test]
fn handlers_do_not_run_at_the_fork() {
    testkit::guarded(|| {
        let (handled, killed) = in_own_process(|| {
            common::sys::handle(libc::SIGUSR1);
            let mut killed = 0;
            for _ in 0..200 {
                let (mut child, mut link) = Fork::new()
                    .spawn(|link| {
                        link.send(&common::sys::handled()).unwrap();
                        common::block_for_ever()
                    })
                    .unwrap();
                child.signal(libc::SIGUSR1).unwrap();
                // Zero handled, or nothing sent, is what a child may say.
                assert_eq!(link.recv::<usize>().unwrap_or(0), 0);
                killed += i32::from(child.wait().unwrap().signal() == Some(libc::SIGUSR1));
            }
            (common::sys::handled(), killed)
        });
        assert_eq!((handled, killed), (0, 200));
    });
}

#[test]
fn the_mask_is_empty_in_the_child_and_as_before_in_the_parent() {
    testkit::guarded(|| {
        let mut some = SigSet::empty();
        some.add(Signal::SIGTERM);
        some.add(Signal::SIGUSR2);
        let before = some.thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap();
        let task = Fork::new().run(|| {
            let blocked = SigSet::thread_get_mask().unwrap();
            let in_thread = std::thread::spawn(|| SigSet::thread_get_mask().unwrap());
            blocked == SigSet::empty() && in_thread.join().unwrap() == SigSet::empty()
        });
        let still = SigSet::thread_get_mask().unwrap();
        assert!(still.contains(Signal::SIGTERM) && still.contains(Signal::SIGUSR2));
        assert!(!still.contains(Signal::SIGINT));
        before.thread_set_mask().unwrap();
        assert!(task.unwrap().join().unwrap());
    });
}

/// What the parent had pending is the parent's.
#[test]
fn pending_signals_are_not_inherited() {
    testkit::guarded(|| {
        let value = in_own_process(|| {
            let mut usr1 = SigSet::empty();
            usr1.add(Signal::SIGUSR1);
            usr1.thread_block().unwrap();
            raise(Signal::SIGUSR1).unwrap();
            Fork::new().run(|| 5).unwrap().join().unwrap()
        });
        assert_eq!(value, 5);
    });
}

#[test]
fn ignored_signals_stay_ignored_and_defaults_stay() {
    testkit::guarded(|| {
        let child = in_own_process(|| {
            common::sys::ignore(libc::SIGHUP);
            common::sys::set_default(libc::SIGQUIT);
            let task = Fork::new().run(|| {
                raise(Signal::SIGHUP).unwrap();
                let all = [libc::SIGPIPE, libc::SIGHUP, libc::SIGQUIT, libc::SIGCHLD];
                all.map(|signal| common::sys::disposition(signal) == libc::SIG_IGN)
            });
            task.unwrap().join().unwrap()
        });
        assert_eq!(child, [true, true, false, false], "Rust ignores SIGPIPE");
    });
}

#[test]
fn sigterm_ends_a_child() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                link.send(&()).unwrap();
                common::block_for_ever()
            })
            .unwrap();
        link.recv::<()>().unwrap();
        child.terminate().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGTERM));
    });
}

#[expect(unconditional_recursion, reason = "it shall overflow the stack")]
fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    recurse(depth + 1) + frame[0]
}

#[test]
fn a_stack_overflow_is_named() {
    testkit::guarded(|| {
        let (mut child, _link) = Fork::new()
            .stderr(Output::Capture)
            .spawn(|_| {
                // No core file of so large a stack.
                nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)
                    .unwrap();
                std::hint::black_box(recurse(0));
            })
            .unwrap();
        let printed = io::read_to_string(child.take_stderr().unwrap()).unwrap();
        assert!(printed.contains("has overflowed its stack"), "{printed}");
        let signal = child.wait().unwrap().signal().unwrap();
        assert!([libc::SIGABRT, libc::SIGSEGV].contains(&signal), "{signal}");
    });
}

/// A program that has given SIGPIPE its default action is not killed by a child that is gone.
#[test]
fn a_dead_child_does_not_kill_its_parent_by_sigpipe() {
    testkit::guarded(|| {
        let errors = in_own_process(|| {
            common::sys::set_default(libc::SIGPIPE);
            let (mut child, mut link) = Fork::new().spawn(|_| ()).unwrap();
            child.wait().unwrap();
            let error = link.send(&1_u8).unwrap_err();
            let later = link.halves().0.send_bytes(&[&[0; 100]]).unwrap_err();
            (error.is_closed(), later.is_closed())
        });
        assert_eq!(errors, (true, true));
    });
}
