//! Maps over forked processes: prints lines of `name<TAB>unit<TAB>value`, for what is named as an
//! argument or all.
//!
//! - `trivial_map`: x + 1 for a million items on two processes, the forks included;
//! - `prime_sums`: the primes below 100 000, 100 100, ... 100 700, summed on two processes;
//! - `prime_sums_sequential`: the same in this process alone;
//! - `growth`: by how many `growth_fds`, `growth_processes` and `growth_memory` (KiB) grow in 1 000 maps.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use forkmap::ForkMap;
use manyways_testkit::resident_bytes;

const ITEMS: u64 = 1_000_000;

/// Prints the lines of what it is named.
type Measure = fn(&str);

const MEASURES: [(&str, Measure); 4] = [
    ("trivial_map", trivial_map),
    ("prime_sums", |name| time(name, prime_sums)),
    ("prime_sums_sequential", |name| {
        time(name, prime_sums_sequential);
    }),
    ("growth", growth),
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

fn trivial_map(name: &str) {
    let milliseconds = milliseconds(|| {
        let results = ForkMap::new()
            .processes(2)
            .map(0..ITEMS, |x| black_box(x) + 1)
            .unwrap();
        assert_eq!(
            (results.len() as u64, results.last()),
            (ITEMS, Some(&ITEMS))
        );
    });
    let ns = milliseconds * 1e6 / ITEMS as f64;
    println!("{name}\tns/item\t{ns:.3}");
}

fn prime_sums() {
    let sums = ForkMap::new()
        .processes(2)
        .map(limits(), sum_primes)
        .unwrap();
    assert_eq!(sums[0], 454_396_537);
}

fn prime_sums_sequential() {
    let sums: Vec<_> = limits().map(sum_primes).collect();
    assert_eq!(sums[0], 454_396_537);
}

fn limits() -> impl Iterator<Item = u64> {
    black_box(100_000..100_800).step_by(100)
}

/// The sum of the primes below `limit`.
fn sum_primes(limit: u64) -> u64 {
    (2..limit).filter(|&n| is_prime(n)).sum()
}

/// By trial division with odd numbers, as the original program does it.
fn is_prime(n: u64) -> bool {
    if n < 3 || n.is_multiple_of(2) {
        return n == 2;
    }
    let root = (n as f64).sqrt().ceil() as u64;
    let mut divisor = 3;
    while divisor <= root {
        if n.is_multiple_of(divisor) {
            return n == divisor;
        }
        divisor += 2;
    }
    true
}

/// The mean of ten runs, after one that does not count.
fn milliseconds(run: fn()) -> f64 {
    run();
    let start = Instant::now();
    (0..10).for_each(|_| run());
    start.elapsed().as_secs_f64() * 1e3 / 10.0
}

fn time(name: &str, run: fn()) {
    println!("{name}\tms\t{:.4}", milliseconds(run));
}

/// What is allocated once does not count.
fn growth(name: &str) {
    let round = || {
        let same = ForkMap::new().processes(2).map(0..2, |x| x);
        assert_eq!(same.unwrap(), [0, 1]);
    };
    let counts = || [open_fds(), children(), resident_kib()];
    (0..100).for_each(|_| round());
    let before = counts();
    (0..1000).for_each(|_| round());
    let after = counts();
    for (index, what) in ["fds\tfds", "processes\tprocesses", "memory\tKiB"]
        .into_iter()
        .enumerate()
    {
        let growth = after[index].saturating_sub(before[index]);
        println!("{name}_{what}\t{growth}");
    }
}

fn open_fds() -> u64 {
    fs::read_dir("/proc/self/fd").unwrap().count() as u64
}

fn resident_kib() -> u64 {
    resident_bytes() / 1024
}

/// The children of all threads, zombies too.
fn children() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let lists =
        tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
    lists
        .map(|list| list.split_whitespace().count() as u64)
        .sum()
}
