//! Named blocks and lists: what they hold, who can open them, and that none is left behind.
//!
//! `python` says what answers each of CPython's cases. How lists stand the deaths of their users is in `tests/kills`.

mod blocks;
mod lists;
mod lives;
mod names;
mod python;
mod support;

multiprocessing::enable_test_support!();
