//! The contract suite, over implementations that keep the contract and over some that do not.

mod lists;
mod mutants;
mod processes;
mod simple;
#[path = "../support/mod.rs"]
mod support;
mod sys;
mod threads;
