//! What handing out work costs. A line a metric: name, unit, value, separated by tabs.
//!
//! The functions do next to nothing, so that the figures are the crate's own. The two pool metrics
//! are those of procspawn's pool: two workers, a round trip of one item, and 2 000 items at once.

use std::hint::black_box;
use std::time::{Duration, Instant};

use delegate::{Builder, Parallelizer, timeout};

fn main() {
    trivial_items();
    pool();
    single_calls();
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
    report(
        "delegate_parallelize2_trivial",
        "items/s",
        count as f64 / seconds,
    );
}

fn pool() {
    let mut parallelizer = Parallelizer::new(|n: &u64| n + 1);
    parallelizer.spawn(2).expect("two processes can be had");
    parallelizer.process(0..20);
    let rounds = 2000_u64;
    let seconds = best_of(3, || (0..rounds).for_each(|n| parallelizer.process([n])));
    report(
        "delegate_pool2_roundtrip",
        "us/job",
        seconds / rounds as f64 * 1e6,
    );
    let seconds = best_of(5, || parallelizer.process(0..rounds));
    report(
        "delegate_pool2_batch2000",
        "jobs/s",
        rounds as f64 / seconds,
    );
    parallelizer.cleanup();
}

fn single_calls() {
    let calls = 300;
    let seconds = best_of(3, || {
        for n in 0..calls {
            assert_eq!(timeout(|| n + 1, Duration::from_secs(60)), Ok(n + 1));
        }
    });
    report(
        "delegate_timeout_call",
        "calls/s",
        f64::from(calls) / seconds,
    );
}
