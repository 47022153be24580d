//! The array itself: what it is made of, and what one can ask it.

use std::fmt;
use std::marker::PhantomData;

use super::dtype::Dtype;
use super::element::Element;
use super::engine::{Operand, Untyped, Word};
use super::layout::{Layout, Order};
use super::placement::Placement;
use crate::backend::DevicePtr;
use crate::context::Context;
use crate::driver::{ArgumentWriter, KernelArg, Stream};
use crate::error::Result;

/// An array of elements of type `T` on a device, with any number of dimensions: Python's `GPUArray`.
///
/// Views share memory, as in Python and NumPy: [`slice`](GpuArray::slice), [`reshape`](GpuArray::reshape) where it
/// can, [`transpose`](GpuArray::transpose), [`alias`](GpuArray::alias) and so on give arrays over the same elements,
/// and what is written through one is seen through all. [`copy`](GpuArray::copy) gives one of its own. All operations
/// take arrays of any strides.
///
/// Work on an array is queued in its [`stream`](GpuArray::stream), that on two arrays in the stream of the first;
/// where the second has another, the two streams wait for each other. Nothing but what brings values to the host
/// waits for the device.
///
/// Shapes and strides are in elements.
pub struct GpuArray<T> {
    pub(crate) raw: Untyped,
    element: PhantomData<T>,
}

impl<T: Element> GpuArray<T> {
    pub(crate) fn of(raw: Untyped) -> GpuArray<T> {
        debug_assert_eq!(raw.dtype(), T::DTYPE);
        GpuArray {
            raw,
            element: PhantomData,
        }
    }

    /// Another view of the same memory.
    pub(crate) fn with_layout(&self, layout: Layout) -> GpuArray<T> {
        GpuArray::of(self.raw.view(T::DTYPE, layout))
    }

    /// The length of each dimension, the outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.raw.shape()
    }

    /// The distance in elements of neighbours in each dimension; negative where the order is reversed.
    #[must_use]
    pub fn strides(&self) -> &[isize] {
        self.raw.layout().strides()
    }

    /// The number of dimensions.
    #[must_use]
    pub fn ndim(&self) -> usize {
        self.raw.layout().rank()
    }

    /// The number of elements.
    #[must_use]
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// The length of the first dimension, as Python's `len`.
    ///
    /// # Panics
    /// If there is no dimension.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "an array of no elements may have a length"
    )]
    pub fn len(&self) -> usize {
        *self
            .shape()
            .first()
            .expect("an array without dimensions has no length")
    }

    /// The bytes of the elements.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        self.size() * size_of::<T>()
    }

    /// The elements' type.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        T::DTYPE
    }

    /// The address of the first element.
    #[must_use]
    pub fn ptr(&self) -> DevicePtr {
        self.raw.pointer()
    }

    /// Whether the elements lie one after another in C's order, Python's `flags.c_contiguous`.
    #[must_use]
    pub fn is_c_contiguous(&self) -> bool {
        self.raw.layout().is_contiguous(Order::C)
    }

    /// Whether the elements lie one after another in Fortran's order.
    #[must_use]
    pub fn is_f_contiguous(&self) -> bool {
        self.raw.layout().is_contiguous(Order::F)
    }

    /// The context whose memory it is in.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.raw.context()
    }

    /// The stream in which its work is queued.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        self.raw.stream()
    }

    /// The array's stream and the source of its memory, from which arrays like it can be made.
    #[must_use]
    pub fn placement(&self) -> Placement {
        self.raw.placement()
    }

    /// The same elements, with their work in another stream from now on. What is queued for this array comes before.
    ///
    /// # Errors
    /// [`Code::InvalidContext`](crate::Code::InvalidContext) for a stream of another context.
    pub fn on(&self, stream: &Stream) -> Result<GpuArray<T>> {
        Ok(GpuArray::of(self.raw.on(stream)?))
    }

    /// A second array over the same elements.
    #[must_use]
    pub fn alias(&self) -> GpuArray<T> {
        GpuArray::of(self.raw.clone())
    }
}

impl<T> fmt::Debug for GpuArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}

/// A kernel gets the address of the first element.
///
/// The launch is not ordered after the array's work unless it is in the same [stream](GpuArray::stream).
impl<T: Element> KernelArg for &GpuArray<T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

impl<T: Element> KernelArg for &mut GpuArray<T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

/// A value as kernels take it.
pub(crate) fn word<T: Element>(value: T) -> Word {
    let mut word = [0; 16];
    word[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&value));
    word
}

pub(crate) fn scalar<T: Element>(value: T) -> Operand<'static> {
    Operand::Value(word(value), T::DTYPE)
}
