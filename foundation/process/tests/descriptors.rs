//! Which descriptors a child has, what happens when they run out, and when the standard ones are closed.

mod common;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::Command;
use std::time::Duration;

use common::open_fds;
use manyways_process::{Fork, Output, PrivateFd, poll_readable};
use manyways_testkit as testkit;
use nix::sys::resource::{Resource, setrlimit};

/// What a child has open beyond its parent's files: its end of the link and of the life line.
fn own_ends(child: &BTreeSet<i32>, parent: &BTreeSet<i32>) -> usize {
    child.difference(parent).count()
}

#[test]
fn a_child_and_its_child_have_the_standard_streams_and_their_own_ends() {
    testkit::guarded(|| {
        let before = open_fds();
        // Other links, children and captured streams, all of them the parent's affair.
        let (_other, _other_link) = Fork::new()
            .stdout(Output::Capture)
            .spawn(|link| drop(link.recv::<()>()))
            .unwrap();
        let _private = PrivateFd::open(|| Ok(io::pipe()?.1.into())).unwrap();
        let task = Fork::new()
            .stdout(Output::Capture)
            .stderr(Output::Null)
            .run(|| {
                let child = open_fds();
                let grandchild = Fork::new().run(open_fds).unwrap();
                let grandchild = grandchild.join().unwrap();
                let orphan = Fork::new().outlive_parent().run(open_fds).unwrap();
                (child, grandchild, orphan.join().unwrap())
            });
        let (child, grandchild, orphan) = task.unwrap().join().unwrap();
        assert!(child.is_superset(&before) && grandchild.is_superset(&before));
        assert!([0, 1, 2].iter().all(|fd| child.contains(fd)));
        assert_eq!(own_ends(&child, &before), 2, "{child:?} from {before:?}");
        assert_eq!(
            own_ends(&grandchild, &before),
            2,
            "{grandchild:?} from {before:?}"
        );
        assert_eq!(own_ends(&orphan, &before), 1, "{orphan:?} from {before:?}");
    });
}

#[test]
fn a_program_that_the_child_runs_has_no_more_than_one_that_the_parent_runs() {
    testkit::guarded(|| {
        let listing = || {
            let listing = Command::new("ls").arg("/proc/self/fd").output();
            String::from_utf8(listing.unwrap().stdout).unwrap()
        };
        let (_other, _other_link) = Fork::new().spawn(|link| drop(link.recv::<()>())).unwrap();
        let task = Fork::new().stdout(Output::Null).run(listing);
        assert_eq!(task.unwrap().join().unwrap(), listing());
    });
}

/// Each thread forks children that live until told, and sees the end of each as soon as it alone dies.
#[test]
fn forks_in_many_threads_leak_no_ends_into_each_other() {
    const ROUNDS: usize = 100;
    testkit::guarded_for(Duration::from_secs(300), || {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..ROUNDS).for_each(|_| one_dies_and_one_lives()));
            }
        });
    });
}

fn one_dies_and_one_lives() {
    let fork = || {
        let mut child = Fork::new()
            .stdout(Output::Capture)
            .spawn(|link| drop(link.recv::<()>()))
            .unwrap();
        let stdout = child.0.take_stdout().unwrap();
        (child.0, child.1, stdout)
    };
    let (mut dying, mut link, mut stdout) = fork();
    let (mut living, mut living_link, _living_stdout) = fork();
    dying.kill().unwrap();
    assert!(link.recv::<()>().unwrap_err().is_closed());
    assert_eq!(
        stdout.read(&mut [0]).unwrap(),
        0,
        "somebody else holds its output"
    );
    assert!(dying.wait().unwrap().signal().is_some());
    assert!(living.is_alive().unwrap());
    living_link.send(&()).unwrap();
    assert!(living.wait().unwrap().success());
}

/// The parent's end of a life line must not be held by anybody but the parent: here a child that lives on.
#[test]
fn siblings_do_not_hold_each_others_life_lines() {
    testkit::guarded(|| {
        let (mut watch, writer) = common::Watch::new();
        let (mut go_on, mut tell) = io::pipe().unwrap();
        let (mut parent, _link) = Fork::new()
            .spawn(|_| {
                let _dies = Fork::new().spawn(|_| {
                    common::report(&writer);
                    common::block_for_ever()
                });
                drop(writer);
                let _lives = Fork::new()
                    .outlive_parent()
                    .spawn(|_| drop(go_on.read(&mut [0])));
                common::block_for_ever()
            })
            .unwrap();
        watch.await_reports(1);
        parent.kill().unwrap();
        watch.await_end();
        tell.write_all(&[1]).unwrap();
        parent.wait().unwrap();
    });
}

/// What a program sees that may open `spare` descriptors more than it has.
fn fork_with(spare: usize) -> Result<u8, String> {
    let before = open_fds();
    setrlimit(Resource::RLIMIT_NOFILE, 64, 64).unwrap();
    let mut fill: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    fill.truncate(fill.len() - spare);
    let outcome = Fork::new()
        .stdout(Output::Capture)
        .stderr(Output::Null)
        .spawn(|link| link.send(&7_u8).unwrap())
        .map(|(mut child, mut link)| {
            let value = link.recv().unwrap();
            assert!(child.wait().unwrap().success());
            value
        })
        .map_err(|error| error.to_string());
    drop(fill);
    assert_eq!(open_fds(), before, "with {spare} to spare");
    let left = std::fs::read_to_string("/proc/thread-self/children").unwrap();
    assert_eq!(left, "", "with {spare} to spare");
    outcome
}

#[test]
fn a_fork_works_or_leaves_nothing_however_few_descriptors_there_are() {
    testkit::guarded(|| {
        let outcomes: Vec<Result<u8, String>> = (0..10)
            // In a child, so that the limit is only its own.
            .map(|spare| {
                Fork::new()
                    .run(|| fork_with(spare))
                    .unwrap()
                    .join()
                    .unwrap()
            })
            .collect();
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(error.contains("os error 24"), "{error}");
        }
        // Two for the link, two for the life line, two for the captured stream, /dev/null, the pidfd.
        let worked: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(worked, [vec![false; 8], vec![true; 2]].concat());
        assert!(outcomes[6].as_ref().unwrap_err().contains("/dev/null"));
        assert!(outcomes[7].as_ref().unwrap_err().contains("open a handle"));
    });
}

#[test]
fn no_room_for_a_process_is_an_error() {
    testkit::guarded(|| {
        let task = Fork::new().run(|| {
            let before = open_fds();
            // A limit of processes does not bind root, so root becomes nobody.
            if nix::unistd::geteuid().is_root() {
                nix::unistd::setuid(nix::unistd::Uid::from_raw(65534)).unwrap();
            }
            setrlimit(Resource::RLIMIT_NPROC, 0, 0).unwrap();
            let error = Fork::new().run(|| ()).unwrap_err().to_string();
            (error, open_fds() == before)
        });
        let (error, clean) = task.unwrap().join().unwrap();
        assert!(error.starts_with("could not fork a process: "), "{error}");
        assert!(clean);
    });
}

/// A program that has closed its standard streams: what is opened next gets their numbers.
fn without_standard_streams<T>(closed: &[i32], work: impl FnOnce() -> T) -> T
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let task = Fork::new().run(|| {
        closed.iter().for_each(|fd| common::sys::close(*fd));
        work()
    });
    task.unwrap().join().unwrap()
}

#[test]
fn nothing_of_ours_takes_the_place_of_a_closed_standard_stream() {
    testkit::guarded(|| {
        for closed in [&[1][..], &[2], &[0, 1], &[1, 2], &[0, 1, 2]] {
            let (mine, childs, answer) = without_standard_streams(closed, || {
                let (mut child, mut link) = Fork::new()
                    .spawn(|link| {
                        let _ = writeln!(io::stdout(), "into nothing");
                        let _ = writeln!(io::stderr(), "into nothing");
                        link.send(&open_fds()).unwrap();
                        link.send("answer").unwrap();
                    })
                    .unwrap();
                let _ = writeln!(io::stdout(), "into nothing");
                let _ = writeln!(io::stderr(), "into nothing");
                let childs: BTreeSet<i32> = link.recv().unwrap();
                let answer: String = link.recv().unwrap();
                assert!(child.wait().unwrap().success());
                (open_fds(), childs, answer)
            });
            assert_eq!(answer, "answer");
            assert!(
                closed
                    .iter()
                    .all(|fd| !mine.contains(fd) && !childs.contains(fd))
            );
        }
    });
}

#[test]
fn closed_standard_streams_can_be_captured_in_a_child() {
    testkit::guarded(|| {
        for closed in [&[1][..], &[2], &[0, 1, 2]] {
            let (out, err) = without_standard_streams(closed, || {
                let (mut child, _link) = Fork::new()
                    .stdout(Output::Capture)
                    .stderr(Output::Capture)
                    .spawn(|_| {
                        writeln!(io::stdout(), "to stdout").unwrap();
                        writeln!(io::stderr(), "to stderr").unwrap();
                        // Redirected streams stay open in the programs that the child runs.
                        let shell = ["-c", "echo shell; echo shell >&2"];
                        Command::new("sh").args(shell).status().unwrap();
                    })
                    .unwrap();
                let out = io::read_to_string(child.take_stdout().unwrap()).unwrap();
                let err = io::read_to_string(child.take_stderr().unwrap()).unwrap();
                (out, err)
            });
            assert_eq!(
                (out.as_str(), err.as_str()),
                ("to stdout\nshell\n", "to stderr\nshell\n")
            );
        }
    });
}

/// The files that a child shall write to have each other's numbers.
#[test]
fn streams_can_be_exchanged() {
    testkit::guarded(|| {
        let (mut one, one_end) = io::pipe().unwrap();
        let (mut two, two_end) = io::pipe().unwrap();
        let task = Fork::new().run(|| {
            nix::unistd::dup2_stdout(&one_end).unwrap();
            nix::unistd::dup2_stderr(&two_end).unwrap();
            drop((one_end, two_end));
            let take = common::sys::take_descriptor;
            let (mut child, _link) = Fork::new()
                .stdout(Output::File(take(2)))
                .stderr(Output::File(take(1)))
                .spawn(|_| {
                    writeln!(io::stdout(), "out").unwrap();
                    writeln!(io::stderr(), "err").unwrap();
                })
                .unwrap();
            child.wait().unwrap().success()
        });
        assert!(task.unwrap().join().unwrap());
        let read = |pipe: &mut PipeReader| {
            let mut text = [0; 4];
            pipe.read_exact(&mut text).unwrap();
            String::from_utf8(text.to_vec()).unwrap()
        };
        assert_eq!(
            (read(&mut one), read(&mut two)),
            ("err\n".into(), "out\n".into())
        );
    });
}

/// A body that closes everything, as daemons do, loses its link and its life line, and nothing else.
#[test]
fn a_body_that_closes_everything_just_ends() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                (0..1024).for_each(common::sys::close);
                assert!(link.send(&()).is_err());
                manyways_process::leave(9);
            })
            .unwrap();
        assert!(link.recv::<()>().unwrap_err().is_closed());
        assert_eq!(child.wait().unwrap().code(), Some(9));
    });
}

/// A descriptor of a parent is closed by nobody but the parent, though a copy of its owner is dropped.
#[test]
fn a_number_that_means_something_else_now_is_left_alone() {
    testkit::guarded(|| {
        let (_reader, writer) = io::pipe().unwrap();
        let private = PrivateFd::new(writer.into());
        let number = private.get().unwrap().as_raw_fd();
        let mut private = Some(private);
        let task = Fork::new().run(|| {
            // The number is free here, and taken by a file.
            let files: Vec<OwnedFd> = (0..16)
                .map(|_| File::open("/dev/null").unwrap().into())
                .collect();
            assert!(files.iter().any(|file| file.as_raw_fd() == number));
            drop(private.take());
            let path = format!("/proc/self/fd/{number}");
            std::fs::read_link(path)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        });
        assert_eq!(task.unwrap().join().unwrap(), "/dev/null");
    });
}

#[test]
fn a_poll_names_those_that_are_ready() {
    testkit::guarded(|| {
        let (silent, _keep) = io::pipe().unwrap();
        let (speaking, mut speaker) = io::pipe().unwrap();
        let (ended, _) = io::pipe().unwrap();
        speaker.write_all(b"x").unwrap();
        let (mut child, _link) = Fork::new().spawn(|_| ()).unwrap();
        let fds = [silent.as_fd(), speaking.as_fd(), ended.as_fd()];
        assert_eq!(poll_readable(&fds, None).unwrap(), [1, 2]);
        let pidfd = child.as_fd().unwrap().unwrap();
        assert_eq!(poll_readable(&[silent.as_fd(), pidfd], None).unwrap(), [1]);
        let none = poll_readable(&[silent.as_fd()], Some(Duration::from_millis(2))).unwrap();
        assert!(none.is_empty());
        assert!(child.wait().unwrap().success());
    });
}
