//! Where the `printf` of kernels goes.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::RwLock;

use crate::emu::exec::Sink;

/// Takes what kernels print, one call of `printf` at a time, from several threads.
pub(crate) type Printer = Arc<dyn Fn(&str) + Send + Sync>;

/// The chosen printer; standard output if none was.
#[derive(Default)]
pub(super) struct Printers(RwLock<Option<Printer>>);

impl Printers {
    pub(super) fn set(&self, printer: Option<Printer>) {
        *self.0.write() = printer;
    }
}

impl Sink for Printers {
    fn write(&self, text: &str) {
        match &*self.0.read() {
            Some(printer) => printer(text),
            // A closed standard output is no reason to stop a kernel.
            None => drop(io::stdout().write_all(text.as_bytes())),
        }
    }
}

impl fmt::Debug for Printers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.read().is_some() {
            "set"
        } else {
            "stdout"
        };
        f.debug_tuple("Printers").field(&kind).finish()
    }
}
