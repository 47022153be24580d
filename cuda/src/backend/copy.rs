//! Descriptors of fills and of copies in up to three dimensions.

use super::{ArrayHandle, ContextHandle, DevicePtr, HostSource, HostTarget};

/// Rows of one repeated value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) to: DevicePtr,
    /// Bytes from a row to the next; of no meaning where there is one row.
    pub(crate) pitch: usize,
    /// Its lowest `element` bytes are repeated.
    pub(crate) value: u32,
    /// 1, 2 or 4 bytes; `to` and `pitch` are multiples of it.
    pub(crate) element: u32,
    /// Elements in a row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
}

/// A box of bytes that is copied from one place to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copy {
    pub(crate) from: Place<HostSource>,
    pub(crate) to: Place<HostTarget>,
    /// Bytes in a row.
    pub(crate) width: usize,
    /// Rows in a slice; at least 1.
    pub(crate) height: usize,
    /// Slices, or layers; at least 1.
    pub(crate) depth: usize,
}

/// Where a box of bytes begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<H> {
    pub(crate) memory: Memory<H>,
    /// Bytes into a row.
    pub(crate) x: usize,
    /// Rows into a slice.
    pub(crate) y: usize,
    /// Slices, or layers.
    pub(crate) z: usize,
    /// Bytes from a row to the next; not looked at for arrays.
    pub(crate) pitch: usize,
    /// Rows from a slice to the next; not looked at for arrays.
    pub(crate) height: usize,
    /// The context whose memory it is, where that is not the call's.
    pub(crate) context: Option<ContextHandle>,
}

/// What a box of bytes is in. For the host, the block covers all that the copy touches (checked by who makes it).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Memory<H> {
    Host(H),
    Device(DevicePtr),
    Array(ArrayHandle),
}
