//! What a simple queue must do: CPython's `BaseSimpleQueueTest`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::until_ok;
use super::{BRIEF, EVER, HANDS, tells, tiny};
use crate::contract::{Counter, Crew, Log, Outcome, Refusal, SimpleQueue, World};

/// Items leave in the order in which they entered, and the size is told
/// (`BaseSimpleQueueTest.test_basic`).
pub fn basic<W: World, Q: SimpleQueue<u32>>() {
    let queue = Q::new();
    for _ in 0..2 {
        assert_eq!((queue.empty(), queue.qsize()), (true, 0));
        for item in 1..=4 {
            queue.put(item).unwrap();
            assert_eq!((queue.empty(), queue.qsize()), (false, item as usize));
        }
        assert_eq!((queue.get(), queue.qsize()), (Ok(1), 3));
        assert_eq!((queue.try_get(), queue.qsize()), (Ok(2), 2));
        assert_eq!(
            (queue.get_timeout(Duration::ZERO), queue.qsize()),
            (Ok(3), 1)
        );
        assert_eq!((queue.get_timeout(EVER), queue.qsize()), (Ok(4), 0));
        assert_eq!(queue.try_get(), Err(Refusal::Empty));
    }
}

/// A limited wait ends at its limit (`BaseSimpleQueueTest.test_basic`).
pub fn timeout<W: World, Q: SimpleQueue<u32>>() {
    let queue = Q::new();
    for limit in [Duration::ZERO, BRIEF] {
        let begin = Instant::now();
        assert_eq!(queue.get_timeout(limit), Err(Refusal::TimedOut));
        assert!(begin.elapsed() >= limit);
    }
    queue.put(1).unwrap();
    assert_eq!(queue.get_timeout(Duration::MAX), Ok(1));
}

/// A get waits for an item, and each item ends one wait.
pub fn blocking_get<W: World, Q: SimpleQueue<u32>>() {
    let (queue, got) = (Arc::new(Q::new()), Log::new());
    let crew = Crew::<W>::start(HANDS, {
        let (queue, got) = (Arc::clone(&queue), got.clone());
        move |hand| {
            let limited = hand % 2 == 0;
            let item = if limited {
                queue.get_timeout(EVER)
            } else {
                queue.get()
            };
            got.push(item.unwrap());
        }
    });
    for item in 0..HANDS {
        crew.settle();
        assert_eq!(got.len(), item as usize);
        queue.put(item).unwrap();
    }
    crew.join();
    assert_eq!(got.values(), Vec::from_iter(0..HANDS));
}

/// What one worker puts, another gets in the same order (`BaseSimpleQueueTest.test_order`).
pub fn order<W: World, Q: SimpleQueue<u32>>() {
    let got = pass_on::<W, Q>(1, 300, |queue, _| queue.get());
    assert_eq!(got.values(), Vec::from_iter(0..300));
}

/// Many that put and many that get pass every item once
/// (`BaseSimpleQueueTest.test_many_threads`).
pub fn many_workers<W: World, Q: SimpleQueue<u32>>() {
    let got = pass_on::<W, Q>(8, 800, |queue, _| queue.get());
    assert_eq!(got.sorted(), Vec::from_iter(0..800));
}

/// So do they when those that get do not wait
/// (`BaseSimpleQueueTest.test_many_threads_nonblock`).
pub fn many_workers_nonblock<W: World, Q: SimpleQueue<u32>>() {
    let got = pass_on::<W, Q>(8, 800, |queue, _| queue.try_get());
    assert_eq!(got.sorted(), Vec::from_iter(0..800));
}

/// So do they when those that get wait for moments
/// (`BaseSimpleQueueTest.test_many_threads_timeout`).
pub fn many_workers_timeout<W: World, Q: SimpleQueue<u32>>() {
    let got = pass_on::<W, Q>(8, 800, |queue, round| queue.get_timeout(tiny(round)));
    assert_eq!(got.sorted(), Vec::from_iter(0..800));
}

/// Has so many workers put the items, and as many get them, and checks that nothing is left.
fn pass_on<W: World, Q: SimpleQueue<u32>>(
    pairs: u32,
    items: u32,
    get: fn(&Q, u32) -> Outcome<u32>,
) -> Log {
    let (queue, next, got) = (Arc::new(Q::new()), Counter::new(), Log::new());
    let each = items / pairs;
    let mut crew = Crew::<W>::new();
    for pair in 0..pairs {
        let (puts, next) = (Arc::clone(&queue), next.clone());
        crew.hire(move || {
            for item in pair * each..(pair + 1) * each {
                puts.put(item).unwrap();
                next.add();
            }
        });
        let (gets, got) = (Arc::clone(&queue), got.clone());
        crew.hire(move || {
            for _ in 0..each {
                got.push(until_ok(|round| get(&gets, round)));
            }
        });
    }
    crew.join();
    assert_eq!(next.get(), items);
    assert_eq!((queue.empty(), queue.qsize()), (true, 0));
    got
}

/// `Debug` tells how many items there are.
pub fn debug<W: World, Q: SimpleQueue<u32>>() {
    let queue = Q::new();
    tells(&queue, "in it", || queue.put(0).unwrap());
}
