//! The original's program with several processes: each takes the lock, adds one, gives the lock back. None of
//! the counts is lost. Then the same without a lock, in indivisible steps.
//!
//! ```text
//! 4 processes, each locks, adds 1 and unlocks, 250 times
//! n = 1000
//! the same with add, and no lock
//! m = 1000
//! ```

use remoted::{InitShare, StubShare, join_all};

const PROCESSES: usize = 4;
const ROUNDS: u32 = 250;

fn main() -> remoted::Result<()> {
    let handle = InitShare::new().port(0).start()?;
    let share = StubShare::connect(handle.address())?;

    println!("{PROCESSES} processes, each locks, adds 1 and unlocks, {ROUNDS} times");
    share.set("n", &0)?;
    in_processes(&share, with_lock)?;
    println!("n = {}", share.get::<i32>("n")?);

    println!("the same with add, and no lock");
    in_processes(&share, with_add)?;
    println!("m = {}", share.get::<i32>("m")?);

    drop(share);
    handle.stop()?;
    Ok(())
}

fn with_lock(share: &StubShare) -> remoted::Result<()> {
    let lock = share.lock()?;
    let n: i32 = share.get("n")?;
    share.set("n", &(n + 1))?;
    lock.unlock()
}

fn with_add(share: &StubShare) -> remoted::Result<()> {
    share.add("m", 1).map(drop)
}

/// Runs a step many times in each of several processes.
fn in_processes(
    share: &StubShare,
    step: fn(&StubShare) -> remoted::Result<()>,
) -> remoted::Result<()> {
    let worker = |share: &StubShare, rounds| (0..rounds).try_for_each(|_| step(share)).is_ok();
    let procs = (0..PROCESSES).map(|_| share.new_proc(worker, ROUNDS));
    let procs = procs.collect::<remoted::Result<Vec<_>>>()?;
    for outcome in join_all(procs) {
        assert!(outcome?, "a step failed");
    }
    Ok(())
}
