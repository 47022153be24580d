//! Arithmetic of two sides.

use super::{Arithmetic, apart};
use crate::error::Result;
use crate::gpuarray::array::{GpuArray, word};
use crate::gpuarray::copy::result_of;
use crate::gpuarray::element::{Element, Integer, Number, Ordered};
use crate::gpuarray::engine::{Elementwise, Family, Operand};
use crate::gpuarray::operands::{Rhs, Side, SideKind};
use crate::gpuarray::promote::Promote;

/// A method and its documentation, for each operation that an operator stands for.
macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident, $bound:ident, $operation:ident;)*) => {
        impl<T: Element> GpuArray<T> {
            $(
                $(#[$doc])*
                ///
                /// The other side is an array, which is broadcast, or a number. Types meet as
                /// [`result_type`](crate::gpuarray::result_type) says.
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
    /// of them: see [`true_divide`](GpuArray::true_divide). An integer divided by zero is zero; a complex number divided by
    /// zero is not a number in both parts, where NumPy has infinity in some.
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

    /// `self` to the power of `other`. Integers wrap around; with a negative exponent, which NumPy refuses, only 1 and -1 are
    /// not 0. The complex number 0 is 0 to every power but 0, where NumPy has what is not a number for negative ones.
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
}

impl<T: Number> GpuArray<T> {
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
