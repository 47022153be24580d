//! Prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all; each the median
//! of several runs.
//!
//! - `pmap`: 1 000 trivial items, a process each, two at a time;
//! - `map_reuse`: the same on two processes that are used again;
//! - `channel_round_trip`: a number to a process and back;
//! - `start_wait`: start of a process, and its end.

use std::time::Instant;

use pprocess::{Channel, MakeReusable, Map, Result, pmap};

const RUNS: usize = 5;

fn main() -> Result<()> {
    report("pmap", "ns/item", || {
        timed(1000, || sum(pmap(|x: u64| x + 1, 0..1000, 2)?))
    })?;
    report("map_reuse", "ns/item", || {
        timed(1000, || {
            let results = Map::new().limit(2).reuse(true);
            let add = results.manage(MakeReusable::new(|x: u64| x + 1));
            for x in 0..1000 {
                add.call(x)?;
            }
            sum(results)
        })
    })?;
    report("channel_round_trip", "ns", || {
        let mut channel =
            pprocess::start(
                |channel: &mut Channel<u64, u64>| {
                    while channel.receive().and_then(|n| channel.send(&n)).is_ok() {}
                },
            )?;
        timed(10_000, || {
            (0..10_000).try_for_each(|n| {
                channel.send(&n)?;
                channel.receive().map(drop)
            })
        })
    })?;
    report("start_wait", "ns", || {
        timed(200, || {
            (0..200).try_for_each(|_| pprocess::start(|_: &mut Channel<()>| {})?.wait().map(drop))
        })
    })
}

fn sum(results: Map<'_, u64>) -> Result<()> {
    let mut sum = 0;
    for result in results {
        sum += result?;
    }
    assert_eq!(sum, 500_500);
    Ok(())
}

/// Nanoseconds for one of `count`.
fn timed(count: u32, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64() * 1e9 / f64::from(count))
}

fn report(name: &str, unit: &str, mut run: impl FnMut() -> Result<f64>) -> Result<()> {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .collect();
    if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
        return Ok(());
    }
    let mut values = (0..RUNS).map(|_| run()).collect::<Result<Vec<f64>>>()?;
    values.sort_by(f64::total_cmp);
    println!("{name}\t{unit}\t{:.3}", values[RUNS / 2]);
    Ok(())
}
