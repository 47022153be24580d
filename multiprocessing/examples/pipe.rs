//! A process sends a value of several types through a pipe; this one receives it.
//!
//! Prints `(42, None, "hello")`.

use std::error::Error;

use multiprocessing::{Process, pipe};

type Message = (i32, Option<u8>, String);

fn main() -> Result<(), Box<dyn Error>> {
    let (mut here, mut there) = pipe()?;
    let mut process = Process::new(move || there.send(&(42, None::<u8>, "hello")));
    process.start()?;
    println!("{:?}", here.recv::<Message>()?);
    process.join()??;
    Ok(())
}
