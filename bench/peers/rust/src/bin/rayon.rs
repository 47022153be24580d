//! rayon: `rayon NAME` prints one line, `name<TAB>unit<TAB>value`.
//!
//! `prime_sums` sums the primes below 100 000, 100 100, ... 100 700 on a pool of two threads, the
//! making of the pool included.

use std::hint::black_box;
use std::time::Instant;

use rayon::prelude::*;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("prime_sums") => println!("prime_sums\tms\t{:.4}", milliseconds(prime_sums)),
        _ => {
            eprintln!("usage: rayon prime_sums");
            std::process::exit(2);
        }
    }
}

/// In milliseconds: the mean of ten runs, after one that does not count.
fn milliseconds(run: fn()) -> f64 {
    run();
    let start = Instant::now();
    (0..10).for_each(|_| run());
    start.elapsed().as_secs_f64() * 1e3 / 10.0
}

fn prime_sums() {
    let limits: Vec<u64> = black_box(100_000..100_800).step_by(100).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    let pool = pool.expect("a pool of two threads");
    let sums: Vec<u64> =
        pool.install(|| limits.par_iter().map(|&limit| sum_primes(limit)).collect());
    assert_eq!(sums[0], 454_396_537);
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
