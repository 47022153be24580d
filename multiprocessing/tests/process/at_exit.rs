//! What is done at the end of a process: its hooks are called, its children waited for, its daemons ended.

use std::fs::File;
use std::io::{self, Read, Write};
use std::thread;
use std::time::Duration;

use manyways_testkit as testkit;
use multiprocessing::connection::Descriptor;
use multiprocessing::{Process, at_exit, exit, run_main, task};

use crate::support::{Watch, report, with_each_method};

#[task]
fn leave_in_the_middle(_guard: String) {
    struct Told;
    impl Drop for Told {
        fn drop(&mut self) {
            at_exit(|| exit_by_force(9));
        }
    }
    let _told = Told;
    exit(0);
}

fn exit_by_force(code: i32) {
    std::process::exit(code);
}

#[test]
fn an_exit_unwinds_and_calls_hooks() {
    with_each_method(|context| {
        let mut process = context.process(leave_in_the_middle, (String::new(),));
        process.start().unwrap();
        // The destructor ran, and its hook after it.
        assert_eq!(process.join().unwrap_err().exitcode(), Some(9));
    });
}

/// Says a letter when it is called, and again at the end. `_TestAtExit`
#[task]
fn register(pipe: Descriptor) {
    let mut pipe = File::from(pipe.into_fd());
    let mut second = pipe.try_clone().unwrap();
    at_exit(move || second.write_all(b"c").unwrap());
    at_exit(|| panic!("a hook that fails keeps no other from its turn"));
    let mut first = pipe.try_clone().unwrap();
    at_exit(move || {
        first.write_all(b"b").unwrap();
    });
    pipe.write_all(b"a").unwrap();
}

#[test]
fn hooks_are_called_at_the_end_the_last_one_first() {
    with_each_method(|context| {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut process = context.process(register, (Descriptor::new(writer),));
        process.start().unwrap();
        process.join().unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
    });
}

#[test]
fn hooks_are_not_inherited() {
    testkit::guarded(|| {
        let mut process = Process::new(|| {
            at_exit(|| exit_by_force(3));
            let mut child = Process::new(|| ());
            child.start().unwrap();
            child.join().unwrap();
            assert_eq!(child.exitcode().unwrap(), Some(0));
        });
        process.start().unwrap();
        assert_eq!(process.join().unwrap_err().exitcode(), Some(3));
    });
}

/// `test_wait_for_threads`: what Python does by itself, a hook does here.
#[task]
fn leave_a_thread(pipe: Descriptor) {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        wait.recv().unwrap();
        File::from(pipe.into_fd()).write_all(b"done").unwrap();
    });
    at_exit(move || {
        go.send(()).unwrap();
        thread.join().unwrap();
    });
}

#[test]
fn a_thread_can_be_waited_for_at_the_end() {
    with_each_method(|context| {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut process = context.process(leave_a_thread, (Descriptor::new(writer),));
        process.start().unwrap();
        process.join().unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "done");
    });
}

/// Starts a daemon that never ends, and a child that takes its time, and waits for neither.
#[task]
fn leave_children(watch: Descriptor, pipe: Descriptor) {
    let (mut told, tell) = io::pipe().unwrap();
    let mut daemon = Process::new(move || -> () {
        let _pipe = report(watch);
        drop(tell);
        loop {
            thread::park();
        }
    })
    .daemon(true);
    daemon.start().unwrap();
    told.read_to_end(&mut Vec::new()).unwrap();
    let mut child = Process::new(move || {
        thread::sleep(Duration::from_millis(20));
        File::from(pipe.into_fd()).write_all(b"waited for").unwrap();
    });
    child.start().unwrap();
}

#[test]
fn a_process_waits_for_its_children_and_ends_its_daemons() {
    with_each_method(|context| {
        let (mut reader, writer) = io::pipe().unwrap();
        let (mut watch, watched) = Watch::new();
        let mut process = context.process(leave_children, (watched, Descriptor::new(writer)));
        process.start().unwrap();
        process.join().unwrap();
        watch.await_reports(1);
        watch.await_end();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "waited for");
    });
}

#[test]
fn a_program_ends_as_its_children_do() {
    testkit::guarded(|| {
        let (mut reader, writer) = io::pipe().unwrap();
        // In a process, since `run_main` is for whole programs.
        let mut program = Process::new(move || {
            run_main(move || {
                let mut child = Process::new(move || {
                    let mut writer = writer;
                    writer.write_all(b"child").unwrap();
                });
                child.start().unwrap();
                exit(5);
            });
        });
        program.start().unwrap();
        assert_eq!(program.join().map(|()| 0).unwrap_err().exitcode(), Some(5));
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "child");
    });
}
