//! forkfun: each result goes to an accumulator in this process as soon as it is there.
//!
//! Of six "downloads", which three processes share, the first in the list is the slowest: it goes on when the
//! accumulator has had all others. Results arrive in the order in which they are finished. Prints:
//!
//! ```text
//! first in the list, last to arrive: item 0
//! total: 630 pages
//! every item once: yes
//! ```

use std::error::Error;
use std::io::{Read, Write};

use forkmap::forkfun::parallelizable;

fn main() -> Result<(), Box<dyn Error>> {
    let pages = [180, 150, 120, 90, 60, 30];
    let (slow, mut network) = std::io::pipe()?;
    let mut download = parallelizable(|pages: u64| {
        if pages == 180 {
            (&slow).read_exact(&mut [0]).expect("the network goes on");
        }
        pages
    })
    .maxchildren(3)
    .perproc(1);

    let mut total: Vec<(usize, u64)> = Vec::new();
    let accumulate = |index, pages| {
        total.push((index, pages));
        if total.len() == 5 {
            network.write_all(b"!").expect("the slowest waits");
        }
    };
    download.forkfun(accumulate, pages)?;

    let last = total.last().map_or(0, |(index, _)| *index);
    println!("first in the list, last to arrive: item {last}");
    let sum: u64 = total.iter().map(|(_, pages)| pages).sum();
    println!("total: {sum} pages");
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
