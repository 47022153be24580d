//! Eight bytes of a ring whose every access loom watches.

#![allow(unsafe_code)]

use loom::cell::Cell;

/// loom fails the model if two threads reach it at a time.
#[derive(Debug)]
pub(crate) struct Unit(Cell<[u8; UNIT]>);

/// Of a unit, in bytes.
pub(crate) const UNIT: usize = 8;

// SAFETY: loom runs one thread at a time, and what the real machine would not order is a failure of the model.
unsafe impl Sync for Unit {}
// SAFETY: plain bytes.
unsafe impl Send for Unit {}

impl Default for Unit {
    fn default() -> Unit {
        Unit(Cell::new([0; UNIT]))
    }
}

impl Unit {
    pub(super) fn set_byte(&self, at: usize, byte: u8) {
        let mut bytes = self.0.get();
        bytes[at] = byte;
        self.0.set(bytes);
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.0.get()[at]
    }
}
