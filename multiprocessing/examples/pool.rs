//! Two worker processes compute squares: some at once, some as they are asked for.
//!
//! ```text
//! [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
//! 1024
//! item 3 failed: three is a crowd
//! [0, 1, 2, 4]
//! ```

use std::error::Error;

use multiprocessing::Pool;

fn main() -> Result<(), Box<dyn Error>> {
    let pool = Pool::new(2)?;
    println!("{:?}", pool.map(|x: u64| x * x, 0..10)?);
    println!("{}", pool.apply(u32::pow, (2, 10))?);

    let picky = |x: u32| {
        if x == 3 {
            panic!("three is a crowd")
        } else {
            x
        }
    };
    let mut good = Vec::new();
    for (index, result) in pool.imap(picky, 0..5)?.enumerate() {
        match result {
            Ok(x) => good.push(x),
            Err(error) => {
                let panic = error.panic_report().expect("a panic");
                println!("item {index} failed: {}", panic.message());
            }
        }
    }
    println!("{good:?}");
    pool.close();
    pool.join()?;
    Ok(())
}
