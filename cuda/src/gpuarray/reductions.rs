//! Sums and other reductions to one element.

use super::array::GpuArray;
use super::copy::InType;
use super::dtype::Dtype;
use super::element::{Element, Integer, Ordered};
use super::engine::{Chosen, Reduction, Untyped};
use super::indexing::Indices;
use super::promote::Promote;
use super::shape::refuse;
use crate::error::Result;

/// Which elements meet in which order depends on their number alone: results are the same bits each time, on every
/// device.
impl<T: Element> GpuArray<T> {
    fn reduce<U: Element>(&self, call: &'static str, kernel: &'static str) -> Result<GpuArray<U>> {
        let reduction = Reduction {
            call,
            kernel,
            a: &self.raw,
            b: &self.raw,
            out: U::DTYPE,
            chosen: None,
        };
        Ok(GpuArray::of(reduction.run()?))
    }

    fn reduce_subset<U: Element, I: Integer>(
        &self,
        call: &'static str,
        kernel: &'static str,
        indices: &GpuArray<I>,
    ) -> Result<GpuArray<U>> {
        let (array, indices) = (self.ravel()?, Indices::new(call, indices)?);
        subset(call, kernel, &array.raw, &array.raw, &indices)
    }

    /// The sum, as an array without dimensions; [`item`](GpuArray::item) gives its value. Integers and `bool` are
    /// added up in 64 bits, half precision in `f32`.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    pub fn sum(&self) -> Result<GpuArray<T::Sum>> {
        self.reduce("GpuArray::sum", "reduce_sum")
    }

    /// The sum of the elements of those indices; see [`take`](GpuArray::take).
    ///
    /// # Errors
    /// As for [`take`](GpuArray::take).
    pub fn subset_sum<I: Integer>(&self, indices: &GpuArray<I>) -> Result<GpuArray<T::Sum>> {
        self.reduce_subset("GpuArray::subset_sum", "reduce_sum", indices)
    }

    /// Whether all elements are other than zero; so it is where there are none.
    ///
    /// # Errors
    /// As for [`sum`](GpuArray::sum).
    pub fn all(&self) -> Result<GpuArray<bool>> {
        self.reduce("GpuArray::all", "reduce_all")
    }

    /// Whether any element is other than zero.
    ///
    /// # Errors
    /// As for [`sum`](GpuArray::sum).
    pub fn any(&self) -> Result<GpuArray<bool>> {
        self.reduce("GpuArray::any", "reduce_any")
    }
}

impl<T: Ordered> GpuArray<T> {
    /// The smallest element, as an array without dimensions. What is not a number prevails.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if there are no elements; otherwise as for
    /// [`sum`](GpuArray::sum).
    pub fn min(&self) -> Result<GpuArray<T>> {
        self.not_empty("GpuArray::min")?
            .reduce("GpuArray::min", "reduce_min")
    }

    /// The largest element, as an array without dimensions. What is not a number prevails.
    ///
    /// # Errors
    /// As for [`min`](GpuArray::min).
    pub fn max(&self) -> Result<GpuArray<T>> {
        self.not_empty("GpuArray::max")?
            .reduce("GpuArray::max", "reduce_max")
    }

    /// The smallest of the elements of those indices; see [`take`](GpuArray::take).
    ///
    /// # Errors
    /// As for [`min`](GpuArray::min) and [`take`](GpuArray::take).
    pub fn subset_min<I: Integer>(&self, indices: &GpuArray<I>) -> Result<GpuArray<T>> {
        let call = "GpuArray::subset_min";
        indices.not_empty(call)?;
        self.not_empty(call)?
            .reduce_subset(call, "reduce_min", indices)
    }

    /// The largest of the elements of those indices; see [`take`](GpuArray::take).
    ///
    /// # Errors
    /// As for [`min`](GpuArray::min) and [`take`](GpuArray::take).
    pub fn subset_max<I: Integer>(&self, indices: &GpuArray<I>) -> Result<GpuArray<T>> {
        let call = "GpuArray::subset_max";
        indices.not_empty(call)?;
        self.not_empty(call)?
            .reduce_subset(call, "reduce_max", indices)
    }

    fn not_empty(&self, call: &'static str) -> Result<&GpuArray<T>> {
        match self.size() {
            0 => Err(refuse(
                call,
                format_args!("an array of shape {:?} has no elements", self.shape()),
            )),
            _ => Ok(self),
        }
    }
}

/// The sum of the products of elements of two arrays of the same shape, as an array without dimensions. Complex
/// numbers are not conjugated. Integers are multiplied and added in 64 bits.
///
/// # Errors
/// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes differ; otherwise as for [`GpuArray::sum`].
pub fn dot<A, B>(a: &GpuArray<A>, b: &GpuArray<B>) -> Result<GpuArray<<A::Output as Element>::Sum>>
where
    A: Promote<B>,
    B: Element,
{
    let (call, dtype) = ("dot", <A as Promote<B>>::Output::DTYPE);
    same_shape(call, &a.raw, &b.raw)?;
    let (a, b) = (
        InType::new(call, &a.raw, dtype)?,
        InType::new(call, &b.raw, dtype)?,
    );
    let reduction = Reduction {
        call,
        kernel: "reduce_dot",
        a: a.get(),
        b: b.get(),
        out: dtype.sum_type(),
        chosen: None,
    };
    Ok(GpuArray::of(reduction.run()?))
}

/// [`dot`] of the elements of those indices of both arrays; see [`GpuArray::take`].
///
/// # Errors
/// As for [`dot`] and [`GpuArray::take`].
pub fn subset_dot<T: Element, I: Integer>(
    indices: &GpuArray<I>,
    a: &GpuArray<T>,
    b: &GpuArray<T>,
) -> Result<GpuArray<T::Sum>> {
    let call = "subset_dot";
    same_shape(call, &a.raw, &b.raw)?;
    subset(
        call,
        "reduce_dot",
        &a.ravel()?.raw,
        &b.ravel()?.raw,
        &Indices::new(call, indices)?,
    )
}

fn same_shape(call: &'static str, a: &Untyped, b: &Untyped) -> Result<()> {
    match a.shape() == b.shape() {
        true => Ok(()),
        false => Err(refuse(
            call,
            format_args!("shapes {:?} and {:?} differ", a.shape(), b.shape()),
        )),
    }
}

fn subset<U: Element>(
    call: &'static str,
    kernel: &'static str,
    a: &Untyped,
    b: &Untyped,
    indices: &Indices,
) -> Result<GpuArray<U>> {
    let reduction = Reduction {
        call,
        kernel,
        a,
        b,
        out: U::DTYPE,
        chosen: Some(Chosen {
            indices: indices.get(),
        }),
    };
    debug_assert!(U::DTYPE == a.dtype() || U::DTYPE == Dtype::sum_type(a.dtype()));
    Ok(GpuArray::of(reduction.run()?))
}
