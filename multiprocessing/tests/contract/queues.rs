//! Queues as the contract wants them.

use std::fmt::Debug;
use std::time::Duration;

use manyways_testkit::contract::{self, Order, Outcome, Refusal};
use multiprocessing::queue::{GetError, PutError, TaskDoneError};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Debug)]
pub(crate) struct JoinableQueue<T>(multiprocessing::JoinableQueue<T>);

#[derive(Debug)]
pub(crate) struct SimpleQueue<T>(multiprocessing::SimpleQueue<T>);

impl<T: Debug + Serialize + DeserializeOwned + 'static> contract::Queue<T> for JoinableQueue<T> {
    const ORDER: Order = Order::Fifo;

    fn new(max_size: usize) -> Self {
        JoinableQueue(multiprocessing::JoinableQueue::with_maxsize(max_size).unwrap())
    }

    fn put(&self, item: T) -> Outcome {
        put(self.0.put(&item), Refusal::TimedOut)
    }

    fn try_put(&self, item: T) -> Outcome {
        put(self.0.try_put(&item), Refusal::Full)
    }

    fn put_timeout(&self, item: T, limit: Duration) -> Outcome {
        put(self.0.put_timeout(&item, limit), Refusal::TimedOut)
    }

    fn get(&self) -> Outcome<T> {
        got(self.0.get(), Refusal::TimedOut)
    }

    fn try_get(&self) -> Outcome<T> {
        got(self.0.try_get(), Refusal::Empty)
    }

    fn get_timeout(&self, limit: Duration) -> Outcome<T> {
        got(self.0.get_timeout(limit), Refusal::TimedOut)
    }

    fn qsize(&self) -> usize {
        self.0.qsize()
    }

    fn empty(&self) -> bool {
        self.0.is_empty()
    }

    fn full(&self) -> bool {
        self.0.is_full()
    }

    fn task_done(&self) -> Outcome {
        self.0.task_done().map_err(|error| match error {
            TaskDoneError::NoneTaken => Refusal::OverDone,
            error => panic!("{error}"),
        })
    }

    fn join(&self) -> Outcome {
        self.0.join().map_err(|error| panic!("{error}"))
    }

    fn shutdown(&self, immediate: bool) {
        self.0.shutdown(immediate).unwrap();
    }

    fn is_shutdown(&self) -> bool {
        self.0.is_shutdown()
    }
}

impl<T: Debug + Serialize + DeserializeOwned + 'static> contract::SimpleQueue<T>
    for SimpleQueue<T>
{
    fn new() -> Self {
        SimpleQueue(multiprocessing::SimpleQueue::new().unwrap())
    }

    fn put(&self, item: T) -> Outcome {
        put(self.0.put(&item), Refusal::Full)
    }

    fn get(&self) -> Outcome<T> {
        got(self.0.get(), Refusal::TimedOut)
    }

    fn try_get(&self) -> Outcome<T> {
        got(self.0.try_get(), Refusal::Empty)
    }

    fn get_timeout(&self, limit: Duration) -> Outcome<T> {
        got(self.0.get_timeout(limit), Refusal::TimedOut)
    }

    fn qsize(&self) -> usize {
        self.0.qsize()
    }

    fn empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn put(result: Result<(), PutError>, late: Refusal) -> Outcome {
    result.map_err(|error| match error {
        PutError::Full => late,
        PutError::Closed => Refusal::ShutDown,
        error => panic!("{error}"),
    })
}

fn got<T>(result: Result<T, GetError>, late: Refusal) -> Outcome<T> {
    result.map_err(|error| match error {
        GetError::Empty => late,
        GetError::Closed => Refusal::ShutDown,
        error => panic!("{error}"),
    })
}
