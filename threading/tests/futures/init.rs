//! Initializers.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use manyways_testkit::guarded;
use threading::Event;
use threading::futures::ThreadPoolExecutor;

thread_local! {
    static PREPARED: Cell<bool> = const { Cell::new(false) };
}

#[test]
fn each_thread_is_prepared_once_before_its_first_task() {
    guarded(|| {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let builder = ThreadPoolExecutor::builder().max_workers(3);
        let builder = builder.initializer(move || {
            count.fetch_add(1, Ordering::Relaxed);
            assert!(!PREPARED.replace(true));
        });
        let pool = builder.build().unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        let mut prepared = pool.map(|_| PREPARED.get(), 0..100);
        assert!(prepared.all(|prepared| prepared.unwrap()));
        let threads = super::number(&pool, "workers");
        drop(pool);
        assert_eq!(calls.load(Ordering::Relaxed), threads);
    });
}

#[test]
fn one_that_panics_breaks_the_pool() {
    guarded(|| {
        let go = Arc::new(Event::new());
        let event = go.clone();
        let builder = ThreadPoolExecutor::builder().max_workers(1);
        let builder = builder.initializer(move || {
            event.wait();
            panic!("no database");
        });
        let pool = builder.build().unwrap();
        let pending: Vec<_> = (0..5).map(|_| pool.submit(|| ()).unwrap()).collect();
        go.set();
        for future in pending {
            let error = future.result().unwrap_err();
            assert!(error.is_broken_pool() && !error.is_cancelled());
            assert_eq!(error.panic_report().unwrap().message(), "no database");
            assert!(error.to_string().contains("its pool is broken"), "{error}");
        }
        let refused = pool.submit(|| 5).unwrap_err();
        assert_eq!(
            refused.reason().panic_report().unwrap().message(),
            "no database"
        );
        assert_eq!(refused.into_task()(), 5);
        assert!(format!("{pool:?}").contains("state: broken"));
        let mut map = pool.map(|n| n, 0..3);
        assert!(map.next().unwrap().unwrap_err().panic_report().is_some());
        assert!(map.next().is_none());
    });
}
