//! How a kernel is launched.

use crate::backend::{Dim3, FunctionHandle, LaunchDescriptor, StreamHandle};
use crate::driver::Stream;

/// How many threads run a kernel, and in which stream.
///
/// ```
/// use cuda::driver::Launch;
///
/// let launch = Launch::block((16, 16)).grid((64, 64)).shared(1024);
/// # let _ = launch;
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Launch<'a> {
    grid: Dim3,
    block: Dim3,
    shared_bytes: u32,
    stream: Option<&'a Stream>,
    cooperative: bool,
}

impl<'a> Launch<'a> {
    /// One block of so many threads: a number, or a tuple of two or three, in which x comes first.
    pub fn block(block: impl Into<Dim3>) -> Launch<'a> {
        Launch {
            grid: Dim3::from(1),
            block: block.into(),
            shared_bytes: 0,
            stream: None,
            cooperative: false,
        }
    }

    /// As many blocks of `threads` threads along x as it takes to have a thread for each of `items`.
    pub fn for_items(items: usize, threads: u32) -> Launch<'a> {
        let blocks = items.div_ceil(threads.max(1) as usize).max(1);
        Launch::block(threads).grid(u32::try_from(blocks).unwrap_or(u32::MAX))
    }

    /// So many blocks.
    pub fn grid(self, grid: impl Into<Dim3>) -> Launch<'a> {
        Launch {
            grid: grid.into(),
            ..self
        }
    }

    /// So many bytes of dynamic shared memory for each block: what the kernel declares as `extern __shared__`.
    pub fn shared(self, bytes: u32) -> Launch<'a> {
        Launch {
            shared_bytes: bytes,
            ..self
        }
    }

    /// In this stream rather than the default one.
    pub fn stream(self, stream: &'a Stream) -> Launch<'a> {
        Launch {
            stream: Some(stream),
            ..self
        }
    }

    /// All blocks run at once, and may wait for each other.
    pub fn cooperative(self) -> Launch<'a> {
        Launch {
            cooperative: true,
            ..self
        }
    }

    pub(crate) fn get_stream(&self) -> Option<&'a Stream> {
        self.stream
    }

    /// The descriptor, still without a stream and arguments.
    pub(crate) fn describe(&self, function: FunctionHandle) -> LaunchDescriptor<'static> {
        LaunchDescriptor {
            function,
            grid: self.grid,
            block: self.block,
            shared_bytes: self.shared_bytes,
            stream: StreamHandle::NULL,
            cooperative: self.cooperative,
            parameters: &[],
        }
    }
}
