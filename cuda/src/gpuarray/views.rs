//! Other views of the same elements.

use super::array::GpuArray;
use super::element::{ComplexElement, Element, Inexact};
use super::layout::{Layout, Order};
use super::shape::{self, IntoShape, checked_len, refuse};
use super::slicing::{IntoItems, Item, Slice};
use crate::error::Result;

impl<T: Element> GpuArray<T> {
    /// `array[items]`: a view of some elements.
    ///
    /// Items are ranges, [`Slice`]s with steps, indices, whose dimensions disappear, [`NewAxis`](super::NewAxis) and
    /// [`Ellipsis`](super::Ellipsis), alone or in a tuple. As in Python, what is negative counts from the end, and
    /// dimensions that are not named are taken whole.
    ///
    /// ```no_run
    /// use cuda::gpuarray::{GpuArray, Slice};
    ///
    /// # fn main() -> cuda::Result<()> {
    /// let table = GpuArray::<f32>::zeros((4, 6))?;
    /// assert_eq!(table.slice((1, 2..4))?.shape(), [2]);
    /// assert_eq!(table.slice((.., Slice::new(None, None, -2)))?.shape(), [4, 3]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for an index that is outside, for a step of zero, and for
    /// more items than dimensions.
    pub fn slice(&self, items: impl IntoItems) -> Result<GpuArray<T>> {
        let layout = self
            .raw
            .layout()
            .sliced("GpuArray::slice", &items.into_items())?;
        Ok(self.with_layout(layout))
    }

    /// The same elements in C's order in another shape: a view where strides can say that, else a copy.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shape has more or fewer elements; those of the copy.
    pub fn reshape(&self, shape: impl IntoShape) -> Result<GpuArray<T>> {
        let shape = shape.into_shape();
        let call = "GpuArray::reshape";
        if checked_len(call, &shape, size_of::<T>())? != self.size() {
            let why = format_args!(
                "an array of shape {:?} has other than the elements of {shape:?}",
                self.shape()
            );
            return Err(refuse(call, why));
        }
        if let Some(layout) = self.raw.layout().reshaped(&shape) {
            return Ok(self.with_layout(layout));
        }
        let mut copy = GpuArray::empty_in(self.placement(), self.shape(), Order::C)?;
        copy.assign(self)?;
        copy.reshape(shape)
    }

    /// [`reshape`](GpuArray::reshape) where one length, `None`, follows from the others: Python's -1.
    ///
    /// ```no_run
    /// # fn main() -> cuda::Result<()> {
    /// let table = cuda::gpuarray::GpuArray::<f32>::zeros((4, 6))?;
    /// assert_eq!(table.reshape_inferred(&[Some(3), None])?.shape(), [3, 8]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for more than one `None`, and if no length, or any, would do;
    /// otherwise as for [`reshape`](GpuArray::reshape).
    pub fn reshape_inferred(&self, lengths: &[Option<usize>]) -> Result<GpuArray<T>> {
        let shape = shape::infer("GpuArray::reshape", lengths, self.size())?;
        self.reshape(shape)
    }

    /// The elements in C's order in one dimension, without gaps: a view where they lie so already, else a copy.
    ///
    /// # Errors
    /// Those of the copy.
    pub fn ravel(&self) -> Result<GpuArray<T>> {
        if self.is_c_contiguous() {
            return self.reshape(self.size());
        }
        let mut copy = GpuArray::empty_in(self.placement(), self.shape(), Order::C)?;
        copy.assign(self)?;
        copy.reshape(self.size())
    }

    /// A view with the dimensions in reverse order: Python's `array.T`.
    #[must_use]
    pub fn t(&self) -> GpuArray<T> {
        self.with_layout(self.raw.layout().reversed())
    }

    /// A view with the dimensions in another order: dimension `n` of the result is dimension `axes[n]` of this.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the axes do not name each dimension once.
    pub fn transpose(&self, axes: &[isize]) -> Result<GpuArray<T>> {
        Ok(self.with_layout(self.raw.layout().permuted("GpuArray::transpose", axes)?))
    }

    /// A view without the dimensions of length 1.
    #[must_use]
    pub fn squeeze(&self) -> GpuArray<T> {
        self.with_layout(self.raw.layout().squeezed())
    }

    /// A view with a new dimension of length 1 before `axis`: NumPy's `expand_dims`. An axis that is negative counts
    /// from the end of the result.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if there is no such axis in the result.
    pub fn expand_dims(&self, axis: isize) -> Result<GpuArray<T>> {
        let axis = shape::axis("GpuArray::expand_dims", axis, self.ndim() + 1)?;
        Ok(self.with_layout(self.raw.layout().with_new_axis(axis)))
    }

    /// A view with the elements of one dimension in reverse order.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if there is no such dimension.
    pub fn flip(&self, axis: isize) -> Result<GpuArray<T>> {
        let call = "GpuArray::flip";
        let axis = shape::axis(call, axis, self.ndim())?;
        let mut items = vec![Item::from(..); axis];
        items.push(Slice::new(None, None, -1).into());
        Ok(self.with_layout(self.raw.layout().sliced(call, &items)?))
    }

    /// A view of an array of one dimension in reverse order: PyCUDA's `reverse`.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if there is no dimension.
    pub fn reverse(&self) -> Result<GpuArray<T>> {
        self.flip(0)
    }

    /// A view that repeats the elements along dimensions that are missing or of length 1, so that it has `shape`.
    ///
    /// All repetitions are one element in memory; write to it only if you mean that.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes do not fit.
    pub fn broadcast_to(&self, shape: impl IntoShape) -> Result<GpuArray<T>> {
        let (shape, call) = (shape.into_shape(), "GpuArray::broadcast_to");
        checked_len(call, &shape, size_of::<T>())?;
        Ok(self.with_layout(self.raw.layout().broadcast_to(call, &shape)?))
    }

    /// The same bytes as elements of another type: Python's `array.view(dtype)`. The last dimension becomes longer or
    /// shorter by the ratio of the sizes.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) unless the array is contiguous in C's order and its last
    /// dimension's bytes are a multiple of the new size.
    pub fn view<U: Element>(&self) -> Result<GpuArray<U>> {
        let layout = self
            .raw
            .layout()
            .resized("GpuArray::view", size_of::<T>(), size_of::<U>())?;
        Ok(GpuArray::of(self.raw.view(U::DTYPE, layout)))
    }
}

impl<T: ComplexElement> GpuArray<T> {
    /// A view of the real parts.
    #[must_use]
    pub fn real(&self) -> GpuArray<<T as Inexact>::Real> {
        self.part(0)
    }

    /// A view of the imaginary parts.
    #[must_use]
    pub fn imag(&self) -> GpuArray<<T as Inexact>::Real> {
        self.part(1)
    }

    fn part(&self, part: usize) -> GpuArray<<T as Inexact>::Real> {
        let layout: Layout = self.raw.layout().part(2, part);
        GpuArray::of(self.raw.view(T::DTYPE.real_type(), layout))
    }
}
