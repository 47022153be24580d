//! Managed memory, which moves between host and device by itself.

use std::fmt;

use bytemuck::Pod;

use super::cell::HostValues;
use super::{DeviceSlice, bytes_of};
use crate::backend::{DevicePtr, MemoryAdvice};
use crate::context::{Context, Resource};
use crate::driver::{ArgumentWriter, Device, KernelArg, Stream};
use crate::error::{Code, Error, Result};

/// `len` values that both host and kernels reach by the same address.
///
/// The host reaches them through [`as_slice`](ManagedBuffer::as_slice) and [`as_mut_slice`](ManagedBuffer::as_mut_slice),
/// which wait for all kernels of the context first. In Python nothing waits, and the program crashes on devices that need it.
pub struct ManagedBuffer<T> {
    context: Context,
    pointer: DevicePtr,
    values: HostValues<T>,
}

/// From where managed memory can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u32)]
pub enum AttachFlags {
    /// From all streams.
    #[default]
    Global = 1,
    /// From the host only.
    Host = 2,
    /// From one stream.
    Single = 4,
}

impl<T: Pod> ManagedBuffer<T> {
    /// Memory of `len` zeros, which all streams can use.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), [`Code::NotSupported`](crate::Code::NotSupported).
    pub fn zeroed(context: &Context, len: usize) -> Result<ManagedBuffer<T>> {
        context.check()?;
        let bytes = bytes_of::<T>(len)?.max(1);
        let (pointer, block) = context
            .backend()
            .alloc_managed(context.handle(), bytes, true)?;
        context.count(Resource::HostBuffer);
        Ok(ManagedBuffer {
            context: context.clone(),
            pointer,
            values: HostValues::adopt(block, len),
        })
    }

    /// A copy of `values`.
    ///
    /// # Errors
    /// As for [`zeroed`](ManagedBuffer::zeroed).
    pub fn from_slice(context: &Context, values: &[T]) -> Result<ManagedBuffer<T>> {
        let mut buffer = ManagedBuffer::zeroed(context, values.len())?;
        buffer.as_mut_slice()?.copy_from_slice(values);
        Ok(buffer)
    }

    /// The values for kernels and copies.
    #[must_use]
    pub fn device(&self) -> DeviceSlice<'_, T> {
        DeviceSlice::new(&self.context, self.pointer, self.values.len())
    }
}

impl<T> ManagedBuffer<T> {
    /// The context that it is of.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Where it is, for host and device.
    #[must_use]
    pub fn ptr(&self) -> DevicePtr {
        self.pointer
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values for the host, once all work of the context is complete. Do not launch what writes to them as long as
    /// this is used.
    ///
    /// # Errors
    /// The failure of that work.
    pub fn as_slice(&self) -> Result<&[T]> {
        self.context.synchronize()?;
        Ok(&self.values)
    }

    /// The values for the host to change, once all work of the context is complete.
    ///
    /// # Errors
    /// The failure of that work.
    pub fn as_mut_slice(&mut self) -> Result<&mut [T]> {
        self.context.synchronize()?;
        Ok(&mut self.values)
    }

    /// Says from where it is used from now on, in the order of the stream.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn attach(&self, flags: AttachFlags, stream: &Stream) -> Result<()> {
        self.context.check()?;
        let stream = self
            .context
            .stream_handle(stream, "cuStreamAttachMemAsync")?;
        self.context.backend().managed_attach(
            self.context.handle(),
            self.pointer,
            flags as u32,
            stream,
        )
    }

    /// Moves it to a device before it is used there, or to the host (`None`), in the order of the stream.
    ///
    /// # Errors
    /// [`Code::InvalidDevice`] for devices that cannot fault pages in, and for those of another driver.
    pub fn prefetch(&self, device: Option<Device>, stream: &Stream) -> Result<()> {
        const CALL: &str = "cuMemPrefetchAsync";
        self.context.check()?;
        let stream = self.context.stream_handle(stream, CALL)?;
        let device = self.number_of(device, CALL)?;
        self.context.backend().managed_prefetch(
            self.context.handle(),
            self.pointer,
            self.values.block().bytes(),
            device,
            stream,
        )
    }

    /// The driver's number of a device, which is to be of this memory's driver.
    fn number_of(&self, device: Option<Device>, call: &'static str) -> Result<Option<u32>> {
        match device {
            Some(device) if device.kind() != self.context.kind() => {
                let error = Error::new(Code::InvalidDevice, call).on(device);
                Err(error.because(format_args!("the memory is of {}", self.context)))
            }
            device => Ok(device.map(|device| device.ordinal())),
        }
    }

    /// Says how it will be used from a device, or from the host (`None`).
    ///
    /// # Errors
    /// Those of the driver; [`Code::InvalidDevice`] for a device of another driver.
    pub fn advise(&self, advice: MemoryAdvice, device: Option<Device>) -> Result<()> {
        self.context.check()?;
        let device = self.number_of(device, "cuMemAdvise")?;
        self.context.backend().managed_advise(
            self.context.handle(),
            self.pointer,
            self.values.block().bytes(),
            advice,
            device,
        )
    }
}

impl<T> KernelArg for &ManagedBuffer<T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(&self.context, self.pointer)
    }
}

impl<T> KernelArg for &mut ManagedBuffer<T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(&self.context, self.pointer)
    }
}

impl<T> Drop for ManagedBuffer<T> {
    fn drop(&mut self) {
        let freed = self
            .context
            .backend()
            .free(self.context.handle(), self.pointer);
        self.context.ended(Resource::HostBuffer, freed);
    }
}

impl<T> fmt::Debug for ManagedBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedBuffer")
            .field("ptr", &self.pointer)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
