//! Names: which there are, who gets one, who takes it away.

use manyways_process::Fork;
use multiprocessing::shared_memory::SharedMemory;

use crate::support::{exists, fresh, tracked};

#[test]
pub(crate) fn names_are_checked() {
    tracked(|| {
        for name in ["", "a/b", "nul\0", ".", "..", &"x".repeat(256)] {
            assert!(SharedMemory::create_named(name, 1).unwrap_err().is_misuse());
            assert!(SharedMemory::open(name).unwrap_err().is_misuse());
        }
        let name = fresh("checked");
        assert!(SharedMemory::open(&name).unwrap_err().is_not_found());
        let block = SharedMemory::create_named(&name, 1).unwrap();
        let error = SharedMemory::create_named(&name, 1).unwrap_err();
        assert!(error.is_already_exists(), "{error}");
        block.unlink().unwrap();
        assert!(SharedMemory::open(&name).unwrap_err().is_not_found());
        assert!(block.unlink().unwrap_err().is_not_found());
    });
}

#[test]
pub(crate) fn a_name_that_was_given_again_is_not_unlinked() {
    tracked(|| {
        let name = fresh("again");
        let first = SharedMemory::create_named(&name, 1).unwrap();
        let same = SharedMemory::open(&name).unwrap();
        first.unlink().unwrap();
        let second = SharedMemory::create_named(&name, 1).unwrap();
        assert!(same.unlink().unwrap_err().is_not_found());
        assert!(exists(&name));
        second.unlink().unwrap();
    });
}

/// What several processes try at once, each telling whether it came first. They begin together.
fn came_first(attempt: impl Fn() -> bool) -> usize {
    let start = multiprocessing::Barrier::new(4).unwrap();
    let tasks = [(); 4].map(|()| {
        let attempt = || {
            start.wait().unwrap();
            attempt()
        };
        Fork::new().run(attempt).unwrap()
    });
    let came = tasks.map(|task| task.join().unwrap());
    came.iter().filter(|first| **first).count()
}

#[test]
pub(crate) fn one_of_many_gets_a_name() {
    tracked(|| {
        let name = fresh("race");
        let done = multiprocessing::Barrier::new(4).unwrap();
        let attempt = || {
            let created = SharedMemory::create_named(&name, 10);
            // Until all have tried, nobody is gone whose block could be removed.
            done.wait().unwrap();
            match created {
                Ok(block) => block.unlink().is_ok(),
                Err(error) => {
                    assert!(error.is_already_exists(), "{error}");
                    false
                }
            }
        };
        for _ in 0..5 {
            assert_eq!(came_first(attempt), 1);
            assert!(!exists(&name));
        }
    });
}

#[test]
pub(crate) fn one_of_many_unlinks_a_block() {
    tracked(|| {
        for _ in 0..10 {
            let block = SharedMemory::create(10).unwrap();
            let attempt = || match block.unlink() {
                Ok(()) => true,
                Err(error) => {
                    assert!(error.is_not_found(), "{error}");
                    false
                }
            };
            assert_eq!(came_first(attempt), 1);
            assert!(!exists(block.name()));
        }
    });
}

/// Whoever opens one finds it whole, or not at all.
#[test]
pub(crate) fn a_block_appears_whole_and_goes_whole() {
    tracked(|| {
        let name = fresh("churn");
        let (mut churner, _link) = Fork::new()
            .spawn(|_| {
                loop {
                    let block = SharedMemory::create_named(&name, 5000).unwrap();
                    block.unlink().unwrap();
                }
            })
            .unwrap();
        let mut found = 0;
        while found < 20 {
            match SharedMemory::open(&name) {
                Err(error) => assert!(error.is_not_found(), "{error}"),
                Ok(block) => {
                    assert_eq!(block.size(), 5000);
                    found += 1;
                }
            }
        }
        churner.kill().unwrap();
        churner.wait().unwrap();
        crate::support::until_gone(&name);
    });
}
