//! How pools in a manager end: closed, terminated, dropped, or with the server; and clients that die meanwhile.

use std::path::Path;

use multiprocessing::connection::pipe;
use multiprocessing::managers::{DictProxy, FaultKind, Manager};
use multiprocessing::task;

use crate::pools::{square, wait_for_key};
use crate::support::{fork, kill, with_manager};

#[task]
fn note(notes: DictProxy<i64, i64>, number: i64) -> u32 {
    notes.insert(number, number * 10).unwrap();
    std::process::id()
}

#[test]
fn a_pool_ends_when_it_is_told_and_when_nobody_has_it() {
    with_manager(|manager| {
        let notes = manager.dict::<i64, i64>([]).unwrap();
        let pool = manager.pool(2).unwrap();
        let later = pool.map_async(square, 0..10).unwrap();
        pool.close().unwrap();
        pool.join().unwrap();
        assert_eq!(later.get().unwrap().len(), 10);
        let error = pool.apply(square, (1,)).unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::Pool), "{error}");
        let results: Vec<_> = pool.imap(square, 0..3).unwrap().collect();
        assert!(matches!(&results[..], [Err(_)]), "{results:?}");

        let pool = manager.pool(1).unwrap();
        let never = pool.apply_async(wait_for_key, (notes.clone(), 9)).unwrap();
        pool.terminate().unwrap();
        pool.join().unwrap();
        assert_eq!(never.get().unwrap_err().fault_kind(), Some(FaultKind::Pool));

        let before = manager.object_count().unwrap();
        let pool = manager.pool(1).unwrap();
        let worker = pool.apply(note, (notes.clone(), 1)).unwrap();
        assert_eq!(notes.get(1).unwrap(), Some(10));
        drop(pool);
        // The release is not answered.
        let worker = format!("/proc/{worker}");
        while manager.object_count().unwrap() > before || Path::new(&worker).exists() {
            std::thread::yield_now();
        }
        drop(never);
    });
}

/// A client that is killed while it waits for a result holds up nobody.
#[test]
fn a_client_that_dies_leaves_the_pool_to_others() {
    with_manager(|manager| {
        let keys = manager.dict::<i64, i64>([]).unwrap();
        let pool = manager.pool(2).unwrap();
        let before = manager.object_count().unwrap();
        for wait in [0, 1, 2] {
            let (mut here, mut there) = pipe().unwrap();
            let client = fork(|| {
                let result = pool
                    .apply_async(wait_for_key, (keys.clone(), wait))
                    .unwrap();
                there.send(&()).unwrap();
                match wait {
                    0 => drop(result.get()),
                    1 => drop(pool.imap(wait_for_key_alone, [1_u64]).unwrap().next()),
                    _ => {
                        drop(pool.close());
                        drop(pool.join());
                    }
                }
            });
            here.recv::<()>().unwrap();
            kill(client.pid());
            assert!(client.join().is_err());
            if wait < 2 {
                keys.insert(wait, 0_i64).unwrap();
                assert_eq!(pool.apply(square, (6,)).unwrap(), 36);
            }
        }
        keys.insert(2_i64, 0_i64).unwrap();
        while manager.object_count().unwrap() > before {
            std::thread::yield_now();
        }
    });
}

#[task]
fn wait_for_key_alone(_: u64) -> u64 {
    loop {
        std::thread::park();
    }
}

/// By which the workers end too: the guard of the test sees to it.
#[test]
fn a_server_that_is_killed_takes_its_pools_along() {
    manyways_testkit::guarded(|| {
        let manager = Manager::start().unwrap();
        let pool = manager.pool(2).unwrap();
        let result = pool.apply_async(wait_for_key_alone, (1,)).unwrap();
        kill(manager.pid().unwrap());
        assert!(result.get().unwrap_err().is_closed());
        assert!(pool.map(square, 0..3).unwrap_err().is_closed());
        let mut results = pool.imap(square, 0..3);
        assert!(results.as_mut().is_err());
        drop(manager);
    });
}
