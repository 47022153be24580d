//! Where arrays live: in which stream they are worked on, and whose memory they get.

use std::fmt;
use std::sync::Arc;

use crate::context::Context;
use crate::driver::{Allocator, DeviceAllocation, Stream};
use crate::error::Result;

/// A stream for an array's work and a source of memory, for the array and for what is computed from it.
///
/// It is made from a `&`[`Context`] (the default stream), from a `&`[`Stream`], or with an allocator of one's own.
/// Without one, memory is allocated and freed in the order of the stream, which waits for nothing.
#[derive(Clone)]
pub struct Placement {
    stream: Stream,
    allocator: Option<Arc<dyn Allocator + Send + Sync>>,
}

impl Placement {
    /// Work in `stream`, with memory from `allocator`.
    ///
    /// The memory may be used in `stream` as soon as the allocator has given it out.
    pub fn new(stream: &Stream, allocator: Arc<dyn Allocator + Send + Sync>) -> Placement {
        Placement {
            stream: stream.clone(),
            allocator: Some(allocator),
        }
    }

    /// The same with another stream.
    pub(crate) fn on(&self, stream: &Stream) -> Placement {
        Placement {
            stream: stream.clone(),
            allocator: self.allocator.clone(),
        }
    }

    /// The current context's default stream.
    pub(crate) fn current() -> Result<Placement> {
        Ok(Placement::from(&Context::current()?))
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The context.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.stream.context()
    }

    pub(crate) fn allocate(&self, bytes: usize) -> Result<DeviceAllocation> {
        match &self.allocator {
            Some(allocator) => allocator.allocate(bytes),
            None => self.stream.allocate(bytes),
        }
    }
}

impl From<&Context> for Placement {
    fn from(context: &Context) -> Placement {
        Placement::from(&context.default_stream())
    }
}

impl From<&Stream> for Placement {
    fn from(stream: &Stream) -> Placement {
        Placement {
            stream: stream.clone(),
            allocator: None,
        }
    }
}

impl From<&Placement> for Placement {
    fn from(placement: &Placement) -> Placement {
        placement.clone()
    }
}

impl fmt::Debug for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Placement")
            .field("stream", &self.stream)
            .field("own_allocator", &self.allocator.is_some())
            .finish()
    }
}
