//! Workers that are no copies of this process: started by running the program again, or forked by a server.

use std::sync::atomic::{AtomicU32, Ordering};

use manyways_testkit::{guarded, kill_process};
use multiprocessing::{
    Pool, StartMethod, current_process, forkserver_pid, parent_process, stop_forkserver,
};

use crate::support::{own_pid, square, workers};

const ANEW: [StartMethod; 2] = [StartMethod::Spawn, StartMethod::ForkServer];

fn pool(method: StartMethod, processes: usize) -> Pool {
    let builder = Pool::builder().processes(processes);
    builder.start_method(method).build().unwrap()
}

/// Runs a test for both methods, and ends the server.
fn anew(test: impl Fn(StartMethod) + Send) {
    guarded(|| {
        ANEW.into_iter().for_each(test);
        stop_forkserver();
    });
}

/// Functions need no registration, and closures will do that have captured nothing.
#[test]
fn workers_call_any_function() {
    anew(|method| {
        let pool = pool(method, 2);
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

/// A fork inherits what this process has changed, other workers begin anew.
#[test]
fn what_is_inherited() {
    anew(|method| {
        SEEN.store(7, Ordering::Relaxed);
        let seen = || SEEN.load(Ordering::Relaxed);
        assert_eq!(Pool::new(1).unwrap().apply(seen, ()).unwrap(), 7);
        assert_eq!(pool(method, 1).apply(seen, ()).unwrap(), 0);
    });
}

/// Arguments are sent; a closure would have to be inherited.
#[test]
fn initializers_with_arguments() {
    guarded(|| {
        let set = |value: u32| SEEN.store(value, Ordering::Relaxed);
        for method in multiprocessing::get_all_start_methods() {
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
        for method in ANEW {
            let builder = Pool::builder().start_method(method);
            let error = builder.initializer(|| ()).build().unwrap_err();
            assert!(
                error.to_string().contains("use `initializer_with`"),
                "{error}"
            );
        }
        stop_forkserver();
    });
}

/// Workers know that they are such, and may have no children.
#[test]
fn workers_are_daemonic_children() {
    guarded(|| {
        for method in multiprocessing::get_all_start_methods() {
            let pool = Pool::builder()
                .processes(1)
                .start_method(method)
                .build()
                .unwrap();
            let name = pool.apply(|| current_process().name.clone(), ()).unwrap();
            assert!(
                name.starts_with(&format!("{method:?}PoolWorker-")),
                "{name}"
            );
            let parent = || parent_process().map(|parent| parent.pid);
            assert_eq!(pool.apply(parent, ()).unwrap(), Some(std::process::id()));
            let nested = || Pool::new(1).map(drop).unwrap_err().to_string();
            let error = pool.apply(nested, ()).unwrap();
            assert!(error.contains("daemonic"), "{error}");
        }
        assert!(multiprocessing::active_children().is_empty());
        stop_forkserver();
    });
}

#[test]
fn workers_are_killed_and_replaced() {
    anew(|method| {
        let pool = pool(method, 2);
        for _ in 0..10 {
            pool.map(own_pid, 0..10).unwrap();
            let workers = workers().into_iter();
            for pid in workers.filter(|pid| Some(*pid) != forkserver_pid()) {
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

/// Workers do not need their server; a worker that dies afterwards is replaced by means of another.
#[test]
fn a_server_that_dies_costs_no_item() {
    guarded(|| {
        let pool = pool(StartMethod::ForkServer, 2);
        pool.map(square, 0..10).unwrap();
        kill_process(forkserver_pid().unwrap()).unwrap();
        let squares = pool.map(square, 0..1000).unwrap();
        assert!(squares.into_iter().eq((0..1000).map(square)));
        let error = pool.apply(|| -> u8 { std::process::abort() }, ());
        assert!(error.unwrap_err().to_string().contains("ended"));
        let squares = pool.map(square, 0..1000).unwrap();
        assert!(squares.into_iter().eq((0..1000).map(square)));
        drop(pool);
        stop_forkserver();
    });
}

fn fails() {
    panic!("no key");
}
