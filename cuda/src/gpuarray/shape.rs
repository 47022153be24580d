//! Shapes: their lengths, how two of them meet, and what users may write for one.

use smallvec::SmallVec;

use crate::error::{Code, Error, Result};

/// Lengths, strides or axes: a number a dimension, without an allocation for the usual few.
pub(crate) type Dims<T> = SmallVec<[T; 4]>;

/// An error of `call`: what was asked cannot be.
pub(crate) fn refuse(call: &'static str, why: impl std::fmt::Display) -> Error {
    Error::new(Code::InvalidValue, call).because(why)
}

/// What can stand for a shape: a length, a tuple, an array, a slice or a vector of lengths; `()` for a scalar.
pub trait IntoShape {
    /// The length of each dimension, the outermost first.
    fn into_shape(self) -> SmallVec<[usize; 4]>;
}

impl IntoShape for () {
    fn into_shape(self) -> Dims<usize> {
        Dims::new()
    }
}

impl IntoShape for usize {
    fn into_shape(self) -> Dims<usize> {
        Dims::from_slice(&[self])
    }
}

impl<const N: usize> IntoShape for [usize; N] {
    fn into_shape(self) -> Dims<usize> {
        Dims::from_slice(&self)
    }
}

impl IntoShape for &[usize] {
    fn into_shape(self) -> Dims<usize> {
        Dims::from_slice(self)
    }
}

impl IntoShape for &Vec<usize> {
    fn into_shape(self) -> Dims<usize> {
        Dims::from_slice(self)
    }
}

impl IntoShape for Vec<usize> {
    fn into_shape(self) -> Dims<usize> {
        Dims::from_vec(self)
    }
}

impl IntoShape for Dims<usize> {
    fn into_shape(self) -> Dims<usize> {
        self
    }
}

macro_rules! tuples {
    ($($name:ident: $usize:ty),*) => {
        impl IntoShape for ($($usize,)*) {
            fn into_shape(self) -> Dims<usize> {
                let ($($name,)*) = self;
                Dims::from_slice(&[$($name),*])
            }
        }
    };
}

tuples!(a: usize);
tuples!(a: usize, b: usize);
tuples!(a: usize, b: usize, c: usize);
tuples!(a: usize, b: usize, c: usize, d: usize);
tuples!(a: usize, b: usize, c: usize, d: usize, e: usize);
tuples!(a: usize, b: usize, c: usize, d: usize, e: usize, f: usize);

/// The number of elements, if memory could hold so many of `size` bytes: strides and bytes must fit an `isize`.
pub(crate) fn checked_len(call: &'static str, shape: &[usize], size: usize) -> Result<usize> {
    // An empty dimension makes the array empty, but strides are products of the others all the same.
    let mut lengths = shape.iter().map(|length| *length.max(&1));
    let bytes = lengths
        .try_fold(1_usize, usize::checked_mul)
        .and_then(|length| length.checked_mul(size))
        .filter(|bytes| isize::try_from(*bytes).is_ok());
    match bytes {
        Some(_) => Ok(shape.iter().product()),
        None => Err(refuse(
            call,
            format_args!("an array of shape {shape:?} is larger than any memory"),
        )),
    }
}

/// The shape of `size` elements, in which one length may be left to follow from the others.
pub(crate) fn infer(
    call: &'static str,
    lengths: &[Option<usize>],
    size: usize,
) -> Result<Dims<usize>> {
    let known = lengths.iter().flatten().copied();
    let rest = match lengths.iter().filter(|length| length.is_none()).count() {
        0 => Some(1),
        1 => known
            .clone()
            .try_fold(1_usize, usize::checked_mul)
            .filter(|known| *known != 0 && size.is_multiple_of(*known))
            .map(|known| size / known),
        _ => None,
    };
    let rest = rest.ok_or_else(|| {
        let known: Vec<usize> = known.collect();
        let why = format_args!("{size} elements and lengths {known:?} leave no one length open");
        refuse(call, why)
    })?;
    Ok(lengths
        .iter()
        .map(|length| length.unwrap_or(rest))
        .collect())
}

/// The shape that all the shapes are broadcast to: dimensions are compared from the last on, a missing one is as
/// one of length 1, and one of length 1 is repeated.
pub(crate) fn broadcast(call: &'static str, shapes: &[&[usize]]) -> Result<Dims<usize>> {
    let rank = shapes.iter().map(|shape| shape.len()).max().unwrap_or(0);
    let mut result = Dims::from_elem(1, rank);
    for shape in shapes {
        let first = rank - shape.len();
        for (to, length) in result[first..].iter_mut().zip(*shape) {
            *to = meet(*to, *length).ok_or_else(|| cannot_broadcast(call, shapes))?;
        }
    }
    Ok(result)
}

fn meet(a: usize, b: usize) -> Option<usize> {
    match (a, b) {
        (1, other) | (other, 1) => Some(other),
        (a, b) => (a == b).then_some(a),
    }
}

fn cannot_broadcast(call: &'static str, shapes: &[&[usize]]) -> Error {
    let shapes: Vec<String> = shapes.iter().map(|shape| format!("{shape:?}")).collect();
    refuse(
        call,
        format_args!("shapes {} do not fit together", shapes.join(" and ")),
    )
    .advise("dimensions are compared from the last on, and must be equal, or one of them 1")
}

/// The axis that `axis` means, which counts from the end if it is negative.
pub(crate) fn axis(call: &'static str, axis: isize, rank: usize) -> Result<usize> {
    let from_end = if axis < 0 {
        axis.checked_add_unsigned(rank)
    } else {
        Some(axis)
    };
    from_end
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|axis| *axis < rank)
        .ok_or_else(|| {
            refuse(
                call,
                format_args!("there is no axis {axis} in an array of {rank} dimensions"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_broadcast_from_the_last_dimension() {
        let shapes: [&[usize]; 3] = [&[3, 1], &[1, 4], &[]];
        assert_eq!(broadcast("test", &shapes).unwrap().as_slice(), [3, 4]);
        assert_eq!(
            broadcast("test", &[&[2, 0], &[1]]).unwrap().as_slice(),
            [2, 0]
        );
        let error = broadcast("test", &[&[3], &[2, 4]]).unwrap_err().to_string();
        assert!(
            error.contains("[3] and [2, 4] do not fit together"),
            "{error}"
        );
    }

    #[test]
    fn what_no_memory_holds_is_refused() {
        assert_eq!(checked_len("test", &[2, 0, 3], 8).unwrap(), 0);
        assert!(checked_len("test", &[usize::MAX, 2], 1).is_err());
        assert!(checked_len("test", &[0, usize::MAX], 8).is_err());
        assert!(checked_len("test", &[usize::MAX / 2], 1).is_ok());
        assert!(checked_len("test", &[usize::MAX / 2], 2).is_err());
    }

    #[test]
    fn one_length_follows_from_the_others() {
        let infer = |lengths: &[Option<usize>], size| infer("test", lengths, size);
        assert_eq!(infer(&[Some(3), None], 12).unwrap().as_slice(), [3, 4]);
        assert_eq!(infer(&[None, Some(3)], 0).unwrap().as_slice(), [0, 3]);
        assert_eq!(infer(&[None], 7).unwrap().as_slice(), [7]);
        assert_eq!(infer(&[Some(5)], 12).unwrap().as_slice(), [5]);
        assert!(infer(&[], 12).unwrap().is_empty());
        for wrong in [
            &[None, None][..],
            &[Some(5), None],
            &[Some(0), None],
            &[Some(usize::MAX), Some(2), None],
        ] {
            assert!(infer(wrong, 12).is_err(), "{wrong:?}");
        }
        assert!(infer(&[Some(0), None], 0).is_err());
    }

    #[test]
    fn axes_count_from_either_end() {
        assert_eq!(axis("test", -1, 3).unwrap(), 2);
        assert_eq!(axis("test", 0, 3).unwrap(), 0);
        for wrong in [3, -4, isize::MIN, isize::MAX] {
            assert!(axis("test", wrong, 3).is_err());
        }
    }
}
