//! Whatever is killed, all that descends from it goes with it.

use std::thread;

use manyways_testkit as testkit;
use multiprocessing::connection::{Connection, Descriptor};
use multiprocessing::{StartMethod, get_all_start_methods, get_context, task};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

use crate::support::{Watch, report, with_each_method};

/// Reports, and has two children that do, down to `depth`; each generation is started by the next method. Then blocks.
#[task]
fn family(watch: Descriptor, methods: Vec<String>, stopped: bool) {
    let mut children = Vec::new();
    if let Some((method, rest)) = methods.split_first() {
        let context = get_context(method.parse().unwrap());
        for _ in 0..2 {
            let mut child = context.process(family, (copy(&watch), rest.to_vec(), stopped));
            child.start().unwrap();
            children.push(child);
        }
    }
    let _pipe = report(watch);
    SigSet::all().thread_block().unwrap();
    if stopped {
        kill(Pid::this(), Signal::SIGSTOP).unwrap();
    }
    loop {
        thread::park();
    }
}

fn copy(descriptor: &Descriptor) -> Descriptor {
    use std::os::fd::AsFd;
    Descriptor::new(descriptor.as_fd().try_clone_to_owned().unwrap())
}

fn names(methods: &[StartMethod]) -> Vec<String> {
    methods.iter().map(ToString::to_string).collect()
}

#[test]
fn all_descendants_die_with_a_killed_process() {
    with_each_method(|context| {
        for below in get_all_start_methods() {
            let (mut watch, watched) = Watch::new();
            let methods = names(&[below, StartMethod::Fork]);
            let mut root = context.process(family, (watched, methods, false));
            root.start().unwrap();
            watch.await_reports(7);
            root.kill().unwrap();
            watch.await_end();
            assert_eq!(root.join().unwrap_err().exitcode(), Some(-9));
        }
    });
}

#[test]
fn descendants_die_with_a_stopped_process_that_is_killed() {
    with_each_method(|context| {
        let (mut watch, watched) = Watch::new();
        let methods = names(&[context.start_method()]);
        let mut root = context.process(family, (watched, methods, true));
        root.start().unwrap();
        watch.await_reports(3);
        root.kill().unwrap();
        watch.await_end();
        assert!(root.join().is_err());
    });
}

/// A process whose forkserver was killed before has children that are nobody's but its own.
#[task]
fn family_without_server(watch: Descriptor, mut ready: Connection) {
    let context = get_context(StartMethod::ForkServer);
    let mut child = context.process(family, (copy(&watch), Vec::new(), false));
    child.start().unwrap();
    let server = multiprocessing::forkserver_pid().unwrap();
    kill(Pid::from_raw(server.cast_signed()), Signal::SIGKILL).unwrap();
    let _pipe = report(watch);
    ready.send(&()).unwrap();
    loop {
        thread::park();
    }
}

#[test]
fn processes_of_a_dead_forkserver_die_with_who_started_them() {
    with_each_method(|context| {
        let (mut watch, watched) = Watch::new();
        let (mut here, there) = multiprocessing::connection::pipe().unwrap();
        let mut root = context.process(family_without_server, (watched, there));
        root.start().unwrap();
        here.recv::<()>().unwrap();
        watch.await_reports(2);
        root.kill().unwrap();
        watch.await_end();
        assert!(root.join().is_err());
    });
}

#[task]
fn exit_and_leave_family(watch: Descriptor, method: String) {
    let context = get_context(method.parse().unwrap());
    let mut child = context.process(family, (watch, vec![method], false));
    child.start().unwrap();
    std::process::exit(3);
}

/// By an exit that asks nobody.
#[test]
fn descendants_die_with_a_process_that_exits() {
    with_each_method(|context| {
        let (watch, watched) = Watch::new();
        let method = context.start_method().to_string();
        let mut root = context.process(exit_and_leave_family, (watched, method));
        root.start().unwrap();
        assert_eq!(root.join().unwrap_err().exitcode(), Some(3));
        watch.await_silence();
    });
}

#[test]
fn many_starts_leave_nothing() {
    with_each_method(|context| {
        let mut warm = context.process(crate::support::nothing, ());
        warm.start().unwrap();
        warm.join().unwrap();
        drop(warm);
        let guard = testkit::LeakGuard::new();
        for round in 0..60 {
            let mut process = context.process(crate::support::sleep, ());
            process.start().unwrap();
            match round % 3 {
                0 => process.kill().unwrap(),
                1 => process.terminate().unwrap(),
                // As a stranger does it.
                _ => kill(
                    Pid::from_raw(process.pid().unwrap().cast_signed()),
                    Signal::SIGKILL,
                )
                .unwrap(),
            }
            assert!(process.join().is_err());
        }
        assert!(multiprocessing::active_children().is_empty());
        guard.check().unwrap();
    });
}
