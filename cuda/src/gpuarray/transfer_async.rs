//! Values to and from the host while the program goes on.

use bytemuck::Pod;

use super::array::GpuArray;
use super::element::Element;
use super::layout::Order;
use super::placement::Placement;
use super::shape::{IntoShape, refuse};
use crate::driver::{DeviceSlice, HostMemory, HostMemoryMut, Pending};
use crate::error::Result;

/// An array of `shape` with the values of host memory, in C's order: Python's `to_gpu_async`. Copied from a
/// [`PinnedBuffer`](crate::driver::PinnedBuffer), nothing waits; the array can be worked on at once.
///
/// # Errors
/// As for [`GpuArray::empty`] and [`GpuArray::set_async`].
pub fn to_gpu_async<T: Element + Pod, B: HostMemory<T>>(
    placement: impl Into<Placement>,
    shape: impl IntoShape,
    values: B,
) -> Result<(GpuArray<T>, Pending<B>)> {
    let mut array = GpuArray::empty_in(placement, shape, Order::C)?;
    let pending = array.set_async(values)?;
    Ok((array, pending))
}

impl<T: Element + Pod> GpuArray<T> {
    /// The elements as a piece of device memory, in the order in which they lie there, for what [`driver`](crate::driver)
    /// can do with it.
    ///
    /// What is done through it is not ordered after the array's work unless it is in the same
    /// [stream](GpuArray::stream).
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if there are gaps between the elements.
    pub fn as_device_slice(&self) -> Result<DeviceSlice<'_, T>> {
        match self.raw.layout().is_packed() {
            true => self.raw.bytes().cast(),
            false => {
                Err(refuse("GpuArray::as_device_slice", "the array has gaps")
                    .advise("copy() it first"))
            }
        }
    }

    /// Sets the elements, in C's order, to values of host memory, in the order of the array's stream: Python's
    /// `set_async`. The copy owns the memory until it is complete.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if they are more or fewer;
    /// [`Code::StreamCaptureUnsupported`](crate::Code::StreamCaptureUnsupported) in a capture.
    pub fn set_async<B: HostMemory<T>>(&mut self, values: B) -> Result<Pending<B>> {
        if self.is_c_contiguous() {
            return self
                .as_device_slice()?
                .copy_from_async(values, self.stream());
        }
        let mut packed = GpuArray::empty_in(self.placement(), self.shape(), Order::C)?;
        let pending = packed.set_async(values)?;
        self.assign(&packed)?;
        Ok(pending)
    }

    /// Copies the elements, in C's order, to host memory of the same length, in the order of the array's stream: Python's
    /// `get_async`. The copy owns the memory until it is complete; [`Pending::wait`] gives it back.
    ///
    /// ```no_run
    /// use cuda::driver::PinnedBuffer;
    ///
    /// # fn sum(array: &cuda::gpuarray::GpuArray<f32>) -> cuda::Result<f32> {
    /// let memory = PinnedBuffer::zeroed(array.context(), array.size())?;
    /// let pending = array.get_async(memory)?;
    /// // ... something else ...
    /// Ok(pending.wait()?.iter().sum())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`set_async`](GpuArray::set_async).
    pub fn get_async<B: HostMemoryMut<T>>(&self, into: B) -> Result<Pending<B>> {
        if self.is_c_contiguous() {
            return self.as_device_slice()?.copy_to_async(into, self.stream());
        }
        let mut packed = GpuArray::empty_in(self.placement(), self.shape(), Order::C)?;
        packed.assign(self)?;
        packed.get_async(into)
    }
}
