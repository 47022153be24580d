//! parking_lot and std: `sync LIBRARY_NAME` prints one line, `LIBRARY_NAME<TAB>unit<TAB>value`, where the library is
//! `parking_lot` or `std` and the name is one of
//!
//! - `lock`: lock, add one, unlock, with nobody else there;
//! - `lock_two_threads`: the same by two threads at once;
//! - `rlock`: the same with a lock that its holder may take again (parking_lot's);
//! - `event`: set, wait, clear of an event made of a mutex and a condition variable;
//! - `event_is_set`: a load (std's);
//! - `condition_ping_pong`: two threads that let each other go by turns;
//! - `start_and_join`: a thread that does nothing is started and joined, one after the other (std's).

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

const UNCONTENDED: u64 = 20_000_000;
const CONTENDED: u64 = 3_000_000;
const ROUND_TRIPS: u64 = 100_000;
const STARTS: u64 = 20_000;

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    match name.as_str() {
        "parking_lot_lock" => parking_lot_lock(&name),
        "std_lock" => std_lock(&name),
        "parking_lot_rlock" => parking_lot_rlock(&name),
        "parking_lot_event" => parking_lot_event(&name),
        "std_event" => std_event(&name),
        "std_event_is_set" => std_event_is_set(&name),
        "parking_lot_lock_two_threads" => parking_lot_lock_two_threads(&name),
        "std_lock_two_threads" => std_lock_two_threads(&name),
        "parking_lot_condition_ping_pong" => parking_lot_condition_ping_pong(&name),
        "std_condition_ping_pong" => std_condition_ping_pong(&name),
        "std_start_and_join" => std_start_and_join(&name),
        _ => {
            eprintln!("usage: sync LIBRARY_NAME");
            std::process::exit(2);
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

/// Prints calls a second, of two threads that make [`CONTENDED`] each.
fn by_two_threads(name: &str, call: impl Fn() + Sync) {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..CONTENDED).for_each(|_| call()));
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    println!("{name}\top/s\t{:.0}", 2.0 * CONTENDED as f64 / seconds);
}

/// Prints microseconds a round trip, of two threads that make [`ROUND_TRIPS`] turns each.
fn ping_pong(name: &str, turn: impl Fn(u64) + Sync) {
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| (0..ROUND_TRIPS).for_each(|_| turn(0)));
        (0..ROUND_TRIPS).for_each(|_| turn(1));
    });
    let us = start.elapsed().as_secs_f64() * 1e6 / ROUND_TRIPS as f64;
    println!("{name}\tus/round trip\t{us:.3}");
}

fn parking_lot_lock(name: &str) {
    let total = parking_lot::Mutex::new(0_u64);
    nanoseconds(name, || *black_box(&total).lock() += 1);
}

fn std_lock(name: &str) {
    let total = std::sync::Mutex::new(0_u64);
    nanoseconds(name, || *black_box(&total).lock().unwrap() += 1);
}

fn parking_lot_rlock(name: &str) {
    let total = parking_lot::ReentrantMutex::new(Cell::new(0_u64));
    nanoseconds(name, || {
        let total = black_box(&total).lock();
        total.set(total.get() + 1);
    });
}

fn parking_lot_event(name: &str) {
    let (flag, set) = (parking_lot::Mutex::new(false), parking_lot::Condvar::new());
    nanoseconds(name, || {
        let (flag, set) = (black_box(&flag), black_box(&set));
        *flag.lock() = true;
        set.notify_all();
        let mut guard = flag.lock();
        while !*guard {
            set.wait(&mut guard);
        }
        drop(guard);
        *flag.lock() = false;
    });
}

fn std_event(name: &str) {
    let (flag, set) = (std::sync::Mutex::new(false), std::sync::Condvar::new());
    nanoseconds(name, || {
        let (flag, set) = (black_box(&flag), black_box(&set));
        *flag.lock().unwrap() = true;
        set.notify_all();
        drop(set.wait_while(flag.lock().unwrap(), |flag| !*flag).unwrap());
        *flag.lock().unwrap() = false;
    });
}

fn std_event_is_set(name: &str) {
    let flag = AtomicBool::new(false);
    nanoseconds(name, || {
        black_box(black_box(&flag).load(Ordering::Acquire));
    });
}

fn parking_lot_lock_two_threads(name: &str) {
    let total = parking_lot::Mutex::new(0_u64);
    by_two_threads(name, || *total.lock() += 1);
    assert_eq!(*total.lock(), 2 * CONTENDED);
}

fn std_lock_two_threads(name: &str) {
    let total = std::sync::Mutex::new(0_u64);
    by_two_threads(name, || *total.lock().unwrap() += 1);
    assert_eq!(*total.lock().unwrap(), 2 * CONTENDED);
}

fn parking_lot_condition_ping_pong(name: &str) {
    let (turn, turned) = (parking_lot::Mutex::new(0_u64), parking_lot::Condvar::new());
    ping_pong(name, |mine| {
        let mut turn = turn.lock();
        turned.wait_while(&mut turn, |turn| *turn % 2 != mine);
        *turn += 1;
        turned.notify_one();
    });
}

fn std_condition_ping_pong(name: &str) {
    let (turn, turned) = (std::sync::Mutex::new(0_u64), std::sync::Condvar::new());
    ping_pong(name, |mine| {
        let turn = turn.lock().unwrap();
        let mut turn = turned.wait_while(turn, |turn| *turn % 2 != mine).unwrap();
        *turn += 1;
        turned.notify_one();
    });
}

fn std_start_and_join(name: &str) {
    let start = Instant::now();
    for number in 0..STARTS {
        let thread = thread::spawn(move || number);
        assert_eq!(thread.join().unwrap(), number);
    }
    let us = start.elapsed().as_secs_f64() * 1e6 / STARTS as f64;
    println!("{name}\tus/thread\t{us:.3}");
}
