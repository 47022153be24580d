//! Tasks that borrow.

use std::sync::atomic::{AtomicUsize, Ordering};

use manyways_testkit::guarded;
use threading::futures::{Pending, ThreadPoolExecutor, as_completed};

#[test]
fn tasks_borrow_and_their_futures_outlive_the_scope() {
    guarded(|| {
        let (words, count) = (
            ["one", "three", "fifteen"].map(String::from),
            AtomicUsize::new(0),
        );
        let futures = threading::scope(|scope| {
            let pool = ThreadPoolExecutor::builder()
                .max_workers(2)
                .scoped(scope)
                .unwrap();
            let (words, count) = (&words, &count);
            let futures = words.each_ref().map(|word| {
                let task = move || {
                    count.fetch_add(1, Ordering::Relaxed);
                    word.as_str()
                };
                pool.submit(task).unwrap()
            });
            let lengths = pool.map(|word| word.len(), words);
            assert_eq!(lengths.map(Result::unwrap).collect::<Vec<_>>(), [3, 5, 7]);
            futures
        })
        .unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 3);
        let words: Vec<_> = as_completed(futures).map(|f| f.result().unwrap()).collect();
        assert_eq!(words.len(), 3);
    });
}

#[test]
fn panics_cancellation_and_shutdown_are_as_elsewhere() {
    guarded(|| {
        let text = String::from("no luck");
        threading::scope(|scope| {
            let pool = ThreadPoolExecutor::builder()
                .max_workers(1)
                .scoped(scope)
                .unwrap();
            let panics = pool.submit(|| -> usize { panic!("{text}") }).unwrap();
            let error = panics.result().unwrap_err();
            assert_eq!(error.panic_report().unwrap().message(), "no luck");

            let (begun, go) = (
                threading::Event::new(),
                std::sync::Arc::new(threading::Event::new()),
            );
            let begun = std::sync::Arc::new(begun);
            let (b, g) = (begun.clone(), go.clone());
            let blocker = pool
                .submit(move || {
                    b.set();
                    g.wait();
                })
                .unwrap();
            begun.wait();
            let [one, two] = [(); 2].map(|()| pool.submit(|| text.len()).unwrap());
            assert!(one.cancel());
            pool.shutdown_nowait(Pending::Cancel);
            assert!(two.cancelled());
            let refused = pool.submit(|| text.len()).unwrap_err();
            assert_eq!(refused.into_task()(), 7);
            go.set();
            blocker.result().unwrap();
            pool.shutdown(Pending::Run);
        })
        .unwrap();
    });
}
