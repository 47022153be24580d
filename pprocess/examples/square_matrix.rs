//! Squares a matrix, each row in a process of its own, at most two at a time. The matrix is inherited
//! by the processes; only the finished rows travel, and an exchange puts them into their places.
//!
//! It prints:
//!
//! ```text
//! [ 1  2  3  4]      [ 90 100 110 120]
//! [ 5  6  7  8]      [202 228 254 280]
//! [ 9 10 11 12]      [314 356 398 440]
//! [13 14 15 16]  ->  [426 484 542 600]
//! ```

use std::io::{self, Write};

use pprocess::{Channel, Exchange, MakeParallel};

const N: usize = 4;

type Row = [u32; N];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut next = 1..;
    let matrix: [Row; N] =
        std::array::from_fn(|_| std::array::from_fn(|_| next.next().unwrap_or(0)));
    let mut squared = [[0; N]; N];

    let mut exchange = Exchange::new(|channel: &mut Channel<(), (usize, Row)>| {
        let (i, row) = channel.receive()?;
        squared[i] = row;
        Ok(())
    })
    .limit(2);
    let calculate = exchange.manage(MakeParallel::new(|i| (i, row_of_square(&matrix, i))));
    for i in 0..N {
        calculate.call(i)?;
    }
    exchange.finish()?;
    drop((calculate, exchange));

    for (i, (row, square)) in matrix.iter().zip(&squared).enumerate() {
        let arrow = if i == N - 1 { "  ->  " } else { "      " };
        let line = format!("{}{arrow}{}", show(row, 2), show(square, 3));
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(())
}

fn row_of_square(matrix: &[Row; N], i: usize) -> Row {
    std::array::from_fn(|j| (0..N).map(|k| matrix[i][k] * matrix[k][j]).sum())
}

fn show(row: &Row, width: usize) -> String {
    let cells: Vec<String> = row.iter().map(|cell| format!("{cell:width$}")).collect();
    format!("[{}]", cells.join(" "))
}
