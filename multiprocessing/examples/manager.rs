//! A manager's dictionary and list, changed by another process.
//!
//! ```text
//! {1: '1', '2': 2}
//! [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
//! ```

use std::error::Error;

use multiprocessing::Process;
use multiprocessing::managers::{Manager, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let manager = Manager::start()?;
    let dict = manager.dict::<Value, Value>([])?;
    let list = manager.list(0..10)?;

    let (d, l) = (dict.clone(), list.clone());
    let mut process = Process::new(move || {
        d.insert(1, "1").expect("a manager that lives");
        d.insert("2", 2).expect("a manager that lives");
        l.reverse().expect("a manager that lives");
    });
    process.start()?;
    process.join()?;

    println!("{}", dict.to_string()?);
    println!("{:?}", list.to_vec()?);
    Ok(())
}
