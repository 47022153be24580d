//! `imap` and `imap_unordered`.

use std::cell::Cell;
use std::time::Duration;

use manyways_testkit::{guarded, resident_bytes};
use multiprocessing::Pool;

use crate::support::{Marks, mark_and_wait_for, square};

#[test]
fn imap() {
    guarded(|| {
        let pool = Pool::new(3).unwrap();
        let squares = pool.imap(square, 0..10).unwrap();
        assert!(squares.map(Result::unwrap).eq((0..10).map(square)));
        let squares = pool.with().chunksize(100).imap(square, 0..1050).unwrap();
        assert!(squares.map(Result::unwrap).eq((0..1050).map(square)));
        let mut squares = pool.imap(square, 0..2).unwrap();
        assert_eq!(
            squares.by_ref().map(Result::unwrap).collect::<Vec<_>>(),
            [0, 1]
        );
        assert!(squares.next().is_none() && squares.next().is_none());
    });
}

#[test]
fn imap_unordered() {
    guarded(|| {
        let pool = Pool::new(3).unwrap();
        for chunksize in [1, 53] {
            let call = pool.with().chunksize(chunksize);
            let squares = call.imap_unordered(square, 0..1000).unwrap();
            let mut squares: Vec<u64> = squares.map(Result::unwrap).collect();
            squares.sort_unstable();
            assert!(squares.into_iter().eq((0..1000).map(square)));
        }
    });
}

/// Results come before an item that is not done, and after it in order.
#[test]
fn a_slow_item_holds_up_the_ordered_only() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        let items = || (0..3).map(|n| (marks.path(), n));
        let mut unordered = pool.imap_unordered(first_waits, items()).unwrap();
        assert_ne!(unordered.next().unwrap().unwrap(), 0);
        assert_ne!(unordered.next().unwrap().unwrap(), 0);
        assert!(
            unordered
                .next_timeout(Duration::from_millis(5))
                .unwrap()
                .unwrap_err()
                .is_timeout()
        );
        let mut ordered = pool.imap(first_waits, items()).unwrap();
        assert!(
            ordered
                .next_timeout(Duration::from_millis(5))
                .unwrap()
                .unwrap_err()
                .is_timeout()
        );
        std::fs::write(format!("{}/go", marks.path()), "").unwrap();
        assert_eq!(unordered.next().unwrap().unwrap(), 0);
        assert!(unordered.next().is_none());
        assert_eq!(ordered.map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2]);
    });
}

fn first_waits((path, n): (String, u32)) -> u32 {
    if n == 0 {
        mark_and_wait_for(&path, "waits", "go");
    }
    n
}

/// The failing item has an error in its place; those after it come.
#[test]
fn a_failure_is_in_its_place() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        for chunksize in [1, 4] {
            let fails = |n: u64| if n == 5 { panic!("five") } else { n };
            let call = pool.with().chunksize(chunksize);
            for (at, result) in call.imap(fails, 0..12).unwrap().enumerate() {
                match result {
                    Ok(n) => assert_eq!(n, at as u64),
                    Err(error) => {
                        assert_eq!((at, error.index()), (5, Some(5)));
                        assert_eq!(error.panic_report().unwrap().message(), "five");
                    }
                }
            }
            let results = call.imap_unordered(fails, 0..12).unwrap();
            let (good, bad): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
            assert_eq!((good.len(), bad.len()), (11, 1));
        }
    });
}

/// `test_imap_handle_iterable_exception`: the items' panic is the caller's, and the pool goes on.
#[test]
fn a_panic_of_the_items() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let items = || (0..10).inspect(|n| assert!(*n < 4, "no more items"));
        let call = pool.with().window(2);
        let mut squares = call.imap(square, items()).unwrap();
        assert_eq!(squares.next().unwrap().unwrap(), 0);
        let panics = |run: &mut dyn FnMut()| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err()
        };
        assert!(panics(&mut || squares.by_ref().for_each(drop)));
        drop(squares);
        assert!(panics(&mut || drop(pool.map(square, items()))));
        assert_eq!(pool.map(square, 0..3).unwrap(), [0, 1, 4]);
    });
}

/// Items are taken no further than the window, whatever the workers could do.
#[test]
fn a_slow_consumer_is_not_overrun() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let taken = Cell::new(0);
        let items = (0..).inspect(|_| taken.set(taken.get() + 1));
        let mut squares = pool
            .with()
            .window(10)
            .chunksize(3)
            .imap(square, items)
            .unwrap();
        assert_eq!(taken.get(), 30);
        for n in 0..300 {
            assert_eq!(squares.next().unwrap().unwrap(), n * n);
            assert!(taken.get() <= n + 33);
        }
        assert!(taken.get() > 300);
    });
}

#[test]
fn endless_items_in_bounded_memory() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let text = |n: usize| format!("{n:>10000}");
        let mut texts = pool.imap(text, 0..).unwrap();
        assert!(texts.by_ref().take(500).all(|text| text.is_ok()));
        let before = resident_bytes();
        assert!(texts.by_ref().take(10_000).all(|text| text.is_ok()));
        let grown = resident_bytes().saturating_sub(before);
        assert!(
            grown < 30 << 20,
            "100 MB of results have left {grown} bytes"
        );
    });
}

#[test]
fn what_nobody_wants_any_more_is_given_up() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(1).unwrap();
        let items = (0..).map(|n: u32| (marks.path(), n));
        let mut results = pool.with().window(100).imap(leaves_mark, items).unwrap();
        results.next().unwrap().unwrap();
        marks.wait_for(2);
        drop(results);
        std::fs::write(format!("{}/go", marks.path()), "").unwrap();
        pool.close();
        pool.join().unwrap();
        // What the worker had been sent already is run all the same.
        assert!(marks.count() < 70, "{} of 100 were run", marks.count());
    });
}

fn leaves_mark((path, n): (String, u32)) {
    match n {
        1 => mark_and_wait_for(&path, "1", "go"),
        _ => std::fs::write(format!("{path}/{n}"), "").unwrap(),
    }
}

/// The pattern `results = pool.imap(...); pool.close(); for result in results: ...; pool.join()`.
#[test]
fn a_closed_pool_goes_on_with_an_imap() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let mut squares = pool.with().window(2).imap(square, 0..100).unwrap();
        pool.close();
        let error = pool.join().unwrap_err();
        assert!(error.to_string().contains("not at its end"), "{error}");
        assert!(
            squares
                .by_ref()
                .map(Result::unwrap)
                .eq((0..100).map(square))
        );
        pool.join().unwrap();
    });
}

#[test]
fn a_terminated_pool_ends_an_imap() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let mut squares = pool.with().window(4).imap(square, 0..100).unwrap();
        squares.next().unwrap().unwrap();
        pool.terminate();
        pool.join().unwrap();
        let rest: Vec<_> = squares.collect();
        assert_eq!(rest.len(), 99);
        assert!(rest.last().unwrap().as_ref().unwrap_err().is_terminated());
    });
}

/// A pool that breaks after it was closed tells an `imap` too that is not at its end.
#[test]
fn a_closed_pool_that_breaks_ends_an_imap() {
    guarded(|| {
        let marks = Marks::new();
        let path = marks.path();
        let builder = Pool::builder().processes(1).initializer(move || {
            mark_and_wait_for(&path, "waits", "go");
            panic!("no key");
        });
        let pool = builder.build().unwrap();
        let results = pool.with().window(1).imap(square, 0..20).unwrap();
        pool.close();
        std::fs::write(format!("{}/go", marks.path()), "").unwrap();
        let results: Vec<_> = results.collect();
        assert_eq!(results.len(), 20);
        assert!(
            results
                .into_iter()
                .all(|result| result.unwrap_err().is_broken_pool())
        );
        pool.join().unwrap();
    });
}
