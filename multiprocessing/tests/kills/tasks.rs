//! Queues of tasks.

use multiprocessing::JoinableQueue;
use multiprocessing::queue::JoinError;

use crate::support::{Deaths, LONG, MANY, Other, ROUNDS, Victim, delay, in_all_ways, sleep_on};

/// The pid of whom a join missed, and how many tasks.
fn lost(joined: Result<(), JoinError>) -> Option<(Option<u32>, usize)> {
    match joined {
        Ok(()) => None,
        Err(JoinError::Lost { death, tasks }) => Some((death.pid(), tasks)),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn holding_tasks() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = JoinableQueue::new().unwrap();
        (0..4).for_each(|task| queue.put(&task).unwrap());
        queue.get().unwrap();
        let mut victim = Victim::start(|ready| {
            (0..3).for_each(|_| assert!(queue.get().is_ok()));
            queue.task_done().unwrap();
            ready();
            sleep_on()
        });
        let pid = victim.pid();
        let joiner = Other::start(|| {
            assert_eq!(lost(queue.join_timeout(LONG)), Some((Some(pid), 2)));
            queue.join_timeout(LONG).unwrap();
        });
        joiner.await_sleep();
        let died = victim.die(way, || {
            let early = queue.join_timeout(crate::support::BRIEF);
            assert!(early.unwrap_err().is_timed_out());
        });
        crate::support::await_that("the joiner has the news", || queue.unfinished() == 1);
        let news = died.elapsed();
        queue.task_done().unwrap();
        joiner.finish();
        news
    })
}

pub(crate) fn joining() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = JoinableQueue::new().unwrap();
        queue.put(&1).unwrap();
        queue.get().unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = queue.join();
        });
        let other = Other::start(|| queue.join_timeout(LONG).unwrap());
        victim.await_sleep();
        other.await_sleep();
        let died = victim.die(way, || ());
        queue.task_done().unwrap();
        other.finish();
        died.elapsed()
    })
}

/// The last task is done when it dies: the other has joined, and it too, or not.
pub(crate) fn joined() -> Deaths {
    in_all_ways(MANY, |way| {
        let queue = JoinableQueue::new().unwrap();
        queue.put(&1).unwrap();
        queue.get().unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = queue.join();
        });
        let other = Other::start(|| queue.join_timeout(LONG).unwrap());
        victim.await_sleep();
        other.await_sleep();
        queue.task_done().unwrap();
        delay();
        let died = victim.die(way, || ());
        other.finish();
        let news = died.elapsed();
        queue.join_timeout(LONG).unwrap();
        news
    })
}

/// At any point of taking tasks and reporting them: each is done, there, or missed.
pub(crate) fn working() -> Deaths {
    in_all_ways(MANY, |way| {
        let queue = JoinableQueue::new().unwrap();
        (0..1000).for_each(|task| queue.put(&task).unwrap());
        let mut victim = Victim::start(|ready| {
            ready();
            while let Ok(0..) = queue.get() {
                queue.task_done().unwrap();
            }
        });
        let pid = victim.pid();
        let worker = Other::start(|| {
            for task in queue.iter() {
                task.unwrap();
                queue.task_done().unwrap();
            }
        });
        delay();
        let died = victim.die(way, || ());
        if let Some(missed) = lost(queue.join_timeout(LONG)) {
            assert_eq!(missed, (Some(pid), 1));
            queue.join_timeout(LONG).unwrap();
        }
        let news = died.elapsed();
        queue.shutdown(true).unwrap();
        worker.finish();
        assert!(queue.task_done().is_err());
        news
    })
}
