//! What stands beside an array in an operation, and how two operands of different types are brought to one.

use super::array::{GpuArray, word};
use super::copy::{InType, converted, copy_into, result_of};
use super::dtype::Dtype;
use super::element::Element;
use super::engine::{Operand, Untyped};
use super::layout::Layout;
use crate::error::Result;

/// What stands beside an array of `A` in an operation: another array, or a value of the array's own type.
///
/// A number does not change an array's type: `array + 2.0` of an array of `f32` is one of `f32`, as in NumPy.
pub trait Rhs<A: Element> {
    /// The type of the elements.
    type Element: Element;

    /// What kernels read.
    #[doc(hidden)]
    fn operand(&self) -> Side<'_>;
}

/// An operand, as kernels see it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Side<'a>(pub(crate) SideKind<'a>);

#[derive(Debug)]
pub(crate) enum SideKind<'a> {
    Array(&'a Untyped),
    Value([u8; 16]),
}

impl<A: Element, B: Element> Rhs<A> for &GpuArray<B> {
    type Element = B;

    fn operand(&self) -> Side<'_> {
        Side(SideKind::Array(&self.raw))
    }
}

impl<A: Element> Rhs<A> for A {
    type Element = A;

    fn operand(&self) -> Side<'_> {
        Side(SideKind::Value(word(*self)))
    }
}

/// Two operands of any types, brought to one.
pub(crate) struct Operands<'a> {
    left: Brought<'a>,
    right: Brought<'a>,
}

enum Brought<'a> {
    Array(InType<'a>),
    Value([u8; 16], Dtype),
}

impl<'a> Brought<'a> {
    fn new(call: &'static str, side: &Side<'a>, dtype: Dtype) -> Result<Brought<'a>> {
        match side.0 {
            SideKind::Array(array) => Ok(Brought::Array(InType::new(call, array, dtype)?)),
            // A value has the type of the array beside it, and the two meet in that.
            SideKind::Value(value) => Ok(Brought::Value(value, dtype)),
        }
    }

    fn operand(&self) -> Operand<'_> {
        match self {
            Brought::Array(array) => Operand::Array(array.get()),
            Brought::Value(value, dtype) => Operand::Value(*value, *dtype),
        }
    }
}

impl<'a> Operands<'a> {
    pub(crate) fn new(
        call: &'static str,
        left: &Side<'a>,
        right: &Side<'a>,
        dtype: Dtype,
    ) -> Result<Operands<'a>> {
        Ok(Operands {
            left: Brought::new(call, left, dtype)?,
            right: Brought::new(call, right, dtype)?,
        })
    }

    pub(crate) fn both(&self) -> [Operand<'_>; 2] {
        [self.left.operand(), self.right.operand()]
    }
}

/// Memory for what comes of operands.
pub(crate) fn new_result(
    call: &'static str,
    operands: &Operands<'_>,
    dtype: Dtype,
) -> Result<Untyped> {
    let both = operands.both();
    let first = both.iter().find_map(|operand| operand.array());
    // One of them is an array: there are no operations of two values.
    result_of(
        call,
        first.expect("an operation has an array"),
        &both,
        dtype,
    )
}

/// A copy of the operand if it lies across the memory that is written, so that it would be read too late.
pub(crate) fn separate(out: &Untyped, right: &Side<'_>) -> Result<Option<Untyped>> {
    match right.0 {
        SideKind::Array(right) if right.overlaps(out) && right.layout() != out.layout() => {
            converted("GpuArray::copy", right, right.dtype()).map(Some)
        }
        _ => Ok(None),
    }
}

impl<'a> SideKind<'a> {
    pub(crate) fn copied(&self) -> SideKind<'a> {
        match self {
            SideKind::Array(array) => SideKind::Array(array),
            SideKind::Value(value) => SideKind::Value(*value),
        }
    }
}

/// An operand as an array of a type; a value becomes an array without dimensions.
pub(crate) fn whole(
    call: &'static str,
    operand: Operand<'_>,
    like: &Untyped,
    dtype: Dtype,
) -> Result<Untyped> {
    match operand {
        Operand::Array(array) => converted(call, array, dtype),
        Operand::Value(_, of) => {
            let value = like.result(of, Layout::packed(Default::default(), Default::default()))?;
            copy_into(call, &value, operand)?;
            converted(call, &value, dtype)
        }
    }
}
