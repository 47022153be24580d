//! Three threads smooth a row of numbers in phases: nobody begins a phase before all have finished the one before, and one
//! of them swaps the two rows in between. Then one thread gives up, and the others learn it.
//!
//! ```text
//! phase 0: [0, 0, 900, 0, 0, 0]
//! phase 1: [0, 300, 300, 300, 0, 0]
//! phase 2: [100, 200, 300, 200, 100, 0]
//! phase 3: [100, 200, 233, 200, 100, 33]
//! thread 0: the barrier is broken, or was reset while this thread waited; `reset` makes it usable again
//! thread 1: the barrier is broken, or was reset while this thread waited; `reset` makes it usable again
//! thread 2 gave up
//! ```

use std::ops::Range;
use std::sync::Arc;
use std::thread;

use threading::{Barrier, BarrierError, Lock};

const THREADS: usize = 3;
const CELLS: usize = 6;
const PHASES: usize = 3;

/// What is read in a phase and what is written.
#[derive(Default)]
struct Rows {
    read: [i32; CELLS],
    written: [i32; CELLS],
}

fn main() {
    let rows = Arc::new(Lock::new(Rows::default()));
    rows.lock().read[2] = 900;
    println!("phase 0: {:?}", rows.lock().read);
    let barrier = Arc::new(Barrier::with_action(THREADS, between_phases(rows.clone())));
    let threads = [0, 1, 2].map(|number| {
        let (rows, barrier) = (rows.clone(), barrier.clone());
        thread::spawn(move || work(number, &rows, &barrier))
    });
    for (number, thread) in threads.into_iter().enumerate() {
        match thread.join().expect("no panic") {
            Ok(()) => println!("thread {number} gave up"),
            Err(error) => println!("thread {number}: {error}"),
        }
    }
}

/// Run by one of the threads while the others wait.
fn between_phases(rows: Arc<Lock<Rows>>) -> impl Fn() {
    let phase = Lock::new(0);
    move || {
        let (rows, mut phase) = (&mut *rows.lock(), phase.lock());
        std::mem::swap(&mut rows.read, &mut rows.written);
        *phase += 1;
        println!("phase {phase}: {:?}", rows.read);
    }
}

fn work(number: usize, rows: &Lock<Rows>, barrier: &Barrier) -> Result<(), BarrierError> {
    let share = CELLS / THREADS;
    for _ in 0..PHASES {
        smooth(&mut rows.lock(), number * share..(number + 1) * share);
        barrier.wait()?;
    }
    if number == 2 {
        barrier.abort();
        return Ok(());
    }
    barrier.wait().map(drop)
}

/// Each cell becomes the mean of itself and its neighbours.
fn smooth(rows: &mut Rows, cells: Range<usize>) {
    for cell in cells {
        let neighbours = &rows.read[cell.saturating_sub(1)..CELLS.min(cell + 2)];
        rows.written[cell] = neighbours.iter().sum::<i32>() / 3;
    }
}
