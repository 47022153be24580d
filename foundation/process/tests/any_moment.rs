//! Deaths at moments that nobody chose.

mod common;

use std::time::{Duration, Instant};
use std::{hint, thread};

use manyways_process::{Exit, Fork, Link, Output, PANICKED};
use manyways_testkit as testkit;

const LIMIT: Duration = Duration::from_secs(300);

/// Keeps the processor busy, since a sleep is much too coarse.
fn spin(duration: Duration) {
    let start = Instant::now();
    while start.elapsed() < duration {
        hint::spin_loop();
    }
}

/// Goes through all that a child does: messages, a thread, output, a child of its own, a panic.
fn live(link: &mut Link) {
    link.send(&1_u8).unwrap();
    thread::spawn(|| println!("from a thread")).join().unwrap();
    let task = Fork::new().run(|| 2_u8).unwrap();
    link.send(&task.join().unwrap()).unwrap();
    panic!("the end");
}

/// Whatever had come by then was right and in order, and the death is told.
#[test]
fn a_child_killed_at_any_moment() {
    testkit::guarded_for(LIMIT, || {
        let mut ends = [0, 0];
        for microseconds in (0..20_000).step_by(100) {
            let fork = Fork::new().stdout(Output::Null);
            let (mut child, mut link) = fork.spawn(live).unwrap();
            spin(Duration::from_micros(microseconds));
            child.kill().unwrap();
            let mut received = Vec::new();
            let error = loop {
                match link.recv::<u8>() {
                    Ok(number) => received.push(number),
                    Err(error) => break error,
                }
            };
            assert!([1, 2].starts_with(&received), "{received:?}");
            let report = error.panic_report();
            match child.wait().unwrap() {
                Exit::Code(PANICKED) => assert_eq!(report.unwrap().message(), "the end"),
                exit => assert_eq!(exit.signal(), Some(libc::SIGKILL)),
            }
            assert!(report.is_some() || error.is_closed(), "{error}");
            ends[usize::from(report.is_some())] += 1;
        }
        assert!(ends[0] > 0, "none was killed before its end");
    });
}

/// None of the family is left, whichever of them was being forked.
#[test]
fn a_parent_killed_at_any_moment() {
    testkit::guarded_for(LIMIT, || {
        for microseconds in (0..10_000).step_by(100) {
            let (watch, writer) = common::Watch::new();
            let (mut parent, _link) = Fork::new()
                .spawn(|_| {
                    let _writer = writer;
                    let fork = || Fork::new().spawn(|_| common::block_for_ever()).unwrap();
                    thread::scope(|scope| {
                        for _ in 0..2 {
                            scope.spawn(|| (0..50).map(|_| fork()).collect::<Vec<_>>());
                        }
                    });
                    common::block_for_ever()
                })
                .unwrap();
            spin(Duration::from_micros(microseconds));
            parent.kill().unwrap();
            parent.wait().unwrap();
            watch.await_end();
        }
    });
}

/// Each is the only child of the one before.
fn nest(depth: u32, link: &mut Link) {
    if depth == 0 {
        link.send(&()).unwrap();
        common::block_for_ever();
    }
    let (_child, mut inner) = Fork::new().spawn(|link| nest(depth - 1, link)).unwrap();
    link.send(&inner.recv::<()>().unwrap()).unwrap();
    common::block_for_ever()
}

#[test]
fn a_long_line_of_descent_ends_with_its_first() {
    testkit::guarded(|| {
        let (watch, writer) = common::Watch::new();
        let (mut first, mut link) = Fork::new()
            .spawn(|link| {
                let _writer = writer;
                nest(50, link);
            })
            .unwrap();
        link.recv::<()>().unwrap();
        first.kill().unwrap();
        watch.await_end();
    });
}
