//! Each result goes to an accumulator as soon as it is there.

use std::error::Error;
use std::io::Write;
use std::thread;
use std::time::Duration;

use forkmap::forkfun::parallelizable;

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut download = parallelizable(|milliseconds: u64| {
        thread::sleep(Duration::from_millis(milliseconds));
        milliseconds
    })
    .maxchildren(3)
    .perproc(1);

    let mut total = 0;
    download.forkfun(
        |_index, milliseconds| total += milliseconds,
        [30, 5, 20, 10, 15, 25],
    )?;

    writeln!(out, "{total} ms of downloads")?;
    Ok(())
}
