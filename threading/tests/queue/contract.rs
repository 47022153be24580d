//! The suite that the queues of all crates keep.

use std::fmt::Debug;
use std::time::Duration;

use manyways_testkit::contract::{Item, Order, Outcome, Queue, Refusal, SimpleQueue, Threads};
use manyways_testkit::contract_tests;
use threading::{GetError, PutError};

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn put_refusal<T>(error: PutError<T>) -> Refusal {
    match () {
        () if error.is_full() => Refusal::Full,
        () if error.is_shutdown() => Refusal::ShutDown,
        () if error.is_timed_out() => Refusal::TimedOut,
        () => panic!("{error}"),
    }
}

fn get_refusal(error: GetError) -> Refusal {
    match () {
        () if error.is_empty() => Refusal::Empty,
        () if error.is_shutdown() => Refusal::ShutDown,
        () if error.is_timed_out() => Refusal::TimedOut,
        () => panic!("{error}"),
    }
}

macro_rules! adapter {
    ($name:ident, $queue:ident, $order:expr) => {
        #[derive(Debug)]
        struct $name<T: Ord>(threading::$queue<T>);

        impl<T: Ord + Debug + Send + 'static> Queue<T> for $name<T> {
            const ORDER: Order = $order;

            fn new(max_size: usize) -> Self {
                $name(threading::$queue::new(max_size))
            }
            fn put(&self, item: T) -> Outcome {
                self.0.put(item).map_err(put_refusal)
            }
            fn try_put(&self, item: T) -> Outcome {
                self.0.try_put(item).map_err(put_refusal)
            }
            fn put_timeout(&self, item: T, limit: Duration) -> Outcome {
                self.0.put_timeout(item, limit).map_err(put_refusal)
            }
            fn get(&self) -> Outcome<T> {
                self.0.get().map_err(get_refusal)
            }
            fn try_get(&self) -> Outcome<T> {
                self.0.try_get().map_err(get_refusal)
            }
            fn get_timeout(&self, limit: Duration) -> Outcome<T> {
                self.0.get_timeout(limit).map_err(get_refusal)
            }
            fn qsize(&self) -> usize {
                self.0.qsize()
            }
            fn empty(&self) -> bool {
                self.0.empty()
            }
            fn full(&self) -> bool {
                self.0.full()
            }
            fn task_done(&self) -> Outcome {
                self.0.task_done().map_err(|_| Refusal::OverDone)
            }
            fn join(&self) -> Outcome {
                self.0.join();
                Ok(())
            }
            fn shutdown(&self, immediate: bool) {
                match immediate {
                    true => self.0.shutdown_immediate(),
                    false => self.0.shutdown(),
                }
            }
            fn is_shutdown(&self) -> bool {
                self.0.is_shutdown()
            }
        }
    };
}

adapter!(Fifo, Queue, Order::Fifo);
adapter!(Lifo, LifoQueue, Order::Lifo);
adapter!(Priority, PriorityQueue, Order::Priority);

#[derive(Debug)]
struct Simple<T>(threading::SimpleQueue<T>);

impl<T: Debug + Send + 'static> SimpleQueue<T> for Simple<T> {
    fn new() -> Self {
        Simple(threading::SimpleQueue::new())
    }
    fn put(&self, item: T) -> Outcome {
        self.0.put(item);
        Ok(())
    }
    fn get(&self) -> Outcome<T> {
        Ok(self.0.get())
    }
    fn try_get(&self) -> Outcome<T> {
        self.0.try_get().map_err(get_refusal)
    }
    fn get_timeout(&self, limit: Duration) -> Outcome<T> {
        self.0.get_timeout(limit).map_err(get_refusal)
    }
    fn qsize(&self) -> usize {
        self.0.qsize()
    }
    fn empty(&self) -> bool {
        self.0.empty()
    }
}

mod fifo {
    mod queue {
        use crate::contract::*;
        contract_tests!(queue, Threads, Fifo<u32>);
    }
    mod queue_shutdown {
        use crate::contract::*;
        contract_tests!(queue_shutdown, Threads, Fifo<u32>);
    }
    mod queue_items {
        use crate::contract::*;
        contract_tests!(queue_items, Threads, Fifo<Item>);
    }
}

mod lifo {
    mod queue {
        use crate::contract::*;
        contract_tests!(queue, Threads, Lifo<u32>);
    }
    mod queue_shutdown {
        use crate::contract::*;
        contract_tests!(queue_shutdown, Threads, Lifo<u32>);
    }
    mod queue_items {
        use crate::contract::*;
        contract_tests!(queue_items, Threads, Lifo<Item>);
    }
}

mod priority {
    mod queue {
        use crate::contract::*;
        contract_tests!(queue, Threads, Priority<u32>);
    }
    mod queue_shutdown {
        use crate::contract::*;
        contract_tests!(queue_shutdown, Threads, Priority<u32>);
    }
    mod queue_items {
        use crate::contract::*;
        contract_tests!(queue_items, Threads, Priority<Item>);
    }
}

mod simple {
    mod simple_queue {
        use crate::contract::*;
        contract_tests!(simple_queue, Threads, Simple<u32>);
    }
    mod simple_queue_items {
        use crate::contract::*;
        contract_tests!(simple_queue_items, Threads, Simple<Item>);
    }
}
