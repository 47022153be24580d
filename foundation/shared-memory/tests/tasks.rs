//! Tasks: who has them, when they are done, and what becomes of those of the dead.

mod support;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use manyways_shared_memory::{DoneError, GetError, JoinError, Place, PutError, Ring, TaskRing};
use manyways_testkit::guarded;
use support::death::NEWS;
use support::sys::{exec_sleep, words};
use support::{Child, after, hear, patience, tell};

fn tasks() -> TaskRing {
    TaskRing::new(4096, None).unwrap()
}

fn put(tasks: &TaskRing, number: u64) {
    tasks
        .ring()
        .put(&[&number.to_le_bytes()], patience())
        .unwrap();
}

fn get(tasks: &TaskRing) -> u64 {
    let mut task = Vec::new();
    tasks.get(&mut task, patience()).unwrap();
    u64::from_le_bytes(task[..8].try_into().unwrap())
}

fn lost(joined: Result<(), JoinError>) -> (Option<u32>, u32) {
    match joined {
        Err(JoinError::Lost { death, tasks }) => (death.pid(), tasks),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tasks_are_unfinished_until_they_are_done() {
    guarded(|| {
        let tasks = tasks();
        tasks.join(None).unwrap();
        assert_eq!(tasks.done(), Err(DoneError::NoneTaken));
        (0..3).for_each(|number| put(&tasks, number));
        assert_eq!(tasks.done(), Err(DoneError::NoneTaken), "all are queued");
        for number in 0..3 {
            assert_eq!((get(&tasks), tasks.unfinished()), (number, 3));
        }
        for left in (0..3).rev() {
            assert_eq!(tasks.join(after(Duration::ZERO)), Err(JoinError::TimedOut));
            tasks.done().unwrap();
            assert_eq!(tasks.unfinished(), left);
        }
        tasks.join(None).unwrap();
        assert_eq!(tasks.done(), Err(DoneError::NoneTaken));
    });
}

#[test]
fn another_process_may_report_a_task() {
    guarded(|| {
        let tasks = tasks();
        put(&tasks, 1);
        get(&tasks);
        Child::start(|_| tasks.done().unwrap()).finish();
        tasks.join(None).unwrap();
        assert_eq!(tasks.done(), Err(DoneError::NoneTaken));
    });
}

#[test]
fn the_last_report_wakes_all_who_wait() {
    guarded(|| {
        let tasks = tasks();
        for _ in 0..20 {
            (0..2).for_each(|number| put(&tasks, number));
            let joiners = [(); 2].map(|()| Child::start(|_| tasks.join(patience()).unwrap()));
            joiners.iter().for_each(Child::await_sleep);
            let _ = [(); 2].map(|()| get(&tasks));
            (0..2).for_each(|_| tasks.done().unwrap());
            joiners.into_iter().for_each(Child::finish);
        }
    });
}

/// A task that is the child of another is put before that is done: at no moment is there nothing to do.
#[test]
fn a_tree_of_tasks_is_joined_as_a_whole() {
    guarded(|| {
        const DEPTH: u64 = 11;
        let tasks = TaskRing::new(1 << 20, None).unwrap();
        let leaves = Ring::new(1 << 20, None).unwrap();
        let workers = [(); 3].map(|()| {
            Child::start(|_| {
                let mut task = Vec::new();
                while tasks.get(&mut task, patience()) != Err(GetError::Closed) {
                    let depth = u64::from_le_bytes(task[..8].try_into().unwrap());
                    if depth == DEPTH {
                        leaves.put(&[b"leaf"], patience()).unwrap();
                    } else {
                        (0..2).for_each(|_| put(&tasks, depth + 1));
                    }
                    tasks.done().unwrap();
                    task.clear();
                }
            })
        });
        put(&tasks, 0);
        tasks.join(patience()).unwrap();
        assert_eq!(leaves.len(), 1 << DEPTH);
        tasks.ring().close();
        workers.into_iter().for_each(Child::finish);
    });
}

#[test]
fn the_end_throws_away_what_is_queued_only() {
    guarded(|| {
        let tasks = TaskRing::new(4096, NonZeroU32::new(3)).unwrap();
        (0..3).for_each(|number| put(&tasks, number));
        get(&tasks);
        put(&tasks, 3);
        let putter = Child::start(|_| {
            let late = tasks.ring().put(&[b"late"], patience());
            assert_eq!(late, Err(PutError::Closed));
        });
        putter.await_sleep();
        tasks.discard().unwrap();
        putter.finish();
        assert_eq!((tasks.ring().len(), tasks.unfinished()), (0, 1));
        assert_eq!(tasks.get(&mut Vec::new(), None), Err(GetError::Closed));
        tasks.done().unwrap();
        tasks.join(None).unwrap();
    });
}

/// Whatever ends it: who waits learns whose tasks are lost and how many, once, and all goes on.
#[test]
fn the_tasks_of_the_dead_are_missed_once() {
    guarded(|| {
        let ends: [fn(&Child); 3] = [
            |child| child.signal(libc::SIGKILL),
            |child| {
                child.signal(libc::SIGSTOP);
                child.signal(libc::SIGKILL);
            },
            |_| {},
        ];
        for (end, execs) in ends.iter().zip([false, false, true]) {
            let tasks = tasks();
            (0..5).for_each(|number| put(&tasks, number));
            get(&tasks);
            let mut holder = Child::start(|stream| {
                let _ = [(); 3].map(|()| get(&tasks));
                tasks.done().unwrap();
                tell(stream, 1);
                hear(stream);
                if execs {
                    exec_sleep();
                }
            });
            holder.hear();
            let mut joiner = Child::start(|stream| {
                let (pid, count) = lost(tasks.join(patience()));
                tell(stream, u8::from(pid.is_some()) + count as u8);
                tasks.join(patience()).unwrap();
            });
            joiner.await_sleep();
            let died = Instant::now();
            end(&holder);
            if execs {
                holder.tell(1);
            }
            assert_eq!(joiner.hear(), 1 + 2);
            assert!(died.elapsed() < NEWS);
            get(&tasks);
            (0..2).for_each(|_| tasks.done().unwrap());
            joiner.finish();
            if execs {
                holder.signal(libc::SIGKILL);
            }
            holder.reap();
        }
    });
}

/// Killed at any instruction between taking a task and reporting it: all tasks that were put are done by the living, queued, or told
/// to be lost, and each is one of these.
#[test]
fn no_task_is_counted_twice_or_never() {
    guarded(|| {
        const COUNT: u64 = 300;
        let mut losses = [0_u32; 2];
        for round in 0..300_u64 {
            let tasks = TaskRing::new(1 << 16, None).unwrap();
            let done = Ring::new(1 << 16, None).unwrap();
            (0..COUNT).for_each(|number| put(&tasks, number));
            let mut worker = Child::start(|stream| {
                tell(stream, 1);
                loop {
                    let task = get(&tasks);
                    tasks.done().unwrap();
                    done.put(&[&task.to_le_bytes()], patience()).unwrap();
                }
            });
            worker.hear();
            // Each round kills at another moment of the worker's loop.
            std::thread::sleep(Duration::from_micros(round % 50));
            worker.signal(libc::SIGKILL);
            worker.reap();
            let mut left = 0;
            while tasks.get(&mut Vec::new(), after(Duration::ZERO)).is_ok() {
                left += 1;
            }
            (0..left).for_each(|_| tasks.done().unwrap());
            let missed = match tasks.join(patience()) {
                Ok(()) => 0,
                failed => {
                    let (pid, count) = lost(failed);
                    assert_eq!(pid, Some(worker.pid()));
                    tasks.join(patience()).unwrap();
                    u64::from(count)
                }
            };
            // The worker may have reported its last task done, and not said so in the other ring.
            let told = done.len() as u64 + left + missed;
            assert!(
                missed <= 1 && (COUNT - 1..=COUNT).contains(&told),
                "{told}, {missed} missed"
            );
            losses[missed as usize] += 1;
        }
        println!("{losses:?} rounds without and with a loss");
    });
}

#[test]
fn a_place_without_tasks_is_refused() {
    guarded(|| {
        let tasks = tasks();
        put(&tasks, 1);
        let same = TaskRing::at(tasks.place().clone()).unwrap();
        assert_eq!((get(&same), tasks.unfinished()), (1, 1));
        let whole = tasks.place();
        for place in [
            Place::new(whole.len(), 128).unwrap(),
            whole.slice(0, 64),
            whole.slice(0, whole.len() - 8),
            whole.slice(128, whole.len() - 128),
        ] {
            assert!(TaskRing::at(place).unwrap_err().is_foreign());
        }
    });
}

/// The book's words, written over: no panic, no wait beyond the limit.
#[test]
fn a_corrupted_book_does_no_harm() {
    guarded(|| {
        for round in 1..2000_u64 {
            let tasks = tasks();
            (0..3).for_each(|number| put(&tasks, number));
            get(&tasks);
            let words = words(tasks.place());
            let value = round.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            words[1 + (round % 12) as usize].store(value, std::sync::atomic::Ordering::Relaxed);
            let _ = tasks.get(&mut Vec::new(), after(Duration::ZERO));
            let _ = (tasks.done(), tasks.unfinished());
            let _ = tasks.join(after(Duration::from_micros(10)));
        }
    });
}
