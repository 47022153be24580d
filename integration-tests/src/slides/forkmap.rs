//! The squares of 0 to 9 999 in four forked processes, and what is left when one of them dies.

use std::error::Error;
use std::io::Write;
use std::process;

use forkmap::ForkMap;

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let squares = ForkMap::new()
        .processes(4)
        .map(0..10_000, |x: u64| x.pow(2))?;
    writeln!(
        out,
        "{} squares, the last is {}",
        squares.len(),
        squares[9_999]
    )?;

    // One call leaves its process, as a C library might.
    let careless = |x: u64| {
        if x == 5_000 {
            process::exit(3)
        } else {
            x.pow(2)
        }
    };
    let run = ForkMap::new().keep_going(true).map(0..10_000, careless);

    let error = run.err().ok_or("nobody noticed that a process died")?;
    let missing: Vec<_> = error.missing().collect();
    writeln!(out, "{} squares, all but {missing:?}", error.completed())?;
    Ok(())
}
