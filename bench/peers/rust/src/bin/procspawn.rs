//! procspawn: `procspawn NAME` prints one line, `name<TAB>unit<TAB>value`.
//!
//! `spawn_join` starts a process that adds one to a number, and takes the sum.

use std::time::Instant;

const ROUNDS: u64 = 200;

fn main() {
    procspawn::init();
    match std::env::args().nth(1).as_deref() {
        Some("spawn_join") => println!("spawn_join\tstart+join/s\t{:.2}", spawn_join()),
        _ => {
            eprintln!("usage: procspawn spawn_join");
            std::process::exit(2);
        }
    }
}

/// Per second.
fn spawn_join() -> f64 {
    let spawn_join = |n: u64| procspawn::spawn(n, |n| n + 1).join();
    assert_eq!(spawn_join(1).expect("a process"), 2);
    let start = Instant::now();
    for n in 0..ROUNDS {
        assert_eq!(spawn_join(n).expect("a process"), n + 1);
    }
    ROUNDS as f64 / start.elapsed().as_secs_f64()
}
