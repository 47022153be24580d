//! Squares in processes: pmap, a Map of managed calls, and a Queue of results as they arrive.

use std::error::Error;
use std::io::Write;

use pprocess::{MakeParallel, MakeReusable, Map, Queue};

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let square = |x: u64| x * x;
    let squares = pprocess::pmap(square, 0..10, 2)?;
    writeln!(out, "pmap:  {:?}", squares.collect::<Result<Vec<_>, _>>()?)?;

    let results = Map::new().limit(2);
    let calculate = results.manage(MakeParallel::new(|(i, j): (u64, u64)| 10 * i + j));
    for i in 0..2 {
        for j in 0..3 {
            calculate.call((i, j))?;
        }
    }
    let in_order: Vec<u64> = results.collect::<Result<_, _>>()?;
    writeln!(out, "Map:   {in_order:?}")?;

    let queue = Queue::new().limit(2).reuse(true);
    let calculate = queue.manage(MakeReusable::new(square));
    for x in 0..1_000 {
        calculate.call(x)?;
    }
    let sum: u64 = queue.sum::<Result<_, _>>()?;
    writeln!(out, "Queue: {sum}, of a thousand calls to two processes")?;
    Ok(())
}
