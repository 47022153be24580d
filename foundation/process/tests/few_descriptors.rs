//! Forking where descriptors run out: an error, never a child that nobody watches.

use manyways_process::Fork;
use manyways_testkit as testkit;
use nix::sys::resource::{Resource, setrlimit};

/// What a program sees that may open so many descriptors more than it has: whether it could fork a
/// child and talk to it, and whether a child is left.
fn fork_with_few_to_spare(spare: usize) -> (bool, bool) {
    let children = std::fs::File::open("/proc/thread-self/children").unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, 100, 100).unwrap();
    let mut open: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    open.truncate(open.len() - spare);
    let worked = match Fork::new().spawn(|link| link.send(&7_u8).unwrap()) {
        Ok((mut child, mut link)) => {
            assert_eq!(link.recv::<u8>().unwrap(), 7);
            child.wait().unwrap().success()
        }
        Err(error) => {
            assert!(error.to_string().contains("(os error 24)"), "{error}");
            false
        }
    };
    drop(open);
    let left = std::io::read_to_string(children).unwrap();
    (worked, !left.is_empty())
}

#[test]
fn a_fork_works_or_leaves_nothing_whatever_the_limit() {
    testkit::guarded(|| {
        let outcomes: Vec<bool> = (0..8)
            .map(|spare| {
                // In a child, so that the limit is only its own.
                let task = Fork::new().run(|| fork_with_few_to_spare(spare));
                let (worked, left) = task.unwrap().join().unwrap();
                assert!(!left, "with {spare} descriptors to spare a child is left");
                worked
            })
            .collect();
        assert!(!outcomes[0] && outcomes[7], "{outcomes:?}");
        assert!(outcomes.is_sorted(), "{outcomes:?}");
    });
}
