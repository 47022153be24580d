//! The program behind `cargo tour`, run as its users run it.

mod answers;
mod deaths;
mod options;
mod output;
mod slides;
mod support;
mod troubles;
