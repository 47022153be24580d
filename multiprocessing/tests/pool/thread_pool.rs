//! `ThreadPool`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::ThreadPool;

use crate::support::{next, square};

#[test]
fn the_methods_of_a_pool() {
    guarded(|| {
        let pool = ThreadPool::new(3).unwrap();
        let base = Arc::new(10);
        let shared = base.clone();
        assert_eq!(pool.apply(move |n: u64| *shared + n, (5,)).unwrap(), 15);
        assert!(
            pool.map(square, 0..1000)
                .unwrap()
                .into_iter()
                .eq((0..1000).map(square))
        );
        assert_eq!(pool.starmap(u64::pow, [(2, 3), (3, 2)]).unwrap(), [8, 9]);
        assert!(
            pool.imap(square, 0..100)
                .unwrap()
                .map(Result::unwrap)
                .eq((0..100).map(square))
        );
        let sum: u64 = pool
            .imap_unordered(square, 0..100)
            .unwrap()
            .map(Result::unwrap)
            .sum();
        assert_eq!(sum, (0..100).map(square).sum());
        assert!(pool.map(square, []).unwrap().is_empty());
        assert_eq!(Arc::strong_count(&base), 1);
        assert_eq!(pool.threads(), 3);
    });
}

#[test]
fn threads_work_at_the_same_time() {
    guarded(|| {
        let pool = ThreadPool::new(3).unwrap();
        let barrier = Arc::new(Barrier::new(3));
        let meet = move |n: u32| {
            barrier.wait();
            n
        };
        assert_eq!(pool.map(meet, 0..3).unwrap(), [0, 1, 2]);
    });
}

#[test]
fn panics_and_callbacks() {
    guarded(|| {
        let pool = ThreadPool::new(2).unwrap();
        let error = pool
            .map(|n: u32| assert_ne!(n, 3, "three"), 0..10)
            .unwrap_err();
        assert_eq!(
            (
                error.index(),
                error.panic_report().unwrap().message().contains("three")
            ),
            (Some(3), true)
        );
        let results = pool
            .imap(|n: u32| assert_ne!(n, 3, "three"), 0..10)
            .unwrap();
        assert_eq!(results.filter(Result::is_ok).count(), 9);
        let (sender, receiver) = mpsc::channel();
        let result = pool
            .apply_async(square, (3,))
            .unwrap()
            .callback(move |nine| sender.send(*nine).unwrap());
        assert_eq!(next(&receiver), 9);
        assert_eq!(result.get().unwrap(), 9);
    });
}

#[test]
fn close_and_join() {
    guarded(|| {
        let pool = ThreadPool::new(2).unwrap();
        assert!(
            pool.join()
                .unwrap_err()
                .to_string()
                .contains("still takes tasks")
        );
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let result = pool
            .map_async(move |_: u8| counter.fetch_add(1, Ordering::Relaxed), 0..100)
            .unwrap();
        pool.close();
        assert!(pool.apply(square, (1,)).unwrap_err().is_closed());
        pool.join().unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 100);
        assert_eq!(result.get().unwrap().len(), 100);
    });
}

#[test]
fn terminate_fails_what_has_not_begun() {
    guarded(|| {
        let pool = ThreadPool::new(1).unwrap();
        let (sender, receiver) = mpsc::channel::<()>();
        let (started, starts) = mpsc::channel();
        let receiver = std::sync::Mutex::new(receiver);
        let wait = move || {
            started.send(()).unwrap();
            let _ = receiver.lock().unwrap().recv();
        };
        let running = pool.apply_async(wait, ()).unwrap();
        let mut waiting = pool.apply_async(square, (1,)).unwrap();
        next(&starts);
        pool.terminate();
        assert!(
            waiting
                .get_timeout(Duration::from_secs(50))
                .unwrap_err()
                .is_terminated()
        );
        drop(sender);
        pool.join().unwrap();
        running.get().unwrap();
    });
}

#[test]
fn initializers() {
    guarded(|| {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let pool = ThreadPool::with_initializer(3, move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let pool = pool.unwrap();
        pool.close();
        pool.join().unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 3);
        let pool = ThreadPool::with_initializer(2, || panic!("no key")).unwrap();
        let error = pool.map(square, 0..3).unwrap_err();
        assert!(
            error.is_broken_pool() && error.to_string().contains("no key"),
            "{error}"
        );
    });
}

#[test]
fn an_imap_of_a_pool_that_is_closed() {
    guarded(|| {
        let pool = ThreadPool::new(2).unwrap();
        let mut squares = pool.imap(square, 0..1000).unwrap();
        pool.close();
        assert!(
            pool.join()
                .unwrap_err()
                .to_string()
                .contains("not at its end")
        );
        assert!(
            squares
                .by_ref()
                .map(Result::unwrap)
                .eq((0..1000).map(square))
        );
        pool.join().unwrap();
    });
}
