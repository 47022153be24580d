//! How long blocks live, whoever dies.

use std::fs;
use std::thread;
use std::time::Duration;

use manyways_process::{Child, Fork, Link};
use multiprocessing::shared_memory::SharedMemory;
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;

use crate::support::{exists, tracked, until_gone};

/// Runs a child that creates a block, tells its name, and ends in this way once it is told to.
fn creator(end: fn()) -> (Child, Link, String) {
    let (child, mut link) = Fork::new()
        .spawn(move |link| {
            let block = SharedMemory::create(1 << 16).unwrap();
            block.write(0, b"left behind");
            link.send(block.name()).unwrap();
            let () = link.recv().unwrap();
            end();
        })
        .unwrap();
    let name = link.recv().unwrap();
    (child, link, name)
}

fn kill_oneself() {
    let _ = raise(Signal::SIGKILL);
}

#[test]
pub(crate) fn a_block_whose_creator_has_ended_is_removed() {
    tracked(|| {
        for end in [(|| ()) as fn(), kill_oneself, || {
            panic!("an end like another")
        }] {
            let (mut child, mut link, name) = creator(end);
            assert!(exists(&name));
            link.send(&()).unwrap();
            child.wait().unwrap();
            until_gone(&name);
        }
    });
}

#[test]
pub(crate) fn a_block_in_use_outlives_its_killed_creator() {
    tracked(|| {
        let (mut child, mut link, name) = creator(kill_oneself);
        let block = SharedMemory::open(&name).unwrap();
        link.send(&()).unwrap();
        child.wait().unwrap();
        // While one has it open, others can still open it.
        let mut bytes = [0; 11];
        SharedMemory::open(&name).unwrap().read(0, &mut bytes);
        assert_eq!(&bytes, b"left behind");
        drop(block);
        until_gone(&name);
    });
}

#[test]
pub(crate) fn who_merely_opens_a_block_does_not_destroy_it() {
    tracked(|| {
        let block = SharedMemory::create(5).unwrap();
        let name = block.name().to_owned();
        for _ in 0..3 {
            let reader = Fork::new().run(|| {
                // Its own tracker, too, ends with it.
                SharedMemory::create(1).unwrap().unlink().unwrap();
                SharedMemory::open(&name).unwrap().to_vec()
            });
            assert_eq!(reader.unwrap().join().unwrap(), [0; 5]);
        }
        assert!(exists(&name));
        block.unlink().unwrap();
    });
}

/// The trackers of this program, as their names and files show.
fn trackers() -> Vec<i32> {
    let program = std::env::current_exe().unwrap();
    let processes = fs::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let is_tracker = |pid: &i32| {
        let folder = format!("/proc/{pid}");
        fs::read_link(format!("{folder}/exe")).is_ok_and(|exe| exe == program)
            && fs::read_to_string(format!("{folder}/comm"))
                .is_ok_and(|name| name == "shm tracker\n")
    };
    pids.filter(is_tracker).collect()
}

/// Ends the trackers that were started since.
fn kill_new_trackers(before: &[i32]) {
    let new: Vec<i32> = trackers()
        .into_iter()
        .filter(|pid| !before.contains(pid))
        .collect();
    assert_eq!(new.len(), 1);
    kill(Pid::from_raw(new[0]), Signal::SIGKILL).unwrap();
    while trackers().contains(&new[0]) {
        thread::sleep(Duration::from_millis(1));
    }
}

/// The next one takes over what the killed one had, though its creator has it open and mapped when that starts.
#[test]
pub(crate) fn a_killed_tracker_is_replaced() {
    tracked(|| {
        let before = trackers();
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let first = SharedMemory::create(10).unwrap();
                kill_new_trackers(&before);
                let second = SharedMemory::create(10).unwrap();
                link.send(&[first.name(), second.name()]).unwrap();
                let () = link.recv().unwrap();
                kill_oneself();
            })
            .unwrap();
        let names: [String; 2] = link.recv().unwrap();
        assert!(names.iter().all(|name| exists(name)));
        link.send(&()).unwrap();
        child.wait().unwrap();
        names.iter().for_each(|name| until_gone(name));
    });
}

/// A tracker is a copy of a process that had blocks open, and must not count as their user.
#[test]
pub(crate) fn trackers_do_not_keep_each_others_blocks() {
    tracked(|| {
        let (mut first, mut to_first, name) = creator(kill_oneself);
        let (mut second, mut to_second) = Fork::new()
            .spawn(|link| {
                let _first = SharedMemory::open(&name).unwrap();
                let own = SharedMemory::create(10).unwrap();
                link.send(own.name()).unwrap();
                let () = link.recv().unwrap();
            })
            .unwrap();
        let name_of_second: String = to_second.recv().unwrap();
        // Which somebody has open, so that its tracker stays.
        let open = SharedMemory::open(&name_of_second).unwrap();
        to_second.send(&()).unwrap();
        second.wait().unwrap();
        to_first.send(&()).unwrap();
        first.wait().unwrap();
        until_gone(&name);
        assert!(exists(&name_of_second));
        drop(open);
        until_gone(&name_of_second);
    });
}

#[test]
pub(crate) fn a_block_that_is_not_tracked_stays() {
    tracked(|| {
        let child = Fork::new().run(|| {
            let block = SharedMemory::create(4).unwrap();
            block.write(0, b"stay");
            block.untrack();
            let removed = SharedMemory::create(4).unwrap();
            (block.name().to_owned(), removed.name().to_owned())
        });
        let (name, removed) = child.unwrap().join().unwrap();
        until_gone(&removed);
        let block = SharedMemory::open(&name).unwrap();
        assert_eq!(block.to_vec(), b"stay");
        block.unlink().unwrap();
    });
}

#[test]
pub(crate) fn all_that_a_killed_process_leaves_is_removed() {
    tracked(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let create = |_| SharedMemory::create(1).unwrap().name().to_owned();
                let names: Vec<String> = (0..1500).map(create).collect();
                link.send(&names).unwrap();
                let () = link.recv().unwrap();
            })
            .unwrap();
        let names: Vec<String> = link.recv().unwrap();
        assert!(names.iter().all(|name| exists(name)));
        child.kill().unwrap();
        child.wait().unwrap();
        names.iter().for_each(|name| until_gone(name));
    });
}

#[test]
pub(crate) fn many_blocks_leave_nothing() {
    tracked(|| {
        for size in 1..1000 {
            SharedMemory::create(size).unwrap().unlink().unwrap();
        }
    });
}
