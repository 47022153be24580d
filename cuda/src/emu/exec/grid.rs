//! Blocks over workers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use parking_lot::Mutex;

use super::block::Block;
use super::env::Env;
use super::fault::Fault;
use super::{Launch, Stats};

/// What the workers of a launch share.
struct Work<'e> {
    env: &'e Env<'e>,
    /// The number of the next block that nobody has begun.
    next: AtomicU64,
    instructions: AtomicU64,
    fault: Mutex<Option<Box<Fault>>>,
}

/// Runs a grid, and returns when it is done. The calling thread is one of the workers.
///
/// # Errors
///
/// The first fault. The other blocks end as soon as they notice; what the kernel had written stays written.
#[expect(
    clippy::result_large_err,
    reason = "an error ends a launch, and is passed on once"
)]
pub fn launch(launch: &Launch<'_>) -> Result<Stats, Fault> {
    if !launch.cooperative {
        return run(launch, 0);
    }
    // The grid barrier of cooperative groups counts in memory that the driver gives it.
    let barrier = launch.memory.alloc(64).unwrap_or(0);
    if barrier != 0 {
        let _ = launch.memory.fill(barrier, &[0], 64);
    }
    let result = run(launch, barrier);
    if barrier != 0 {
        let _ = launch.memory.free(barrier);
    }
    result
}

#[expect(clippy::result_large_err, reason = "as of `launch`")]
fn run(launch: &Launch<'_>, barrier: u64) -> Result<Stats, Fault> {
    let env = Env::new(launch, barrier)?;
    let blocks = env.blocks();
    let work = Work {
        env: &env,
        next: AtomicU64::new(0),
        instructions: AtomicU64::new(0),
        fault: Mutex::new(None),
    };
    let workers = (launch.workers.max(1) as u64).min(blocks) as usize;
    thread::scope(|scope| {
        for worker in 1..workers {
            let work = &work;
            // Where no thread can be had, there are fewer workers.
            let _ = thread::Builder::new().spawn_scoped(scope, move || work.run(worker, workers));
        }
        work.run(0, workers);
    });
    match work.fault.into_inner() {
        Some(fault) => Err(*fault),
        None => Ok(Stats {
            instructions: work.instructions.into_inner(),
            blocks,
        }),
    }
}

impl Work<'_> {
    fn run(&self, worker: usize, workers: usize) {
        let result = if self.env.launch.cooperative {
            self.all_at_once(worker, workers)
        } else {
            self.one_by_one(worker)
        };
        if let Err(fault) = result {
            self.env.has_failed.store(true, Ordering::Relaxed);
            self.fault.lock().get_or_insert(fault);
        }
    }

    fn one_by_one(&self, worker: usize) -> Result<(), Box<Fault>> {
        let mut block = Block::new(self.env, worker);
        let mut next = || {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            (number < self.env.blocks()).then_some(number)
        };
        while let Some(number) = next() {
            block.start(self.env, number)?;
            while !block.turn(self.env, &mut next)? {
                self.check_stop(&block)?;
            }
            self.check_stop(&block)?;
        }
        self.instructions
            .fetch_add(block.instructions(), Ordering::Relaxed);
        Ok(())
    }

    /// Every worker has its share of the blocks, and gives each a turn after the other.
    fn all_at_once(&self, worker: usize, workers: usize) -> Result<(), Box<Fault>> {
        let numbers = (worker as u64..self.env.blocks()).step_by(workers);
        let blocks = numbers.map(|number| {
            let mut block = Block::new(self.env, worker);
            block.start(self.env, number)?;
            Ok(block)
        });
        let mut blocks = blocks.collect::<Result<Vec<Block>, Box<Fault>>>()?;
        while !blocks.is_empty() {
            let mut index = 0;
            while index < blocks.len() {
                let done = blocks[index].turn(self.env, &mut || None)?;
                self.check_stop(&blocks[index])?;
                if done {
                    let block = blocks.swap_remove(index);
                    self.instructions
                        .fetch_add(block.instructions(), Ordering::Relaxed);
                } else {
                    index += 1;
                }
            }
        }
        Ok(())
    }

    /// The error of a launch that is to end early.
    fn check_stop(&self, block: &Block) -> Result<(), Box<Fault>> {
        if self.env.must_stop() {
            Err(block.cancelled(self.env))
        } else {
            Ok(())
        }
    }
}
