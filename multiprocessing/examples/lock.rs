//! Ten processes print a line each; a lock keeps the lines whole.
//!
//! Prints `hello world 0` to `hello world 9`, in the order in which the processes come to it.

use std::error::Error;

use multiprocessing::{Lock, Process};

fn main() -> Result<(), Box<dyn Error>> {
    let lock = Lock::new()?;
    let mut processes = Vec::new();
    for number in 0..10 {
        let lock = lock.clone();
        let mut process = Process::new(move || {
            let _held = lock.lock();
            println!("hello world {number}");
        });
        process.start()?;
        processes.push(process);
    }
    for mut process in processes {
        process.join()?;
    }
    Ok(())
}
