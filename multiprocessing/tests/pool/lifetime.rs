//! Workers begin, are replaced, and end.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, iter};

use manyways_process::Fork;
use manyways_testkit::{guarded, kill_process};
use multiprocessing::Pool;
use multiprocessing::pool::ProcessPoolExecutor;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::support::{Marks, own_pid, square, workers};

/// `test_pool_worker_lifetime`: after so many chunks another process goes on.
#[test]
fn workers_are_replaced_after_so_many_tasks() {
    guarded(|| {
        let pool = Pool::builder()
            .processes(2)
            .max_tasks_per_child(10)
            .build()
            .unwrap();
        let pids = pool.with().chunksize(1).map(own_pid, 0..100).unwrap();
        let mut counts = std::collections::HashMap::new();
        pids.iter()
            .for_each(|pid| *counts.entry(pid).or_insert(0) += 1);
        assert!(
            counts.len() >= 10 && counts.values().all(|count| *count <= 10),
            "{counts:?}"
        );
        pool.close();
        pool.join().unwrap();
        assert!(workers().is_empty());
    });
}

/// A task is a chunk.
#[test]
fn a_chunk_counts_as_one_task() {
    guarded(|| {
        let pool = Pool::builder()
            .processes(1)
            .max_tasks_per_child(1)
            .build()
            .unwrap();
        let pids = pool.with().chunksize(25).map(own_pid, 0..100).unwrap();
        assert_eq!(pids.iter().collect::<HashSet<_>>().len(), 4);
        assert!(
            pids.chunks(25)
                .all(|chunk| chunk.iter().all(|pid| *pid == chunk[0]))
        );
    });
}

/// `test_pool_worker_lifetime_early_close`: what was taken is done although the pool is closed.
#[test]
fn workers_are_replaced_after_the_close() {
    guarded(|| {
        let pool = Pool::builder()
            .processes(3)
            .max_tasks_per_child(1)
            .build()
            .unwrap();
        let results: Vec<_> = (0..20)
            .map(|n| pool.apply_async(square, (n,)).unwrap())
            .collect();
        pool.close();
        pool.join().unwrap();
        for (n, result) in results.into_iter().enumerate() {
            assert_eq!(result.get().unwrap(), square(n as u64));
        }
    });
}

/// `test_pool_maxtasksperchild_invalid`: there is no number of tasks that is refused, but 0 counts as 1.
#[test]
fn no_tasks_per_child_are_one() {
    guarded(|| {
        let pool = Pool::builder()
            .processes(1)
            .max_tasks_per_child(0)
            .build()
            .unwrap();
        let pids = pool.with().chunksize(1).map(own_pid, 0..4).unwrap();
        assert_eq!(pids.into_iter().collect::<HashSet<_>>().len(), 4);
    });
}

static INITIALIZED: AtomicUsize = AtomicUsize::new(0);

/// `test_pool_initializer`: once in each worker, and not here.
#[test]
fn an_initializer_is_called_once_in_each_worker() {
    guarded(|| {
        let marks = Marks::new();
        let path = marks.path();
        let pool = Pool::builder()
            .processes(3)
            .max_tasks_per_child(2)
            .initializer(move || {
                INITIALIZED.fetch_add(1, Ordering::Relaxed);
                fs::write(format!("{path}/{}", std::process::id()), "").unwrap();
            });
        let pool = pool.build().unwrap();
        let seen = |_: u64| (std::process::id(), INITIALIZED.load(Ordering::Relaxed));
        let seen = pool.with().chunksize(1).map(seen, 0..30).unwrap();
        assert!(seen.iter().all(|(_, count)| *count == 1));
        assert_eq!(INITIALIZED.load(Ordering::Relaxed), 0);
        let marked = |pid: &u32| fs::exists(format!("{}/{pid}", marks.path())).unwrap();
        assert!(seen.iter().all(|(pid, _)| marked(pid)));
    });
}

#[test]
fn initializers_that_fail_break_the_pool() {
    guarded(|| {
        let builders = [
            (Pool::builder().initializer(|| panic!("no key")), "no key"),
            (
                Pool::builder().try_initializer(|| Err("no key at all")),
                "no key at all",
            ),
            (
                Pool::builder().initializer(|| std::process::exit(3)),
                "died before they were ready",
            ),
            (
                Pool::builder().initializer(|| std::process::abort()),
                "died before they were ready",
            ),
            (
                Pool::builder()
                    .max_tasks_per_child(1)
                    .initializer(|| panic!("no key")),
                "no key",
            ),
        ];
        for (builder, why) in builders {
            let pool = builder.processes(2).build().unwrap();
            let error = pool.map(square, 0..10).unwrap_err();
            assert!(
                error.is_broken_pool() && error.to_string().contains(why),
                "{error}"
            );
            assert!(pool.apply(square, (1,)).unwrap_err().is_broken_pool());
            pool.close();
            pool.join().unwrap();
            assert!(workers().is_empty());
        }
    });
}

#[test]
fn an_initializer_that_fails_now_and_then_does_no_harm() {
    guarded(|| {
        let pool = Pool::builder()
            .processes(2)
            .max_tasks_per_child(1)
            .initializer(|| {
                assert!(!std::process::id().is_multiple_of(3), "every third");
            });
        let pool = pool.build().unwrap();
        let squares = pool.with().chunksize(1).map(square, 0..30).unwrap();
        assert!(squares.into_iter().eq((0..30).map(square)));
    });
}

/// What a slow initializer keeps a worker from doing, others do.
#[test]
fn a_worker_that_is_not_ready_keeps_nothing() {
    guarded(|| {
        let marks = Marks::new();
        let path = marks.path();
        let pool = Pool::builder().processes(2).initializer(move || {
            // The second to come waits until all is done.
            if fs::create_dir(format!("{path}/first")).is_err() {
                crate::support::mark_and_wait_for(&path, "second", "done");
            }
        });
        let pool = pool.build().unwrap();
        marks.wait_for(2);
        let results: Vec<_> = (0..20)
            .map(|n| pool.apply_async(square, (n,)).unwrap())
            .collect();
        assert!(
            results
                .into_iter()
                .map(|result| result.get().unwrap())
                .eq((0..20).map(square))
        );
        fs::write(format!("{}/done", marks.path()), "").unwrap();
    });
}

/// `test_max_tasks_early_shutdown`.
#[test]
fn an_executor_of_workers_that_are_replaced() {
    guarded(|| {
        let builder = Pool::builder().processes(3).max_tasks_per_child(1);
        let executor = ProcessPoolExecutor::from_builder(builder).unwrap();
        let futures: Vec<_> = (0..6)
            .map(|n| executor.submit(own_pid, (n,)).unwrap())
            .collect();
        drop(executor);
        let pids: HashSet<u32> = futures
            .into_iter()
            .map(|future| future.result().unwrap())
            .collect();
        assert_eq!(pids.len(), 6);
    });
}

/// A want of descriptors that passes costs time and no more.
#[test]
fn a_worker_that_cannot_be_had_now_is_had_later() {
    const LIMIT: u64 = 64;
    guarded(|| {
        let child = Fork::new().run(|| {
            let pool = Pool::new(1).unwrap();
            let worker = pool.apply(own_pid, (0,)).unwrap();
            let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
            setrlimit(Resource::RLIMIT_NOFILE, LIMIT, most).unwrap();
            let taken: Vec<_> = iter::from_fn(|| fs::File::open("/dev/null").ok()).collect();
            assert!(!taken.is_empty() && (taken.len() as u64) < LIMIT);
            kill_process(worker).unwrap();
            let result = pool.apply_async(square, (3,)).unwrap();
            // Several tries fail meanwhile, and nobody is told of them.
            assert!(!result.wait_timeout(Duration::from_millis(500)).unwrap());
            drop(taken);
            result.get().unwrap()
        });
        assert_eq!(child.unwrap().join().unwrap(), 9);
    });
}
