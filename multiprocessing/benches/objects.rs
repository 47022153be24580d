//! Queues, locks and values between two processes: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or
//! all. Medians of several runs.
//!
//! - `queue_small`: integers from another process; `queue_1MiB`: a mebibyte each, also as the time for
//!   each;
//! - `queue_round_trip`: an integer there and back through two queues, each side on a processor of its own;
//! - `joinable_queue`: integers from another process, each reported done, and joined;
//! - `lock`: an uncontended acquire and release; `lock_two`: two processes take it in turns as they like;
//! - `value_increment`: two processes count up one value under its lock;
//! - `event_ping_pong`, `condition_ping_pong`: two processes wake each other.

use std::hint::black_box;
use std::time::Instant;

use manyways_process::{Fork, Task};
use multiprocessing::{Condition, Event, JoinableQueue, Lock, Queue, RawValue, Value};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use serde_bytes::ByteBuf;

const RUNS: usize = 5;

const MEBIBYTE: usize = 1 << 20;

/// One run of what is named, in this unit.
type Measure = (&'static str, &'static str, fn() -> f64);

const MEASURES: [Measure; 9] = [
    ("queue_small", "item/s", queue_small),
    ("queue_1MiB", "MB/s", queue_large),
    ("queue_round_trip", "us", queue_round_trip),
    ("joinable_queue", "item/s", joinable_queue),
    ("lock", "ns", lock),
    ("lock_two", "lock/s", lock_two),
    ("value_increment", "increment/s", value_increment),
    ("event_ping_pong", "round trip/s", event_ping_pong),
    ("condition_ping_pong", "round trip/s", condition_ping_pong),
];

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, unit, run) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            let mut values: Vec<f64> = (0..RUNS).map(|_| run()).collect();
            values.sort_by(f64::total_cmp);
            let median = values[RUNS / 2];
            println!("{name}\t{unit}\t{median:.3}");
            if name == "queue_1MiB" {
                println!("queue_1MiB_time\tus\t{:.1}", MEBIBYTE as f64 / median);
            }
        }
    }
}

/// So many a second, since the start.
fn rate(count: u32, start: Instant) -> f64 {
    f64::from(count) / start.elapsed().as_secs_f64()
}

fn child(body: impl FnOnce()) -> Task<()> {
    Fork::new().run(body).unwrap()
}

fn queue_small() -> f64 {
    const COUNT: u32 = 2_000_000;
    let queue = Queue::new().unwrap();
    let putter = child(|| (0..=COUNT).for_each(|item| queue.put(&item).unwrap()));
    assert_eq!(queue.get().unwrap(), 0);
    let start = Instant::now();
    for item in 1..=COUNT {
        assert_eq!(queue.get().unwrap(), item);
    }
    let rate = rate(COUNT, start);
    putter.join().unwrap();
    rate
}

fn queue_large() -> f64 {
    const COUNT: u32 = 2000;
    let queue = Queue::builder().bytes(4 << 20).build().unwrap();
    let putter = child(|| {
        let item = ByteBuf::from(vec![7; MEBIBYTE]);
        (0..=COUNT).for_each(|_| queue.put(black_box(&item)).unwrap());
    });
    assert_eq!(queue.get().unwrap().len(), MEBIBYTE);
    let start = Instant::now();
    for _ in 0..COUNT {
        assert_eq!(black_box(queue.get().unwrap()).len(), MEBIBYTE);
    }
    let rate = rate(COUNT, start) * 1.048_576;
    putter.join().unwrap();
    rate
}

/// In two children, so that this process may go where it wants afterwards.
fn queue_round_trip() -> f64 {
    const COUNT: u32 = 100_000;
    let (there, back) = (Queue::<u32>::new().unwrap(), Queue::new().unwrap());
    let answerer = child(|| {
        stay_on(1);
        (0..=COUNT).for_each(|_| back.put(&there.get().unwrap()).unwrap());
    });
    let asker = Fork::new().run(|| {
        stay_on(0);
        let ask = |item| {
            there.put(&item).unwrap();
            assert_eq!(back.get().unwrap(), item);
        };
        ask(0);
        let start = Instant::now();
        (1..=COUNT).for_each(ask);
        1e6 / rate(COUNT, start)
    });
    let time = asker.unwrap().join().unwrap();
    answerer.join().unwrap();
    time
}

/// Where there are not so many, on any.
fn stay_on(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor).unwrap();
    let _ = sched_setaffinity(Pid::from_raw(0), &set);
}

fn joinable_queue() -> f64 {
    const COUNT: u32 = 500_000;
    let queue = JoinableQueue::new().unwrap();
    let worker = child(|| {
        for item in queue.iter() {
            black_box(item.unwrap());
            queue.task_done().unwrap();
        }
    });
    let start = Instant::now();
    (0..COUNT).for_each(|item| queue.put(&item).unwrap());
    queue.join().unwrap();
    let rate = rate(COUNT, start);
    queue.shutdown(false).unwrap();
    worker.join().unwrap();
    rate
}

fn lock() -> f64 {
    const COUNT: u32 = 10_000_000;
    let lock = Lock::new().unwrap();
    let mut count = 0;
    let start = Instant::now();
    for _ in 0..COUNT {
        let _ = black_box(&lock).acquire().unwrap();
        count += 1;
        black_box(&mut count);
        lock.release().unwrap();
    }
    1e9 / rate(COUNT, start)
}

/// How often a second two processes do what `step` does, each in a loop.
fn by_two(count: u32, step: impl Fn()) -> f64 {
    let ready = RawValue::new(0_u32).unwrap();
    let go = Event::new().unwrap();
    let run = || {
        go.wait();
        (0..count).for_each(|_| step());
    };
    let other = child(|| {
        ready.set(1);
        run();
    });
    while ready.get() == 0 {
        std::thread::yield_now();
    }
    let start = Instant::now();
    go.set();
    run();
    other.join().unwrap();
    rate(2 * count, start)
}

fn lock_two() -> f64 {
    let lock = Lock::new().unwrap();
    by_two(1_000_000, || drop(lock.lock().unwrap()))
}

fn value_increment() -> f64 {
    const COUNT: u32 = 500_000;
    let value = Value::new(0_u32).unwrap();
    let rate = by_two(COUNT, || *value.lock().unwrap() += 1);
    assert_eq!(value.get().unwrap(), 2 * COUNT);
    rate
}

fn event_ping_pong() -> f64 {
    const COUNT: u32 = 20_000;
    let [there, back] = [(); 2].map(|()| Event::new().unwrap());
    let other = child(|| {
        for _ in 0..COUNT {
            there.wait();
            there.clear();
            back.set();
        }
    });
    let start = Instant::now();
    for _ in 0..COUNT {
        there.set();
        back.wait();
        back.clear();
    }
    let rate = rate(COUNT, start);
    other.join().unwrap();
    rate
}

/// Two processes whose turn it is by turns.
fn condition_ping_pong() -> f64 {
    const COUNT: u32 = 10_000;
    let condition = Condition::with_lock(Lock::new().unwrap()).unwrap();
    let turn = RawValue::new(0_u32).unwrap();
    let play = |mine: u32| {
        for _ in 0..COUNT {
            let guard = condition.lock().unwrap();
            let _ = condition.wait_for(|| turn.get() == mine).unwrap();
            turn.set(1 - mine);
            condition.notify(1).unwrap();
            drop(guard);
        }
    };
    let other = child(|| play(1));
    let start = Instant::now();
    play(0);
    other.join().unwrap();
    rate(COUNT, start)
}
