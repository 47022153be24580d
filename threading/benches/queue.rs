//! Items through queues: prints lines of `name<TAB>items/s<TAB>value`, for what is named as an argument or all.
//!
//! - `bounded`: one thread puts a million numbers, another gets them, at most 1 024 in the queue; `unbounded`, `simple`,
//!   `lifo` and `priority` are the same with other queues;
//! - `bounded_2x2`: two threads put and two get; `unbounded_2x2`;
//! - `one_thread`: a put and a get by turns, nobody else there;
//! - `tasks`: as `bounded`, each item reported as done, and joined;
//! - `ping_pong`: two threads send one number to and fro, through two queues.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use threading::{LifoQueue, PriorityQueue, Queue, SimpleQueue};

const ITEMS: u64 = 1_000_000;
const BOUND: usize = 1024;
const ROUND_TRIPS: u64 = 50_000;

/// Items a second.
type Measure = fn() -> f64;

const MEASURES: [(&str, Measure); 10] = [
    ("bounded", || bounded(1)),
    ("bounded_2x2", || bounded(2)),
    ("unbounded", || unbounded(1)),
    ("unbounded_2x2", || unbounded(2)),
    ("simple", simple),
    ("lifo", lifo),
    ("priority", priority),
    ("one_thread", one_thread),
    ("tasks", tasks),
    ("ping_pong", ping_pong),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            println!("{name}\titems/s\t{:.0}", measure());
        }
    }
}

/// Items a second from so many putters to as many getters, who get equal shares: the best of five goes.
fn transfer(pairs: u64, put: impl Fn(u64) + Sync, get: impl Fn() -> u64 + Sync) -> f64 {
    let share = ITEMS / pairs;
    let go = || {
        let start = Instant::now();
        let sum: u64 = thread::scope(|scope| {
            let getters: Vec<_> = (0..pairs)
                .map(|_| scope.spawn(|| (0..share).map(|_| get()).sum::<u64>()))
                .collect();
            for putter in 0..pairs {
                let put = &put;
                scope.spawn(move || (0..share).for_each(|n| put(putter * share + n)));
            }
            getters
                .into_iter()
                .map(|getter| getter.join().unwrap())
                .sum()
        });
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(sum, ITEMS * (ITEMS - 1) / 2);
        ITEMS as f64 / seconds
    };
    (0..5).map(|_| go()).fold(0.0, f64::max)
}

fn bounded(pairs: u64) -> f64 {
    let queue = Queue::new(BOUND);
    transfer(pairs, |n| queue.put(n).unwrap(), || queue.get().unwrap())
}

fn unbounded(pairs: u64) -> f64 {
    let queue = Queue::new(0);
    transfer(pairs, |n| queue.put(n).unwrap(), || queue.get().unwrap())
}

fn simple() -> f64 {
    let queue = SimpleQueue::new();
    transfer(1, |n| queue.put(n), || queue.get())
}

fn lifo() -> f64 {
    let queue = LifoQueue::new(BOUND);
    transfer(1, |n| queue.put(n).unwrap(), || queue.get().unwrap())
}

fn priority() -> f64 {
    let queue = PriorityQueue::new(BOUND);
    transfer(1, |n| queue.put(n).unwrap(), || queue.get().unwrap())
}

fn tasks() -> f64 {
    let queue = Queue::new(BOUND);
    let get = || {
        let n = queue.get().unwrap();
        queue.task_done().unwrap();
        n
    };
    let rate = transfer(1, |n| queue.put(n).unwrap(), get);
    queue.join();
    rate
}

fn one_thread() -> f64 {
    let queue = Queue::new(BOUND);
    let start = Instant::now();
    for n in 0..ITEMS {
        queue.put(black_box(n)).unwrap();
        assert_eq!(queue.get(), Ok(n));
    }
    ITEMS as f64 / start.elapsed().as_secs_f64()
}

fn ping_pong() -> f64 {
    let (there, back) = (Queue::new(1), Queue::new(1));
    thread::scope(|scope| {
        scope.spawn(|| there.iter().for_each(|n: u64| back.put(n).unwrap()));
        let start = Instant::now();
        for n in 0..ROUND_TRIPS {
            there.put(n).unwrap();
            assert_eq!(back.get(), Ok(n));
        }
        there.shutdown();
        ROUND_TRIPS as f64 / start.elapsed().as_secs_f64()
    })
}
