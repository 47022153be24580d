//! What a queue of any order must do while it is open: CPython's `BaseQueueTestMixin`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{BRIEF, EVER, HANDS, tells, tiny};
use crate::contract::{Counter, Crew, Log, Order, Queue, Refusal, World};

const SIZE: usize = 5;

/// The items in the order in which they leave when all entered first.
fn leaving<Q: Queue<u32>>(items: &[u32]) -> Vec<u32> {
    let mut items = items.to_vec();
    match Q::ORDER {
        Order::Fifo => {}
        Order::Lifo => items.reverse(),
        Order::Priority => items.sort_unstable(),
    }
    items
}

pub(super) fn fill<Q: Queue<u32>>(queue: &Q, items: impl IntoIterator<Item = u32>) {
    items.into_iter().for_each(|item| queue.put(item).unwrap());
}

/// A new one is empty and open (`BaseQueueTestMixin.test_basic`).
pub fn constructor<W: World, Q: Queue<u32>>() {
    for size in [0, 1, SIZE] {
        let queue = Q::new(size);
        let state = (
            queue.qsize(),
            queue.empty(),
            queue.full(),
            queue.is_shutdown(),
        );
        assert_eq!(state, (0, true, false, false));
    }
}

/// Items leave in the queue's order (`BaseQueueTestMixin.test_basic`).
pub fn order<W: World, Q: Queue<u32>>() {
    for size in [0, SIZE] {
        let queue = Q::new(size);
        for items in [&[111, 333, 222][..], &[5, 1, 4, 2, 3]] {
            fill(&queue, items.iter().copied());
            let left = Vec::from_iter(items.iter().map(|_| queue.get().unwrap()));
            assert_eq!(left, leaving::<Q>(items));
        }
    }
}

/// Items that enter between others leaving keep to the order, too.
pub fn order_in_between<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    fill(&queue, [3, 1, 4]);
    let first = queue.get().unwrap();
    fill(&queue, [1, 5]);
    let left = [(); 4].map(|()| queue.get().unwrap());
    let expected = match Q::ORDER {
        Order::Fifo => (3, [1, 4, 1, 5]),
        Order::Lifo => (4, [5, 1, 1, 3]),
        Order::Priority => (1, [1, 3, 4, 5]),
    };
    assert_eq!((first, left), expected);
}

/// Its size, emptiness and fullness are told as it fills and empties
/// (`BaseQueueTestMixin.test_basic`).
pub fn sizes<W: World, Q: Queue<u32>>() {
    let queue = Q::new(SIZE);
    for count in 0..SIZE {
        let state = (queue.qsize(), queue.empty(), queue.full());
        assert_eq!(state, (count, count == 0, false));
        queue.put(7).unwrap();
    }
    assert_eq!(
        (queue.qsize(), queue.empty(), queue.full()),
        (SIZE, false, true)
    );
    for count in (0..SIZE).rev() {
        queue.get().unwrap();
        let state = (queue.qsize(), queue.empty(), queue.full());
        assert_eq!(state, (count, count == 0, false));
    }
}

/// Without a limit it is never full (`BaseQueueTestMixin.test_basic`).
pub fn without_a_limit<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    for item in 0..200 {
        queue.try_put(item).unwrap();
        assert!(!queue.full());
    }
    assert_eq!(queue.qsize(), 200);
}

/// Who may not wait is refused by a full queue, and by an empty one
/// (`BaseQueueTestMixin.test_nowait`, `test_basic`).
pub fn nowait<W: World, Q: Queue<u32>>() {
    let queue = Q::new(SIZE);
    for _ in 0..2 {
        (0..SIZE).for_each(|_| queue.try_put(1).unwrap());
        assert_eq!(queue.try_put(2), Err(Refusal::Full));
        (0..SIZE).for_each(|_| assert_eq!(queue.try_get(), Ok(1)));
        assert_eq!(queue.try_get(), Err(Refusal::Empty));
    }
}

/// A limited wait ends at its limit, and does not wait when it need not
/// (`BaseQueueTestMixin.test_basic`).
pub fn timeout<W: World, Q: Queue<u32>>() {
    let queue = Q::new(1);
    for limit in [Duration::ZERO, BRIEF] {
        let begin = Instant::now();
        assert_eq!(queue.get_timeout(limit), Err(Refusal::TimedOut));
        assert!(begin.elapsed() >= limit);
    }
    queue.put_timeout(1, EVER).unwrap();
    for limit in [Duration::ZERO, BRIEF] {
        let begin = Instant::now();
        assert_eq!(queue.put_timeout(2, limit), Err(Refusal::TimedOut));
        assert!(begin.elapsed() >= limit);
    }
    assert_eq!(queue.get_timeout(EVER), Ok(1));
    queue.put_timeout(3, Duration::ZERO).unwrap();
    assert_eq!(queue.get_timeout(Duration::ZERO), Ok(3));
}

/// A put waits for a place (`BaseQueueTestMixin.test_basic`).
pub fn blocking_put<W: World, Q: Queue<u32>>() {
    let (queue, entered) = (Arc::new(Q::new(1)), Counter::new());
    queue.put(1).unwrap();
    let crew = Crew::<W>::start(2, {
        let (queue, entered) = (Arc::clone(&queue), entered.clone());
        move |hand| {
            match hand {
                0 => queue.put(2).unwrap(),
                _ => queue.put_timeout(2, EVER).unwrap(),
            }
            entered.add();
        }
    });
    for (item, count) in [(1, 0), (2, 1), (2, 2)] {
        crew.settle();
        assert_eq!((entered.get(), queue.qsize()), (count, 1));
        assert_eq!(queue.get(), Ok(item));
    }
    crew.join();
    assert!(queue.empty());
}

/// A get waits for an item (`BaseQueueTestMixin.test_basic`).
pub fn blocking_get<W: World, Q: Queue<u32>>() {
    let (queue, got) = (Arc::new(Q::new(SIZE)), Log::new());
    let crew = Crew::<W>::start(2, {
        let (queue, got) = (Arc::clone(&queue), got.clone());
        move |hand| {
            got.push(match hand {
                0 => queue.get().unwrap(),
                _ => queue.get_timeout(Duration::MAX).unwrap(),
            });
        }
    });
    for item in [11, 22] {
        crew.settle();
        assert_eq!(got.len(), item as usize / 11 - 1);
        queue.put(item).unwrap();
    }
    crew.join();
    assert_eq!(got.values(), [11, 22]);
}

/// As many puts wake as places become free at once, and as many gets as items come at once.
pub fn all_wake<W: World, Q: Queue<u32>>() {
    let (queue, got) = (Arc::new(Q::new(SIZE)), Log::new());
    let crew = Crew::<W>::start(HANDS, {
        let (queue, got) = (Arc::clone(&queue), got.clone());
        move |_| got.push(queue.get().unwrap())
    });
    crew.settle();
    fill(&*queue, 0..HANDS);
    crew.join();
    assert_eq!(got.sorted(), Vec::from_iter(0..HANDS));
    fill(&*queue, 0..HANDS);
    let puts = Arc::clone(&queue);
    let crew = Crew::<W>::start(HANDS, move |hand| puts.put(HANDS + hand).unwrap());
    crew.settle();
    let mut left = Vec::from_iter((0..2 * HANDS).map(|_| queue.get().unwrap()));
    crew.join();
    left.sort_unstable();
    assert_eq!(left, Vec::from_iter(0..2 * HANDS));
}

/// More items reported done than put is refused (`BaseQueueTestMixin.test_queue_task_done`).
pub fn task_done<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    assert_eq!(queue.task_done(), Err(Refusal::OverDone));
    queue.put(1).unwrap();
    queue.get().unwrap();
    queue.task_done().unwrap();
    assert_eq!(queue.task_done(), Err(Refusal::OverDone));
}

/// A join waits until every item is reported done, not only taken
/// (`BaseQueueTestMixin.test_queue_join`).
pub fn join_waits_for_done<W: World, Q: Queue<u32>>() {
    let (queue, joined) = (Arc::new(Q::new(0)), Counter::new());
    queue.join().unwrap();
    fill(&*queue, [1, 2]);
    let crew = Crew::<W>::start(2, {
        let (queue, joined) = (Arc::clone(&queue), joined.clone());
        move |_| {
            queue.join().unwrap();
            joined.add();
        }
    });
    queue.get().unwrap();
    queue.task_done().unwrap();
    queue.get().unwrap();
    crew.settle();
    assert_eq!(joined.get(), 0, "an item was taken and is not done");
    queue.task_done().unwrap();
    crew.join();
}

/// A join after work by several workers finds all of it done, and may be repeated
/// (`BaseQueueTestMixin.test_queue_join`).
pub fn queue_join<W: World, Q: Queue<u32>>() {
    const ITEMS: u32 = 100;
    const STOP: u32 = u32::MAX - 1;
    let queue = Arc::new(Q::new(SIZE));
    for _ in 0..2 {
        let done = Log::new();
        let crew = Crew::<W>::start(2, {
            let (queue, done) = (Arc::clone(&queue), done.clone());
            move |_| {
                loop {
                    let item = queue.get().unwrap();
                    if item != STOP {
                        done.push(item);
                    }
                    queue.task_done().unwrap();
                    if item == STOP {
                        return;
                    }
                }
            }
        });
        fill(&*queue, 0..ITEMS);
        queue.join().unwrap();
        assert_eq!(done.sorted(), Vec::from_iter(0..ITEMS));
        fill(&*queue, [STOP, STOP]);
        queue.join().unwrap();
        crew.join();
        assert_eq!(queue.task_done(), Err(Refusal::OverDone));
    }
}

/// Every item that entered leaves once, whatever the forms of the calls, and however closely limits
/// pass.
pub fn nothing_is_lost<W: World, Q: Queue<u32>>() {
    const ITEMS: u32 = 150;
    let (queue, got) = (Arc::new(Q::new(3)), Log::new());
    let mut crew = Crew::<W>::new();
    for hand in 0..3 {
        let puts = Arc::clone(&queue);
        crew.hire(move || {
            for item in hand * ITEMS..(hand + 1) * ITEMS {
                let put = |round| match hand {
                    0 => puts.put(item),
                    1 => puts.try_put(item),
                    _ => puts.put_timeout(item, tiny(round)),
                };
                until_ok(put);
            }
        });
        let (gets, got) = (Arc::clone(&queue), got.clone());
        crew.hire(move || {
            for _ in 0..ITEMS {
                let get = |round| match hand {
                    0 => gets.get(),
                    1 => gets.try_get(),
                    _ => gets.get_timeout(tiny(round)),
                };
                got.push(until_ok(get));
            }
        });
    }
    crew.join();
    assert_eq!(got.sorted(), Vec::from_iter(0..3 * ITEMS));
    assert!(queue.empty());
}

pub(super) fn until_ok<T>(call: impl Fn(u32) -> crate::contract::Outcome<T>) -> T {
    for round in 0.. {
        match call(round) {
            Ok(value) => return value,
            Err(Refusal::Full | Refusal::Empty | Refusal::TimedOut) => std::thread::yield_now(),
            Err(other) => panic!("{other}"),
        }
    }
    unreachable!("the rounds do not end")
}

/// `Debug` tells how many items there are.
pub fn debug<W: World, Q: Queue<u32>>() {
    let queue = Q::new(0);
    tells(&queue, "in it", || queue.put(0).unwrap());
}
