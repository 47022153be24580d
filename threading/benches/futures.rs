//! Futures: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all.
//!
//! - `tasks`: trivial tasks, submitted by one thread to two workers, all results collected by it;
//! - `future_round_trip`: a trivial task is submitted, and its result waited for, one at a time;
//! - `map`: a map of trivial items on two workers, buffered.

use std::hint::black_box;
use std::time::{Duration, Instant};

use threading::futures::ThreadPoolExecutor;

const TASKS: u64 = 100_000;

/// Prints the lines of what it is named.
type Measure = fn(&str);

const MEASURES: [(&str, Measure); 3] = [
    ("tasks", tasks),
    ("future_round_trip", future_round_trip),
    ("map", map),
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

fn two_workers() -> ThreadPoolExecutor {
    let pool = ThreadPoolExecutor::builder().max_workers(2);
    pool.build().expect("two threads")
}

fn tasks(name: &str) {
    let pool = two_workers();
    let round = || {
        let futures: Vec<_> = (0..TASKS)
            .map(|n| pool.submit(move || black_box(n) + 1).unwrap())
            .collect();
        let sum: u64 = futures.into_iter().map(|f| f.result().unwrap()).sum();
        assert_eq!(sum, TASKS * (TASKS + 1) / 2);
    };
    println!(
        "{name}\tns/task\t{:.2}",
        seconds(round) * 1e9 / TASKS as f64
    );
}

fn future_round_trip(name: &str) {
    let pool = two_workers();
    let trips = 1000;
    let round = || {
        for n in 0..trips {
            let future = pool.submit(move || black_box(n) + 1).unwrap();
            assert_eq!(future.result().unwrap(), n + 1);
        }
    };
    println!("{name}\tus\t{:.4}", seconds(round) * 1e6 / f64::from(trips));
}

fn map(name: &str) {
    let pool = two_workers();
    let round = || {
        let results = pool.map_buffered(1000, |n| black_box(n) + 1, 0..TASKS);
        assert_eq!(results.filter_map(Result::ok).last(), Some(TASKS));
    };
    println!(
        "{name}\tns/item\t{:.2}",
        seconds(round) * 1e9 / TASKS as f64
    );
}

/// The mean of the rounds of half a second, after one that does not count.
fn seconds(round: impl Fn()) -> f64 {
    round();
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < Duration::from_millis(500) {
        round();
        rounds += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(rounds)
}
