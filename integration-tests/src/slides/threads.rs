//! Squares on two scoped threads: what the standard library offers.

use std::error::Error;
use std::io::Write;
use std::thread;

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let items: Vec<u64> = (0..10).collect();
    let (left, right) = items.split_at(items.len() / 2);
    let squared = |half: &[u64]| half.iter().map(|x| x * x).collect::<Vec<_>>();

    let squares = thread::scope(|scope| {
        let right = scope.spawn(|| squared(right));
        let mut squares = squared(left);
        squares.extend(right.join().expect("squaring ten numbers does not panic"));
        squares
    });
    writeln!(out, "{squares:?}")?;
    Ok(())
}
