//! The slide's program: squares of 0 to 9 999 in four processes, in order.
//!
//! Prints:
//!
//! ```text
//! 10000 squares, the last is 99980001
//! item 0 ran in another process
//! item 5000: its process was killed by SIGKILL; 9999 other squares are there
//! ```

use forkmap::{Cause, Error, ForkMap};

fn main() -> Result<(), Error<u64>> {
    let squares = ForkMap::new().processes(4).map(0..10_000, |x: u64| x * x)?;
    println!("{} squares, the last is {}", squares.len(), squares[9_999]);

    let pids = ForkMap::new()
        .processes(1)
        .map(0..1, |_| u64::from(std::process::id()))?;
    let other = pids[0] != u64::from(std::process::id());
    println!(
        "item 0 ran in {} process",
        if other { "another" } else { "this" }
    );

    let error = ForkMap::new()
        .processes(4)
        .keep_going(true)
        .map(
            0..10_000,
            |x: u64| if x == 5_000 { kill_myself() } else { x * x },
        )
        .expect_err("one item kills its process");
    let failure = &error.failures()[0];
    let index = failure.index().expect("it died at an item");
    let Cause::Died(exit) = failure.cause() else {
        return Err(error);
    };
    println!(
        "item {index}: its process {exit}; {} other squares are there",
        error.completed()
    );
    Ok(())
}

/// What the kernel does when memory runs out.
fn kill_myself() -> u64 {
    let myself = nix::unistd::Pid::this();
    nix::sys::signal::kill(myself, nix::sys::signal::Signal::SIGKILL)
        .expect("a process may signal itself");
    unreachable!("killed")
}
