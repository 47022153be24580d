//! Forking where descriptors run out: an error, never a child that nobody watches.

use manyways_process::Fork;
use manyways_testkit as testkit;
use nix::sys::resource::{Resource, setrlimit};

#[test]
fn a_fork_works_or_leaves_nothing_whatever_the_limit() {
    testkit::guarded(|| {
        // In children, so that the limit is only theirs.
        for spare in 0..8 {
            let task = Fork::new().run(move || {
                let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64 - 1;
                setrlimit(Resource::RLIMIT_NOFILE, open + spare, open + spare).unwrap();
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
                let children = std::fs::File::open("/proc/thread-self/children");
                (
                    worked,
                    children.is_ok_and(|mut file| {
                        std::io::read_to_string(&mut file).unwrap().is_empty()
                    }),
                )
            });
            let (worked, no_child_is_left) = task.unwrap().join().unwrap();
            assert_eq!(worked, spare >= 4, "with {spare} descriptors to spare");
            assert!(
                no_child_is_left || spare == 0,
                "with {spare} descriptors to spare"
            );
        }
    });
}
