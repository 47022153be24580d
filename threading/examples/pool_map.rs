//! An executor at work: a map in order, futures as they are done, a failure, and a map that is bounded.
//!
//! Counts primes in ranges. Prints:
//!
//! ```text
//! primes below 40000: 4203
//! in order: 1229 1033 983 958
//! the first to be done is the short one: yes
//! range 3 failed: panicked at threading/examples/pool_map.rs: no luck with range 3
//! the others were counted: 0 1 2 4
//! of endless ranges 12 were taken for 8 results
//! ```

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use threading::Event;
use threading::futures::{ThreadPoolExecutor, as_completed};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(4)
        .thread_name_prefix("primes")
        .build()?;

    let counts: Vec<_> = pool
        .map(count_primes, ranges().take(4))
        .collect::<Result<_, _>>()?;
    println!("primes below 40000: {}", counts.iter().sum::<usize>());
    let counts: Vec<_> = counts.iter().map(ToString::to_string).collect();
    println!("in order: {}", counts.join(" "));

    // The long one goes on until the short one is done.
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let long = pool.submit(move || wait.wait())?;
    let short = pool.submit(|| ())?;
    let mut done = as_completed([("long", long), ("short", short)]);
    let first = done.next().map(|(name, _)| name);
    go.set();
    println!(
        "the first to be done is the short one: {}",
        yes(first == Some("short"))
    );

    let tasks = (0..5).zip(ranges()).map(|(number, range)| {
        let task = move || {
            assert!(number != 3, "no luck with range {number}");
            count_primes(range)
        };
        Ok((number, pool.submit(task)?))
    });
    let tasks: Vec<_> = tasks.collect::<Result<_, Box<dyn std::error::Error>>>()?;
    let mut counted = Vec::new();
    for (number, future) in tasks {
        let Some(error) = future.exception() else {
            counted.push(number.to_string());
            continue;
        };
        let report = error.panic_report().expect("it panicked");
        let file = report.place().and_then(|place| place.split(':').next());
        println!(
            "range {number} failed: panicked at {}: {}",
            file.unwrap_or("?"),
            report.message()
        );
    }
    println!("the others were counted: {}", counted.join(" "));

    let taken = AtomicU32::new(0);
    let endless = ranges().inspect(|_| {
        taken.fetch_add(1, Ordering::Relaxed);
    });
    let results = pool.map_buffered(4, count_primes, endless).take(8).count();
    println!(
        "of endless ranges {} were taken for {results} results",
        taken.load(Ordering::Relaxed)
    );
    Ok(())
}

fn ranges() -> impl Iterator<Item = Range<u32>> {
    (0..).step_by(10_000).map(|start| start..start + 10_000)
}

fn count_primes(range: Range<u32>) -> usize {
    range.filter(|&n| is_prime(n)).count()
}

fn is_prime(n: u32) -> bool {
    n > 1
        && (2..)
            .take_while(|d| d * d <= n)
            .all(|d| !n.is_multiple_of(d))
}

fn yes(condition: bool) -> &'static str {
    if condition { "yes" } else { "no" }
}
