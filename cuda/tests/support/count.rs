//! How many tests ran on which device, told at the end.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::sys;

/// Where a test ran.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ran {
    Emulated,
    Hardware,
    /// It is for hardware, and there is none.
    Nowhere,
}

static COUNTS: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];

pub(crate) fn add(ran: Ran) {
    static TELL: Once = Once::new();
    TELL.call_once(|| sys::at_exit(tell));
    COUNTS[ran as usize].fetch_add(1, Ordering::Relaxed);
}

/// After the harness has said its last word.
fn tell() {
    let [emulated, hardware, nowhere] =
        COUNTS.each_ref().map(|count| count.load(Ordering::Relaxed));
    println!(
        "devices: {emulated} tests ran on the emulated device, {hardware} on NVIDIA hardware, {nowhere} found none"
    );
}
