//! Processes that start processes, and many at once.

use std::fs;

use manyways_testkit as testkit;
use multiprocessing::connection::pipe;
use multiprocessing::{Process, active_children, current_process, get_context, task};

use crate::support::{nothing, sleep, wait_for, with_each_method};

#[test]
fn processes_have_names_by_their_descent() {
    testkit::guarded(|| {
        let mut process = Process::new(|| {
            let mut child = Process::new(|| current_process().name);
            child.start().unwrap();
            (current_process().name, child.join().unwrap())
        });
        process.start().unwrap();
        let (child, grandchild) = process.join().unwrap();
        assert!(child.starts_with("Process-"), "{child}");
        assert_eq!(child, process.get_name());
        assert_eq!(grandchild, format!("{child}:1"));
    });
}

/// `test_daemon_argument`
#[test]
fn a_daemon_has_no_children() {
    with_each_method(|context| {
        assert!(!context.process(nothing, ()).is_daemon());
        let mut process = context.process(start_a_child, ()).daemon(true);
        process.start().unwrap();
        let (is_daemonic, text) = process.join().unwrap().unwrap_err();
        assert!(
            is_daemonic && text.contains("this process is daemonic"),
            "{text}"
        );
    });
}

#[task]
fn start_a_child() -> Result<(), (bool, String)> {
    let mut child = Process::new(|| ());
    let started = child.start();
    started.map_err(|error| (error.is_daemonic(), error.to_string()))
}

/// `test_active_children`
#[test]
fn children_are_listed_while_they_run() {
    with_each_method(|context| {
        let (mut here, there) = pipe().unwrap();
        let mut process = context.process(wait_for, (there,)).name("listed");
        assert!(active_children().is_empty());
        process.start().unwrap();
        let children = active_children();
        let [child] = &children[..] else {
            panic!("{children:?}");
        };
        assert_eq!((child.name(), Some(child.pid())), ("listed", process.pid()));
        assert_eq!(child.exitcode().unwrap(), None);
        here.send(&()).unwrap();
        assert_eq!(child.wait(None).unwrap(), Some(0));
        assert!(active_children().is_empty());
        process.join().unwrap();
    });
}

/// `test_recursion`
#[test]
fn processes_start_processes() {
    with_each_method(|context| {
        let method = context.start_method().to_string();
        let mut process = context.process(recurse, (method, 0, Vec::new()));
        process.start().unwrap();
        assert_eq!(process.join().unwrap(), recursed(0, &[]));
    });
}

const DEPTH: usize = 2;

#[task]
fn recurse(method: String, depth: usize, path: Vec<u8>) -> Vec<Vec<u8>> {
    let mut paths = vec![path.clone()];
    if depth < DEPTH {
        let context = get_context(method.parse().unwrap());
        for branch in 0..2 {
            let below = [&path[..], &[branch]].concat();
            let mut process = context.process(recurse, (method.clone(), depth + 1, below));
            process.start().unwrap();
            paths.extend(process.join().unwrap());
        }
    }
    paths
}

fn recursed(depth: usize, path: &[u8]) -> Vec<Vec<u8>> {
    let mut paths = vec![path.to_vec()];
    if depth < DEPTH {
        for branch in 0..2 {
            paths.extend(recursed(depth + 1, &[path, &[branch]].concat()));
        }
    }
    paths
}

/// `test_many_processes`
#[test]
fn many_processes_run_at_once() {
    with_each_method(|context| {
        let start = |_| {
            let (here, there) = pipe().unwrap();
            let mut process = context.process(wait_for, (there,));
            process.start().unwrap();
            (process, here)
        };
        let processes: Vec<_> = (0..10).map(start).collect();
        assert_eq!(active_children().len(), 10);
        for (process, mut connection) in processes {
            connection.send(&()).unwrap();
            process.join().unwrap();
        }
        let mut sleepers: Vec<_> = (0..10).map(|_| context.process(sleep, ())).collect();
        sleepers
            .iter_mut()
            .for_each(|process| process.start().unwrap());
        sleepers
            .iter()
            .for_each(|process| process.terminate().unwrap());
        for process in sleepers {
            assert_eq!(process.join().unwrap_err().exitcode(), Some(-15));
        }
    });
}

/// `test_child_fd_inflation`: a process has not more open files because others run.
#[test]
fn open_files_do_not_add_up() {
    with_each_method(|context| {
        let count = || {
            let mut process = context.process(count_open_files, ());
            process.start().unwrap();
            process.join().unwrap()
        };
        let alone = count();
        let (watched, mut other_ends): (Vec<_>, Vec<_>) = (0..5)
            .map(|_| {
                let (here, there) = pipe().unwrap();
                let mut process = context.process(wait_for, (there,));
                process.start().unwrap();
                (process, here)
            })
            .unzip();
        // A fork shares the five open pipes of this process, each a socket and its memory, but not what belongs to its children.
        assert!(count() <= alone + 5 * 2, "{} of {alone}", count());
        other_ends.iter_mut().for_each(|end| end.send(&()).unwrap());
        watched.iter().for_each(|process| process.join().unwrap());
    });
}

#[task]
fn count_open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}
