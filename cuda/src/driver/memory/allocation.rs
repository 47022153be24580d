//! Device memory that is owned, without a type.

use std::fmt;
use std::sync::Arc;

use crate::backend::{DevicePtr, PoolHandle};
use crate::context::{Context, Resource};
use crate::driver::Stream;
use crate::error::Result;

/// Memory of a device that is freed with this value: Python's `DeviceAllocation`. [`DeviceBuffer`](super::DeviceBuffer)
/// is the same with a type.
///
/// However it was made, its end waits for nothing that the user would have to: memory of a context is freed after all
/// work that was queued before, memory of a stream or a pool in the order of the stream.
pub struct DeviceAllocation {
    context: Context,
    pointer: DevicePtr,
    bytes: usize,
    release: Release,
}

/// How memory is given back.
pub(crate) enum Release {
    Free,
    /// In the order of a stream.
    InStream(Stream),
    /// To a pool of this crate's.
    Reclaim(Arc<dyn Reclaim>, Stream),
    /// It is another process's.
    CloseIpc,
    /// It is empty, or somebody else's.
    Nothing,
}

/// Takes memory back when it is not used any more.
pub(crate) trait Reclaim: Send + Sync {
    /// Work in `stream` that was queued before may still use it.
    fn reclaim(&self, pointer: DevicePtr, bytes: usize, stream: &Stream) -> Result<()>;
}

/// What gives out device memory: a [`Context`], a [`Stream`] (in its order), a [`MemoryPool`](crate::driver::MemoryPool)
/// with a stream, a [`DeviceMemoryPool`](crate::tools::DeviceMemoryPool).
pub trait Allocator {
    /// The context whose memory it is.
    fn context(&self) -> &Context;

    /// Uninitialised memory, aligned to at least 256 bytes. It may be of 0 bytes, and then has no address.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory).
    fn allocate(&self, bytes: usize) -> Result<DeviceAllocation>;
}

impl Allocator for Context {
    fn context(&self) -> &Context {
        self
    }

    fn allocate(&self, bytes: usize) -> Result<DeviceAllocation> {
        if bytes == 0 {
            return Ok(DeviceAllocation::empty(self));
        }
        self.check()?;
        let pointer = self.backend().alloc(self.handle(), bytes);
        let pointer = pointer.map_err(|error| error.on(format_args!("{bytes} bytes on {self}")))?;
        Ok(DeviceAllocation::adopt(self, pointer, bytes, Release::Free))
    }
}

impl Allocator for Stream {
    fn context(&self) -> &Context {
        self.context()
    }

    fn allocate(&self, bytes: usize) -> Result<DeviceAllocation> {
        allocate_in_stream(self, None, bytes)
    }
}

/// Memory in the order of a stream, from `pool` or the device's own pool.
pub(crate) fn allocate_in_stream(
    stream: &Stream,
    pool: Option<PoolHandle>,
    bytes: usize,
) -> Result<DeviceAllocation> {
    let context = stream.context();
    if bytes == 0 {
        return Ok(DeviceAllocation::empty(context));
    }
    context.check()?;
    let pointer = context
        .backend()
        .alloc_async(context.handle(), bytes, pool, stream.handle());
    let pointer = pointer.map_err(|error| error.on(format_args!("{bytes} bytes on {context}")))?;
    let release = Release::InStream(stream.clone());
    Ok(DeviceAllocation::adopt(context, pointer, bytes, release))
}

impl<A: Allocator + ?Sized> Allocator for &A {
    fn context(&self) -> &Context {
        (**self).context()
    }

    fn allocate(&self, bytes: usize) -> Result<DeviceAllocation> {
        (**self).allocate(bytes)
    }
}

impl DeviceAllocation {
    /// Memory of a context, outside any stream's order.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory).
    pub fn new(context: &Context, bytes: usize) -> Result<DeviceAllocation> {
        context.allocate(bytes)
    }

    pub(crate) fn empty(context: &Context) -> DeviceAllocation {
        DeviceAllocation::adopt(context, DevicePtr::NULL, 0, Release::Nothing)
    }

    pub(crate) fn adopt(
        context: &Context,
        pointer: DevicePtr,
        bytes: usize,
        release: Release,
    ) -> DeviceAllocation {
        if !matches!(release, Release::Nothing) {
            context.count(Resource::Buffer);
        }
        DeviceAllocation {
            context: context.clone(),
            pointer,
            bytes,
            release,
        }
    }

    /// The context whose memory it is.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Where it begins, as kernels see it. Null if it is of 0 bytes.
    #[must_use]
    pub fn ptr(&self) -> DevicePtr {
        self.pointer
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes
    }

    /// Frees it now, and tells whether that failed, which dropping it would leave to the next call.
    ///
    /// # Errors
    /// The failure of work that was to be waited for.
    pub fn free(mut self) -> Result<()> {
        self.give_back()
    }

    fn give_back(&mut self) -> Result<()> {
        let (backend, context) = (self.context.backend(), self.context.handle());
        let result = match std::mem::replace(&mut self.release, Release::Nothing) {
            Release::Nothing => return Ok(()),
            Release::Free => backend.free(context, self.pointer),
            Release::InStream(stream) => backend.free_async(context, self.pointer, stream.handle()),
            Release::Reclaim(pool, stream) => pool.reclaim(self.pointer, self.bytes, &stream),
            Release::CloseIpc => backend.ipc_memory_close(context, self.pointer),
        };
        self.context.ended(Resource::Buffer, Ok(()));
        result.map_err(|error| error.on(format_args!("{} bytes at {}", self.bytes, self.pointer)))
    }
}

impl Drop for DeviceAllocation {
    fn drop(&mut self) {
        let freed = self.give_back();
        self.context.keep(freed);
    }
}

impl fmt::Debug for DeviceAllocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAllocation")
            .field("ptr", &self.pointer)
            .field("size", &self.bytes)
            .finish()
    }
}

impl DeviceAllocation {
    /// The stream in whose order it was made and ends.
    pub(crate) fn stream(&self) -> Option<&Stream> {
        match &self.release {
            Release::InStream(stream) | Release::Reclaim(_, stream) => Some(stream),
            _ => None,
        }
    }
}
