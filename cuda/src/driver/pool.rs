//! The driver's own pools, which give out memory in the order of streams.

use std::fmt;
use std::sync::Arc;

use crate::backend::{PoolAttribute, PoolHandle};
use crate::context::{Context, Resource};
use crate::driver::{Allocator, DeviceAllocation, Stream, allocate_in_stream};
use crate::error::Result;

/// A pool of device memory, from which streams take and to which they give back in their order: nothing waits, and a
/// block is used again only when the work before its end is complete.
///
/// It is cheap to clone. [`Stream`] itself is an [`Allocator`] on the device's default pool.
#[derive(Clone)]
pub struct MemoryPool(Arc<Inner>);

struct Inner {
    context: Context,
    handle: PoolHandle,
    own: bool,
}

impl MemoryPool {
    /// A new pool on the context's device, of at most `maximum_bytes`; 0 for no maximum.
    ///
    /// # Errors
    /// [`Code::NotSupported`](crate::Code::NotSupported) where the device has no pools.
    pub fn new(context: &Context, maximum_bytes: usize) -> Result<MemoryPool> {
        context.check()?;
        let handle = context
            .backend()
            .pool_create(context.device().ordinal(), maximum_bytes)?;
        context.count(Resource::MemoryPool);
        Ok(MemoryPool::of(context, handle, true))
    }

    /// The default pool of the context's device.
    ///
    /// # Errors
    /// [`Code::NotSupported`](crate::Code::NotSupported) where the device has no pools.
    pub fn default_of(context: &Context) -> Result<MemoryPool> {
        context.check()?;
        let handle = context.backend().pool_default(context.device().ordinal())?;
        Ok(MemoryPool::of(context, handle, false))
    }

    fn of(context: &Context, handle: PoolHandle, own: bool) -> MemoryPool {
        MemoryPool(Arc::new(Inner {
            context: context.clone(),
            handle,
            own,
        }))
    }

    /// What gives out this pool's memory in the order of `stream`.
    #[must_use]
    pub fn in_stream(&self, stream: &Stream) -> PooledStream {
        PooledStream {
            pool: self.clone(),
            stream: stream.clone(),
        }
    }

    /// Gives memory that nothing uses back to the device, but for `keep` bytes.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn trim(&self, keep: usize) -> Result<()> {
        self.0.context.check()?;
        self.0.context.backend().pool_trim(self.0.handle, keep)
    }

    /// Bytes that it keeps at a synchronisation rather than giving them back. 0 at first, but all for a device's default pool.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn release_threshold(&self) -> Result<u64> {
        self.attribute(PoolAttribute::ReleaseThreshold)
    }

    /// Sets that; `u64::MAX` keeps all.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn set_release_threshold(&self, bytes: u64) -> Result<()> {
        self.0.context.check()?;
        self.0.context.backend().pool_set_attribute(
            self.0.handle,
            PoolAttribute::ReleaseThreshold,
            bytes,
        )
    }

    /// Bytes that it holds: now, and at most so far.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn reserved(&self) -> Result<(u64, u64)> {
        Ok((
            self.attribute(PoolAttribute::ReservedNow)?,
            self.attribute(PoolAttribute::ReservedHigh)?,
        ))
    }

    /// Bytes of it that are in use: now, and at most so far.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn used(&self) -> Result<(u64, u64)> {
        Ok((
            self.attribute(PoolAttribute::UsedNow)?,
            self.attribute(PoolAttribute::UsedHigh)?,
        ))
    }

    /// Has the two "at most so far" begin again.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn reset_peaks(&self) -> Result<()> {
        self.0.context.check()?;
        let backend = self.0.context.backend();
        backend.pool_set_attribute(self.0.handle, PoolAttribute::ReservedHigh, 0)?;
        backend.pool_set_attribute(self.0.handle, PoolAttribute::UsedHigh, 0)
    }

    fn attribute(&self, attribute: PoolAttribute) -> Result<u64> {
        self.0.context.check()?;
        self.0
            .context
            .backend()
            .pool_attribute(self.0.handle, attribute)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.own {
            let destroyed = self.context.backend().pool_destroy(self.handle);
            self.context.ended(Resource::MemoryPool, destroyed);
        }
    }
}

impl fmt::Debug for MemoryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MemoryPool");
        debug
            .field("reserved", &self.reserved().ok())
            .field("used", &self.used().ok())
            .finish_non_exhaustive()
    }
}

/// A pool's memory in the order of a stream: see [`MemoryPool::in_stream`].
#[derive(Debug, Clone)]
pub struct PooledStream {
    pool: MemoryPool,
    stream: Stream,
}

impl Allocator for PooledStream {
    fn context(&self) -> &Context {
        self.stream.context()
    }

    fn allocate(&self, bytes: usize) -> Result<DeviceAllocation> {
        allocate_in_stream(&self.stream, Some(self.pool.0.handle), bytes)
    }
}
