//! Settings of the emulated devices: what kernels are checked for, where they print, and how they are run.
//!
//! They are this process's, and hold from the next launch on. Hardware does not know them.
//!
//! ```
//! use std::time::Duration;
//!
//! use cuda::emulator::{self, Checks};
//!
//! emulator::set_printf(|text| eprint!("kernel: {text}"));
//! emulator::set_checks(Checks { uninitialised_global: false, ..Checks::ALL });
//! emulator::set_time_limit(Some(Duration::from_secs(10)));
//! # emulator::print_to_stdout();
//! ```

use std::sync::Arc;
use std::time::Duration;

use crate::emu::device::Emulator;
pub use crate::emu::exec::Checks;

/// Has `printf` in kernels call `printer`, once for each call by one thread of a kernel, in the order in which the
/// calls are made: the kernels of a stream one after another, the blocks of a kernel several at a time.
///
/// It is called by the threads that run kernels, and must not call this crate for a device's work.
pub fn set_printf(printer: impl Fn(&str) + Send + Sync + 'static) {
    Emulator::current().set_printer(Some(Arc::new(printer)));
}

/// Has `printf` in kernels write to standard output, as at the start. What cannot be written is lost.
pub fn print_to_stdout() {
    Emulator::current().set_printer(None);
}

/// Chooses the errors that kernels are checked for. At the start they are [all](Checks::ALL).
///
/// Accesses outside of all memory, to freed memory and at misaligned addresses are always errors.
pub fn set_checks(checks: Checks) {
    Emulator::current().change_settings(|settings| settings.checks = checks);
}

/// Chooses how many threads run the blocks of a kernel. At the start there is one for each processor; 0 counts as 1.
pub fn set_workers(workers: usize) {
    Emulator::current().change_settings(|settings| settings.workers = workers.max(1));
}

/// Ends kernels that run for longer, with [`Code::LaunchTimeout`](crate::Code::LaunchTimeout). At the start there is no
/// limit, and a kernel without an end keeps its stream, and whoever waits for it, for ever.
pub fn set_time_limit(limit: Option<Duration>) {
    Emulator::current().change_settings(|settings| settings.time_limit = limit);
}
