//! Locks and rings between two processes: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or
//! all.
//!
//! - `lock`: an uncontended acquire and release;
//! - `ring_small`, `ring_1k`, `ring_1m`: messages of 8 bytes, 1 KiB and 1 MiB one way;
//! - `ring_one_process`: a put and a get of 8 bytes in turn, in one thread;
//! - `ring_round_trip`: there and back through two rings, each side on its own processor;
//! - `ring_round_trip_one_core`: the same on one processor.

#[path = "../tests/support/sys.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod sys;

use std::hint::black_box;
use std::time::Instant;

use manyways_shared_memory::{Lock, Ring};

/// Prints the line of what it is named.
type Measure = fn(&str);

const MEASURES: [(&str, Measure); 7] = [
    ("lock", lock),
    ("ring_small", |name| one_way(name, 8, 5_000_000)),
    ("ring_1k", |name| one_way(name, 1024, 1_000_000)),
    ("ring_1m", |name| one_way(name, 1 << 20, 2_000)),
    ("ring_one_process", one_process),
    ("ring_round_trip", |name| round_trip(name, [0, 1], 200_000)),
    ("ring_round_trip_one_core", |name| {
        round_trip(name, [0, 0], 50_000);
    }),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            measure(name);
        }
    }
}

fn lock(name: &str) {
    const ROUNDS: u32 = 10_000_000;
    let lock = Lock::new().unwrap();
    let mut count = 0;
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let _ = black_box(&lock).acquire(None).unwrap();
        count += 1;
        black_box(&mut count);
        lock.release().unwrap();
    }
    let ns = start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS);
    println!("{name}\tns\t{ns:.2}");
}

/// From a child to this process.
fn one_way(name: &str, len: usize, count: u32) {
    let ring = Ring::new(Ring::CAPACITY, None).unwrap();
    let child = sys::fork(|| {
        let message = vec![7; len];
        for _ in 0..count + 1 {
            ring.put(&[black_box(&message)], None).unwrap();
        }
    });
    let mut message = Vec::new();
    let mut get = || {
        message.clear();
        ring.get(&mut message, None).unwrap();
        assert_eq!(black_box(&message).len(), len);
    };
    get();
    let start = Instant::now();
    (0..count).for_each(|_| get());
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(sys::wait(child), Some(0));
    if len < 1 << 20 {
        println!("{name}\tmsg/s\t{:.0}", f64::from(count) / seconds);
    } else {
        println!(
            "{name}\tMB/s\t{:.0}",
            f64::from(count) * len as f64 / seconds / 1e6
        );
    }
}

fn one_process(name: &str) {
    const ROUNDS: u32 = 5_000_000;
    let ring = Ring::new(Ring::CAPACITY, None).unwrap();
    let mut message = Vec::new();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        ring.put(&[black_box(&[7; 8])], None).unwrap();
        message.clear();
        ring.get(&mut message, None).unwrap();
        black_box(&message);
    }
    let ns = start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS);
    println!("{name}\tns\t{ns:.2}");
}

fn round_trip(name: &str, processors: [usize; 2], count: u32) {
    let [there, back] = [0, 1].map(|_| Ring::new(Ring::CAPACITY, None).unwrap());
    let child = sys::fork(|| {
        sys::stay_on(processors[1]);
        let mut message = Vec::new();
        for _ in 0..count {
            message.clear();
            there.get(&mut message, None).unwrap();
            back.put(&[&message], None).unwrap();
        }
    });
    // A child does the other side too, so that this process may go where it wants afterwards.
    let other = sys::fork(|| {
        sys::stay_on(processors[0]);
        let mut message = Vec::new();
        let start = Instant::now();
        for _ in 0..count {
            there.put(&[&[7; 8]], None).unwrap();
            message.clear();
            back.get(&mut message, None).unwrap();
        }
        let us = start.elapsed().as_secs_f64() * 1e6 / f64::from(count);
        println!("{name}\tus\t{us:.3}");
    });
    assert_eq!([child, other].map(sys::wait), [Some(0); 2]);
}
