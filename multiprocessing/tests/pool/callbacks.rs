//! Callbacks of results: who calls them, and when.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use manyways_testkit::guarded;
use multiprocessing::Pool;

use crate::support::{next, square};

/// `test_map_async_callbacks`, `test_async`.
#[test]
fn callbacks_are_called_before_the_result_is_there() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let called = Arc::new(AtomicBool::new(false));
        let calling = called.clone();
        let result = pool.map_async(square, 0..3).unwrap();
        let result = result
            .error_callback(|error| panic!("unexpected: {error}"))
            .callback(move |squares| {
                assert_eq!(squares, &[0, 1, 4]);
                calling.store(true, Ordering::Relaxed);
            });
        assert_eq!(result.get().unwrap(), [0, 1, 4]);
        assert!(called.load(Ordering::Relaxed));
    });
}

/// `test_async_error_callback`.
#[test]
fn error_callbacks() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let (sender, receiver) = mpsc::channel();
        let result = pool
            .apply_async(|n: u8| assert!(n > 3, "{n} is too little"), (2,))
            .unwrap();
        let result = result
            .callback(|()| panic!("it has failed"))
            .error_callback(move |error| sender.send(error.to_string()).unwrap());
        let text = next(&receiver);
        assert!(
            text.contains("2 is too little") && text.contains(file!()),
            "{text}"
        );
        assert_eq!(result.get().unwrap_err().to_string(), text);
    });
}

#[test]
fn all_callbacks_are_called_by_one_thread_before_the_join_ends() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let (sender, receiver) = mpsc::channel();
        for n in 0..50 {
            let sender = sender.clone();
            let called =
                move |square: &u64| sender.send((thread::current().id(), *square)).unwrap();
            drop(pool.apply_async(square, (n,)).unwrap().callback(called));
        }
        pool.close();
        pool.join().unwrap();
        drop(sender);
        let calls: Vec<_> = receiver.iter().collect();
        assert_eq!(calls.len(), 50);
        assert!(
            calls
                .iter()
                .all(|(thread, _)| *thread == calls[0].0 && *thread != thread::current().id())
        );
        assert_eq!(
            calls.iter().map(|(_, square)| square).sum::<u64>(),
            (0..50).map(square).sum()
        );
    });
}

#[test]
fn a_panic_in_a_callback_ends_nothing() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        let (sender, receiver) = mpsc::channel();
        let result = pool.apply_async(square, (3,)).unwrap();
        let result = result
            .callback(|_| panic!("a callback's own"))
            .callback(move |square| sender.send(*square).unwrap());
        assert_eq!(next(&receiver), 9);
        assert_eq!(result.get().unwrap(), 9);
        assert_eq!(pool.apply(square, (4,)).unwrap(), 16);
    });
}

/// A callback may use the pool, and may not wait for its end.
#[test]
fn a_callback_that_uses_the_pool() {
    guarded(|| {
        let pool = Arc::new(Pool::new(1).unwrap());
        let (sender, receiver) = mpsc::channel();
        let used = pool.clone();
        let result = pool
            .apply_async(square, (3,))
            .unwrap()
            .callback(move |nine| {
                let again = used.apply(square, (*nine,)).unwrap();
                used.close();
                sender
                    .send((again, used.join().unwrap_err().to_string()))
                    .unwrap();
            });
        let (again, error) = next(&receiver);
        assert_eq!(again, 81);
        assert!(error.contains("wait for itself"), "{error}");
        assert_eq!(result.get().unwrap(), 9);
        pool.join().unwrap();
    });
}
