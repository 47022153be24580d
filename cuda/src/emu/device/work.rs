//! What a stream does and a graph repeats.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::context::Context;
use super::failure::Failure;
use super::graph::Node;
use super::launch::Grid;
use super::transfer::Transfer;
use crate::backend::Fill;
use crate::error::Code;

/// A piece of work that can be done any number of times.
#[derive(Clone, Debug)]
pub(super) enum Work {
    Kernel(Arc<Grid>),
    Transfer(Arc<Transfer>),
    Fill(Fill),
    /// A whole graph.
    Graph(Arc<[Node]>),
    /// Nothing: a place to wait at.
    Empty,
}

impl Work {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        match self {
            Work::Kernel(grid) => grid.run(context),
            Work::Transfer(transfer) => transfer.run(context),
            Work::Fill(fill) => context.fill_rows(fill),
            // In the order in which the nodes were added, which respects what each comes after.
            Work::Graph(nodes) => nodes.iter().try_for_each(|node| node.work.run(context)),
            Work::Empty => Ok(()),
        }
    }
}

impl Context {
    /// Does work of a stream. A failure is kept for the next call that synchronises; until it has been told, all work
    /// of the context is left out.
    pub(super) fn attempt(&self, work: impl FnOnce() -> Result<(), Failure>) {
        if self.has_failed() {
            return;
        }
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => self.fail(failure),
            Err(panic) => self.fail(Failure::new(Code::Unknown, panic_message(&*panic))),
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!(
        "work of a stream panicked: {}",
        text.unwrap_or("no message")
    )
}
