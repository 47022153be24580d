//! A counter that several processes raise: under the lock of the share, then in indivisible steps.

use std::error::Error;
use std::io::Write;

use remoted::{InitShare, StubShare};

fn raise(share: &StubShare) -> remoted::Result<()> {
    let lock = share.lock()?;
    let n: u32 = share.get("n")?;
    share.set("n", &(n + 1))?;
    lock.unlock()?;

    share.add("m", 1_u32)?; // The same without a lock.
    Ok(())
}

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let handle = InitShare::new().port(0).start()?; // It listens when this returns.
    let share = StubShare::connect(handle.address())?;
    share.set("n", &0_u32)?;

    let worker = |share: &StubShare, times| (0..times).try_for_each(|_| raise(share)).is_ok();
    let procs = (0..4).map(|_| share.new_proc(worker, 25));
    let procs = procs.collect::<Result<Vec<_>, _>>()?;
    for outcome in remoted::join_all(procs) {
        writeln!(out, "a process has done all its steps: {}", outcome?)?;
    }

    let (n, m): (u32, u32) = (share.get("n")?, share.get("m")?);
    writeln!(out, "n = {n}, m = {m}")?;
    handle.stop()?;
    Ok(())
}
