//! What the end of a queue of any order must do: the cases of CPython's `BaseQueueTestMixin` on
//! `shutdown`.

use std::sync::Arc;
use std::time::Duration;

use super::queue::fill;
use super::{EVER, HANDS, tells};
use crate::contract::{Counter, Crew, Gate, Log, Queue, Refusal, World};

const ENDED: Refusal = Refusal::ShutDown;

/// An empty one that was shut down refuses puts and gets
/// (`BaseQueueTestMixin.test_shutdown_empty`).
pub fn empty<W: World, Q: Queue<u32>>() {
    for immediate in [false, true] {
        let queue = Q::new(0);
        queue.shutdown(immediate);
        assert_eq!(queue.put(1), Err(ENDED));
        assert_eq!(queue.get(), Err(ENDED));
        queue.join().unwrap();
    }
}

/// What is in it may still be taken (`BaseQueueTestMixin.test_shutdown_nonempty`).
pub fn nonempty<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    fill(&queue, [1, 1]);
    queue.shutdown(false);
    assert_eq!(queue.qsize(), 2);
    assert_eq!(queue.get(), Ok(1));
    assert_eq!(queue.get_timeout(EVER), Ok(1));
    assert_eq!(queue.get(), Err(ENDED));
}

/// What is in it is thrown away by an immediate end
/// (`BaseQueueTestMixin.test_shutdown_immediate`).
pub fn immediate<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    fill(&queue, [1, 2]);
    queue.shutdown(true);
    assert_eq!((queue.qsize(), queue.empty()), (0, true));
    assert_eq!(queue.get(), Err(ENDED));
}

/// It may be shut down again, and at once after it was to drain, but does not open again
/// (`BaseQueueTestMixin.test_shutdown_allowed_transitions`).
pub fn allowed_transitions<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    queue.put(1).unwrap();
    assert!(!queue.is_shutdown());
    for (immediate, left) in [(false, 1), (false, 1), (true, 0), (false, 0)] {
        queue.shutdown(immediate);
        assert!(queue.is_shutdown());
        assert_eq!(queue.qsize(), left);
        assert_eq!(queue.put(2), Err(ENDED));
    }
}

/// Every method of one that drains (`BaseQueueTestMixin.test_shutdown_all_methods_in_one_thread`).
pub fn all_methods<W: World, Q: Queue<u32>>() {
    let queue = Q::new(2);
    fill(&queue, [1, 1]);
    queue.shutdown(false);
    assert_puts_are_refused(&queue);
    for _ in 0..2 {
        assert_eq!(queue.try_get(), Ok(1));
        queue.task_done().unwrap();
    }
    queue.join().unwrap();
    assert_puts_are_refused(&queue);
    assert_gets_are_refused(&queue);
    assert_eq!(queue.task_done(), Err(Refusal::OverDone));
}

/// Every method of one that ended at once
/// (`BaseQueueTestMixin.test_shutdown_immediate_all_methods_in_one_thread`).
pub fn immediate_all_methods<W: World, Q: Queue<u32>>() {
    let queue = Q::new(2);
    fill(&queue, [1, 1]);
    queue.shutdown(true);
    assert_puts_are_refused(&queue);
    assert_gets_are_refused(&queue);
    assert_eq!(queue.task_done(), Err(Refusal::OverDone));
    queue.join().unwrap();
}

fn assert_puts_are_refused<Q: Queue<u32>>(queue: &Q) {
    let puts = [queue.put(3), queue.try_put(3), queue.put_timeout(3, EVER)];
    assert_eq!(puts, [Err(ENDED); 3]);
    assert_eq!(queue.put_timeout(3, Duration::ZERO), Err(ENDED));
}

fn assert_gets_are_refused<Q: Queue<u32>>(queue: &Q) {
    let gets = [queue.get(), queue.try_get(), queue.get_timeout(EVER)];
    assert_eq!(gets, [Err(ENDED); 3]);
    assert_eq!(queue.get_timeout(Duration::ZERO), Err(ENDED));
}

/// An immediate end counts as done what it throws away, and not what was taken before.
pub fn immediate_leaves_what_was_taken<W: World, Q: Queue<u32>>() {
    let (queue, joined) = (Arc::new(Q::new(0)), Counter::new());
    fill(&*queue, [1, 2, 3]);
    queue.get().unwrap();
    queue.shutdown(true);
    let crew = joiners::<W, Q>(&queue, &joined);
    crew.settle();
    assert_eq!(joined.get(), 0, "the item that was taken is not done");
    queue.task_done().unwrap();
    crew.join();
    assert_eq!(queue.task_done(), Err(Refusal::OverDone));
}

/// Many workers that put, get, report and join meet an end that drains: nothing is lost and nobody
/// hangs (`BaseQueueTestMixin.test_shutdown_all_methods_in_many_threads`).
pub fn many_workers<W: World, Q: Queue<u32>>() {
    for size in [0, 4] {
        let [put, got] = in_the_middle::<W, Q>(size, false);
        assert_eq!(put, got, "what entered must leave");
    }
}

/// As many meet an immediate end: nothing leaves twice and nobody hangs
/// (`BaseQueueTestMixin.test_shutdown_immediate_all_methods_in_many_threads`).
pub fn immediate_many_workers<W: World, Q: Queue<u32>>() {
    for size in [0, 4] {
        let [put, mut got] = in_the_middle::<W, Q>(size, true);
        let count = got.len();
        got.dedup();
        assert_eq!(got.len(), count, "an item left twice");
        assert!(got.iter().all(|item| put.binary_search(item).is_ok()));
    }
}

/// Shuts down a queue in use. What entered and what left, in order of size.
fn in_the_middle<W: World, Q: Queue<u32>>(size: usize, immediate: bool) -> [Vec<u32>; 2] {
    const EACH: u32 = 300;
    let (queue, put, got) = (Arc::new(Q::new(size)), Log::new(), Log::new());
    let mut crew = Crew::<W>::new();
    for hand in 0..3 {
        let (puts, put) = (Arc::clone(&queue), put.clone());
        crew.hire(move || {
            for item in hand * EACH..(hand + 1) * EACH {
                match puts.put(item) {
                    Ok(()) => put.push(item),
                    Err(end) => return assert_eq!(end, ENDED),
                }
            }
        });
        let (gets, got) = (Arc::clone(&queue), got.clone());
        crew.hire(move || {
            loop {
                match if hand == 0 {
                    gets.try_get()
                } else {
                    gets.get()
                } {
                    Ok(item) => {
                        got.push(item);
                        gets.task_done().unwrap();
                    }
                    Err(Refusal::Empty) => std::thread::yield_now(),
                    Err(end) => return assert_eq!(end, ENDED),
                }
            }
        });
    }
    got.wait_for(100);
    let joins = Arc::clone(&queue);
    crew.hire(move || joins.join().unwrap());
    queue.shutdown(immediate);
    crew.join();
    assert!(queue.empty());
    queue.join().unwrap();
    assert_eq!(queue.task_done(), Err(Refusal::OverDone));
    [put.sorted(), got.sorted()]
}

/// Of workers that get after the end, as many get an item as there are items
/// (`BaseQueueTestMixin.test_shutdown_get`).
pub fn get<W: World, Q: Queue<u32>>() {
    let (queue, got, refused) = (Arc::new(Q::new(2)), Log::new(), Counter::new());
    fill(&*queue, [1, 2]);
    queue.shutdown(false);
    getters::<W, Q>(&queue, &got, &refused).join();
    assert_eq!((got.sorted(), refused.get()), (vec![1, 2], HANDS - 2));
}

/// After an immediate end nobody gets anything
/// (`BaseQueueTestMixin.test_shutdown_immediate_get`).
pub fn immediate_get<W: World, Q: Queue<u32>>() {
    let (queue, got, refused) = (Arc::new(Q::new(2)), Log::new(), Counter::new());
    fill(&*queue, [1, 2]);
    queue.shutdown(true);
    getters::<W, Q>(&queue, &got, &refused).join();
    assert_eq!((got.len(), refused.get()), (0, HANDS));
}

/// All that wait for an item learn of the end (`BaseQueueTestMixin.test_shutdown_pending_get`).
pub fn pending_get<W: World, Q: Queue<u32>>() {
    for immediate in [false, true] {
        let (queue, got, refused) = (Arc::new(Q::new(2)), Log::new(), Counter::new());
        let crew = getters::<W, Q>(&queue, &got, &refused);
        crew.settle();
        queue.shutdown(immediate);
        crew.join();
        assert_eq!((got.len(), refused.get()), (0, HANDS));
    }
}

fn getters<W: World, Q: Queue<u32>>(queue: &Arc<Q>, got: &Log, refused: &Counter) -> Crew<W> {
    let (queue, got, refused) = (Arc::clone(queue), got.clone(), refused.clone());
    Crew::start(HANDS, move |hand| {
        let outcome = if hand == 0 {
            queue.get_timeout(EVER)
        } else {
            queue.get()
        };
        match outcome {
            Ok(item) => got.push(item),
            Err(end) => {
                assert_eq!(end, ENDED);
                refused.add();
            }
        }
    })
}

/// All that wait for a place learn of the end, and what they brought does not enter
/// (`BaseQueueTestMixin.test_shutdown_put`).
pub fn put<W: World, Q: Queue<u32>>() {
    let queue = Arc::new(Q::new(2));
    fill(&*queue, [1, 1]);
    let crew = refused_putters::<W, Q>(&queue);
    crew.settle();
    queue.shutdown(false);
    crew.join();
    assert_eq!(
        (queue.get(), queue.get(), queue.get()),
        (Ok(1), Ok(1), Err(ENDED))
    );
}

/// So do they when the end is immediate (`BaseQueueTestMixin.test_shutdown_immediate_put`).
pub fn immediate_put<W: World, Q: Queue<u32>>() {
    let queue = Arc::new(Q::new(2));
    fill(&*queue, [1, 1]);
    let crew = refused_putters::<W, Q>(&queue);
    crew.settle();
    queue.shutdown(true);
    crew.join();
    assert_eq!((queue.qsize(), queue.get()), (0, Err(ENDED)));
}

fn refused_putters<W: World, Q: Queue<u32>>(queue: &Arc<Q>) -> Crew<W> {
    let queue = Arc::clone(queue);
    Crew::start(HANDS, move |hand| {
        let outcome = if hand == 0 {
            queue.put_timeout(7, EVER)
        } else {
            queue.put(7)
        };
        assert_eq!(outcome, Err(ENDED));
    })
}

/// A join goes on waiting for what drains (`BaseQueueTestMixin.test_shutdown_join`).
pub fn join<W: World, Q: Queue<u32>>() {
    let (queue, joined) = (Arc::new(Q::new(0)), Counter::new());
    queue.put(1).unwrap();
    let crew = joiners::<W, Q>(&queue, &joined);
    queue.shutdown(false);
    crew.settle();
    assert_eq!(joined.get(), 0, "an item is there still");
    queue.get().unwrap();
    crew.settle();
    assert_eq!(joined.get(), 0, "the item is not done");
    queue.task_done().unwrap();
    crew.join();
}

/// A join returns when an immediate end throws the items away
/// (`BaseQueueTestMixin.test_shutdown_immediate_join`).
pub fn immediate_join<W: World, Q: Queue<u32>>() {
    let (queue, joined) = (Arc::new(Q::new(0)), Counter::new());
    fill(&*queue, [1, 2]);
    let crew = joiners::<W, Q>(&queue, &joined);
    crew.settle();
    assert_eq!(joined.get(), 0);
    queue.shutdown(true);
    crew.join();
}

fn joiners<W: World, Q: Queue<u32>>(queue: &Arc<Q>, joined: &Counter) -> Crew<W> {
    let (queue, joined) = (Arc::clone(queue), joined.clone());
    Crew::start(2, move |_| {
        queue.join().unwrap();
        joined.add();
    })
}

/// A put that comes after the end neither enters nor keeps a join from returning
/// (`BaseQueueTestMixin.test_shutdown_put_join`).
pub fn put_join<W: World, Q: Queue<u32>>() {
    let (queue, gate) = (Arc::new(Q::new(2)), Gate::new());
    queue.put(1).unwrap();
    let crew = late_put_and_join::<W, Q>(&queue, &gate);
    queue.shutdown(false);
    gate.open();
    assert_eq!(queue.get(), Ok(1));
    queue.task_done().unwrap();
    crew.join();
}

/// So it is when the end is immediate (`BaseQueueTestMixin.test_shutdown_immediate_put_join`).
pub fn immediate_put_join<W: World, Q: Queue<u32>>() {
    let (queue, gate) = (Arc::new(Q::new(2)), Gate::new());
    queue.put(1).unwrap();
    let crew = late_put_and_join::<W, Q>(&queue, &gate);
    queue.shutdown(true);
    gate.open();
    assert_eq!(queue.try_get(), Err(ENDED));
    crew.join();
}

fn late_put_and_join<W: World, Q: Queue<u32>>(queue: &Arc<Q>, gate: &Gate) -> Crew<W> {
    let mut crew = Crew::new();
    let (puts, gate) = (Arc::clone(queue), gate.clone());
    crew.hire(move || {
        gate.pass();
        assert_eq!(puts.put(2), Err(ENDED));
    });
    let joins = Arc::clone(queue);
    crew.hire(move || joins.join().unwrap());
    crew
}

/// Workers that drain it and report what they took let those that join go on
/// (`BaseQueueTestMixin.test_shutdown_get_task_done_join`).
pub fn get_task_done_join<W: World, Q: Queue<u32>>() {
    let (queue, got, joined) = (Arc::new(Q::new(2)), Log::new(), Counter::new());
    fill(&*queue, [1, 2]);
    let joiners = joiners::<W, Q>(&queue, &joined);
    let crew = Crew::<W>::start(2, {
        let (queue, got) = (Arc::clone(&queue), got.clone());
        move |_| {
            got.push(queue.get().unwrap());
            queue.task_done().unwrap();
        }
    });
    queue.shutdown(false);
    crew.join();
    joiners.join();
    assert_eq!(got.sorted(), [1, 2]);
}

/// `Debug` tells that it was shut down.
pub fn debug<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    tells(&queue, "shut down", || queue.shutdown(false));
}
