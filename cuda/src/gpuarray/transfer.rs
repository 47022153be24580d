//! Values to and from the host.

use std::fmt;

use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn, ShapeBuilder};

use super::array::GpuArray;
use super::copy::copy_into;
use super::element::Element;
use super::engine::{Operand, Untyped};
use super::layout::{Layout, Order};
use super::placement::Placement;
use super::shape::{Dims, refuse};
use crate::error::Result;

/// Copies an array to the device, into the current context: Python's `to_gpu`.
///
/// # Errors
/// As for [`GpuArray::empty`].
pub fn to_gpu<T: Element, S: Data<Elem = T>, D: Dimension>(
    array: &ArrayBase<S, D>,
) -> Result<GpuArray<T>> {
    GpuArray::from_ndarray_in(&Placement::current()?, array)
}

impl<T: Element> GpuArray<T> {
    /// An array of one dimension with the values of a slice, in the current context.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn from_slice(values: &[T]) -> Result<GpuArray<T>> {
        GpuArray::from_slice_in(&Placement::current()?, values)
    }

    /// The same, in the stream or context given.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn from_slice_in(placement: impl Into<Placement>, values: &[T]) -> Result<GpuArray<T>> {
        let array = GpuArray::empty_in(placement, values.len(), Order::C)?;
        upload(&array.raw, values)?;
        Ok(array)
    }

    /// A copy of an array of the `ndarray` crate, in the stream or context given.
    ///
    /// Elements that lie in C's or Fortran's order stay in it; otherwise the result is in C's.
    ///
    /// # Errors
    /// As for [`empty`](GpuArray::empty).
    pub fn from_ndarray_in<S: Data<Elem = T>, D: Dimension>(
        placement: impl Into<Placement>,
        array: &ArrayBase<S, D>,
    ) -> Result<GpuArray<T>> {
        if let Some(values) = array.t().as_slice().filter(|_| array.ndim() > 1) {
            let result = GpuArray::empty_in(placement, array.shape(), Order::F)?;
            upload(&result.raw, values)?;
            return Ok(result);
        }
        let result = GpuArray::empty_in(placement, array.shape(), Order::C)?;
        match array.as_slice() {
            Some(values) => upload(&result.raw, values)?,
            None => upload(&result.raw, &array.iter().copied().collect::<Vec<T>>())?,
        }
        Ok(result)
    }

    /// Sets the elements to those of an array of the `ndarray` crate of the same shape.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes differ.
    pub fn set<S: Data<Elem = T>, D: Dimension>(&mut self, array: &ArrayBase<S, D>) -> Result<()> {
        if self.shape() != array.shape() {
            let why = format_args!(
                "the array has shape {:?} and the values {:?}",
                self.shape(),
                array.shape()
            );
            return Err(refuse("GpuArray::set", why));
        }
        let from = GpuArray::from_ndarray_in(&self.placement(), array)?;
        self.assign(&from)
    }

    /// Sets the elements, in C's order, to the values of a slice of the same length.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the lengths differ.
    pub fn set_slice(&mut self, values: &[T]) -> Result<()> {
        if self.size() != values.len() {
            let why = format_args!(
                "the array has {} elements, and there are {} values",
                self.size(),
                values.len()
            );
            return Err(refuse("GpuArray::set_slice", why));
        }
        if self.is_c_contiguous() {
            return upload(&self.raw, values);
        }
        let from = GpuArray::from_slice_in(self.placement(), values)?;
        self.assign(&from.reshape(self.shape())?)
    }

    /// The elements as an array of the `ndarray` crate. It waits for the work that is queued for them.
    ///
    /// # Errors
    /// The failure of that work.
    ///
    /// # Panics
    /// Never: shape and number of elements agree.
    pub fn get(&self) -> Result<ArrayD<T>> {
        let in_f = self.is_f_contiguous() && !self.is_c_contiguous();
        let values = match in_f {
            true => download(&self.raw)?,
            false => self.to_vec()?,
        };
        let shape = IxDyn(self.shape()).set_f(in_f);
        Ok(ArrayD::from_shape_vec(shape, values)
            .expect("there are as many values as the shape has"))
    }

    /// The elements in C's order. It waits for the work that is queued for them.
    ///
    /// # Errors
    /// The failure of that work.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        if self.is_c_contiguous() {
            return download(&self.raw);
        }
        let copy = self
            .raw
            .result(T::DTYPE, Layout::packed(self.raw.shape_owned(), Order::C))?;
        copy_into("GpuArray::to_vec", &copy, Operand::Array(&self.raw))?;
        download(&copy)
    }

    /// The only element of an array that has one, whatever its dimensions. It waits for the work that is queued for
    /// it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if there are more or none; the failure of that work.
    pub fn item(&self) -> Result<T> {
        match self.size() {
            1 => Ok(download(&self.raw)?[0]),
            size => Err(refuse(
                "GpuArray::item",
                format_args!("the array has {size} elements"),
            )
            .advise("choose one with slice(), or ask any() or all()")),
        }
    }

    /// Whether the only element is other than zero: Python's `bool(array)`.
    ///
    /// # Errors
    /// As for [`item`](GpuArray::item).
    pub fn is_true(&self) -> Result<bool> {
        Ok(self.item()? != T::zeroed())
    }
}

/// Copies values to an array that is one piece of memory.
///
/// The copy is done when this returns, after all work in the array's stream: the values are the caller's again.
fn upload<T: Element>(to: &Untyped, values: &[T]) -> Result<()> {
    to.stream().synchronize()?;
    to.bytes().copy_from(bytemuck::cast_slice(values))
}

/// Copies the values of an array that is one piece of memory.
fn download<T: Element>(from: &Untyped) -> Result<Vec<T>> {
    from.stream().synchronize()?;
    T::read(from.len(), |bytes| from.bytes().copy_to(bytes))
}

/// The elements as `ndarray` shows them. It waits for the work that is queued for them; if that fails, it shows the
/// error.
impl<T: Element + fmt::Display> fmt::Display for GpuArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Ok(array) => fmt::Display::fmt(&array, f),
            Err(error) => write!(f, "({error})"),
        }
    }
}

/// Lengths as `ndarray` takes them.
impl super::shape::IntoShape for &Dims<usize> {
    fn into_shape(self) -> Dims<usize> {
        self.clone()
    }
}
