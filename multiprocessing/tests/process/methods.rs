//! Start methods. Python's `TestStartMethod` and `TestCloseFds`.

use std::io;
use std::os::fd::AsRawFd;

use manyways_testkit as testkit;
use multiprocessing::{
    Context, Process, StartMethod, get_all_start_methods, get_context, get_start_method,
    set_start_method, stop_forkserver, task,
};

use crate::support::{with_each_method, with_method};

/// `test_get_all_start_methods`
#[test]
fn there_are_three() {
    let names = get_all_start_methods().map(StartMethod::name);
    assert_eq!(names, ["fork", "spawn", "forkserver"]);
    for name in names {
        assert_eq!(name.parse::<StartMethod>().unwrap().to_string(), name);
    }
    let error = "threads".parse::<StartMethod>().unwrap_err();
    assert!(
        error.to_string().contains("fork, spawn or forkserver"),
        "{error}"
    );
}

/// `test_set_get`. In a process, as it changes the whole process.
#[test]
fn the_method_is_set_once_or_by_force() {
    testkit::guarded(|| {
        let mut process = Process::new(|| {
            assert_eq!(get_start_method(), StartMethod::Fork);
            set_start_method(StartMethod::Spawn, false).unwrap();
            assert_eq!(get_start_method(), StartMethod::Spawn);
            let error = set_start_method(StartMethod::ForkServer, false).unwrap_err();
            assert!(error.to_string().contains("force"), "{error}");
            assert_eq!(get_start_method(), StartMethod::Spawn);
            set_start_method(StartMethod::ForkServer, true).unwrap();
            assert_eq!(Context::current().start_method(), StartMethod::ForkServer);
        });
        process.start().unwrap();
        process.join().unwrap();
        assert_eq!(get_start_method(), StartMethod::Fork);
    });
}

#[task]
fn method_of_children() -> (String, String) {
    let mut child = Process::task(parents_method, ());
    child.start().unwrap();
    let below = child.join().unwrap();
    stop_forkserver();
    (get_start_method().to_string(), below)
}

#[task]
fn parents_method() -> String {
    get_start_method().to_string()
}

/// `test_context`, `test_nested_startmethod`
#[test]
fn children_have_the_method_of_their_parent() {
    with_each_method(|context| {
        let method = context.start_method();
        let mut process = Process::new(move || {
            set_start_method(method, true).unwrap();
            let mut child = Process::task(method_of_children, ());
            child.start().unwrap();
            let methods = child.join().unwrap();
            stop_forkserver();
            methods
        });
        process.start().unwrap();
        assert_eq!(
            process.join().unwrap(),
            (method.to_string(), method.to_string())
        );
    });
}

#[task]
fn mixed(rest: Vec<String>) -> Vec<u32> {
    let mut pids = vec![std::process::id()];
    if let Some((method, rest)) = rest.split_first() {
        let context = get_context(method.parse().unwrap());
        let mut child = context.process(mixed, (rest.to_vec(),));
        child.start().unwrap();
        pids.extend(child.join().unwrap());
        stop_forkserver();
    }
    pids
}

/// `test_mixed_startmethod`
#[test]
fn methods_mix() {
    with_method(StartMethod::Fork, |_| {
        for first in get_all_start_methods() {
            for second in get_all_start_methods() {
                let rest = [first, second, first].map(|method| method.to_string());
                let pids = mixed(rest.to_vec());
                assert_eq!(pids.len(), 4);
                assert!(
                    pids.iter()
                        .all(|pid| pids.iter().filter(|other| pid == *other).count() == 1)
                );
            }
        }
    });
}

/// The process's own open file of this number, if it is a pipe with this name.
#[task]
fn has_pipe(name: String) -> bool {
    let files = std::fs::read_dir("/proc/self/fd").unwrap();
    files
        .filter_map(|file| std::fs::read_link(file.unwrap().path()).ok())
        .any(|target| target.to_string_lossy() == name)
}

/// `TestCloseFds`: a fork shares what its parent has open, the other methods share nothing.
#[test]
fn open_files_are_inherited_by_forks_alone() {
    with_each_method(|context| {
        let (reader, _writer) = io::pipe().unwrap();
        let link = format!("/proc/self/fd/{}", reader.as_raw_fd());
        let name = std::fs::read_link(link).unwrap().display().to_string();
        let mut process = context.process(has_pipe, (name,));
        process.start().unwrap();
        let is_fork = context.start_method() == StartMethod::Fork;
        assert_eq!(process.join().unwrap(), is_fork);
    });
}

#[task]
fn stdin_of_child() -> String {
    std::fs::read_link("/proc/self/fd/0")
        .unwrap()
        .display()
        .to_string()
}

#[test]
fn standard_input_is_empty() {
    with_each_method(|context| {
        let mut process = context.process(stdin_of_child, ());
        process.start().unwrap();
        assert_eq!(process.join().unwrap(), "/dev/null");
    });
}
