//! Comparisons, logic, and choices by them.

use super::array::{GpuArray, scalar};
use super::copy::{converted, result_of};
use super::dtype::{Dtype, Kind};
use super::element::{Element, Ordered};
use super::engine::{Elementwise, Family, Operand, Untyped};
use super::operands::{Operands, Rhs, Side, SideKind, new_result};
use super::promote::Promote;
use crate::error::Result;

/// The operations of the kernel `comparison`, by the numbers that they have there.
#[derive(Debug, Clone, Copy)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    LogicalAnd,
    LogicalOr,
    LogicalXor,
    LogicalNot,
}

fn compare(
    call: &'static str,
    comparison: Comparison,
    left: &Side<'_>,
    right: &Side<'_>,
    dtype: Dtype,
) -> Result<GpuArray<bool>> {
    if let Some(mixed) = Mixed::of(left, right) {
        return mixed.compare(call, comparison);
    }
    let operands = Operands::new(call, left, right, dtype)?;
    let out = new_result(call, &operands, Dtype::Bool)?;
    let elementwise = Elementwise {
        call,
        family: Family::Comparison,
        of: dtype,
        packed: Some("comparison"),
        strided: "comparison_strided",
        out: &out,
        operands: &operands.both(),
        bare: false,
    };
    elementwise.run(|block| block.i32(comparison as i32))?;
    Ok(GpuArray::of(out))
}

/// Integers of which one side is `u64` and the other has a sign. No type holds both; the one that they meet in, `f64`, would
/// take different ones for equal.
struct Mixed<'a> {
    signed: &'a Untyped,
    unsigned: &'a Untyped,
    is_signed_left: bool,
}

impl<'a> Mixed<'a> {
    fn of(left: &Side<'a>, right: &Side<'a>) -> Option<Mixed<'a>> {
        let (SideKind::Array(left), SideKind::Array(right)) = (&left.0, &right.0) else {
            return None;
        };
        let (signed, unsigned, is_signed_left) = match (left.dtype().kind(), right.dtype().kind()) {
            (Kind::Signed, Kind::Unsigned) => (*left, *right, true),
            (Kind::Unsigned, Kind::Signed) => (*right, *left, false),
            _ => return None,
        };
        (unsigned.dtype() == Dtype::U64).then_some(Mixed {
            signed,
            unsigned,
            is_signed_left,
        })
    }

    /// As numbers without a sign, but where the sign decides.
    fn compare(&self, call: &'static str, comparison: Comparison) -> Result<GpuArray<bool>> {
        let positive = converted(call, self.signed, Dtype::U64)?;
        let sides = [&positive, self.unsigned].map(|side| Side(SideKind::Array(side)));
        let [signed, unsigned] = &sides;
        let (left, right) = match self.is_signed_left {
            true => (signed, unsigned),
            false => (unsigned, signed),
        };
        let result = compare(call, comparison, left, right, Dtype::U64)?;
        let Some(of_negative) = self.of_negative(comparison) else {
            return Ok(result);
        };
        let zero = Side(SideKind::Value([0; 16]));
        let number = Side(SideKind::Array(self.signed));
        let is_negative = compare(call, Comparison::Less, &number, &zero, self.signed.dtype())?;
        match of_negative {
            true => result.try_bitor(&is_negative),
            false => result.try_bitand(&is_negative.logical_not()?),
        }
    }

    /// What a comparison with a negative number gives, whatever the other is.
    fn of_negative(&self, comparison: Comparison) -> Option<bool> {
        match comparison {
            Comparison::Equal => Some(false),
            Comparison::NotEqual => Some(true),
            Comparison::Less | Comparison::LessEqual => Some(self.is_signed_left),
            Comparison::Greater | Comparison::GreaterEqual => Some(!self.is_signed_left),
            _ => None,
        }
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident, $bound:ident, $comparison:ident;)*) => {
        impl<T: Element> GpuArray<T> {
            $(
                $(#[$doc])*
                ///
                /// The other side is an array, which is broadcast, or a value. Types meet as
                /// [`result_type`](super::result_type) says, but integers with a sign and `u64` are compared as the
                /// numbers that they are, as NumPy 2 does.
                ///
                /// # Errors
                /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes do not fit,
                /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
                pub fn $name<R: Rhs<T>>(&self, other: R) -> Result<GpuArray<bool>>
                where
                    T: Promote<R::Element, Output: $bound>,
                {
                    let dtype = <T as Promote<R::Element>>::Output::DTYPE;
                    let call = concat!("GpuArray::", stringify!($name));
                    compare(call, Comparison::$comparison, &self.side(), &other.operand(), dtype)
                }
            )*
        }
    };
}

methods! {
    /// Whether the elements are equal, Python's `==`. What is not a number is equal to nothing.
    eq, Element, Equal;
    /// Whether the elements differ, Python's `!=`.
    ne, Element, NotEqual;
    /// Whether this side's are less.
    lt, Ordered, Less;
    /// Whether this side's are less or equal.
    le, Ordered, LessEqual;
    /// Whether this side's are greater.
    gt, Ordered, Greater;
    /// Whether this side's are greater or equal.
    ge, Ordered, GreaterEqual;
    /// Whether both are other than zero.
    logical_and, Element, LogicalAnd;
    /// Whether one of them is other than zero.
    logical_or, Element, LogicalOr;
    /// Whether just one of them is other than zero.
    logical_xor, Element, LogicalXor;
}

impl<T: Element> GpuArray<T> {
    /// Whether the elements are zero.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    pub fn logical_not(&self) -> Result<GpuArray<bool>> {
        let unused = Side(SideKind::Value([0; 16]));
        compare(
            "GpuArray::logical_not",
            Comparison::LogicalNot,
            &self.side(),
            &unused,
            T::DTYPE,
        )
    }
}

/// For each element of `condition`, that of `then` where it is true and that of `otherwise` where it is not: NumPy's
/// `where`. All three are broadcast.
///
/// # Errors
/// As for [`GpuArray::eq`].
pub fn where_<'a, T: Element>(
    condition: &'a GpuArray<bool>,
    then: impl Into<Choice<'a, T>>,
    otherwise: impl Into<Choice<'a, T>>,
) -> Result<GpuArray<T>> {
    choose(
        "where_",
        Operand::Array(&condition.raw),
        then.into(),
        otherwise.into(),
    )
}

/// The same for a criterion of any type: `then` where it is above zero (PyCUDA's `if_positive`).
///
/// # Errors
/// As for [`GpuArray::eq`].
pub fn if_positive<'a, C: Ordered + Promote<C, Output = C>, T: Element>(
    criterion: &GpuArray<C>,
    then: impl Into<Choice<'a, T>>,
    otherwise: impl Into<Choice<'a, T>>,
) -> Result<GpuArray<T>> {
    let condition = criterion.gt(C::zeroed())?;
    choose(
        "if_positive",
        Operand::Array(&condition.raw),
        then.into(),
        otherwise.into(),
    )
}

/// One of the two sides of [`where_`]: an array, or the same value everywhere.
#[derive(Debug, Clone, Copy)]
pub enum Choice<'a, T> {
    /// An array.
    Array(&'a GpuArray<T>),
    /// A value.
    Value(T),
}

impl<'a, T> From<&'a GpuArray<T>> for Choice<'a, T> {
    fn from(array: &'a GpuArray<T>) -> Choice<'a, T> {
        Choice::Array(array)
    }
}

impl<T: Element> From<T> for Choice<'_, T> {
    fn from(value: T) -> Self {
        Choice::Value(value)
    }
}

impl<T: Element> Choice<'_, T> {
    fn operand(&self) -> Operand<'_> {
        match self {
            Choice::Array(array) => Operand::Array(&array.raw),
            Choice::Value(value) => scalar(*value),
        }
    }
}

fn choose<T: Element>(
    call: &'static str,
    condition: Operand<'_>,
    then: Choice<'_, T>,
    otherwise: Choice<'_, T>,
) -> Result<GpuArray<T>> {
    let operands = [condition, then.operand(), otherwise.operand()];
    let first = condition.array().expect("the condition is an array");
    let out = result_of(call, first, &operands, T::DTYPE)?;
    let elementwise = Elementwise {
        call,
        family: Family::Comparison,
        of: T::DTYPE,
        packed: Some("choose"),
        strided: "choose_strided",
        out: &out,
        operands: &operands,
        bare: false,
    };
    elementwise.run(|_| {})?;
    Ok(GpuArray::of(out))
}

#[cfg(test)]
mod tests {
    use super::super::engine::names_of_operations;
    use super::Comparison::*;
    use super::*;

    #[test]
    fn the_kernel_has_the_same_numbers() {
        let all = [
            Equal,
            NotEqual,
            Less,
            LessEqual,
            Greater,
            GreaterEqual,
            LogicalAnd,
            LogicalOr,
            LogicalXor,
            LogicalNot,
        ];
        let names = names_of_operations(Family::Comparison);
        assert_eq!(names.len(), all.len());
        for (name, operation) in names.iter().zip(all) {
            assert_eq!(*name, format!("{operation:?}").to_lowercase());
            assert_eq!(names[operation as usize], *name);
        }
    }
}
