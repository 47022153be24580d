//! The lazy maps: order, laziness, bounded memory, and their end.

use std::io::{Read, Write};

use forkmap::{Chunks, ForkMap};
use manyways_testkit::{descendants, guarded, resident_bytes};

#[test]
fn results_come_in_the_order_of_the_items() {
    guarded(|| {
        for chunks in [Chunks::Guided, Chunks::Static, Chunks::fixed(1)] {
            let map = ForkMap::new().processes(3).chunks(chunks);
            let squares = map.imap(0..20_000u64, |x| x * x).unwrap();
            assert!(
                squares.map(Result::unwrap).eq((0..20_000).map(|x| x * x)),
                "{chunks:?}"
            );
        }
        assert!(forkmap::imap(0..0, |x: u8| x).unwrap().next().is_none());
    });
}

#[test]
fn unordered_results_are_complete() {
    guarded(|| {
        let map = ForkMap::new().processes(3);
        let finished = map.imap_unordered(0..20_000usize, |x| x + 1).unwrap();
        let mut seen = vec![false; 20_000];
        for result in finished {
            let (index, result) = result.unwrap();
            assert_eq!(result, index + 1);
            assert!(
                !std::mem::replace(&mut seen[index], true),
                "item {index} came twice"
            );
        }
        assert!(seen.into_iter().all(|seen| seen));
    });
}

/// Each item writes a byte to a pipe; what the processes can run ahead is bounded by their rings.
#[test]
fn processes_do_not_run_far_ahead_of_the_consumer() {
    guarded(|| {
        const SIZE: usize = 64 << 10;
        let (mut read, write) = std::io::pipe().unwrap();
        let map = ForkMap::new().processes(2).chunks(Chunks::fixed(1));
        let mut results = map
            .imap(0..200, move |_| {
                (&write).write_all(b".").unwrap();
                "x".repeat(SIZE)
            })
            .unwrap();
        results.next().unwrap().unwrap();
        for pid in descendants() {
            assert!(sleeps(pid), "process {pid} should wait for room");
        }
        drop(results); // Ends the processes, and with them all writing ends of the pipe.
        let mut run = Vec::new();
        read.read_to_end(&mut run).unwrap();
        // Two rings of 256 KiB, the buffer of 1 MiB, and one item at each process.
        let most = (2 * (256 << 10) + (1 << 20)) / SIZE + 2 * 2 + 1;
        assert!(
            run.len() <= most,
            "{} items were run, {most} are allowed",
            run.len()
        );
    });
}

/// Whether the process comes to sleep.
fn sleeps(pid: u32) -> bool {
    (0..2000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(1));
        is_asleep(pid)
    })
}

fn is_asleep(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| stat.contains(") S "))
}

#[test]
fn dropping_an_iterator_ends_its_processes() {
    guarded(|| {
        let mut endless = ForkMap::new().processes(2).imap(0..10, |x| match x {
            0 => x,
            _ => loop {
                std::thread::park();
            },
        });
        assert_eq!(endless.as_mut().unwrap().next().unwrap().unwrap(), 0);
        assert_eq!(descendants().len(), 2);
        drop(endless);
        assert!(descendants().is_empty());
    });
}

#[test]
fn the_first_failure_ends_an_ordered_iterator_after_the_results_before_it() {
    guarded(|| {
        let map = ForkMap::new().processes(2).chunks(Chunks::fixed(1));
        let results = map
            .imap(0..100, |x| if x == 7 { panic!("seven") } else { x })
            .unwrap();
        let results: Vec<_> = results.collect();
        assert_eq!(results.len(), 8);
        assert!(
            results[..7]
                .iter()
                .enumerate()
                .all(|(at, x)| *x.as_ref().unwrap() == at)
        );
        let error = results[7].as_ref().unwrap_err();
        assert_eq!(error.failures()[0].index(), Some(7));
        assert!(error.to_string().contains("seven"), "{error}");
    });
}

#[test]
fn with_keep_going_failures_are_errors_at_their_places() {
    guarded(|| {
        let fragile = |x: usize| match x % 10 {
            3 => panic!("three"),
            7 => std::process::abort(),
            _ => x,
        };
        let map = || ForkMap::new().processes(2).keep_going(true);
        let results: Vec<_> = map().imap(0..100, fragile).unwrap().collect();
        assert_eq!(results.len(), 100);
        for (at, result) in results.iter().enumerate() {
            assert_eq!(
                result.is_err(),
                [3, 7].contains(&(at % 10)),
                "item {at}: {result:?}"
            );
        }
        let (good, bad): (Vec<_>, Vec<_>) = map()
            .imap_unordered(0..100, fragile)
            .unwrap()
            .partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (80, 20));
    });
}

/// Results that take no bytes, and failures, take memory all the same.
#[test]
fn the_buffer_of_waiting_results_is_bounded_in_memory() {
    guarded(|| {
        let (mut read, write) = std::io::pipe().unwrap();
        let before = resident_bytes();
        let watcher = std::thread::spawn(move || {
            while !all_sleep_or_one_is_done() {
                std::thread::yield_now();
            }
            let grown = resident_bytes() - before;
            (&write).write_all(b"!").unwrap();
            grown
        });
        let map = ForkMap::new()
            .processes(2)
            .keep_going(true)
            .chunks(Chunks::fixed(100));
        let slow_first = |x: usize| match x {
            0 => read.read_exact(&mut [0]).unwrap(),
            x => assert!(x > 300, "{}", "x".repeat(20_000)),
        };
        let mut results = map.imap(0..3_000_000, slow_first).unwrap();
        assert!(results.next().unwrap().is_ok());
        let grown = watcher.join().unwrap(); // All of them would take 600 MiB.
        assert!(grown < 100 << 20, "grown by {} MiB", grown >> 20);
    });
}

/// Whether, at a hundred looks in a row, both processes sleep; or one of the two has ended.
fn all_sleep_or_one_is_done() -> bool {
    let mut seen = 0;
    (0..100).all(|_| {
        let processes = descendants();
        seen = seen.max(processes.len());
        processes.len() == 2 && processes.into_iter().all(is_asleep)
    }) || seen == 2 && descendants().len() < 2
}

#[test]
fn a_finished_map_has_met_its_deadline() {
    guarded(|| {
        let limit = std::time::Duration::from_secs(2);
        let started = std::time::Instant::now();
        let map = ForkMap::new().processes(1).deadline(limit);
        let mut results = map.imap(0..3, |x| x).unwrap();
        assert_eq!(results.next().unwrap().unwrap(), 0);
        while started.elapsed() < limit {
            std::thread::yield_now(); // The consumer is slow; the processes have long been done.
        }
        assert!(results.map(Result::unwrap).eq([1, 2]));
    });
}

/// A fork has a copy of the iterator over the same rings; were it to read them, its parent would miss
/// what it took.
#[test]
fn an_iterator_does_not_go_on_in_a_forked_child() {
    guarded(|| {
        // One process, which cannot be done: its ring does not hold that many numbers.
        let map = ForkMap::new().processes(1).chunks(Chunks::fixed(10));
        let mut numbers = map.imap(0..300_000u32, |x| x).unwrap();
        assert_eq!(numbers.next().unwrap().unwrap(), 0);
        let outcome = forkmap::map(0..1, |_| {
            numbers.find_map(Result::err).map(|it| it.to_string())
        });
        let error = outcome.unwrap().remove(0).expect("an error");
        assert!(error.contains("not to this fork"), "{error}");
        assert!(numbers.map(Result::unwrap).eq(1..300_000));
    });
}

#[test]
fn a_deadline_is_an_error_at_the_end() {
    guarded(|| {
        let map = ForkMap::new()
            .processes(1)
            .deadline(std::time::Duration::from_secs(2));
        let mut results = map
            .imap(0..3, |x| match x {
                0 => x,
                _ => loop {
                    std::thread::park();
                },
            })
            .unwrap();
        assert_eq!(results.next().unwrap().unwrap(), 0);
        assert!(results.next().unwrap().unwrap_err().is_deadline());
        assert!(results.next().is_none());
    });
}
