//! What handing out work costs: prints lines of `name<TAB>unit<TAB>value`, for what is named as an
//! argument or all.
//!
//! The functions do next to nothing, so that the figures are the crate's own.
//!
//! - `trivial_items`: 100 000 items to two children, the forks included;
//! - `pool`: `pool_round_trip` of one item to one of two workers, `pool_batch` of 2 000 items;
//! - `single_calls`: a call with a time limit, in a process of its own.

use std::hint::black_box;
use std::time::{Duration, Instant};

use delegate::{Builder, Parallelizer, timeout};

const MEASURES: [(&str, fn()); 3] = [
    ("trivial_items", trivial_items),
    ("pool", pool),
    ("single_calls", single_calls),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            measure();
        }
    }
}

fn report(name: &str, unit: &str, value: f64) {
    println!("{name}\t{unit}\t{value:.2}");
}

/// The best of several goes, in seconds: the machine may be busy with other things.
fn best_of(goes: usize, mut go: impl FnMut()) -> f64 {
    let times = (0..goes).map(|_| {
        let start = Instant::now();
        go();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn trivial_items() {
    let count = 100_000_u64;
    let seconds = best_of(5, || {
        let results = Builder::new().children(2).parallelize(|n| n + 1, 0..count);
        assert_eq!(black_box(results).len() as u64, count);
    });
    report("trivial_items", "ns/item", seconds / count as f64 * 1e9);
}

fn pool() {
    let mut parallelizer = Parallelizer::new(|n: &u64| n + 1);
    parallelizer.spawn(2).expect("two processes can be had");
    parallelizer.process(0..20);
    let rounds = 2000_u64;
    let seconds = best_of(3, || (0..rounds).for_each(|n| parallelizer.process([n])));
    report("pool_round_trip", "us/job", seconds / rounds as f64 * 1e6);
    let seconds = best_of(5, || parallelizer.process(0..rounds));
    report("pool_batch", "jobs/s", rounds as f64 / seconds);
    parallelizer.cleanup();
}

fn single_calls() {
    let calls = 300;
    let seconds = best_of(3, || {
        for n in 0..calls {
            assert_eq!(timeout(|| n + 1, Duration::from_secs(60)), Ok(n + 1));
        }
    });
    report("single_calls", "calls/s", f64::from(calls) / seconds);
}
