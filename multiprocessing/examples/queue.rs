//! A process puts values of several types into a queue; this one gets them.
//!
//! ```text
//! (42, None, "hello")
//! ```

use std::error::Error;

use multiprocessing::{Process, Queue};

type Item = (i32, Option<u8>, String);

fn main() -> Result<(), Box<dyn Error>> {
    let queue = Queue::<Item>::new()?;
    let theirs = queue.clone();
    let mut process = Process::new(move || {
        let item = (42, None, "hello".to_owned());
        theirs.put(&item).expect("an open queue with room");
    });
    process.start()?;
    println!("{:?}", queue.get()?);
    process.join()?;
    Ok(())
}
