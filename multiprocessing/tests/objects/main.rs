//! Queues, values and locks between processes that are started in each way, and on their ways there.
//!
//! The list of what must hold is CPython's; `python` says what answers each of its cases. What they share with those of
//! `threading` is in the contract suite (`tests/contract`). Added are travels, misuse and types; deaths are in `tests/kills`.

mod bytes;
mod heap;
mod locks;
mod python;
mod queues;
mod simple_queues;
mod support;
mod tasks;
mod travel;
mod types;
mod values;

multiprocessing::enable_test_support!();
