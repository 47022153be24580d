//! loom’s machine.
