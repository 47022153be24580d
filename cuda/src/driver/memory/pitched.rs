//! Memory of rows that begin where the device likes them to.

use std::fmt;
use std::marker::PhantomData;

use bytemuck::Pod;

use super::{DeviceAllocation, Release, bytes_of};
use crate::backend::{DevicePtr, Fill};
use crate::context::Context;
use crate::driver::{ArgumentWriter, KernelArg, Memcpy3D, Stream};
use crate::error::{Code, Error, Result};

/// `height` rows of `width` values, each of which begins `pitch` bytes after the one before: Python's `mem_alloc_pitch`.
pub struct PitchedBuffer<T> {
    memory: DeviceAllocation,
    width: usize,
    height: usize,
    pitch: usize,
    values: PhantomData<T>,
}

impl<T: Pod> PitchedBuffer<T> {
    /// Memory that nobody has written yet.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`]; [`Code::InvalidValue`] for no rows, or rows of no values.
    pub fn uninit(context: &Context, width: usize, height: usize) -> Result<PitchedBuffer<T>> {
        context.check()?;
        let row = bytes_of::<T>(width)?;
        bytes_of::<T>(width.saturating_mul(height))?;
        let element = size_of::<T>().next_power_of_two().clamp(4, 16) as u32;
        if row == 0 || height == 0 {
            let error = Error::new(Code::InvalidValue, "cuMemAllocPitch");
            return Err(error
                .on(format_args!("{height} rows of {width} values"))
                .because("it would be empty"));
        }
        let (pointer, pitch) =
            context
                .backend()
                .alloc_pitched(context.handle(), row, height, element)?;
        Ok(PitchedBuffer {
            memory: DeviceAllocation::adopt(context, pointer, pitch * height, Release::Free),
            width,
            height,
            pitch,
            values: PhantomData,
        })
    }

    /// A copy of rows that follow each other without gaps.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if `values` are not `width * height`.
    pub fn from_slice(
        context: &Context,
        values: &[T],
        width: usize,
        height: usize,
    ) -> Result<PitchedBuffer<T>> {
        let buffer = PitchedBuffer::uninit(context, width, height)?;
        buffer.copy_from(values)?;
        Ok(buffer)
    }

    /// Copies rows that follow each other without gaps to the device, and waits for it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if `values` are not `width * height`.
    pub fn copy_from(&self, values: &[T]) -> Result<()> {
        self.covers(values.len())?;
        Memcpy3D::new(self.row(), self.height, 1)
            .from_host(values, self.row())
            .to_pitched(self)
            .run(self.context())
    }

    /// Copies to rows that follow each other without gaps, and waits for it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if `values` are not `width * height`.
    pub fn copy_to(&self, values: &mut [T]) -> Result<()> {
        self.covers(values.len())?;
        Memcpy3D::new(self.row(), self.height, 1)
            .from_pitched(self)
            .to_host(values, self.row())
            .run(self.context())
    }

    /// A copy in the host's memory, without gaps.
    ///
    /// # Errors
    /// The failure of work that it had to wait for.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        let mut values = vec![T::zeroed(); self.width * self.height];
        self.copy_to(&mut values)?;
        Ok(values)
    }

    /// Writes `value`, of 1, 2 or 4 bytes, everywhere but between rows, and returns when that is done: Python's
    /// `memset_d2d8` and so on.
    ///
    /// # Errors
    /// As for [`fill_async`](PitchedBuffer::fill_async); the failure of work that it had to wait for.
    pub fn fill(&self, value: T) -> Result<()> {
        let stream = self.context().default_stream();
        self.fill_async(value, &stream)?;
        stream.synchronize()
    }

    /// Writes `value`, of 1, 2 or 4 bytes, everywhere but between rows, in the order of `stream`.
    ///
    /// # Errors
    /// [`Code::NotSupported`] for values of other sizes.
    pub fn fill_async(&self, value: T, stream: &Stream) -> Result<()> {
        let context = self.context();
        context.check()?;
        let stream = context.stream_handle(stream, "cuMemsetD2DAsync")?;
        let bytes = bytemuck::bytes_of(&value);
        if !matches!(bytes.len(), 1 | 2 | 4) {
            let error = Error::new(Code::NotSupported, "cuMemsetD2DAsync");
            return Err(error.because(format_args!(
                "a value has {} bytes, and can have 1, 2 or 4",
                bytes.len()
            )));
        }
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        let fill = Fill {
            to: self.ptr(),
            pitch: self.pitch,
            value: u32::from_le_bytes(word),
            element: bytes.len() as u32,
            width: self.width,
            height: self.height,
        };
        context
            .backend()
            .fill_async(context.handle(), &fill, stream)
    }

    fn covers(&self, len: usize) -> Result<()> {
        if len == self.width * self.height {
            return Ok(());
        }
        let error = Error::new(Code::InvalidValue, "a copy of rows");
        Err(error
            .on(format_args!("{len} values"))
            .because(format_args!("{self:?} has {}", self.width * self.height)))
    }

    fn row(&self) -> usize {
        self.width * size_of::<T>()
    }
}

impl<T> PitchedBuffer<T> {
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

    /// Values in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Bytes from the start of a row to the start of the next.
    #[must_use]
    pub fn pitch(&self) -> usize {
        self.pitch
    }
}

impl<T> KernelArg for &PitchedBuffer<T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

impl<T> fmt::Debug for PitchedBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PitchedBuffer")
            .field("ptr", &self.ptr())
            .field("width", &self.width)
            .field("height", &self.height)
            .field("pitch", &self.pitch)
            .finish_non_exhaustive()
    }
}
