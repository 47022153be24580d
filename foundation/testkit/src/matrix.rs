//! Every way to die at every point.

use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;

use crate::crash::Crash;
use crate::point::Point;

/// The cell that runs now, for the watchdog's report.
static CURRENT: Mutex<Option<(Crash, Point)>> = Mutex::new(None);

/// The pairs of these points with the ways to die that are [meaningful](Crash::meaningful_at)
/// there.
pub fn cells(points: &[Point]) -> impl Iterator<Item = (Crash, Point)> {
    points.iter().flat_map(|point| {
        let crashes = Crash::ALL
            .iter()
            .filter(|crash| crash.meaningful_at(*point));
        crashes.map(|crash| (*crash, *point))
    })
}

/// Runs `cell` for each of [`cells`], prints and returns how many there were.
///
/// Systems leave out points that they do not have: one that inherits its arguments has no
/// `EncodeArgument`. A cell that fails does not keep the others from running. Each cell gets a
/// limit and a leak check of its own if it is [`guarded`](crate::guarded()):
///
/// ```
/// use manyways_testkit::{Bomb, CRASH_MESSAGE, Crash, Point, cells, guarded, matrix};
///
/// // A system of one process survives errors and panics.
/// let survivable = |crash: Crash, point| {
///     guarded(|| {
///         if !crash.kills_process() {
///             let outcome = std::panic::catch_unwind(|| Bomb::argument(crash, point).run());
///             assert!(outcome.is_err() || outcome.unwrap().unwrap_err() == CRASH_MESSAGE);
///         }
///     });
/// };
/// assert_eq!(matrix(&[Point::Running], survivable), 7);
/// assert_eq!(cells(Point::ALL).count(), 35);
/// ```
///
/// # Panics
/// If a cell panicked, after all have run; the message names the cells.
#[track_caller]
pub fn matrix(points: &[Point], mut cell: impl FnMut(Crash, Point)) -> usize {
    let mut failed = String::new();
    let mut count = 0;
    for (crash, point) in cells(points) {
        count += 1;
        set_current(Some((crash, point)));
        if panic::catch_unwind(AssertUnwindSafe(|| cell(crash, point))).is_err() {
            eprintln!("crash matrix: {crash} at {point} failed");
            let _ = write!(failed, "\n  {crash} at {point}");
        }
    }
    set_current(None);
    println!("crash matrix: {count} cells ran");
    assert!(
        failed.is_empty(),
        "cells of the crash matrix failed:{failed}"
    );
    count
}

fn set_current(cell: Option<(Crash, Point)>) {
    *CURRENT
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = cell;
}

/// Does not wait: it is asked when something hangs.
pub(crate) fn current_cell() -> Option<(Crash, Point)> {
    CURRENT.try_lock().ok().and_then(|cell| *cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_cell_is_named_and_the_others_run() {
        let mut ran = Vec::new();
        let failed = panic::catch_unwind(AssertUnwindSafe(|| {
            matrix(&[Point::EncodeArgument], |crash, point| {
                assert_eq!(current_cell(), Some((crash, point)));
                ran.push(crash);
                assert_ne!(crash, Crash::Err);
            })
        }));
        let message = *failed.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(
            message,
            "cells of the crash matrix failed:\n  Err at EncodeArgument"
        );
        assert_eq!(ran, [Crash::Err, Crash::Panic]);
    }
}
