//! Lives that are tied to another process than the parent, and statics that each process has for itself.

mod common;

use std::os::fd::OwnedFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{Watch, block_for_ever, report};
use manyways_process::{Child, Detached, Fork, LifeLine, Link, ProcessLocal, tie_life};
use manyways_testkit as testkit;

/// A process that forks children for others: each time, one that is tied to the end of a life line that comes with
/// the request, and holds the pipe of the test.
fn server() -> (Child, Link) {
    let (child, link) = Fork::new()
        .spawn(|link| {
            let mut link = link.take().take_descriptors();
            let mut children = Vec::new();
            while let Ok(((), descriptors)) = link.recv_with::<()>() {
                let [line, watch] = <[OwnedFd; 2]>::try_from(descriptors).unwrap();
                let (child, _) = Fork::new()
                    .outlive_parent()
                    .spawn(move |_| {
                        tie_life(line);
                        report(&watch.into());
                        block_for_ever()
                    })
                    .unwrap();
                let pidfd = child.as_fd().unwrap().unwrap().try_clone_to_owned();
                link.send_with(&child.pid(), vec![pidfd.unwrap()]).unwrap();
                children.push(child);
            }
        })
        .unwrap();
    (child, link.take_descriptors())
}

fn ask(link: &mut Link, line: OwnedFd, watch: OwnedFd) -> Detached {
    link.send_with(&(), vec![line, watch]).unwrap();
    let (pid, mut descriptors) = link.recv_with().unwrap();
    Detached::from_pidfd(pid, descriptors.remove(0))
}

#[test]
fn a_process_dies_with_the_line_it_is_tied_to_and_not_with_its_parent() {
    testkit::guarded(|| {
        let (mut server, mut link) = server();
        let (mut watch, writer) = Watch::new();
        let (line, other_end) = LifeLine::new().unwrap();
        let mut process = ask(&mut link, other_end, writer.into());
        assert_eq!(watch.await_reports(1), [process.pid()]);
        server.kill().unwrap();
        server.wait().unwrap();
        assert!(process.is_alive().unwrap());
        drop(line);
        watch.await_end();
        process.wait().unwrap();
    });
}

#[test]
fn a_process_dies_with_the_holder_of_its_line() {
    testkit::guarded(|| {
        let (mut watch, writer) = Watch::new();
        let (mut holder, mut up) = Fork::new()
            .spawn(|up| {
                let (_server, mut link) = server();
                let (_line, other_end) = LifeLine::new().unwrap();
                let process = ask(&mut link, other_end, writer.into());
                up.send(&process.pid()).unwrap();
                block_for_ever()
            })
            .unwrap();
        assert_eq!(watch.await_reports(1), [up.recv::<u32>().unwrap()]);
        holder.kill().unwrap();
        watch.await_end();
        holder.wait().unwrap();
    });
}

#[test]
fn a_process_that_is_tied_to_the_dead_ends_at_once() {
    testkit::guarded(|| {
        let (line, other_end) = LifeLine::new().unwrap();
        drop(line);
        let (mut child, _link) = Fork::new()
            .spawn(move |_| {
                tie_life(other_end);
                block_for_ever()
            })
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(101));
    });
}

#[test]
fn a_process_local_is_made_once_in_each_process() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    static LOCAL: ProcessLocal<Mutex<u32>> = ProcessLocal::new(|inherited| {
        MADE.fetch_add(1, Ordering::Relaxed);
        // Of the lock that is held, nothing can be said.
        Mutex::new(inherited.map_or(0, |parents| {
            parents.try_lock().map_or(100, |number| *number)
        }))
    });
    testkit::guarded(|| {
        let add = || {
            let mut number = LOCAL.get().lock().unwrap();
            *number += 1;
            *number
        };
        assert_eq!((add(), add()), (1, 2));
        let held = LOCAL.get().lock().unwrap();
        let task = Fork::new().run(|| {
            let first = add() + 1;
            let grandchild = Fork::new().run(add).unwrap().join().unwrap();
            (first, add() + 1, grandchild, MADE.load(Ordering::Relaxed))
        });
        assert_eq!(task.unwrap().join().unwrap(), (102, 103, 102, 2));
        drop(held);
        assert_eq!((add(), MADE.load(Ordering::Relaxed)), (3, 1));
    });
}
