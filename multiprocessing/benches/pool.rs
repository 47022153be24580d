//! Pools of two processes that run already: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or
//! all.
//!
//! - `default_chunks`: map of 100 000 trivial items, eight chunks;
//! - `chunks_of_one`: map of 20 000 trivial items, one a message;
//! - `imap`: imap of 20 000 trivial items, one a message, results one by one;
//! - `process_per_item`: imap of 300 items, a new process for each;
//! - `round_trip`: apply, one item at a time.

use std::hint::black_box;
use std::time::Instant;

use multiprocessing::Pool;

/// Gives the unit and the figure.
type Measure = fn() -> (&'static str, f64);

const MEASURES: [(&str, Measure); 5] = [
    ("default_chunks", || ("ns/item", default_chunks())),
    ("chunks_of_one", || ("ns/item", chunks_of_one())),
    ("imap", || ("ns/item", imap())),
    ("process_per_item", || ("ns/item", process_per_item())),
    ("round_trip", || ("us/job", round_trip() / 1e3)),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            let (unit, value) = measure();
            println!("{name}\t{unit}\t{value:.4}");
        }
    }
}

fn add_one(item: u64) -> u64 {
    black_box(item) + 1
}

fn default_chunks() -> f64 {
    timed(&pool(), 100_000, |pool, items| {
        pool.map(add_one, 0..items).unwrap()
    })
}

fn chunks_of_one() -> f64 {
    timed(&pool(), 20_000, |pool, items| {
        pool.with().chunksize(1).map(add_one, 0..items).unwrap()
    })
}

fn imap() -> f64 {
    timed(&pool(), 20_000, one_by_one)
}

fn process_per_item() -> f64 {
    let builder = Pool::builder().processes(2).max_tasks_per_child(1);
    timed(&builder.build().unwrap(), 300, one_by_one)
}

fn round_trip() -> f64 {
    timed(&pool(), 2000, |pool, items| {
        let apply = |item| pool.apply(add_one, (item,)).unwrap();
        (0..items).map(apply).collect()
    })
}

fn one_by_one(pool: &Pool, items: u64) -> Vec<u64> {
    let results = pool.imap(add_one, 0..items).unwrap();
    results.map(Result::unwrap).collect()
}

fn pool() -> Pool {
    Pool::new(2).unwrap()
}

/// Nanoseconds an item, on a pool that has worked before.
fn timed(pool: &Pool, items: u64, map: impl Fn(&Pool, u64) -> Vec<u64>) -> f64 {
    pool.map(add_one, 0..20).unwrap();
    let start = Instant::now();
    let results = map(pool, items);
    let elapsed = start.elapsed();
    assert_eq!(
        (results.len() as u64, results.last()),
        (items, Some(&items))
    );
    elapsed.as_nanos() as f64 / items as f64
}
