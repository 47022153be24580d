//! Making arrays.

use super::array::{GpuArray, scalar, word};
use super::copy::copy_into;
use super::element::{Element, Number, Ordered};
use super::engine::{Elementwise, Family, Untyped};
use super::layout::{Layout, Order};
use super::placement::Placement;
use super::shape::{IntoShape, checked_len, refuse};
use crate::driver::DeviceSlice;
use crate::error::Result;

impl<T: Element> GpuArray<T> {
    /// An array that nobody has written yet, in the current context.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), or
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for a shape that no memory could hold.
    pub fn empty(shape: impl IntoShape) -> Result<GpuArray<T>> {
        GpuArray::empty_in(&Placement::current()?, shape, Order::C)
    }

    /// The same, in the stream or context given, and in the order given.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn empty_in(
        placement: impl Into<Placement>,
        shape: impl IntoShape,
        order: Order,
    ) -> Result<GpuArray<T>> {
        let shape = shape.into_shape();
        checked_len("GpuArray::empty", &shape, size_of::<T>())?;
        let layout = Layout::packed(shape, order);
        Ok(GpuArray::of(Untyped::uninit(
            &placement.into(),
            T::DTYPE,
            layout,
        )?))
    }

    /// An array of zeros (or `false`) in the current context.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn zeros(shape: impl IntoShape) -> Result<GpuArray<T>> {
        GpuArray::zeros_in(&Placement::current()?, shape, Order::C)
    }

    /// The same, in the stream or context given, and in the order given.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn zeros_in(
        placement: impl Into<Placement>,
        shape: impl IntoShape,
        order: Order,
    ) -> Result<GpuArray<T>> {
        let array = GpuArray::empty_in(placement, shape, order)?;
        array.raw.bytes().fill_async(0, array.stream())?;
        Ok(array)
    }

    /// An array of ones (or `true`) in the current context.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn ones(shape: impl IntoShape) -> Result<GpuArray<T>> {
        GpuArray::full(shape, T::ONE)
    }

    /// An array of `value` everywhere in the current context.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn full(shape: impl IntoShape, value: T) -> Result<GpuArray<T>> {
        GpuArray::full_in(&Placement::current()?, shape, value)
    }

    /// The same, in the stream or context given.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn full_in(
        placement: impl Into<Placement>,
        shape: impl IntoShape,
        value: T,
    ) -> Result<GpuArray<T>> {
        let mut array = GpuArray::empty_in(placement, shape, Order::C)?;
        array.fill(value)?;
        Ok(array)
    }

    /// An array of this one's shape, order and placement that nobody has written yet.
    ///
    /// The order of the dimensions in memory is kept, gaps are not.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn empty_like(&self) -> Result<GpuArray<T>> {
        let layout = self.raw.layout().packed_like(self.raw.shape_owned());
        Ok(GpuArray::of(self.raw.result(T::DTYPE, layout)?))
    }

    /// An array of zeros of this one's shape, order and placement.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn zeros_like(&self) -> Result<GpuArray<T>> {
        let array = self.empty_like()?;
        array.raw.bytes().fill_async(0, array.stream())?;
        Ok(array)
    }

    /// An array of ones of this one's shape, order and placement.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn ones_like(&self) -> Result<GpuArray<T>> {
        let mut array = self.empty_like()?;
        array.fill(T::ONE)?;
        Ok(array)
    }

    /// Sets all elements to `value`.
    ///
    /// # Errors
    /// Those of the launch.
    pub fn fill(&mut self, value: T) -> Result<()> {
        copy_into("GpuArray::fill", &self.raw, scalar(value))
    }

    /// An array of one dimension over memory that exists, which is copied.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn from_device(
        placement: impl Into<Placement>,
        slice: DeviceSlice<'_, T>,
    ) -> Result<GpuArray<T>>
    where
        T: bytemuck::Pod,
    {
        let array = GpuArray::empty_in(placement, slice.len(), Order::C)?;
        array
            .raw
            .bytes()
            .copy_from_device_async(&slice.cast()?, array.stream())?;
        Ok(array)
    }
}

impl<T: Number> GpuArray<T> {
    /// `start`, `start + step`, `start + 2 * step` and so on, `count` of them, in the current context.
    ///
    /// Python's `arange` is told where to end instead; see [`arange`].
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn sequence(start: T, step: T, count: usize) -> Result<GpuArray<T>> {
        GpuArray::sequence_in(&Placement::current()?, start, step, count)
    }

    /// The same, in the stream or context given.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn sequence_in(
        placement: impl Into<Placement>,
        start: T,
        step: T,
        count: usize,
    ) -> Result<GpuArray<T>> {
        let array = GpuArray::empty_in(placement, count, Order::C)?;
        let run = Elementwise {
            call: "GpuArray::sequence",
            family: Family::Arithmetic,
            of: T::DTYPE,
            packed: Some("arange"),
            strided: "arange",
            out: &array.raw,
            operands: &[],
            bare: false,
        };
        run.run(|block| {
            block.element(&word(start), size_of::<T>());
            block.element(&word(step), size_of::<T>());
        })?;
        Ok(array)
    }
}

/// The numbers from `start` on and before `stop`, `step` apart, in the current context: NumPy's `arange`.
///
/// Their number is `(stop - start) / step`, rounded up; each is `start + n * step`.
///
/// # Errors
/// [`Code::InvalidValue`](crate::Code::InvalidValue) if the step is zero or the number of elements is not finite;
/// otherwise as for [`GpuArray::empty`].
pub fn arange<T: Number + Ordered>(start: T, stop: T, step: T) -> Result<GpuArray<T>> {
    let count = (stop.distance(start) / step.to_f64()).ceil();
    if !count.is_finite() {
        return Err(refuse(
            "arange",
            format_args!("there is no end to {start:?}, {stop:?}, {step:?}"),
        ));
    }
    GpuArray::sequence(start, step, count.max(0.0) as usize)
}
