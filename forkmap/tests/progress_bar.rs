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
fn the_bar_of_a_map_that_fails_stops_short() {
    guarded(|| {
        let bar = ProgressBar::hidden();
        let map = ForkMap::new().processes(1).progress_bar(bar.clone());
        let items = 10_000_000;
        assert!(map.map(0..items, |x| assert!(x != 6)).is_err());
        // The failed item is finished, too. The process takes no more once the parent knows.
        let done = bar.position();
        assert!((7..items).contains(&done), "{done}");
        assert!(!bar.is_finished());
    });
}
