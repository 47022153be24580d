//! The counts of the kill matrix.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::support::{Deaths, WAYS};

/// Where in its use of an object a process dies.
const POINTS: [&str; 3] = ["holding", "waiting", "being woken"];

/// Rounds of one cell; several where an object can be held, or waited for, in several ways.
type Cell<'a> = &'a [fn() -> Deaths];

/// The rows that are done.
static ROWS: Mutex<BTreeMap<&str, [Deaths; POINTS.len()]>> = Mutex::new(BTreeMap::new());

/// Runs the rounds of an object, of so many. The last to be done prints the table.
pub(crate) fn row(count: usize, object: &'static str, cells: [Cell<'_>; POINTS.len()]) {
    let deaths = cells.map(|cell| {
        let rounds = cell.iter().map(|rounds| rounds());
        rounds.fold(Deaths::default(), Deaths::and)
    });
    print_row(object, &deaths);
    let mut rows = ROWS.lock().unwrap();
    rows.insert(object, deaths);
    if rows.len() == count {
        print_table(&rows);
    }
}

fn print_table(rows: &BTreeMap<&str, [Deaths; POINTS.len()]>) {
    println!("\ndeaths by {WAYS:?}; the slowest news of each object");
    rows.iter()
        .for_each(|(object, deaths)| print_row(object, deaths));
    let all = rows.values().flatten();
    let total: usize = all.map(|deaths| deaths.counts.iter().sum::<usize>()).sum();
    println!("{total} deaths");
}

fn print_row(object: &str, deaths: &[Deaths; POINTS.len()]) {
    print!("{object:<18}");
    for (point, Deaths { counts, .. }) in POINTS.iter().zip(deaths) {
        let counts = format!("{counts:?}");
        print!("{point} {counts:<18}");
    }
    let slowest = deaths.iter().map(|deaths| deaths.slowest).max();
    println!("{:.0?}", slowest.unwrap_or_default());
}
