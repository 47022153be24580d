//! Descriptors of launches.

use super::{FunctionHandle, StreamHandle};

/// Sizes in up to three dimensions, of a block in threads or of a grid in blocks.
///
/// It is made from a number, or a tuple of two or three; what is left out is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dim3 {
    /// The size along x.
    pub x: u32,
    /// The size along y.
    pub y: u32,
    /// The size along z.
    pub z: u32,
}

impl Dim3 {
    /// How many there are in all.
    #[must_use]
    pub fn count(self) -> u64 {
        u64::from(self.x)
            .saturating_mul(u64::from(self.y))
            .saturating_mul(u64::from(self.z))
    }
}

impl From<u32> for Dim3 {
    fn from(x: u32) -> Dim3 {
        Dim3 { x, y: 1, z: 1 }
    }
}

impl From<(u32, u32)> for Dim3 {
    fn from((x, y): (u32, u32)) -> Dim3 {
        Dim3 { x, y, z: 1 }
    }
}

impl From<(u32, u32, u32)> for Dim3 {
    fn from((x, y, z): (u32, u32, u32)) -> Dim3 {
        Dim3 { x, y, z }
    }
}

/// All that a launch needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaunchDescriptor<'a> {
    pub(crate) function: FunctionHandle,
    /// Blocks; nowhere 0.
    pub(crate) grid: Dim3,
    /// Threads in a block; nowhere 0.
    pub(crate) block: Dim3,
    /// Dynamic shared memory of a block, in bytes.
    pub(crate) shared_bytes: u32,
    pub(crate) stream: StreamHandle,
    /// All blocks run at once, and may wait for each other.
    pub(crate) cooperative: bool,
    /// The parameter block: each argument at the offset that the kernel expects. It is copied by the call.
    pub(crate) parameters: &'a [u8],
}

/// Where a kernel expects a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Bytes from the start of the parameter block.
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

/// What the host runs between the work of a stream.
pub(crate) type HostCallback = Box<dyn FnOnce() + Send>;
