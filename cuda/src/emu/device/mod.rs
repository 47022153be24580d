//! The emulated devices: what [`Backend`](crate::backend::Backend) promises, on the host's processors.
//!
//! | module | what it is |
//! |---|---|
//! | `emulator` | the two devices of a process, their memories and contexts |
//! | `context`, `stream`, `queue`, `event` | order: each stream is a queue with a thread of its own |
//! | `work`, `launch`, `transfer` | what streams do |
//! | `capture`, `graph` | what is described now and done later |
//! | `allocations`, `pool`, `images`, `graphics`, `module`, `occupancy`, `specs` | what there is |
//! | `backend` | the trait's calls, each one handed to the above |
//!
//! # Where it differs from a GPU
//!
//! - A kernel that fails loses its context on a GPU. Here the failure is told by the next call that synchronises, with
//!   the whole report of the fault; until then all work of the context is left out, and after it the context can be
//!   used again.
//! - Streams have priorities that nothing follows. Of a context's limits only that of the heap is enforced.
//! - The nodes of a graph are done one after another, in the order in which they were added. The mode of a capture
//!   forbids nothing else meanwhile.
//! - A pool gives memory back at once; stream-ordered memory can be used before the stream comes to its allocation.
//! - Managed memory is the host's, and is never moved.
//! - OpenGL's buffers are copied when they are mapped and unmapped; its images cannot be shared.
//! - Nothing is shared between processes. A forked child has devices of its own; what it has inherited gives errors.

mod allocations;
mod backend;
mod capture;
mod cell;
mod context;
mod emulator;
mod event;
mod failure;
mod graph;
mod graphics;
mod images;
mod ipc;
mod launch;
mod module;
mod occupancy;
mod pool;
mod printf;
mod queue;
mod specs;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod transfer;
mod work;

pub(crate) use self::emulator::Emulator;
use crate::backend::Backend;
use crate::error::Result;

/// The emulated devices of this process. There are always two.
///
/// # Errors
///
/// None; a driver may be missing elsewhere.
pub(crate) fn backend() -> Result<&'static dyn Backend> {
    Ok(Emulator::current())
}
