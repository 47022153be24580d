//! Arithmetic, element by element. The operators stand in `operators.rs`.

use super::array::{GpuArray, scalar, word};
use super::copy::{converted, copy_into, result_of};
use super::dtype::Dtype;
use super::element::{ComplexElement, Element, Inexact, Integer, Number, Ordered};
use super::engine::{Elementwise, Family, Operand, Untyped};
use super::operands::{Operands, Rhs, Side, SideKind, new_result, separate, whole};
use super::promote::Promote;
use crate::error::Result;

/// The operations of the kernel `arithmetic`, by the numbers that they have there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Negate,
    Absolute,
    Sign,
    BitNot,
    Conjugate,
}

/// `left operation right` in a new array.
pub(crate) fn binary(
    call: &'static str,
    operation: Arithmetic,
    left: &Side<'_>,
    right: &Side<'_>,
    dtype: Dtype,
) -> Result<Untyped> {
    let operands = Operands::new(call, left, right, dtype)?;
    let out = new_result(call, &operands, dtype)?;
    run(call, operation, &out, &operands.both())?;
    Ok(out)
}

/// Writes what an operation makes of operands of `out`'s type to `out`.
fn run(
    call: &'static str,
    operation: Arithmetic,
    out: &Untyped,
    operands: &[Operand<'_>; 2],
) -> Result<()> {
    let elementwise = Elementwise {
        call,
        family: Family::Arithmetic,
        of: out.dtype(),
        packed: Some("arithmetic"),
        strided: "arithmetic_strided",
        out,
        operands,
        bare: false,
    };
    elementwise.run(|block| block.i32(operation as i32))
}

/// `out = out operation right`, converted to the type of `out`.
pub(crate) fn in_place(
    call: &'static str,
    operation: Arithmetic,
    out: &Untyped,
    right: &Side<'_>,
    meet: Dtype,
) -> Result<()> {
    let own = separate(out, right)?;
    let right = own
        .as_ref()
        .map_or(Side(right.0.copied()), |own| Side(SideKind::Array(own)));
    let operands = Operands::new(call, &Side(SideKind::Array(out)), &right, meet)?;
    if meet == out.dtype() {
        return run(call, operation, out, &operands.both());
    }
    let result = new_result(call, &operands, meet)?;
    run(call, operation, &result, &operands.both())?;
    copy_into(
        call,
        out,
        Operand::Array(&converted(call, &result, out.dtype())?),
    )
}

/// One of the kernels that have a form for any strides only.
pub(crate) fn strided_only(
    call: &'static str,
    family: Family,
    kernel: &'static str,
    out: &Untyped,
    operands: &[Operand<'_>],
    of: Dtype,
) -> Result<()> {
    let elementwise = Elementwise {
        call,
        family,
        of,
        packed: None,
        strided: kernel,
        out,
        operands,
        bare: false,
    };
    elementwise.run(|_| {})
}

impl<T: Element> GpuArray<T> {
    pub(crate) fn side(&self) -> Side<'_> {
        Side(SideKind::Array(&self.raw))
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "as operators take their operands"
    )]
    fn binary<R: Rhs<T>>(
        &self,
        call: &'static str,
        operation: Arithmetic,
        other: R,
    ) -> Result<GpuArray<T::Output>>
    where
        T: Promote<R::Element>,
    {
        let dtype = <T as Promote<R::Element>>::Output::DTYPE;
        Ok(GpuArray::of(binary(
            call,
            operation,
            &self.side(),
            &other.operand(),
            dtype,
        )?))
    }

    fn unary(&self, call: &'static str, operation: Arithmetic) -> Result<GpuArray<T>> {
        let out = self.empty_like()?;
        run(
            call,
            operation,
            &out.raw,
            &[Operand::Array(&self.raw), scalar(T::zeroed())],
        )?;
        Ok(out)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "as operators take their operands"
    )]
    fn apart<R: Rhs<T>>(
        &self,
        call: &'static str,
        kernel: &'static str,
        other: R,
    ) -> Result<GpuArray<T::Output>>
    where
        T: Promote<R::Element>,
    {
        let dtype = <T as Promote<R::Element>>::Output::DTYPE;
        Ok(GpuArray::of(apart(
            call,
            kernel,
            &self.side(),
            &other.operand(),
            dtype,
        )?))
    }
}

/// The operations that have a kernel each.
pub(crate) fn apart(
    call: &'static str,
    kernel: &'static str,
    left: &Side<'_>,
    right: &Side<'_>,
    dtype: Dtype,
) -> Result<Untyped> {
    let operands = Operands::new(call, left, right, dtype)?;
    let out = new_result(call, &operands, dtype)?;
    strided_only(
        call,
        Family::Arithmetic,
        kernel,
        &out,
        &operands.both(),
        dtype,
    )?;
    Ok(out)
}

/// A method and its documentation, for each operation that an operator stands for.
macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident, $bound:ident, $operation:ident;)*) => {
        impl<T: Element> GpuArray<T> {
            $(
                $(#[$doc])*
                ///
                /// The other side is an array, which is broadcast, or a number. Types meet as
                /// [`result_type`](super::result_type) says.
                ///
                /// # Errors
                /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes do not fit,
                /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
                pub fn $name<R: Rhs<T>>(&self, other: R) -> Result<GpuArray<T::Output>>
                where
                    T: Promote<R::Element, Output: $bound>,
                {
                    self.binary(concat!("GpuArray::", stringify!($name)), Arithmetic::$operation, other)
                }
            )*
        }
    };
}

methods! {
    /// `self + other`. Integers wrap around.
    try_add, Number, Add;
    /// `self - other`. Integers wrap around.
    try_sub, Number, Subtract;
    /// `self * other`. Integers wrap around.
    try_mul, Number, Multiply;
    /// `self / other`. Integers are divided towards zero, as Rust and C do, while NumPy makes floating-point numbers
    /// of them: see [`true_divide`](GpuArray::true_divide). An integer divided by zero is zero.
    try_div, Number, Divide;
    /// The smaller of the two; what is not a number prevails.
    minimum, Ordered, Minimum;
    /// The larger of the two; what is not a number prevails.
    maximum, Ordered, Maximum;
    /// `self & other`, of integers or of `bool`.
    try_bitand, Bits, BitAnd;
    /// `self | other`, of integers or of `bool`.
    try_bitor, Bits, BitOr;
    /// `self ^ other`, of integers or of `bool`.
    try_bitxor, Bits, BitXor;
    /// `self << other`. What is shifted by as many bits as it has, or more, is 0.
    try_shl, Integer, ShiftLeft;
    /// `self >> other`. What is shifted by as many bits as it has, or more, is 0, or -1 if it is negative.
    try_shr, Integer, ShiftRight;
}

/// Integers and `bool`.
pub trait Bits: Element {}

macro_rules! bits {
    ($($type:ty),*) => { $(impl Bits for $type {})* };
}

bits!(bool, i8, i16, i32, i64, u8, u16, u32, u64);

impl<T: Element> GpuArray<T> {
    /// `self % other`: what is left of the division towards zero, with the sign of the left side, as in Rust and C.
    /// An integer's rest by zero is zero.
    ///
    /// # Errors
    /// As for [`try_add`](GpuArray::try_add).
    pub fn try_rem<R: Rhs<T>>(&self, other: R) -> Result<GpuArray<T::Output>>
    where
        T: Promote<R::Element, Output: Number + Ordered>,
    {
        self.apart("GpuArray::try_rem", "remainder_strided", other)
    }

    /// `self` to the power of `other`. Integers wrap around; with a negative exponent only 1 and -1 are not 0.
    ///
    /// # Errors
    /// As for [`try_add`](GpuArray::try_add).
    pub fn pow<R: Rhs<T>>(&self, other: R) -> Result<GpuArray<T::Output>>
    where
        T: Promote<R::Element, Output: Number>,
    {
        self.apart("GpuArray::pow", "power_strided", other)
    }

    /// `base` to the power of `self`: Python's `base ** array`.
    ///
    /// # Errors
    /// As for [`try_add`](GpuArray::try_add).
    pub fn rpow(&self, base: T) -> Result<GpuArray<T>>
    where
        T: Number,
    {
        let base = Side(SideKind::Value(word(base)));
        Ok(GpuArray::of(apart(
            "GpuArray::rpow",
            "power_strided",
            &base,
            &self.side(),
            T::DTYPE,
        )?))
    }

    /// `self / other` in floating-point numbers, `f64` where both are integers: NumPy's `/`.
    ///
    /// # Errors
    /// As for [`try_add`](GpuArray::try_add).
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as operators take their operands"
    )]
    pub fn true_divide<R: Rhs<T>>(
        &self,
        other: R,
    ) -> Result<GpuArray<<T::Output as Division>::Output>>
    where
        T: Promote<R::Element, Output: Division>,
    {
        let call = "GpuArray::true_divide";
        let meet = <T as Promote<R::Element>>::Output::DTYPE;
        let dtype = <<T as Promote<R::Element>>::Output as Division>::Output::DTYPE;
        if meet == dtype {
            return Ok(GpuArray::of(binary(
                call,
                Arithmetic::Divide,
                &self.side(),
                &other.operand(),
                dtype,
            )?));
        }
        let operands = Operands::new(call, &self.side(), &other.operand(), meet)?;
        let [left, right] = operands
            .both()
            .map(|operand| whole(call, operand, &self.raw, dtype));
        let (left, right) = (left?, right?);
        let sides = [&left, &right].map(|side| Side(SideKind::Array(side)));
        Ok(GpuArray::of(binary(
            call,
            Arithmetic::Divide,
            &sides[0],
            &sides[1],
            dtype,
        )?))
    }
}

/// What the division of two numbers of a type gives in NumPy.
pub trait Division: Element {
    /// `f64` for integers, else the type itself.
    type Output: Element;
}

macro_rules! division {
    ($($type:ty => $output:ty),*) => { $(impl Division for $type { type Output = $output; })* };
}

division!(i8 => f64, i16 => f64, i32 => f64, i64 => f64, u8 => f64, u16 => f64, u32 => f64, u64 => f64, bool => f64);
division!(half::f16 => half::f16, f32 => f32, f64 => f64);
division!(num_complex::Complex<f32> => num_complex::Complex<f32>, num_complex::Complex<f64> => num_complex::Complex<f64>);

impl<T: Number> GpuArray<T> {
    /// `-self`. Integers wrap around.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    pub fn try_neg(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::try_neg", Arithmetic::Negate)
    }

    /// `self * factor + other * other_factor`, in one pass: PyCUDA's `mul_add`.
    ///
    /// # Errors
    /// As for [`try_add`](GpuArray::try_add).
    pub fn mul_add(&self, factor: T, other: &GpuArray<T>, other_factor: T) -> Result<GpuArray<T>> {
        let call = "GpuArray::mul_add";
        let operands = [Operand::Array(&self.raw), Operand::Array(&other.raw)];
        let out = result_of(call, &self.raw, &operands, T::DTYPE)?;
        let elementwise = Elementwise {
            call,
            family: Family::Arithmetic,
            of: T::DTYPE,
            packed: Some("mul_add"),
            strided: "mul_add_strided",
            out: &out,
            operands: &operands,
            bare: false,
        };
        elementwise.run(|block| {
            block.element(&word(factor), size_of::<T>());
            block.element(&word(other_factor), size_of::<T>());
        })?;
        Ok(GpuArray::of(out))
    }
}

impl<T: Number + Ordered> GpuArray<T> {
    /// The numbers without their sign. The smallest integer, which has no opposite, stays.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn abs(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::abs", Arithmetic::Absolute)
    }

    /// 1 for numbers above zero, -1 for ones below; zeros, and what is not a number, stay.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn sign(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::sign", Arithmetic::Sign)
    }
}

impl<T: Bits> GpuArray<T> {
    /// `!self`: all bits turned.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn try_not(&self) -> Result<GpuArray<T>> {
        if T::DTYPE == Dtype::Bool {
            let not = self.logical_not()?;
            return Ok(GpuArray::of(not.raw.clone()));
        }
        self.unary("GpuArray::try_not", Arithmetic::BitNot)
    }
}

impl<T: ComplexElement> GpuArray<T> {
    /// The complex conjugates.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn conj(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::conj", Arithmetic::Conjugate)
    }

    /// The distances from zero: what Python's `abs` gives for complex numbers.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn norm(&self) -> Result<GpuArray<<T as Inexact>::Real>> {
        let call = "GpuArray::norm";
        let layout = self.raw.layout().packed_like(self.raw.shape_owned());
        let out = self.raw.result(T::DTYPE.real_type(), layout)?;
        strided_only(
            call,
            Family::Arithmetic,
            "absolute_strided",
            &out,
            &[Operand::Array(&self.raw)],
            T::DTYPE,
        )?;
        Ok(GpuArray::of(out))
    }
}

#[cfg(test)]
mod tests {
    use super::super::engine::names_of_operations;
    use super::Arithmetic::*;
    use super::*;

    #[test]
    fn the_kernel_has_the_same_numbers() {
        let all = [
            Add, Subtract, Multiply, Divide, Minimum, Maximum, BitAnd, BitOr, BitXor, ShiftLeft,
            ShiftRight, Negate, Absolute, Sign, BitNot, Conjugate,
        ];
        let names = names_of_operations(Family::Arithmetic);
        assert_eq!(names.len(), all.len());
        for (name, operation) in names.iter().zip(all) {
            assert_eq!(*name, format!("{operation:?}").to_lowercase());
            assert_eq!(names[operation as usize], *name);
        }
    }
}
