//! Page-locked memory, and memory that is registered to be so.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use bytemuck::Pod;

use super::bytes_of;
use super::cell::{HostValues, block_of_mut};
use crate::backend::{DevicePtr, HostBlock, HostFlags, RegisterFlags};
use crate::context::{Context, Resource};
use crate::error::Result;

/// Page-locked memory of the host, of `len` values: what a device copies from and to at full speed, and while the program goes
/// on.
///
/// It is a slice of the values. With [`HostFlags::device_map`] kernels reach it too, by [`ptr`](PinnedBuffer::ptr): then
/// do not touch the values while such a kernel may run. Freeing it waits for work that uses it.
pub struct PinnedBuffer<T> {
    values: HostValues<T>,
    owner: Owner,
}

/// Who takes the memory back.
enum Owner {
    Context(Context),
    Pool(Arc<dyn ReclaimHost>, Context),
}

/// Takes page-locked memory back when it is not used any more.
pub(crate) trait ReclaimHost: Send + Sync {
    fn reclaim(&self, block: HostBlock) -> Result<()>;
}

impl<T: Pod> PinnedBuffer<T> {
    /// Memory of `len` zeros.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory).
    pub fn zeroed(context: &Context, len: usize) -> Result<PinnedBuffer<T>> {
        PinnedBuffer::with_flags(context, len, HostFlags::default())
    }

    /// The same with flags.
    ///
    /// # Errors
    /// As for [`zeroed`](PinnedBuffer::zeroed).
    pub fn with_flags(context: &Context, len: usize, flags: HostFlags) -> Result<PinnedBuffer<T>> {
        context.check()?;
        let bytes = bytes_of::<T>(len)?.max(1);
        let block = context.backend().host_alloc(context.handle(), bytes, flags);
        let block = block.map_err(|error| error.on(format_args!("{bytes} bytes")))?;
        context.count(Resource::HostBuffer);
        Ok(PinnedBuffer {
            values: HostValues::adopt(block, len),
            owner: Owner::Context(context.clone()),
        })
    }

    /// A copy of `values`.
    ///
    /// # Errors
    /// As for [`zeroed`](PinnedBuffer::zeroed).
    pub fn from_slice(context: &Context, values: &[T]) -> Result<PinnedBuffer<T>> {
        let mut buffer = PinnedBuffer::zeroed(context, values.len())?;
        buffer.copy_from_slice(values);
        Ok(buffer)
    }

    /// Memory of a pool, whose block may be longer than the values.
    pub(crate) fn pooled(
        pool: Arc<dyn ReclaimHost>,
        context: &Context,
        block: HostBlock,
        len: usize,
    ) -> PinnedBuffer<T> {
        context.count(Resource::HostBuffer);
        let mut values = HostValues::<T>::adopt(block, len);
        values.fill(T::zeroed());
        PinnedBuffer {
            values,
            owner: Owner::Pool(pool, context.clone()),
        }
    }
}

impl<T> PinnedBuffer<T> {
    /// The context that it was made in.
    #[must_use]
    pub fn context(&self) -> &Context {
        match &self.owner {
            Owner::Context(context) | Owner::Pool(_, context) => context,
        }
    }

    /// Where kernels find it: a buffer that was made with [`HostFlags::device_map`], or any on a device with unified
    /// addresses.
    ///
    /// # Errors
    /// Those of the driver, where it is not mapped.
    pub fn ptr(&self) -> Result<DevicePtr> {
        let context = self.context();
        context.check()?;
        context
            .backend()
            .host_device_pointer(context.handle(), self.values.block())
    }
}

impl<T> Deref for PinnedBuffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl<T> DerefMut for PinnedBuffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values
    }
}

impl<T> Drop for PinnedBuffer<T> {
    fn drop(&mut self) {
        let block = self.values.block();
        match &self.owner {
            Owner::Context(context) => {
                let freed = context.backend().host_free(context.handle(), block);
                context.ended(Resource::HostBuffer, freed);
            }
            Owner::Pool(pool, context) => context.ended(Resource::HostBuffer, pool.reclaim(block)),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for PinnedBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Memory of one's own that is page-locked: Python's `register_host_memory`.
///
/// It is a slice of the values. [`unregister`](RegisteredHostMemory::unregister) gives the memory back.
pub struct RegisteredHostMemory<T: Pod + Send> {
    context: Context,
    values: Vec<T>,
    block: Option<HostBlock>,
}

impl<T: Pod + Send> RegisteredHostMemory<T> {
    /// Page-locks a vector's values.
    ///
    /// # Errors
    /// [`Code::NotSupported`](crate::Code::NotSupported) where the device cannot; the vector is dropped.
    pub fn register(
        context: &Context,
        mut values: Vec<T>,
        flags: RegisterFlags,
    ) -> Result<RegisteredHostMemory<T>> {
        context.check()?;
        let block = Some(block_of_mut(&mut values)).filter(|block| block.bytes() > 0);
        if let Some(block) = block {
            context
                .backend()
                .host_register(context.handle(), block, flags)?;
        }
        context.count(Resource::HostBuffer);
        Ok(RegisteredHostMemory {
            context: context.clone(),
            values,
            block,
        })
    }

    /// Where kernels find it, if it was registered with [`RegisterFlags::device_map`].
    ///
    /// # Errors
    /// [`Code::HostMemoryNotRegistered`](crate::Code::HostMemoryNotRegistered) or others where it is not mapped.
    pub fn get_device_pointer(&self) -> Result<DevicePtr> {
        self.context.check()?;
        match self.block {
            Some(block) => self
                .context
                .backend()
                .host_device_pointer(self.context.handle(), block),
            None => Ok(DevicePtr::NULL),
        }
    }

    /// Waits for all work of the context, and gives the vector back, no longer page-locked.
    ///
    /// # Errors
    /// The failure of that work.
    pub fn unregister(mut self) -> Result<Vec<T>> {
        self.end()?;
        Ok(std::mem::take(&mut self.values))
    }

    fn end(&mut self) -> Result<()> {
        let Some(block) = self.block.take() else {
            return Ok(());
        };
        let (backend, context) = (self.context.backend(), self.context.handle());
        let waited = backend.context_synchronize(context);
        backend.host_unregister(context, block).and(waited)
    }
}

impl<T: Pod + Send> Deref for RegisteredHostMemory<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl<T: Pod + Send> DerefMut for RegisteredHostMemory<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values
    }
}

impl<T: Pod + Send> Drop for RegisteredHostMemory<T> {
    fn drop(&mut self) {
        let ended = self.end();
        self.context.ended(Resource::HostBuffer, ended);
    }
}

impl<T: Pod + Send> fmt::Debug for RegisteredHostMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredHostMemory")
            .field("len", &self.values.len())
            .finish_non_exhaustive()
    }
}
