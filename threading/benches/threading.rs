//! Threads' tools: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all.
//!
//! - `lock`, `rlock`, `semaphore`: acquire, add one, release, with nobody else there;
//! - `event`: set, wait, clear, with nobody else there;
//! - `event_is_set`: whether it is set;
//! - `lock_two_threads`: the same as `lock`, by two threads at once;
//! - `condition_ping_pong`: two threads that let each other go by turns;
//! - `start_and_join`: a thread that does nothing is started and joined, one after the other.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use threading::{Condition, Event, Lock, RLock, Semaphore, Thread};

/// Prints the line of what it is named.
type Measure = fn(&str);

const MEASURES: [(&str, Measure); 8] = [
    ("lock", lock),
    ("rlock", rlock),
    ("semaphore", semaphore),
    ("event", event),
    ("event_is_set", event_is_set),
    ("lock_two_threads", lock_two_threads),
    ("condition_ping_pong", condition_ping_pong),
    ("start_and_join", start_and_join),
];

const UNCONTENDED: u64 = 20_000_000;
const CONTENDED: u64 = 3_000_000;
const ROUND_TRIPS: u64 = 100_000;
const STARTS: u64 = 20_000;

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

/// Prints nanoseconds a call, after some calls that do not count.
fn nanoseconds(name: &str, mut call: impl FnMut()) {
    (0..UNCONTENDED / 10).for_each(|_| call());
    let start = Instant::now();
    (0..UNCONTENDED).for_each(|_| call());
    let ns = start.elapsed().as_secs_f64() * 1e9 / UNCONTENDED as f64;
    println!("{name}\tns/op\t{ns:.3}");
}

fn lock(name: &str) {
    let total = Lock::new(0_u64);
    nanoseconds(name, || *black_box(&total).lock() += 1);
}

fn rlock(name: &str) {
    let total = RLock::new(std::cell::Cell::new(0_u64));
    nanoseconds(name, || {
        let total = black_box(&total).lock();
        total.set(total.get() + 1);
    });
}

fn semaphore(name: &str) {
    let semaphore = Semaphore::new(1);
    nanoseconds(name, || drop(black_box(&semaphore).permit()));
}

fn event(name: &str) {
    let event = Event::new();
    nanoseconds(name, || {
        let event = black_box(&event);
        event.set();
        event.wait();
        event.clear();
    });
}

fn event_is_set(name: &str) {
    let event = Event::new();
    nanoseconds(name, || {
        black_box(black_box(&event).is_set());
    });
}

fn lock_two_threads(name: &str) {
    let total = Lock::new(0_u64);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..CONTENDED).for_each(|_| *total.lock() += 1));
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(*total.lock(), 2 * CONTENDED);
    println!("{name}\top/s\t{:.0}", 2.0 * CONTENDED as f64 / seconds);
}

fn condition_ping_pong(name: &str) {
    let (turn, turned) = (Lock::new(0_u64), Condition::new());
    let play = |mine: u64| {
        for _ in 0..ROUND_TRIPS {
            let mut turn = turn.lock();
            turned.wait_for(&mut turn, |turn| **turn % 2 == mine);
            *turn += 1;
            turned.notify(&turn, 1);
        }
    };
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| play(0));
        play(1);
    });
    let us = start.elapsed().as_secs_f64() * 1e6 / ROUND_TRIPS as f64;
    println!("{name}\tus/round trip\t{us:.3}");
}

fn start_and_join(name: &str) {
    let start = Instant::now();
    for number in 0..STARTS {
        let thread = Thread::spawn(move || number).expect("a thread");
        assert_eq!(thread.join().expect("no panic"), number);
    }
    let us = start.elapsed().as_secs_f64() * 1e6 / STARTS as f64;
    println!("{name}\tus/thread\t{us:.3}");
}
