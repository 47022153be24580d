//! `_TestQueue.test_task_done`, and more of queues of tasks.

use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::queue::{JoinError, TaskDoneError};
use multiprocessing::{JoinableQueue, RawValue, task};
use serde::{Deserialize, Serialize, Serializer, de};

use crate::support::{LONG, started, with_each_method};

#[task]
fn work(queue: JoinableQueue<Option<u32>>) -> u32 {
    let mut sum = 0;
    while let Some(item) = queue.get().unwrap() {
        sum += item;
        queue.task_done().unwrap();
    }
    queue.task_done().unwrap();
    sum
}

/// `test_task_done`
#[test]
pub(crate) fn task_done() {
    with_each_method(|context| {
        let queue = JoinableQueue::new().unwrap();
        let workers = [(); 4].map(|()| started(context.process(work, (queue.clone(),))));
        (0..10).for_each(|item| queue.put(&Some(item)).unwrap());
        queue.join().unwrap();
        workers.iter().for_each(|_| queue.put(&None).unwrap());
        let sums = workers.map(|mut worker| worker.join().unwrap());
        assert_eq!(sums.iter().sum::<u32>(), 45);
        queue.join().unwrap();
        assert_eq!(queue.unfinished(), 0);
    });
}

#[test]
fn more_are_reported_than_were_taken() {
    guarded(|| {
        let queue = JoinableQueue::new().unwrap();
        queue.put(&1).unwrap();
        assert_eq!(queue.task_done(), Err(TaskDoneError::NoneTaken));
        assert_eq!(queue.get().unwrap(), 1);
        queue.task_done().unwrap();
        let error = queue.task_done().unwrap_err();
        assert!(error.to_string().contains("report each once"), "{error}");
    });
}

#[test]
fn a_join_may_have_a_limit() {
    guarded(|| {
        let queue = JoinableQueue::with_maxsize(3).unwrap();
        queue.join_timeout(Duration::ZERO).unwrap();
        queue.put(&1).unwrap();
        for limit in [Duration::ZERO, Duration::from_millis(20)] {
            assert!(queue.join_timeout(limit).unwrap_err().is_timed_out());
        }
        queue.get().unwrap();
        assert!(
            queue
                .join_timeout(Duration::ZERO)
                .unwrap_err()
                .is_timed_out()
        );
        assert_eq!((queue.qsize(), queue.unfinished()), (0, 1));
        queue.task_done().unwrap();
        queue.join_timeout(Duration::MAX).unwrap();
    });
}

#[task]
fn take_two(queue: JoinableQueue<u32>) {
    let _ = (queue.get().unwrap(), queue.get().unwrap());
}

/// It ended without a report, though in good order: who joins learns it, once.
#[test]
fn a_process_that_forgets_its_tasks() {
    with_each_method(|context| {
        let queue = JoinableQueue::new().unwrap();
        (0..3).for_each(|item| queue.put(&item).unwrap());
        let mut taker = started(context.process(take_two, (queue.clone(),)));
        let pid = taker.pid().unwrap();
        taker.join().unwrap();
        queue.get().unwrap();
        let error = queue.join_timeout(LONG).unwrap_err();
        let JoinError::Lost { death, tasks } = error else {
            panic!("{error}");
        };
        assert_eq!((death.pid(), tasks), (Some(pid), 2));
        let text = format!("process {pid} died and had got 2 tasks that are not done");
        assert!(error.to_string().starts_with(&text), "{error}");
        queue.task_done().unwrap();
        queue.join().unwrap();
    });
}

/// One that a worker cannot decode is an error there, and not waited for.
#[test]
fn a_task_that_cannot_be_decoded_is_done() {
    #[derive(Debug)]
    struct Broken;

    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_unit()
        }
    }

    impl<'de> Deserialize<'de> for Broken {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Broken, D::Error> {
            Err(de::Error::custom("it is broken"))
        }
    }

    guarded(|| {
        let queue = JoinableQueue::new().unwrap();
        queue.put(&Broken).unwrap();
        assert!(queue.get().is_err());
        queue.join_timeout(LONG).unwrap();
    });
}

#[task]
fn count_down(queue: JoinableQueue<u32>, leaves: RawValue<u32>) {
    for item in queue.iter() {
        match item.unwrap() {
            0 => leaves.set(leaves.get() + 1),
            depth => (0..2).for_each(|_| queue.put(&(depth - 1)).unwrap()),
        }
        queue.task_done().unwrap();
    }
}

/// Tasks that make tasks: the join waits for all of them.
#[test]
fn a_tree_of_tasks() {
    with_each_method(|context| {
        let (queue, leaves) = (JoinableQueue::new().unwrap(), RawValue::new(0).unwrap());
        let mut worker = started(context.process(count_down, (queue.clone(), leaves.clone())));
        queue.put(&8).unwrap();
        queue.join().unwrap();
        assert_eq!(leaves.get(), 1 << 8);
        queue.shutdown(false).unwrap();
        worker.join().unwrap();
    });
}
