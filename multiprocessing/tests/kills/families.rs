//! Whole families.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Write};
use std::time::Duration;

use manyways_process::{Fork, Link};
use manyways_testkit::guarded_for;
use multiprocessing::{Event, JoinableQueue, Lock, Queue, Value};

use crate::support::{await_that, sleep_on};

/// The shared segments that a process has mapped, by their inodes.
fn segments(pid: u32) -> HashSet<String> {
    // It may be gone.
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let lines = maps.lines().filter(|line| line.contains("/memfd:manyways"));
    lines
        .filter_map(|line| line.split_whitespace().nth(4).map(str::to_owned))
        .collect()
}

fn all_segments() -> HashSet<String> {
    let processes = fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .flat_map(segments)
        .collect()
}

/// A parent with children of which one holds what another waits for.
fn family(link: &mut Link, reports: &std::io::PipeWriter) {
    let (lock, queue) = (Lock::new().unwrap(), Queue::<u32>::new().unwrap());
    let (tasks, event) = (JoinableQueue::new().unwrap(), Event::new().unwrap());
    let value = Value::new(0_u8).unwrap();
    tasks.put(&1).unwrap();
    let child = |body: &dyn Fn()| {
        let body = || {
            let mut reports = reports;
            reports.write_all(b"r").unwrap();
            body();
        };
        Fork::new().run(body).unwrap()
    };
    let children = [
        child(&|| {
            let _guards = (lock.lock(), value.lock(), tasks.get());
            event.set();
            sleep_on()
        }),
        child(&|| {
            event.wait();
            let _ = lock.lock();
        }),
        child(&|| {
            event.wait();
            let _ = value.lock();
        }),
        child(&|| drop(queue.get())),
        child(&|| {
            event.wait();
            let _ = tasks.join();
        }),
    ];
    event.wait();
    link.send(&children.len()).unwrap();
    sleep_on()
}

/// The parent is killed: all that waited for each other are gone, and no segment is left.
#[test]
fn nothing_is_left_of_a_family() {
    guarded_for(Duration::from_secs(300), || {
        for _ in 0..10 {
            let (mut listener, speaker) = std::io::pipe().unwrap();
            let (mut parent, mut link) = Fork::new().spawn(|link| family(link, &speaker)).unwrap();
            drop(speaker);
            let children: usize = link.recv().unwrap();
            let mut reports = vec![0; children];
            listener.read_exact(&mut reports).unwrap();
            let theirs = segments(parent.pid());
            assert!(!theirs.is_empty());

            parent.kill().unwrap();
            // The end comes when the last of them is gone.
            listener.read_to_end(&mut reports).unwrap();
            assert_eq!(reports.len(), children);
            parent.wait().unwrap();
            await_that("their segments are gone", || {
                all_segments().is_disjoint(&theirs)
            });
        }
    });
}
