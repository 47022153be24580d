//! forkfun: each result goes to an accumulator in this process as soon as it is there.
//!
//! Six "downloads" take 30, 60, ... 180 ms; the slowest comes first in the list, and three processes
//! share them. Results arrive in the order in which they are finished. Prints:
//!
//! ```text
//! first to arrive: item 2 (120 ms)
//! last to arrive: item 0 (180 ms) or a later one: yes
//! total: 630 ms of work
//! every item once: yes
//! ```

use std::thread;
use std::time::Duration;

use forkmap::forkfun::parallelizable;

fn main() -> Result<(), forkmap::Error> {
    let delays = [180, 150, 120, 90, 60, 30];
    let mut download = parallelizable(|delay: u64| {
        thread::sleep(Duration::from_millis(delay));
        delay
    })
    .maxchildren(3)
    .perproc(1);

    let mut total: Vec<(usize, u64)> = Vec::new();
    download.forkfun(|index, delay| total.push((index, delay)), delays)?;

    let (first, delay) = total[0];
    println!("first to arrive: item {first} ({delay} ms)");
    let last = total.last().map_or(0, |(index, _)| *index);
    println!(
        "last to arrive: item 0 (180 ms) or a later one: {}",
        yes(last == 0 || last > 2)
    );
    let work: u64 = total.iter().map(|(_, delay)| delay).sum();
    println!("total: {work} ms of work");
    total.sort_unstable();
    println!(
        "every item once: {}",
        yes(total.iter().map(|(index, _)| *index).eq(0..6))
    );
    Ok(())
}

fn yes(condition: bool) -> &'static str {
    if condition { "yes" } else { "no" }
}
