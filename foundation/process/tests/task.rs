//! A closure's value, or why there is none.

mod common;

use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use manyways_process::{Exit, Fork, JoinError, Task};
use manyways_testkit::{self as testkit, Bomb, Crash, Point};
use nix::sys::signal::{Signal, raise};
use serde::{Deserialize, Deserializer, Serialize, de};

#[test]
fn values_of_many_kinds() {
    testkit::guarded(|| {
        Fork::new().run(|| ()).unwrap().join().unwrap();
        let text = Rc::new("inherited".to_owned());
        let task = Fork::new().run(|| (text.len(), text.chars().rev().collect::<String>()));
        assert_eq!(task.unwrap().join().unwrap(), (9, "detirehni".to_owned()));
        let task = Fork::new().run(|| -> Result<u8, String> { Err("the function's own".into()) });
        assert_eq!(
            task.unwrap().join().unwrap(),
            Err("the function's own".to_owned())
        );
        let bulk = Fork::new()
            .run(|| "3".repeat(50 << 20))
            .unwrap()
            .join()
            .unwrap();
        assert!(bulk.len() == 50 << 20 && bulk.bytes().all(|byte| byte == b'3'));
    });
}

#[test]
fn many_at_once() {
    testkit::guarded(|| {
        let tasks: Vec<Task<u32>> = (0..50)
            .map(|n| Fork::new().run(|| n * n).unwrap())
            .collect();
        let values: Vec<u32> = tasks
            .into_iter()
            .rev()
            .map(|task| task.join().unwrap())
            .collect();
        assert!(values.into_iter().rev().eq((0..50).map(|n| n * n)));
    });
}

/// Every way to die at every place that a task has: nothing is sent to it, and it never idles.
#[test]
fn whatever_dies_the_caller_learns_it() {
    let points = [
        Point::Running,
        Point::EncodeResult,
        Point::MidFrame,
        Point::ShuttingDown,
    ];
    testkit::matrix(&points, |crash, point| {
        testkit::guarded(|| {
            let bomb = Bomb::argument(crash, point);
            let task = Fork::new()
                .stderr(manyways_process::Output::Null)
                .run(|| bomb.run())
                .unwrap();
            let pid = task.pid();
            match (task.join(), crash) {
                // The child leaves by `_exit`, which runs no destructor that could fail.
                (Ok(Ok(value)), _) if point == Point::ShuttingDown => assert!(value.is_of(&bomb)),
                (Ok(Err(error)), Crash::Err) if point == Point::Running => {
                    assert_eq!(error, testkit::CRASH_MESSAGE);
                }
                (Err(JoinError::Lost { error, .. }), Crash::Err) => {
                    assert!(error.to_string().contains("encoding a"), "{error}");
                }
                (Err(JoinError::Panicked { pid: who, report }), Crash::Panic) => {
                    assert_eq!((who, report.message()), (pid, testkit::CRASH_MESSAGE));
                }
                (Err(JoinError::Died { pid: who, exit }), _) => {
                    assert_eq!(who, pid);
                    assert_eq!(exit.code().is_some(), crash == Crash::Exit, "{exit}");
                }
                (other, _) => panic!("{other:?}"),
            }
        });
    });
}

/// Arrives as a number that its own type does not accept.
#[derive(Debug)]
struct Picky;

impl Serialize for Picky {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(13)
    }
}

impl<'de> Deserialize<'de> for Picky {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Picky, D::Error> {
        let number = u8::deserialize(deserializer)?;
        Err(de::Error::custom(format!("{number} is not accepted")))
    }
}

#[test]
fn a_value_that_cannot_be_decoded_is_lost() {
    testkit::guarded(|| {
        let task = Fork::new().run(|| Picky).unwrap();
        let pid = task.pid();
        match task.join() {
            Err(JoinError::Lost { pid: who, error }) => assert!(who == pid && error.is_decode()),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_timeout_is_short_of_time_and_then_the_value_comes() {
    testkit::guarded(|| {
        let (mut wait, mut tell) = io::pipe().unwrap();
        let mut task = Fork::new()
            .run(|| {
                io::Read::read_exact(&mut wait, &mut [0]).unwrap();
                "late".to_owned()
            })
            .unwrap();
        let limit = Duration::from_millis(20);
        let start = Instant::now();
        assert!(task.join_timeout(limit).is_none());
        assert!(start.elapsed() >= limit);
        assert!(task.join_timeout(Duration::ZERO).is_none());
        tell.write_all(&[1]).unwrap();
        assert_eq!(task.join_timeout(Duration::MAX).unwrap().unwrap(), "late");
        match task.join().unwrap_err() {
            JoinError::Died { exit, .. } => assert_eq!(exit, Exit::Code(0), "the value was given"),
            other => panic!("{other}"),
        }
    });
}

#[test]
fn a_timeout_and_every_death() {
    testkit::guarded(|| {
        let long = Duration::from_secs(3600);
        let mut task = Fork::new().run(|| -> u8 { panic!("soon") }).unwrap();
        let error = task.join_timeout(long).unwrap().unwrap_err();
        assert!(matches!(error, JoinError::Panicked { .. }), "{error}");
        let mut task = Fork::new()
            .run(|| -> u8 { manyways_process::leave(4) })
            .unwrap();
        let error = task.join_timeout(long).unwrap().unwrap_err();
        assert!(
            matches!(
                error,
                JoinError::Died {
                    exit: Exit::Code(4),
                    ..
                }
            ),
            "{error}"
        );
        let mut task = Fork::new()
            .run(|| -> u8 { common::block_for_ever() })
            .unwrap();
        assert!(task.join_timeout(Duration::from_millis(1)).is_none());
        task.child().kill().unwrap();
        let error = task.join_timeout(long).unwrap().unwrap_err();
        assert!(
            error.to_string().contains("was killed by SIGKILL"),
            "{error}"
        );
    });
}

#[test]
fn a_child_stopped_in_the_middle_of_its_value() {
    testkit::guarded(|| {
        let mut task = Fork::new().run(|| "1".repeat(32 << 20)).unwrap();
        let pid = task.pid();
        common::wait_until(|| {
            let view = testkit::ProcessView::of(pid).unwrap();
            let mut threads = view.threads().iter();
            threads.any(|thread| thread.syscall().is_some_and(|call| call.writes()))
        });
        task.child().signal(libc::SIGSTOP).unwrap();
        common::wait_until(|| common::state_of(pid) == Some('T'));
        for _ in 0..3 {
            assert!(task.join_timeout(Duration::from_millis(5)).is_none());
        }
        task.child().signal(libc::SIGCONT).unwrap();
        assert_eq!(task.join().unwrap().len(), 32 << 20);
    });
}

/// The value is there; that its child does not end is no reason to wait beyond the limit.
#[test]
fn a_child_that_does_not_end_after_its_value() {
    testkit::guarded(|| {
        let mut task = Fork::new()
            .stdout(manyways_process::Output::Capture)
            .run(|| {
                // To be flushed at the end, into a pipe that is full.
                let full = vec![b'x'; 1 << 16];
                io::stdout().write_all(&full).unwrap();
                write!(io::stdout(), "half a line").unwrap();
                11
            })
            .unwrap();
        let value = loop {
            if let Some(value) = task.join_timeout(Duration::from_millis(10)) {
                break value.unwrap();
            }
        };
        assert_eq!(value, 11);
        assert!(task.child().is_alive().unwrap());
    });
}

#[test]
fn a_dropped_task_kills_its_child() {
    testkit::guarded(|| {
        let (mut watch, writer) = common::Watch::new();
        let task = Fork::new().run(|| -> u8 {
            common::report(&writer);
            common::block_for_ever()
        });
        drop(writer);
        watch.await_reports(1);
        drop(task);
        watch.await_end();
    });
}

/// A process that the child left behind, unseen by anybody, holds the child's end of the link.
#[test]
fn what_a_child_leaves_behind_does_not_keep_its_task_waiting() {
    testkit::guarded(|| {
        use std::os::fd::AsRawFd;
        let (until, end) = io::pipe().unwrap();
        for value in [Some(5), None] {
            let task = Fork::new().run(|| {
                common::sys::close(end.as_raw_fd());
                common::sys::foreign_clone(until.as_raw_fd());
                value.unwrap_or_else(|| manyways_process::leave(6))
            });
            match (task.unwrap().join(), value) {
                (Ok(five), Some(5)) => assert_eq!(five, 5),
                (Err(JoinError::Died { exit, .. }), None) => assert_eq!(exit, Exit::Code(6)),
                (other, _) => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_task_that_stopped_itself_can_be_joined_when_it_goes_on() {
    testkit::guarded(|| {
        let mut task = Fork::new()
            .run(|| {
                raise(Signal::SIGSTOP).unwrap();
                "went on".to_owned()
            })
            .unwrap();
        let pid = task.pid();
        common::wait_until(|| common::state_of(pid) == Some('T'));
        assert!(task.join_timeout(Duration::ZERO).is_none());
        task.child().signal(libc::SIGCONT).unwrap();
        assert_eq!(task.join().unwrap(), "went on");
    });
}

#[test]
fn a_copy_of_a_task_is_refused() {
    testkit::guarded(|| {
        let (mut wait, mut tell) = io::pipe().unwrap();
        let task = Fork::new().run(|| {
            io::Read::read_exact(&mut wait, &mut [0]).unwrap();
            1
        });
        let mut task = Some(task.unwrap());
        let sibling = Fork::new().run(|| task.take().unwrap().join().unwrap_err().to_string());
        let error = sibling.unwrap().join().unwrap();
        assert!(error.contains("belongs to the process"), "{error}");
        tell.write_all(&[1]).unwrap();
        assert_eq!(task.unwrap().join().unwrap(), 1);
    });
}
