//! Tasks: who has them, and when all are done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::{bounded, process, with_death_at_each_step};
use crate::ring::{JoinError, TaskRing};
use crate::seam::in_process;

fn put(tasks: &TaskRing) {
    tasks.ring().put(&[b"task"], None).unwrap();
}

/// Waits until all are done; how many were lost.
fn join(tasks: &TaskRing) -> u32 {
    let mut lost = 0;
    loop {
        match tasks.join(None) {
            Ok(()) => return lost,
            Err(JoinError::Lost { tasks, death }) => {
                assert_eq!(death.pid(), Some(1));
                lost += tasks;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// What is counted here is no part of the protocol, and not watched by loom.
fn counter() -> Arc<AtomicU32> {
    Arc::default()
}

/// The one that joins sleeps, and is woken by the last report; not before.
#[test]
fn the_last_report_wakes() {
    bounded(2, || {
        let (tasks, done) = (TaskRing::of_units(8), counter());
        put(&tasks);
        let worker = {
            let (tasks, done) = (tasks.clone(), done.clone());
            process(1, None, move || {
                tasks.get(&mut Vec::new(), None).unwrap();
                done.fetch_add(1, Ordering::Relaxed);
                tasks.done().unwrap();
            })
        };
        assert_eq!(join(&tasks), 0);
        assert_eq!(done.load(Ordering::Relaxed), 1);
        worker.join().unwrap().unwrap();
    });
}

/// A task that another makes before it is done: there is no moment in between at which all are done.
#[test]
fn a_task_makes_another() {
    bounded(1, || {
        let (tasks, done) = (TaskRing::of_units(8), counter());
        put(&tasks);
        in_process(1, None, || tasks.get(&mut Vec::new(), None).unwrap()).unwrap();
        let maker = {
            let tasks = tasks.clone();
            process(1, None, move || {
                put(&tasks);
                tasks.done().unwrap();
            })
        };
        let other = {
            let (tasks, done) = (tasks.clone(), done.clone());
            process(2, None, move || {
                tasks.get(&mut Vec::new(), None).unwrap();
                done.fetch_add(1, Ordering::Relaxed);
                tasks.done().unwrap();
            })
        };
        assert_eq!(join(&tasks), 0);
        assert_eq!(done.load(Ordering::Relaxed), 1);
        maker.join().unwrap().unwrap();
        other.join().unwrap().unwrap();
    });
}

/// Wherever a worker dies, its task is done, lost or there; and who joins is told.
#[test]
fn a_worker_dies() {
    with_death_at_each_step(1, |steps| {
        let tasks = TaskRing::of_units(8);
        put(&tasks);
        let victim = {
            let tasks = tasks.clone();
            process(1, steps, move || {
                tasks.get(&mut Vec::new(), None).unwrap();
                tasks.done().unwrap();
            })
        };
        let joiner = {
            let tasks = tasks.clone();
            process(2, None, move || join(&tasks))
        };
        let lives = victim.join().unwrap().is_ok();
        // A deadline is over as soon as it is looked at.
        let left = u32::from(tasks.get(&mut Vec::new(), Some(Instant::now())).is_ok());
        if left > 0 {
            tasks.done().unwrap();
        }
        let lost = joiner.join().unwrap().unwrap();
        assert!(left + lost <= 1, "{left} left, {lost} lost");
        assert!(!lives || left + lost == 0);
        assert_eq!(tasks.unfinished(), 0);
        tasks.done().unwrap_err();
        lives
    });
}
