//! `apply`, `map` and their kin.

use std::sync::mpsc;
use std::time::Duration;

use manyways_process::Fork;
use manyways_testkit::guarded;
use multiprocessing::Pool;

use crate::support::{Marks, mark_and_wait_for, next, own_pid, square, workers};

#[test]
fn apply() {
    guarded(|| {
        let pool = Pool::new(3).unwrap();
        assert_eq!(pool.apply(square, (5,)).unwrap(), 25);
        assert_eq!(
            pool.apply(|| String::from("no arguments"), ()).unwrap(),
            "no arguments"
        );
        let eight =
            |a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8| [a, b, c, d, e, f, g, h];
        assert_eq!(
            pool.apply(eight, (1, 2, 3, 4, 5, 6, 7, 8)).unwrap(),
            [1, 2, 3, 4, 5, 6, 7, 8]
        );
        assert!(pool.apply(|()| (), ((),)).is_ok());
    });
}

#[test]
fn map() {
    guarded(|| {
        let pool = Pool::new(3).unwrap();
        assert_eq!(
            pool.map(square, 0..10).unwrap(),
            (0..10).map(square).collect::<Vec<_>>()
        );
        let chunked = pool.with().chunksize(20);
        assert_eq!(
            chunked.map(square, 0..100).unwrap(),
            (0..100).map(square).collect::<Vec<_>>()
        );
        let lengths = pool.map(|text: String| text.len(), ["", "ab"].map(str::to_owned));
        assert_eq!(lengths.unwrap(), [0, 2]);
    });
}

#[test]
fn starmap() {
    guarded(|| {
        let pool = Pool::new(3).unwrap();
        let pairs: Vec<(u64, u32)> = (0..10).map(|n| (n, 3)).collect();
        let cubes: Vec<u64> = (0..10_u64).map(|n| n.pow(3)).collect();
        assert_eq!(pool.starmap(u64::pow, pairs.clone()).unwrap(), cubes);
        assert_eq!(
            pool.starmap_async(u64::pow, pairs).unwrap().get().unwrap(),
            cubes
        );
    });
}

/// Results large and small, of all sizes around those that are treated apart.
#[test]
fn sizes() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let lengths = [0, 1, 6, 7, 8, 9, 29, 30, 31, 32, 1000, 1 << 18, 3 << 20];
        let texts = lengths.map(|length| "x".repeat(length));
        assert_eq!(pool.map(|text: String| text, texts.clone()).unwrap(), texts);
        assert_eq!(
            pool.with()
                .chunksize(1)
                .map(|text: String| text, texts.clone())
                .unwrap(),
            texts
        );
        let grown = pool
            .map(|length: usize| "x".repeat(length), lengths)
            .unwrap();
        assert_eq!(grown, texts);
        let words = [0_u64, 127, 128, 1 << 49, (1 << 56) - 1, 1 << 56, u64::MAX];
        assert_eq!(pool.map(|word: u64| word, words).unwrap(), words);
    });
}

/// Far more than the shared memory holds at once, in both directions.
#[test]
fn many_items_in_chunks_of_all_sizes() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        for chunksize in [1, 7, 1000, 100_000] {
            let items = 0..30_000_u64;
            let expected: Vec<(u64, String)> = items.clone().map(labelled).collect();
            let results = pool.with().chunksize(chunksize).map(labelled, items);
            assert_eq!(results.unwrap(), expected);
        }
    });
}

fn labelled(n: u64) -> (u64, String) {
    (n, format!("number {n:>20}"))
}

/// `test_map_chunksize`, `test_empty_iterable`.
#[test]
fn nothing_to_do() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        assert!(pool.map(square, []).unwrap().is_empty());
        assert!(pool.with().chunksize(1).map(square, []).unwrap().is_empty());
        assert!(
            pool.starmap(square, Vec::<(u64,)>::new())
                .unwrap()
                .is_empty()
        );
        assert!(pool.imap(square, []).unwrap().next().is_none());
        assert!(pool.imap_unordered(square, []).unwrap().next().is_none());
        let (sender, receiver) = mpsc::channel();
        let result = pool.map_async(square, []).unwrap();
        assert!(result.ready() && result.successful().unwrap());
        let result = result.callback(move |squares| sender.send(squares.len()).unwrap());
        assert_eq!(next(&receiver), 0);
        assert!(result.get().unwrap().is_empty());
    });
}

#[test]
fn several_maps_at_once_and_from_several_threads() {
    guarded(|| {
        let pool = &Pool::new(2).unwrap();
        let results = [1, 2, 3].map(|step| {
            let map = move |n: u64| n;
            pool.map_async(map, (0..100 * step).step_by(step as usize))
                .unwrap()
        });
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for n in 0..50 {
                        assert_eq!(pool.apply(square, (n,)).unwrap(), n * n);
                    }
                });
            }
        });
        for (result, step) in results.into_iter().zip([1, 2, 3]) {
            let expected: Vec<u64> = (0..100 * step).step_by(step as usize).collect();
            assert_eq!(result.get().unwrap(), expected);
        }
    });
}

/// `test_make_pool`, `test_context`.
#[test]
fn the_number_of_workers() {
    guarded(|| {
        for (asked, got) in [(0, 1), (1, 1), (3, 3)] {
            let pool = Pool::new(asked).unwrap();
            assert_eq!(pool.processes(), got);
            pool.apply(square, (1,)).unwrap();
            assert_eq!(workers().len(), got);
        }
        assert!(workers().is_empty());
        assert!(Pool::builder().build().unwrap().processes() >= 1);
    });
}

/// An item is no burden of the worker that has a slow one.
#[test]
fn short_items_do_not_wait_for_a_long_one() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        let items: Vec<(String, u32)> = (0..200).map(|n| (marks.path(), n)).collect();
        let call = pool.with().chunksize(1);
        let results = call.starmap(first_waits_for_last, items).unwrap();
        assert_eq!(results, (0..200).collect::<Vec<_>>());
    });
}

fn first_waits_for_last(path: String, n: u32) -> u32 {
    match n {
        0 => mark_and_wait_for(&path, "first", "last"),
        199 => mark_and_wait_for(&path, "last", "first"),
        _ => {}
    }
    n
}

#[test]
fn close_and_join() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let error = pool.join().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("close it or terminate it before"),
            "{error}"
        );
        let results = pool.map_async(square, 0..1000).unwrap();
        pool.close();
        assert!(pool.apply(square, (1,)).unwrap_err().is_closed());
        assert!(pool.imap(square, [1]).unwrap_err().is_closed());
        pool.join().unwrap();
        pool.join().unwrap();
        assert!(workers().is_empty());
        assert_eq!(results.get().unwrap().len(), 1000);
    });
}

/// `test_terminate`: whatever is to be done, the pool ends; and who waits is told.
#[test]
fn terminate() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        let items: Vec<(String, u32)> = (1..10_000).map(|n| (marks.path(), n)).collect();
        let result = pool
            .with()
            .chunksize(1)
            .starmap_async(waits_for_ever, items)
            .unwrap();
        marks.wait_for(2);
        pool.terminate();
        pool.join().unwrap();
        assert!(workers().is_empty());
        let error = result.get().unwrap_err();
        assert!(error.is_terminated(), "{error}");
        assert!(pool.map(square, 0..2).unwrap_err().is_terminated());
        pool.close();
        assert!(pool.map(square, 0..2).unwrap_err().is_terminated());
    });
}

fn waits_for_ever(path: String, n: u32) {
    mark_and_wait_for(&path, &n.to_string(), "never");
}

/// `test_enter`.
#[test]
fn a_drop_ends_what_runs() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        let result = pool.apply_async(waits_for_ever, (marks.path(), 1)).unwrap();
        marks.wait_for(1);
        drop(pool);
        assert!(result.get().unwrap_err().is_terminated());
    });
}

/// `test_async_timeout`.
#[test]
fn a_result_that_is_late() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(1).unwrap();
        let mut result = pool
            .apply_async(waits_for, (marks.path(), String::from("go")))
            .unwrap();
        assert!(!result.wait_timeout(Duration::from_millis(10)).unwrap());
        assert!(!result.ready() && result.successful().unwrap_err().is_timeout());
        let error = result.get_timeout(Duration::from_millis(10)).unwrap_err();
        assert!(
            error.is_timeout() && error.to_string().contains("10ms"),
            "{error}"
        );
        std::fs::write(format!("{}/go", marks.path()), "").unwrap();
        result.wait().unwrap();
        assert!(result.ready() && result.successful().unwrap());
        assert_eq!(result.get_timeout(Duration::ZERO).unwrap(), "went");
        let error = result.get_timeout(Duration::ZERO).unwrap_err();
        assert!(
            error.to_string().contains("taken by an earlier call"),
            "{error}"
        );
    });
}

fn waits_for(path: String, other: String) -> String {
    mark_and_wait_for(&path, "waits", &other);
    String::from("went")
}

#[test]
fn a_fork_of_the_program_has_no_part_in_the_pool() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        let pending = pool.apply_async(own_pid, (0,)).unwrap();
        let task = Fork::new().run(|| {
            let refused = pool.map(square, 0..3).unwrap_err().to_string();
            (refused, pending.wait().is_err(), pool.join().is_err())
        });
        let (refused, has_failed, is_not_joined) = task.unwrap().join().unwrap();
        assert!(refused.contains("not to this fork of it"), "{refused}");
        assert!(has_failed && is_not_joined);
        assert_ne!(pending.get().unwrap(), std::process::id());
        assert_eq!(pool.map(square, 0..3).unwrap(), [0, 1, 4]);
    });
}

#[test]
fn workers_are_named() {
    guarded(|| {
        let pool = Pool::builder()
            .processes(1)
            .name("squares")
            .build()
            .unwrap();
        let name = |()| std::fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(pool.apply(name, ((),)).unwrap().trim(), "squares");
    });
}

#[test]
fn types_are_sent_and_shared_as_they_should() {
    static_assertions::assert_impl_all!(Pool: Send, Sync);
    static_assertions::assert_impl_all!(multiprocessing::AsyncResult<std::cell::Cell<u8>>: Send, Sync);
    static_assertions::assert_impl_all!(multiprocessing::PoolError: Send, Sync, Clone);
    static_assertions::assert_impl_all!(multiprocessing::pool::IMap<std::ops::Range<u8>, u8>: Send);
}
