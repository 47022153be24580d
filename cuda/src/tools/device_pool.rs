//! A pool of device memory that knows streams.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::bins::{Bin, Bins, Counts};
use crate::backend::DevicePtr;
use crate::context::{Context, Resource};
use crate::driver::{Allocator, DeviceAllocation, EventFlags, Reclaim, Release, Stream};
use crate::error::{Code, Error, Result};

/// A pool that keeps device memory which is not used any more, for who needs as much again: that is much quicker than the
/// driver.
///
/// It is an [`Allocator`]. Each allocation is in the order of a stream: of the default one, or of the one that is
/// [given](DeviceMemoryPool::in_stream). A block that comes back is used again at once in its own stream; another stream
/// waits for what its own was given to do before. (In Python the pool does not know streams, and a kernel may find its memory
/// given to another.) When the device has no memory left, what is held is freed, the largest blocks first.
///
/// ```no_run
/// use cuda::driver::DeviceBuffer;
/// use cuda::tools::DeviceMemoryPool;
///
/// let pool = DeviceMemoryPool::new(&cuda::autoinit()?);
/// let first = DeviceBuffer::<f32>::uninit(&pool, 1000)?;
/// let address = first.ptr();
/// drop(first);
/// assert_eq!(DeviceBuffer::<u32>::uninit(&pool, 1000)?.ptr(), address);
/// # Ok::<(), cuda::Error>(())
/// ```
///
/// It is cheap to clone. What it holds is freed with its last clone and the last of its allocations.
#[derive(Clone)]
pub struct DeviceMemoryPool(Arc<Shared>);

struct Shared {
    context: Context,
    bins: Mutex<Bins<Held>>,
}

/// A block that nobody uses, but for work in the stream.
#[derive(Debug)]
struct Held {
    pointer: DevicePtr,
    stream: Stream,
}

impl DeviceMemoryPool {
    /// A pool that holds nothing yet.
    #[must_use]
    pub fn new(context: &Context) -> DeviceMemoryPool {
        context.count(Resource::MemoryPool);
        DeviceMemoryPool(Arc::new(Shared {
            context: context.clone(),
            bins: Mutex::new(Bins::new()),
        }))
    }

    /// What gives out this pool's memory in the order of `stream`.
    #[must_use]
    pub fn in_stream(&self, stream: &Stream) -> InStream {
        InStream {
            pool: self.clone(),
            stream: stream.clone(),
        }
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
    /// The failure of work that was to be waited for.
    pub fn free_held(&self) -> Result<()> {
        let blocks = self.0.bins.lock().drain();
        self.0.free(blocks)
    }

    /// Frees what it holds, and from now on what comes back.
    ///
    /// # Errors
    /// As for [`free_held`](DeviceMemoryPool::free_held).
    pub fn stop_holding(&self) -> Result<()> {
        self.0.bins.lock().holding = false;
        self.free_held()
    }

    fn allocate_in(&self, stream: &Stream, bytes: usize) -> Result<DeviceAllocation> {
        let context = &self.0.context;
        context.check()?;
        context.stream_handle(stream, "DeviceMemoryPool")?;
        if bytes == 0 {
            return Ok(DeviceAllocation::empty(context));
        }
        let pointer = self.0.block(stream, bytes)?;
        let release = Release::Reclaim(Arc::clone(&self.0) as Arc<dyn Reclaim>, stream.clone());
        Ok(DeviceAllocation::adopt(context, pointer, bytes, release))
    }
}

impl Shared {
    fn block(&self, stream: &Stream, bytes: usize) -> Result<DevicePtr> {
        let bin = bin_of(bytes)?;
        let held = self.bins.lock().take(bin, |held| suits(held, stream));
        let Some(held) = held else {
            let pointer = self.new_block(bin.size())?;
            self.bins.lock().add(bin);
            return Ok(pointer);
        };
        match after(&held, stream) {
            Ok(()) => Ok(held.pointer),
            Err(error) => {
                let unused = self.bins.lock().put(bin, held);
                self.free(unused.into_iter().collect()).and(Err(error))
            }
        }
    }

    /// A block of the driver's, for which what is held is given up if need be.
    fn new_block(&self, bytes: usize) -> Result<DevicePtr> {
        loop {
            let made = self.context.backend().alloc(self.context.handle(), bytes);
            let error = match made {
                Err(error) if error.is_out_of_memory() => error,
                made => return made,
            };
            let blocks = self.bins.lock().drain_largest();
            match blocks {
                Some(blocks) => self.free(blocks)?,
                None => return Err(error.on(format_args!("{bytes} bytes on {}", self.context))),
            }
        }
    }

    /// The driver waits for all work that may use them.
    fn free(&self, blocks: Vec<Held>) -> Result<()> {
        let mut result = Ok(());
        for Held { pointer, .. } in blocks {
            result = result.and(self.context.backend().free(self.context.handle(), pointer));
        }
        result
    }
}

fn bin_of(bytes: usize) -> Result<Bin> {
    let too_large =
        || Error::new(Code::OutOfMemory, "DeviceMemoryPool").on(format_args!("{bytes} bytes"));
    Bin::holding(bytes).ok_or_else(too_large)
}

/// Best is a block of the same stream; then one whose stream has nothing to do.
fn suits(held: &Held, stream: &Stream) -> u32 {
    match held.stream == *stream {
        true => 0,
        false => 1 + u32::from(!held.stream.is_done().unwrap_or(false)),
    }
}

/// Has `stream` wait for what may still use the block.
fn after(held: &Held, stream: &Stream) -> Result<()> {
    if held.stream == *stream || held.stream.is_done()? {
        return Ok(());
    }
    stream.wait_for_event(&held.stream.record(EventFlags::DISABLE_TIMING)?)
}

impl Reclaim for Shared {
    fn reclaim(&self, pointer: DevicePtr, bytes: usize, stream: &Stream) -> Result<()> {
        let stream = stream.clone();
        let unused = self
            .bins
            .lock()
            .put(bin_of(bytes)?, Held { pointer, stream });
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

impl Allocator for DeviceMemoryPool {
    fn context(&self) -> &Context {
        &self.0.context
    }

    fn allocate(&self, bytes: usize) -> Result<DeviceAllocation> {
        self.allocate_in(&self.0.context.default_stream(), bytes)
    }
}

impl fmt::Debug for DeviceMemoryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeviceMemoryPool")
            .field(&self.counts())
            .finish()
    }
}

/// A pool's memory in the order of a stream: see [`DeviceMemoryPool::in_stream`].
#[derive(Debug, Clone)]
pub struct InStream {
    pool: DeviceMemoryPool,
    stream: Stream,
}

impl Allocator for InStream {
    fn context(&self) -> &Context {
        &self.pool.0.context
    }

    fn allocate(&self, bytes: usize) -> Result<DeviceAllocation> {
        self.pool.allocate_in(&self.stream, bytes)
    }
}
