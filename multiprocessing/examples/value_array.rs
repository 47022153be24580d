//! A process changes a number and an array that it shares with this one.
//!
//! ```text
//! 3.1415927
//! [0, -1, -2, -3, -4, -5, -6, -7, -8, -9]
//! ```

use std::error::Error;

use multiprocessing::{Array, Process, Value};

#[allow(clippy::approx_constant)] // The slide's number.
fn main() -> Result<(), Box<dyn Error>> {
    let number = Value::new(0.0)?;
    let array = Array::from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])?;

    let (their_number, their_array) = (number.clone(), array.clone());
    let mut process = Process::new(move || {
        *their_number.lock().unwrap() = 3.1415927;
        for item in their_array.lock().unwrap().iter_mut() {
            *item = -*item;
        }
    });
    process.start()?;
    process.join()?;

    println!("{}", number.get()?);
    println!("{:?}", array.to_vec()?);
    Ok(())
}
