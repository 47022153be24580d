//! Squares, one after the other: what the others do in parallel.

use std::error::Error;
use std::io::Write;

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let squares: Vec<u64> = (0..10).map(|x| x * x).collect();
    writeln!(out, "{squares:?}")?;
    Ok(())
}
