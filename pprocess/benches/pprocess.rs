//! Prints `name<TAB>unit<TAB>value`, each the median of several runs. The first two are the pieces of
//! work of the Python original's own measurements.

use std::time::Instant;

use pprocess::{Channel, MakeReusable, Map, Result, pmap};

const RUNS: usize = 5;

fn main() -> Result<()> {
    report("pprocess_pmap_1000_limit2", "us/item", || {
        timed(1000, || sum(pmap(|x: u64| x + 1, 0..1000, 2)?))
    })?;
    report("pprocess_Map_reuse_1000_limit2", "us/item", || {
        timed(1000, || {
            let results = Map::new().limit(2).reuse(true);
            let add = results.manage(MakeReusable::new(|x: u64| x + 1));
            for x in 0..1000 {
                add.call(x)?;
            }
            sum(results)
        })
    })?;
    report("pprocess_channel_round_trip", "us", || {
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
    report("pprocess_start_wait", "us", || {
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

/// Microseconds for one of `count`.
fn timed(count: u32, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(count))
}

fn report(name: &str, unit: &str, mut run: impl FnMut() -> Result<f64>) -> Result<()> {
    let mut values = (0..RUNS).map(|_| run()).collect::<Result<Vec<f64>>>()?;
    values.sort_by(f64::total_cmp);
    println!("{name}\t{unit}\t{:.3}", values[RUNS / 2]);
    Ok(())
}
