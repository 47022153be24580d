//! Submission.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use manyways_testkit::guarded;
use threading::futures::{Pending, ReturnWhen, ThreadPoolExecutor, wait};
use threading::{Limit, Local};

use super::{LONG, await_number, number, occupy, pool_of};

#[test]
fn a_task_gives_its_result() {
    guarded(|| {
        let pool = ThreadPoolExecutor::new();
        let (base, exponent) = (2_u32, 8);
        let power = pool.submit(move || base.pow(exponent)).unwrap();
        assert_eq!(power.result().unwrap(), 256);
    });
}

#[test]
fn a_panic_has_message_place_and_stack() {
    guarded(|| {
        let pool = pool_of(1);
        let future = pool
            .submit(|| -> u32 { panic!("no luck with {}", 13) })
            .unwrap();
        let error = future.result().unwrap_err();
        let report = error.panic_report().unwrap();
        assert_eq!(report.message(), "no luck with 13");
        assert!(report.place().unwrap().contains("executor.rs:"), "{report}");
        assert!(report.backtrace().is_some());
        assert!(
            error.to_string().starts_with("the task panicked at "),
            "{error}"
        );
        // The thread goes on.
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
        assert_eq!(number(&pool, "workers"), 1);
    });
}

#[test]
fn its_threads_are_threads_of_this_crate() {
    guarded(|| {
        let builder = ThreadPoolExecutor::builder().max_workers(1);
        let pool = builder.thread_name_prefix("reader").build().unwrap();
        let worker = pool.submit(threading::current_thread).unwrap();
        let worker = worker.result().unwrap();
        assert_eq!(&*worker.name(), "reader_0");
        assert!(worker.is_alive() && !worker.daemon());
        assert!(threading::enumerate().contains(&worker));

        worker.cancel();
        let asked = pool.submit(threading::cancel_requested).unwrap();
        assert!(asked.result().unwrap());
        pool.shutdown(Pending::Run);
        assert!(!worker.is_alive() && !threading::enumerate().contains(&worker));
        assert!(worker.join().is_ok());
    });
}

/// The values of its threads are dropped when it has ended, and not before its tasks.
#[test]
fn the_locals_of_its_threads_are_dropped_before_a_shutdown_returns() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    guarded(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let count = drops.clone();
        let local = Arc::new(Local::new(move || Counted(count.clone())));
        let pool = pool_of(1);
        for _ in 0..2 {
            let local = local.clone();
            pool.submit(move || local.with(|_| ())).unwrap().wait();
        }
        assert_eq!(drops.load(Ordering::Relaxed), 0);
        pool.shutdown(Pending::Run);
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn the_error_of_a_fallible_task_is_the_futures() {
    guarded(|| {
        let pool = pool_of(1);
        let good = pool.submit_fallible(|| "12".parse::<u32>()).unwrap();
        let bad = pool.submit_fallible(|| "x".parse::<u32>()).unwrap();
        let sorted = wait([good, bad], ReturnWhen::FirstException, LONG);
        assert_eq!(sorted.done.len(), 2);
        let [good, bad] = <[_; 2]>::try_from(sorted.done).unwrap();
        assert_eq!(good.result().unwrap(), 12);
        let error = bad.result().unwrap_err().into_inner().unwrap();
        assert!(error.is::<std::num::ParseIntError>());
    });
}

#[test]
fn no_threads_are_misuse() {
    guarded(|| {
        let misuse = ThreadPoolExecutor::builder().max_workers(0).build();
        let misuse = misuse.unwrap_err();
        assert_eq!(misuse.location().file(), file!());
    });
}

#[test]
fn as_many_threads_as_python_has_by_default() {
    guarded(|| {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let pool = ThreadPoolExecutor::new();
        assert_eq!(number(&pool, "max_workers"), (processors + 4).min(32));
        assert_eq!(number(&pool, "workers"), number(&pool, "idle"));
    });
}

#[test]
fn a_pool_grows_to_its_size_and_no_further() {
    guarded(|| {
        let pool = pool_of(4);
        let blockers: Vec<_> = (0..4).map(|_| occupy(&pool)).collect();
        let queued: Vec<_> = (0..60).map(|n| pool.submit(move || n).unwrap()).collect();
        assert_eq!(number(&pool, "workers"), 4);
        assert_eq!(number(&pool, "queued"), 60);
        blockers.iter().for_each(|(go, _)| go.set());
        let results: Vec<_> = queued.into_iter().map(|f| f.result().unwrap()).collect();
        assert!(results.into_iter().eq(0..60));
        assert_eq!(number(&pool, "workers"), 4);
        await_number(&pool, "idle", 4);
    });
}

#[test]
fn a_thread_that_is_idle_is_used_again() {
    guarded(|| {
        let pool = pool_of(8);
        for n in 1..=20 {
            assert_eq!(pool.submit(move || n).unwrap().result().unwrap(), n);
            await_number(&pool, "idle", 1);
        }
        assert_eq!(number(&pool, "workers"), 1);
    });
}

#[test]
fn tasks_begin_in_the_order_of_their_submission() {
    guarded(|| {
        let (pool, order) = (pool_of(1), Arc::new(Mutex::new(Vec::new())));
        let (go, blocker) = occupy(&pool);
        for n in 0..100 {
            let order = order.clone();
            drop(pool.submit(move || order.lock().unwrap().push(n)).unwrap());
        }
        go.set();
        blocker.result().unwrap();
        drop(pool);
        assert!(order.lock().unwrap().iter().copied().eq(0..100));
    });
}

/// In Python this is the textbook's deadlock.
#[test]
fn tasks_may_wait_for_tasks_on_one_thread() {
    fn fibonacci(pool: &Arc<ThreadPoolExecutor>, n: u64) -> u64 {
        if n < 2 {
            return n;
        }
        let inner = pool.clone();
        let one = pool.submit(move || fibonacci(&inner, n - 1)).unwrap();
        let other = fibonacci(pool, n - 2);
        one.result().unwrap() + other
    }

    guarded(|| {
        for workers in 1..=3 {
            let pool = Arc::new(pool_of(workers));
            let inner = pool.clone();
            let result = pool.submit(move || fibonacci(&inner, 12)).unwrap();
            assert_eq!(result.result().unwrap(), 144);
        }
    });
}

#[test]
fn a_task_that_waits_with_a_limit_runs_nothing_in_place() {
    guarded(|| {
        let pool = Arc::new(pool_of(1));
        let inner = pool.clone();
        let outcome = pool.submit(move || {
            let behind = inner.submit(|| ()).unwrap();
            behind.wait_timeout(super::SHORT).is_err() && !behind.done()
        });
        assert!(outcome.unwrap().result().unwrap());
    });
}

#[test]
fn all_cores_hands_are_used_by_a_burst() {
    guarded(|| {
        let pool = pool_of(4);
        let barrier = Arc::new(std::sync::Barrier::new(4));
        for _ in 0..200 {
            // Nobody passes before all four run at once.
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    let barrier = barrier.clone();
                    pool.submit(move || {
                        barrier.wait();
                        thread::current().id()
                    })
                    .unwrap()
                })
                .collect();
            let threads: HashSet<_> = tasks.into_iter().map(|t| t.result().unwrap()).collect();
            assert_eq!(threads.len(), 4);
        }
    });
}

#[test]
fn many_submit_at_once() {
    guarded(|| {
        let pool = pool_of(3);
        let sum = thread::scope(|scope| {
            let submitters: Vec<_> = (0..4_u64)
                .map(|_| {
                    scope.spawn(|| {
                        let tasks: Vec<_> = (0..2000_u64)
                            .map(|n| pool.submit(move || n).unwrap())
                            .collect();
                        let sorted = wait(tasks, ReturnWhen::AllCompleted, Limit::NEVER);
                        sorted
                            .done
                            .into_iter()
                            .map(|t| t.result().unwrap())
                            .sum::<u64>()
                    })
                })
                .collect();
            let sums = submitters.into_iter().map(|s| s.join().unwrap());
            sums.sum::<u64>()
        });
        assert_eq!(sum, 4 * 1999 * 1000);
    });
}

#[test]
fn threads_have_the_names_that_python_gives_them() {
    fn name(pool: &ThreadPoolExecutor) -> String {
        let name = pool.submit(|| thread::current().name().map(str::to_owned));
        name.unwrap().result().unwrap().unwrap()
    }

    guarded(|| {
        let pool = ThreadPoolExecutor::builder()
            .thread_name_prefix("special")
            .build();
        assert_eq!(name(&pool.unwrap()), "special_0");
        let name = name(&ThreadPoolExecutor::new());
        let number = name.strip_prefix("ThreadPoolExecutor-").unwrap();
        let (pool, thread) = number.split_once('_').unwrap();
        assert!(pool.parse::<u32>().is_ok() && thread == "0");
    });
}
