//! The program behind `cargo tour`, run as its users run it.

mod answers;
mod options;
mod output;
mod support;
mod troubles;
