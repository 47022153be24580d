//! The attribute that registers a function under its name.
