//! Device memory that is owned, with a type.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;

use bytemuck::Pod;

use super::{Allocator, DeviceAllocation, DeviceSlice};
use crate::backend::DevicePtr;
use crate::context::Context;
use crate::error::{Code, Error, Result};

/// `len` values of type `T` in a device's memory.
///
/// `T` is [`Pod`]: any bytes are a value of it, so that memory which nobody wrote is harmless to read, if useless (the
/// emulated device says so). All methods take `&self`: what happens to device memory is a matter of the order in
/// streams, which Rust's borrows know nothing of.
///
/// ```no_run
/// use cuda::driver::DeviceBuffer;
///
/// let context = cuda::autoinit()?;
/// let numbers = DeviceBuffer::from_slice(&context, &[1.0f32, 2.0, 3.0])?;
/// numbers.slice(1..)?.fill(7.0)?;
/// assert_eq!(numbers.to_vec()?, [1.0, 7.0, 7.0]);
/// # Ok::<(), cuda::Error>(())
/// ```
pub struct DeviceBuffer<T> {
    memory: DeviceAllocation,
    len: usize,
    values: PhantomData<T>,
}

impl<T: Pod> DeviceBuffer<T> {
    /// Memory for `len` values, which nobody has written yet.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`].
    pub fn uninit(allocator: impl Allocator, len: usize) -> Result<DeviceBuffer<T>> {
        let memory = allocator.allocate(bytes_of::<T>(len)?)?;
        Ok(DeviceBuffer {
            memory,
            len,
            values: PhantomData,
        })
    }

    /// `len` values, all of whose bytes are 0. A [`Stream`](crate::driver::Stream) as the allocator has it done in its order.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`].
    pub fn zeroed(allocator: impl Allocator, len: usize) -> Result<DeviceBuffer<T>> {
        let buffer = DeviceBuffer::uninit(allocator, len)?;
        buffer.as_slice().zero_in_order(buffer.memory.stream())?;
        Ok(buffer)
    }

    /// A copy of `values`.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`].
    pub fn from_slice(allocator: impl Allocator, values: &[T]) -> Result<DeviceBuffer<T>> {
        let buffer = DeviceBuffer::uninit(allocator, values.len())?;
        if let Some(stream) = buffer.memory.stream() {
            stream.synchronize()?;
        }
        buffer.as_slice().copy_from(values)?;
        Ok(buffer)
    }

    /// Takes over memory, of whose bytes as many are used as hold whole values.
    #[must_use]
    pub fn from_allocation(memory: DeviceAllocation) -> DeviceBuffer<T> {
        let len = memory.size().checked_div(size_of::<T>()).unwrap_or(0);
        DeviceBuffer {
            memory,
            len,
            values: PhantomData,
        }
    }

    /// The memory without the type.
    #[must_use]
    pub fn into_allocation(self) -> DeviceAllocation {
        self.memory
    }

    /// All of it, as a view.
    #[must_use]
    pub fn as_slice(&self) -> DeviceSlice<'_, T> {
        DeviceSlice::new(self.context(), self.ptr(), self.len)
    }

    /// A part of it, as a view.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for a range that is not inside.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<DeviceSlice<'_, T>> {
        self.as_slice().slice(range)
    }

    /// Copies `values`, which are as many as these, to the device, and returns when that is done.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer.
    pub fn copy_from(&self, values: &[T]) -> Result<()> {
        self.as_slice().copy_from(values)
    }

    /// Copies to `values`, which are as many as these, and returns when that is done.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer.
    pub fn copy_to(&self, values: &mut [T]) -> Result<()> {
        self.as_slice().copy_to(values)
    }

    /// A copy in the host's memory.
    ///
    /// # Errors
    /// The failure of work that it had to wait for.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        self.as_slice().to_vec()
    }

    /// Writes `value` everywhere, and returns when that is done. Quick for values of 1, 2 and 4 bytes.
    ///
    /// # Errors
    /// The failure of work that it had to wait for.
    pub fn fill(&self, value: T) -> Result<()> {
        self.as_slice().fill(value)
    }

    /// A copy in new memory of the same context.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`].
    pub fn try_clone(&self) -> Result<DeviceBuffer<T>> {
        let copy = DeviceBuffer::uninit(self.context(), self.len)?;
        copy.as_slice().copy_from_device(&self.as_slice())?;
        Ok(copy)
    }
}

impl<T> DeviceBuffer<T> {
    /// The context whose memory it is.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.memory.context()
    }

    /// Where it begins, as kernels see it.
    #[must_use]
    pub fn ptr(&self) -> DevicePtr {
        self.memory.ptr()
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.len * size_of::<T>()
    }

    /// Frees it now, and tells whether that failed.
    ///
    /// # Errors
    /// As for [`DeviceAllocation::free`].
    pub fn free(self) -> Result<()> {
        self.memory.free()
    }
}

/// The size of so many values, or the error that no memory is so large.
pub(crate) fn bytes_of<T>(len: usize) -> Result<usize> {
    let bytes = len
        .checked_mul(size_of::<T>())
        .filter(|bytes| *bytes <= isize::MAX as usize);
    bytes.ok_or_else(|| {
        let error = Error::new(Code::OutOfMemory, "an allocation");
        error.on(format_args!("{len} values of {} bytes", size_of::<T>()))
    })
}

impl<T> fmt::Debug for DeviceBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceBuffer")
            .field("ptr", &self.ptr())
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
