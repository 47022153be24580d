//! Items whose time is limited.

use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use multiprocessing::Pool;

use crate::support::{Marks, mark_and_wait_for, own_pid, square};

/// Longer than a short item takes, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(1);

fn stuck_at_three((path, n): (String, u32)) -> u32 {
    if n == 3 {
        mark_and_wait_for(&path, "stuck", "never");
    }
    n
}

#[test]
fn an_item_that_takes_too_long_fails_and_no_other() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        for chunksize in [1, 8] {
            let items = (0..8).map(|n| (marks.path(), n));
            let call = pool
                .with()
                .time_limit(LIMIT)
                .chunksize(chunksize)
                .retries(3);
            let start = Instant::now();
            for (at, result) in call.imap(stuck_at_three, items).unwrap().enumerate() {
                match result {
                    Ok(n) => assert_eq!(n, at as u32),
                    Err(error) => {
                        assert!(error.is_overdue() && at == 3, "{error}");
                        assert!(
                            error.worker_pid().is_some()
                                && error.to_string().contains("longer than 1s")
                        );
                    }
                }
            }
            assert!(start.elapsed() >= LIMIT);
        }
        assert_eq!(pool.apply(square, (3,)).unwrap(), 9);
    });
}

/// The limit is each item's own, however many there are.
#[test]
fn many_items_take_longer_than_one_may() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        let limit = Duration::from_secs(20);
        let pids = pool.with().time_limit(limit).map(own_pid, 0..5000).unwrap();
        assert!(pids.iter().all(|pid| *pid == pids[0]));
        let pause = |n: u32| {
            std::thread::sleep(Duration::from_millis(2)); // A function that takes a while; nothing waits for it.
            n
        };
        let limit = Duration::from_secs(2);
        let items = pool
            .with()
            .time_limit(limit)
            .chunksize(2000)
            .map(pause, 0..1100);
        assert_eq!(items.unwrap().len(), 1100);
    });
}

/// Limits so tight that items end as they are found overdue: each has its result or its error, and none is run twice.
#[test]
fn items_that_end_just_as_their_time_is_over() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        let items: Vec<(String, u32)> = (0..150).map(|n| (marks.path(), n)).collect();
        let call = pool
            .with()
            .time_limit(Duration::from_millis(2))
            .chunksize(50);
        let mut overdue = 0;
        for (at, result) in call.imap(two_milliseconds, items).unwrap().enumerate() {
            match result {
                Ok(n) => assert_eq!(n, at as u32),
                Err(error) => {
                    assert!(error.is_overdue(), "{error}");
                    overdue += 1;
                }
            }
        }
        println!("{overdue} of 150 were overdue");
        assert!(marks.count() <= 150);
    });
}

fn two_milliseconds((path, n): (String, u32)) -> u32 {
    let mark = std::fs::File::create_new(format!("{path}/{n}"));
    mark.expect("an item is begun once");
    std::thread::sleep(Duration::from_micros(1900)); // The item's work.
    n
}

/// A worker that is stopped is past every limit too.
#[test]
fn a_stopped_worker() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        let stops = |n: u8| {
            nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP).unwrap();
            n
        };
        let error = pool
            .with()
            .time_limit(LIMIT)
            .apply(stops, (1,))
            .unwrap_err();
        assert!(error.is_overdue(), "{error}");
        assert_eq!(pool.apply(square, (3,)).unwrap(), 9);
    });
}
