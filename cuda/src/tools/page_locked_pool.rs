//! A pool of page-locked memory.

use std::fmt;
use std::sync::Arc;

use bytemuck::Pod;
use parking_lot::Mutex;

use super::bins::{Bin, Bins, Counts};
use crate::backend::{HostBlock, HostFlags};
use crate::context::{Context, Resource};
use crate::driver::{PinnedBuffer, ReclaimHost, bytes_of};
use crate::error::{Code, Error, Result};

/// A pool that keeps page-locked memory which is not used any more, for who needs as much again: the driver takes
/// milliseconds to lock pages.
///
/// A [`PinnedBuffer`] of it comes back when it is dropped. An asynchronous copy owns its buffer, so that it cannot come back
/// before the copy is complete. It is cheap to clone.
#[derive(Clone)]
pub struct PageLockedMemoryPool(Arc<Shared>);

struct Shared {
    context: Context,
    flags: HostFlags,
    bins: Mutex<Bins<HostBlock>>,
}

impl PageLockedMemoryPool {
    /// A pool that holds nothing yet, of memory made with these flags.
    #[must_use]
    pub fn new(context: &Context, flags: HostFlags) -> PageLockedMemoryPool {
        context.count(Resource::MemoryPool);
        PageLockedMemoryPool(Arc::new(Shared {
            context: context.clone(),
            flags,
            bins: Mutex::new(Bins::new()),
        }))
    }

    /// Memory of `len` zeros.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`], after what is held was freed.
    pub fn zeroed<T: Pod>(&self, len: usize) -> Result<PinnedBuffer<T>> {
        self.0.context.check()?;
        let block = self.0.block(bytes_of::<T>(len)?.max(1))?;
        Ok(PinnedBuffer::pooled(
            Arc::clone(&self.0) as Arc<dyn ReclaimHost>,
            &self.0.context,
            block,
            len,
        ))
    }

    /// Blocks that it holds, unused.
    #[must_use]
    pub fn held_blocks(&self) -> usize {
        self.counts().held_blocks
    }

    /// Blocks that it has given out.
    #[must_use]
    pub fn active_blocks(&self) -> usize {
        self.counts().active_blocks
    }

    /// Bytes of all its blocks.
    #[must_use]
    pub fn managed_bytes(&self) -> usize {
        self.counts().managed_bytes
    }

    /// Bytes of the blocks that it has given out.
    #[must_use]
    pub fn active_bytes(&self) -> usize {
        self.counts().active_bytes
    }

    fn counts(&self) -> Counts {
        self.0.bins.lock().counts
    }

    /// Frees what it holds.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn free_held(&self) -> Result<()> {
        let blocks = self.0.bins.lock().drain();
        self.0.free(blocks)
    }

    /// Frees what it holds, and from now on what comes back.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn stop_holding(&self) -> Result<()> {
        self.0.bins.lock().holding = false;
        self.free_held()
    }
}

impl Shared {
    fn block(&self, bytes: usize) -> Result<HostBlock> {
        let bin = bin_of(bytes)?;
        if let Some(block) = self.bins.lock().take(bin, |_| 0) {
            return Ok(block);
        }
        let block = self.new_block(bin.size())?;
        self.bins.lock().add(bin);
        Ok(block)
    }

    fn new_block(&self, bytes: usize) -> Result<HostBlock> {
        let made = self
            .context
            .backend()
            .host_alloc(self.context.handle(), bytes, self.flags);
        match made {
            Err(error) if error.is_out_of_memory() => {
                let blocks = self.bins.lock().drain();
                self.free(blocks)?;
                self.context
                    .backend()
                    .host_alloc(self.context.handle(), bytes, self.flags)
            }
            made => made,
        }
    }

    fn free(&self, blocks: Vec<HostBlock>) -> Result<()> {
        let mut result = Ok(());
        for block in blocks {
            result = result.and(
                self.context
                    .backend()
                    .host_free(self.context.handle(), block),
            );
        }
        result
    }
}

fn bin_of(bytes: usize) -> Result<Bin> {
    let too_large =
        || Error::new(Code::OutOfMemory, "PageLockedMemoryPool").on(format_args!("{bytes} bytes"));
    Bin::holding(bytes).ok_or_else(too_large)
}

impl ReclaimHost for Shared {
    fn reclaim(&self, block: HostBlock) -> Result<()> {
        let unused = self.bins.lock().put(bin_of(block.bytes())?, block);
        self.free(unused.into_iter().collect())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let blocks = self.bins.get_mut().drain();
        let freed = self.free(blocks);
        self.context.ended(Resource::MemoryPool, freed);
    }
}

impl fmt::Debug for PageLockedMemoryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PageLockedMemoryPool")
            .field(&self.counts())
            .finish()
    }
}
