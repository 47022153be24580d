//! The progress bar (feature `progress`).

#![cfg(feature = "progress")]

use forkmap::ForkMap;
use indicatif::ProgressBar;
use manyways_testkit::guarded;

#[test]
fn the_bar_counts_finished_items_and_ends_with_the_map() {
    guarded(|| {
        let bar = ProgressBar::hidden();
        ForkMap::new()
            .processes(2)
            .progress_bar(bar.clone())
            .map(0..5000, |x| x + 1)
            .unwrap();
        assert_eq!(
            (bar.length(), bar.position(), bar.is_finished()),
            (Some(5000), 5000, true)
        );
    });
}

#[test]
fn the_bar_of_an_empty_map_is_finished() {
    guarded(|| {
        let bar = ProgressBar::hidden();
        let map = ForkMap::new().progress_bar(bar.clone());
        assert_eq!(map.map([], |x: u8| x).unwrap(), []);
        assert_eq!((bar.length(), bar.is_finished()), (Some(0), true));
    });
}

#[test]
fn the_bar_of_a_map_that_fails_stops_short() {
    guarded(|| {
        let bar = ProgressBar::hidden();
        let map = ForkMap::new().processes(1).progress_bar(bar.clone());
        let run = map.map(0..10, |x| {
            if x == 6 {
                std::process::abort()
            }
        });
        assert!(run.is_err());
        // The failed item is finished, too; those after it had no process left.
        assert_eq!((bar.position(), bar.is_finished()), (7, false));
    });
}
