//! procspawn: `procspawn NAME` prints lines of `name<TAB>unit<TAB>value`.
//!
//! - `spawn_join`: start a process that adds one to a number, take the sum;
//! - `pool`: on two workers, `pool_round_trip` of one job, `pool_batch` of 2 000 jobs.

use std::time::Instant;

fn main() {
    procspawn::init();
    match std::env::args().nth(1).as_deref() {
        Some("spawn_join") => spawn_join(),
        Some("pool") => pool(),
        _ => {
            eprintln!("usage: procspawn spawn_join|pool");
            std::process::exit(2);
        }
    }
}

/// In seconds; the best of three goes.
fn time(go: impl Fn()) -> f64 {
    let times = (0..3).map(|_| {
        let start = Instant::now();
        go();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn spawn_join() {
    let spawn_join = |n: u64| procspawn::spawn(n, |n| n + 1).join();
    assert_eq!(spawn_join(1).expect("a process"), 2);
    let seconds =
        time(|| (0..100).for_each(|n| assert_eq!(spawn_join(n).expect("a process"), n + 1)));
    println!("spawn_join\tstart+join/s\t{:.2}", 100.0 / seconds);
}

fn pool() {
    let pool = procspawn::Pool::new(2).expect("two processes");
    let spawn = |n: u64| pool.spawn(n, |n| n + 1);
    for n in 0..20 {
        assert_eq!(spawn(n).join().expect("a result"), n + 1);
    }
    let jobs = 2000;
    let seconds = time(|| {
        for n in 0..jobs {
            assert_eq!(spawn(n).join().expect("a result"), n + 1);
        }
    });
    println!(
        "pool_round_trip\tus/job\t{:.3}",
        seconds / jobs as f64 * 1e6
    );
    let seconds = time(|| {
        let handles: Vec<_> = (0..jobs).map(spawn).collect();
        for (n, handle) in (0..).zip(handles) {
            assert_eq!(handle.join().expect("a result"), n + 1);
        }
    });
    println!("pool_batch\tjobs/s\t{:.2}", jobs as f64 / seconds);
    pool.shutdown();
}
