//! Ten processes print a line each; a lock keeps the lines whole.
//!
//! In the order in which the processes come to it:
//!
//! ```text
//! hello world 0
//! hello world 1
//! hello world 2
//! hello world 3
//! hello world 4
//! hello world 5
//! hello world 6
//! hello world 7
//! hello world 8
//! hello world 9
//! ```

use std::error::Error;

use multiprocessing::{Lock, Process};

fn main() -> Result<(), Box<dyn Error>> {
    let lock = Lock::new()?;
    let mut processes = Vec::new();
    for number in 0..10 {
        let lock = lock.clone();
        let mut process = Process::new(move || {
            let _held = lock.lock().unwrap();
            println!("hello world {number}");
        });
        process.start()?;
        processes.push(process);
    }
    for process in processes {
        process.join()?;
    }
    Ok(())
}
