//! Children of children, forks from threads, and that a thousand of them leave nothing behind.

mod common;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use common::open_fds;
use manyways_process::{Fork, JoinError};
use manyways_testkit as testkit;

#[test]
fn three_deep() {
    testkit::guarded(|| {
        let generation = |number: u32| (number, std::process::id());
        let task = Fork::new().run(|| {
            let task = Fork::new().run(|| {
                let task = Fork::new().run(|| vec![generation(3)]);
                [vec![generation(2)], task.unwrap().join().unwrap()].concat()
            });
            [vec![generation(1)], task.unwrap().join().unwrap()].concat()
        });
        let all = task.unwrap().join().unwrap();
        let numbers: Vec<u32> = all.iter().map(|(number, _)| *number).collect();
        let pids: BTreeSet<u32> = all.iter().map(|(_, pid)| *pid).collect();
        assert_eq!((numbers, pids.len()), (vec![1, 2, 3], 3));
    });
}

#[test]
fn a_panic_three_deep_is_told_at_each_level() {
    testkit::guarded(|| {
        let raise = |task: Result<u8, JoinError>| task.unwrap_or_else(|error| panic!("{error}"));
        let task = Fork::new().run(|| {
            raise(
                Fork::new()
                    .run(|| raise(Fork::new().run(|| panic!("at the bottom")).unwrap().join()))
                    .unwrap()
                    .join(),
            )
        });
        let error = task.unwrap().join().unwrap_err().to_string();
        assert_eq!(error.matches("panicked at").count(), 3, "{error}");
        assert!(error.ends_with("at the bottom"), "{error}");
    });
}

#[test]
fn links_between_generations() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|up| {
                let (mut grandchild, mut down) = Fork::new()
                    .spawn(|link| {
                        let number: u64 = link.recv().unwrap();
                        link.send(&(number + 1)).unwrap();
                    })
                    .unwrap();
                down.send(&(up.recv::<u64>().unwrap() * 10)).unwrap();
                up.send(&down.recv::<u64>().unwrap()).unwrap();
                assert!(grandchild.wait().unwrap().success());
            })
            .unwrap();
        link.send(&4_u64).unwrap();
        assert_eq!(link.recv::<u64>().unwrap(), 41);
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn threads_fork_and_forks_start_threads() {
    testkit::guarded(|| {
        let sums = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for number in 0..4_u64 {
                let sums = &sums;
                scope.spawn(move || {
                    let task = Fork::new().run(|| {
                        let threads: Vec<_> =
                            (0..4).map(|n| thread::spawn(move || n * number)).collect();
                        threads
                            .into_iter()
                            .map(|thread| thread.join().unwrap())
                            .sum::<u64>()
                    });
                    let sum = task.unwrap().join().unwrap();
                    sums.lock().unwrap().push(sum);
                });
            }
        });
        let mut sums = sums.into_inner().unwrap();
        sums.sort_unstable();
        assert_eq!(sums, [0, 6, 12, 18]);
    });
}

/// A child and its handles may be waited for by another thread than the one that forked.
#[test]
fn another_thread_may_wait() {
    testkit::guarded(|| {
        let (mut child, link) = Fork::new().spawn(|link| drop(link.recv::<()>())).unwrap();
        let waiting = thread::spawn(move || child.wait().unwrap());
        drop(link);
        assert!(waiting.join().unwrap().success());
    });
}

fn one_round(number: u64) {
    let (mut child, mut link) = Fork::new()
        .spawn(|link| link.send(&number).unwrap())
        .unwrap();
    assert_eq!(link.recv::<u64>().unwrap(), number);
    assert!(child.wait().unwrap().success());
    assert_eq!(Fork::new().run(|| number).unwrap().join().unwrap(), number);
    drop(Fork::new().run(|| common::block_for_ever() as u64)); // Killed and reaped.
}

/// Descriptors, children and threads exactly; memory to within a mebibyte, where a kilobyte lost in each
/// of the three forks of a round would be three.
#[test]
fn a_thousand_rounds_leave_everything_flat() {
    const BOUND: u64 = 1 << 20;
    testkit::guarded_for(std::time::Duration::from_secs(300), || {
        let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
        (0..50).for_each(one_round);
        let before = (open_fds(), threads(), testkit::resident_bytes());
        (0..1000).for_each(one_round);
        let after = (open_fds(), threads(), testkit::resident_bytes());
        assert_eq!((&before.0, before.1), (&after.0, after.1));
        assert!(testkit::descendants().is_empty());
        assert!(
            after.2 < before.2 + BOUND,
            "{} bytes became {}",
            before.2,
            after.2
        );
    });
}

/// In a child, too, for whose parent the same holds.
#[test]
fn panics_leave_memory_flat() {
    const BOUND: u64 = 1 << 20;
    testkit::guarded(|| {
        let round =
            || assert!(manyways_process::catch_panic(|| panic!("{}", "x".repeat(10_000))).is_err());
        (0..20).for_each(|_| round());
        let before = testkit::resident_bytes();
        (0..200).for_each(|_| round());
        let after = testkit::resident_bytes();
        assert!(after < before + BOUND, "{before} bytes became {after}");
    });
}
