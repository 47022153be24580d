//! Several arrays in one.

use super::array::GpuArray;
use super::element::Element;
use super::layout::Order;
use super::shape::{self, Dims, refuse};
use super::slicing::{Item, Slice};
use crate::error::Result;

/// The arrays one after another along a dimension that exists. They have equal lengths in all others. The result is
/// in the stream of the first.
///
/// # Errors
/// [`Code::InvalidValue`](crate::Code::InvalidValue) if there is no array or no such dimension, or lengths differ;
/// those of the launch.
pub fn concatenate<T: Element>(arrays: &[&GpuArray<T>], axis: isize) -> Result<GpuArray<T>> {
    let call = "concatenate";
    let first = *arrays
        .first()
        .ok_or_else(|| refuse(call, "there are no arrays"))?;
    let axis = shape::axis(call, axis, first.ndim())?;
    let mut shape = first.raw.shape_owned();
    shape[axis] = 0;
    for array in arrays {
        // Arrays that repeat their elements are as long as one likes.
        let length = shape[axis].checked_add(check(call, first, array, axis)?);
        shape[axis] = length.ok_or_else(|| refuse(call, "no array is as long as all of these"))?;
    }
    let mut result = GpuArray::empty_in(first.placement(), &shape, Order::C)?;
    let mut begin = 0;
    for array in arrays {
        let end = begin + array.shape()[axis];
        let mut items = vec![Item::from(..); axis];
        items.push(Slice::new(begin.cast_signed(), end.cast_signed(), 1).into());
        result.set_items(items.as_slice(), array)?;
        begin = end;
    }
    Ok(result)
}

/// The array's length in the dimension, if all others are as the first array's.
fn check<T: Element>(
    call: &'static str,
    first: &GpuArray<T>,
    array: &GpuArray<T>,
    axis: usize,
) -> Result<usize> {
    let without = |array: &GpuArray<T>| -> Dims<usize> {
        let lengths = array.shape().iter().enumerate();
        lengths
            .filter(|(at, _)| *at != axis)
            .map(|(_, length)| *length)
            .collect()
    };
    if array.ndim() == first.ndim() && without(array) == without(first) {
        return Ok(array.shape()[axis]);
    }
    let why = format_args!(
        "shapes {:?} and {:?} differ in more than dimension {axis}",
        first.shape(),
        array.shape()
    );
    Err(refuse(call, why))
}

/// The arrays one after another along a new dimension. They have equal shapes. The result is in the stream of the
/// first.
///
/// # Errors
/// [`Code::InvalidValue`](crate::Code::InvalidValue) if there is no array, shapes differ, or the result has no such
/// dimension; those of the launch.
pub fn stack<T: Element>(arrays: &[&GpuArray<T>], axis: isize) -> Result<GpuArray<T>> {
    let call = "stack";
    let first = *arrays
        .first()
        .ok_or_else(|| refuse(call, "there are no arrays"))?;
    if let Some(other) = arrays.iter().find(|array| array.shape() != first.shape()) {
        return Err(refuse(
            call,
            format_args!("shapes {:?} and {:?} differ", first.shape(), other.shape()),
        ));
    }
    let axis = shape::axis(call, axis, first.ndim() + 1)?.cast_signed();
    let wide: Vec<GpuArray<T>> = arrays
        .iter()
        .map(|array| array.expand_dims(axis))
        .collect::<Result<_>>()?;
    concatenate(&wide.iter().collect::<Vec<_>>(), axis)
}
