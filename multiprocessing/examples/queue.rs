//! A process puts a value of several types into a queue; this one gets it.
//!
//! Prints `(42, None, "hello")`.

use std::error::Error;

use multiprocessing::{Process, Queue};

type Message = (i32, Option<u8>, String);

fn main() -> Result<(), Box<dyn Error>> {
    let queue = Queue::<Message>::new()?;
    let theirs = queue.clone();
    let mut process = Process::new(move || theirs.put(&(42, None, "hello".to_owned())));
    process.start()?;
    println!("{:?}", queue.get()?);
    process.join()??;
    Ok(())
}
