//! Any calls, one after the other, against a queue that is too simple to be wrong.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use threading::{GetError, LifoQueue, PriorityQueue, PutError, Queue};

#[derive(Debug, Clone, Copy)]
enum Call {
    Put(u8),
    Get,
    TaskDone,
    Join,
    Shutdown,
    ShutdownImmediate,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        40 => any::<u8>().prop_map(Call::Put),
        30 => Just(Call::Get),
        10 => Just(Call::TaskDone),
        3 => Just(Call::Join),
        1 => Just(Call::Shutdown),
        1 => Just(Call::ShutdownImmediate),
    ]
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Done,
    Got(u8),
    Full,
    Empty,
    Shutdown,
    Misuse,
    NotDone,
}

/// Which of the items leaves next.
type Next = fn(&VecDeque<u8>) -> usize;

struct Reference {
    items: VecDeque<u8>,
    next: Next,
    maxsize: usize,
    unfinished: usize,
    shutdown: bool,
}

impl Reference {
    fn call(&mut self, call: Call) -> Answer {
        match call {
            Call::Put(_) if self.shutdown => Answer::Shutdown,
            Call::Put(_) if self.is_full() => Answer::Full,
            Call::Put(item) => {
                self.items.push_back(item);
                self.unfinished += 1;
                Answer::Done
            }
            Call::Get if !self.items.is_empty() => {
                Answer::Got(self.items.remove((self.next)(&self.items)).unwrap())
            }
            Call::Get if self.shutdown => Answer::Shutdown,
            Call::Get => Answer::Empty,
            Call::TaskDone if self.unfinished == 0 => Answer::Misuse,
            Call::TaskDone => {
                self.unfinished -= 1;
                Answer::Done
            }
            Call::Join if self.unfinished > 0 => Answer::NotDone,
            Call::Join => Answer::Done,
            Call::Shutdown => {
                self.shutdown = true;
                Answer::Done
            }
            Call::ShutdownImmediate => {
                self.shutdown = true;
                self.unfinished = self.unfinished.saturating_sub(self.items.len());
                self.items.clear();
                Answer::Done
            }
        }
    }

    fn is_full(&self) -> bool {
        self.maxsize > 0 && self.items.len() >= self.maxsize
    }
}

fn put(outcome: Result<(), PutError<u8>>, item: u8) -> Answer {
    match outcome {
        Ok(()) => Answer::Done,
        Err(error) => {
            assert_eq!(*error.item(), item);
            if error.is_full() {
                Answer::Full
            } else {
                Answer::Shutdown
            }
        }
    }
}

fn got(outcome: Result<u8, GetError>) -> Answer {
    match outcome {
        Ok(item) => Answer::Got(item),
        Err(error) if error.is_empty() => Answer::Empty,
        Err(_) => Answer::Shutdown,
    }
}

/// The methods have the same names, and no trait in common.
macro_rules! check {
    ($queue:expr, $next:expr, $maxsize:expr, $calls:expr) => {
        let queue = $queue($maxsize);
        let mut reference = Reference {
            items: VecDeque::new(),
            next: $next,
            maxsize: $maxsize,
            unfinished: 0,
            shutdown: false,
        };
        for &call in $calls {
            let done = || Answer::Done;
            let answer = match call {
                Call::Put(item) => put(queue.try_put(item), item),
                Call::Get => got(queue.try_get()),
                Call::TaskDone => queue.task_done().map_or(Answer::Misuse, |()| Answer::Done),
                Call::Join => match queue.join_timeout(Duration::ZERO) {
                    Ok(()) => Answer::Done,
                    Err(_) => Answer::NotDone,
                },
                Call::Shutdown => {
                    queue.shutdown();
                    done()
                }
                Call::ShutdownImmediate => {
                    queue.shutdown_immediate();
                    done()
                }
            };
            prop_assert_eq!(answer, reference.call(call));
            prop_assert_eq!(queue.qsize(), reference.items.len());
            prop_assert_eq!(queue.full(), reference.is_full());
            prop_assert_eq!(queue.unfinished_tasks(), reference.unfinished);
            prop_assert_eq!(queue.is_shutdown(), reference.shutdown);
        }
    };
}

proptest! {
    #[test]
    fn queues_do_as_the_reference_does(
        maxsize in prop_oneof![8 => 0_usize..9, 1 => Just(usize::MAX)],
        calls in prop::collection::vec(call(), 0..300),
    ) {
        let smallest: Next = |items| (0..items.len()).min_by_key(|&at| items[at]).unwrap();
        check!(Queue::new, |_| 0, maxsize, &calls);
        check!(LifoQueue::new, |items| items.len() - 1, maxsize, &calls);
        check!(PriorityQueue::new, smallest, maxsize, &calls);
    }
}
