//! How much memory this process uses.

use std::fs;

/// The bytes of memory that this process has resident, files and shared memory included.
///
/// The figure is exact: it is summed over the page tables, which takes milliseconds in a large
/// process, where the cheaper counters of `/proc/self/statm` lag behind by some pages for each
/// processor.
///
/// ```
/// use manyways_testkit::resident_bytes;
///
/// let round = || drop(std::hint::black_box(vec![1_u8; 100_000]));
/// round(); // what is allocated once does not count
/// let before = resident_bytes();
/// (0..1000).for_each(|_| round());
/// assert!(resident_bytes() < before + 1_000_000);
/// ```
///
/// # Panics
/// If the kernel does not tell.
#[must_use]
pub fn resident_bytes() -> u64 {
    let text =
        fs::read_to_string("/proc/self/smaps_rollup").expect("reading /proc/self/smaps_rollup");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .expect("a line `Rss:`");
    let kilobytes = line
        .trim()
        .strip_suffix(" kB")
        .and_then(|number| number.parse::<u64>().ok());
    kilobytes.expect("a number of kB") * 1024
}
