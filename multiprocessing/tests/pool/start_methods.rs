//! Workers that are started by running the program again.

use std::sync::atomic::{AtomicU32, Ordering};

use manyways_testkit::{guarded, kill_process};
use multiprocessing::{Pool, StartMethod, current_process, parent_process};

use crate::support::{children, own_pid, square};

fn spawn_pool(processes: usize) -> Pool {
    let builder = Pool::builder().processes(processes);
    builder.start_method(StartMethod::Spawn).build().unwrap()
}

/// Functions need no registration, and closures will do that have captured nothing.
#[test]
fn spawned_workers_call_any_function() {
    guarded(|| {
        let pool = spawn_pool(2);
        let expected: Vec<u64> = (0..2000).map(square).collect();
        assert_eq!(pool.map(square, 0..2000).unwrap(), expected);
        assert_eq!(pool.apply(u32::pow, (2, 10)).unwrap(), 1024);
        let texts = pool.imap(|n: u32| format!("{n:>1000}"), 0..500).unwrap();
        assert!(texts.map(Result::unwrap).all(|text| text.len() == 1000));
        let error = pool.map(|n: u8| assert_ne!(n, 2, "two"), 0..4).unwrap_err();
        assert!(
            error.index() == Some(2) && error.panic_report().unwrap().message().contains("two")
        );
        pool.close();
        pool.join().unwrap();
    });
}

static SEEN: AtomicU32 = AtomicU32::new(0);

/// A fork inherits what this process has changed, a spawned worker begins anew.
#[test]
fn what_is_inherited() {
    guarded(|| {
        SEEN.store(7, Ordering::Relaxed);
        let seen = || SEEN.load(Ordering::Relaxed);
        assert_eq!(Pool::new(1).unwrap().apply(seen, ()).unwrap(), 7);
        assert_eq!(spawn_pool(1).apply(seen, ()).unwrap(), 0);
    });
}

/// Arguments are sent; a closure would have to be inherited.
#[test]
fn initializers_with_arguments() {
    guarded(|| {
        let set = |value: u32| SEEN.store(value, Ordering::Relaxed);
        for method in [StartMethod::Fork, StartMethod::Spawn] {
            let builder = Pool::builder().processes(1).start_method(method);
            let pool = builder.initializer_with(set, &(42,)).build().unwrap();
            assert_eq!(pool.apply(|| SEEN.load(Ordering::Relaxed), ()).unwrap(), 42);
            let builder = Pool::builder().processes(1).start_method(method);
            let pool = builder.initializer_with(fails, &()).build().unwrap();
            let error = pool.map(square, 0..3).unwrap_err();
            assert!(
                error.is_broken_pool() && error.to_string().contains("no key"),
                "{error}"
            );
        }
        let builder = Pool::builder().start_method(StartMethod::Spawn);
        let error = builder.initializer(|| ()).build().unwrap_err();
        assert!(
            error.to_string().contains("use `initializer_with`"),
            "{error}"
        );
        let error = Pool::builder()
            .start_method(StartMethod::ForkServer)
            .build()
            .unwrap_err();
        assert!(
            error.to_string().contains("choose fork or spawn"),
            "{error}"
        );
    });
}

/// Workers know that they are such, and may have no children.
#[test]
fn workers_are_daemonic_children() {
    guarded(|| {
        for (method, prefix) in [(StartMethod::Fork, "Fork"), (StartMethod::Spawn, "Spawn")] {
            let pool = Pool::builder()
                .processes(1)
                .start_method(method)
                .build()
                .unwrap();
            let name = pool.apply(|| current_process().name.clone(), ()).unwrap();
            assert!(name.starts_with(&format!("{prefix}PoolWorker-")), "{name}");
            let parent = || parent_process().map(|parent| parent.pid);
            assert_eq!(pool.apply(parent, ()).unwrap(), Some(std::process::id()));
            let nested = || Pool::new(1).map(drop).unwrap_err().to_string();
            let error = pool.apply(nested, ()).unwrap();
            assert!(error.contains("daemonic"), "{error}");
        }
        assert!(multiprocessing::active_children().is_empty());
    });
}

#[test]
fn spawned_workers_are_killed_and_replaced() {
    guarded(|| {
        let pool = spawn_pool(2);
        for _ in 0..10 {
            pool.map(own_pid, 0..10).unwrap();
            for pid in children() {
                kill_process(pid).unwrap();
            }
            let squares = pool.with().chunksize(1).map(square, 0..10).unwrap();
            assert!(squares.into_iter().eq((0..10).map(square)));
        }
        let error = pool
            .apply(|| -> u8 { std::process::exit(3) }, ())
            .unwrap_err();
        assert_eq!(error.exit().unwrap().code(), Some(3));
    });
}

fn fails() {
    panic!("no key");
}
