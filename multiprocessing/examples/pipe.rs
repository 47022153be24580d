//! A process sends values of several types through a pipe; this one receives them.
//!
//! ```text
//! (42, None, "hello")
//! ```

use std::error::Error;

use multiprocessing::Process;
use multiprocessing::connection::pipe;

type Message = (i32, Option<u8>, String);

fn main() -> Result<(), Box<dyn Error>> {
    let (mut here, mut there) = pipe()?;
    let mut process = Process::new(move || {
        let message: Message = (42, None, "hello".to_owned());
        there.send(&message).expect("a peer that receives");
    });
    process.start()?;
    println!("{:?}", here.recv::<Message>()?);
    process.join()?;
    Ok(())
}
