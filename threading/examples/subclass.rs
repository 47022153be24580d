//! The slide's program: a thread is a type of one's own, whose `run` does the work.
//!
//! Each thread counts the primes of its share of the numbers. Standard output is
//!
//! ```text
//! 4 threads were started
//! counter-1 found 1229 primes from 0 to 10000
//! counter-2 found 1033 primes from 10000 to 20000
//! counter-3 found 983 primes from 20000 to 30000
//! counter-4 found 958 primes from 30000 to 40000
//! 4203 primes in all
//! ```

use std::error::Error;
use std::ops::Range;

use threading::{Builder, Run, Thread};

/// Python: `class PrimeCounter(threading.Thread)`.
struct PrimeCounter {
    numbers: Range<u32>,
}

impl Run for PrimeCounter {
    type Output = usize;

    fn run(self) -> usize {
        self.numbers.filter(|number| is_prime(*number)).count()
    }
}

fn is_prime(number: u32) -> bool {
    let mut divisors = (2..).take_while(|divisor| divisor * divisor <= number);
    number >= 2 && divisors.all(|divisor| !number.is_multiple_of(divisor))
}

fn main() -> Result<(), Box<dyn Error>> {
    threading::run_main(program)
}

fn program() -> Result<(), Box<dyn Error>> {
    let shares: Vec<_> = (0..4).map(|n| 10_000 * n..10_000 * (n + 1)).collect();
    let threads: Vec<Thread<usize>> = (1..)
        .zip(&shares)
        .map(|(number, share)| {
            let numbers = share.clone();
            let builder = Builder::new().name(format!("counter-{number}"));
            builder.build(PrimeCounter { numbers })
        })
        .collect();
    for thread in &threads {
        thread.start()?;
    }
    println!("{} threads were started", threads.len());

    let mut total = 0;
    for (thread, share) in threads.into_iter().zip(shares) {
        let name = thread.name();
        let found = thread.join()?;
        println!(
            "{name} found {found} primes from {} to {}",
            share.start, share.end
        );
        total += found;
    }
    println!("{total} primes in all");
    Ok(())
}
