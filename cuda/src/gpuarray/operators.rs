//! The operators, which panic where the methods give errors.

use std::ops::{
    Add, AddAssign, BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, BitXorAssign, Div, DivAssign,
    Mul, MulAssign, Neg, Not, Rem, Shl, Shr, Sub, SubAssign,
};

use half::f16;
use num_complex::Complex;

use super::arithmetic::{Arithmetic, Bits, apart, binary, in_place};
use super::array::{GpuArray, word};
use super::element::{Element, Integer, Number, Ordered};
use super::engine::Untyped;
use super::operands::{Rhs, Side, SideKind};
use super::promote::{Promote, result_type};
use crate::error::Result;

/// The operators give no `Result`: what fails in them panics, as in the `ndarray` crate.
#[track_caller]
fn expect<T>(operator: &str, left: &dyn std::fmt::Debug, result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{left:?} {operator} ...: {error}"),
    }
}

/// An operator between arrays, and between an array and a number, owned or not.
macro_rules! operator {
    ($trait:ident, $method:ident, $sign:literal, $try:ident, $($bound:ident)+) => {
        impl<A, B> $trait<&GpuArray<B>> for &GpuArray<A>
        where
            A: Promote<B>,
            A::Output: $($bound +)+,
            B: Element,
        {
            type Output = GpuArray<A::Output>;

            #[track_caller]
            fn $method(self, other: &GpuArray<B>) -> Self::Output {
                expect($sign, self, self.$try(other))
            }
        }

        impl<A, B> $trait<GpuArray<B>> for &GpuArray<A>
        where
            A: Promote<B>,
            A::Output: $($bound +)+,
            B: Element,
        {
            type Output = GpuArray<A::Output>;

            #[track_caller]
            fn $method(self, other: GpuArray<B>) -> Self::Output {
                expect($sign, self, self.$try(&other))
            }
        }

        impl<A, B> $trait<&GpuArray<B>> for GpuArray<A>
        where
            A: Promote<B>,
            A::Output: $($bound +)+,
            B: Element,
        {
            type Output = GpuArray<A::Output>;

            #[track_caller]
            fn $method(self, other: &GpuArray<B>) -> Self::Output {
                expect($sign, &self, self.$try(other))
            }
        }

        impl<A, B> $trait<GpuArray<B>> for GpuArray<A>
        where
            A: Promote<B>,
            A::Output: $($bound +)+,
            B: Element,
        {
            type Output = GpuArray<A::Output>;

            #[track_caller]
            fn $method(self, other: GpuArray<B>) -> Self::Output {
                expect($sign, &self, self.$try(&other))
            }
        }

        impl<A> $trait<A> for &GpuArray<A>
        where
            A: Promote<A, Output = A>,
            A: $($bound +)+,
        {
            type Output = GpuArray<A>;

            #[track_caller]
            fn $method(self, other: A) -> GpuArray<A> {
                expect($sign, self, self.$try(other))
            }
        }

        impl<A> $trait<A> for GpuArray<A>
        where
            A: Promote<A, Output = A>,
            A: $($bound +)+,
        {
            type Output = GpuArray<A>;

            #[track_caller]
            fn $method(self, other: A) -> GpuArray<A> {
                expect($sign, &self, self.$try(other))
            }
        }
    };
}

operator!(Add, add, "+", try_add, Number);
operator!(Sub, sub, "-", try_sub, Number);
operator!(Mul, mul, "*", try_mul, Number);
operator!(Div, div, "/", try_div, Number);
operator!(Rem, rem, "%", try_rem, Number Ordered);
operator!(BitAnd, bitand, "&", try_bitand, Bits);
operator!(BitOr, bitor, "|", try_bitor, Bits);
operator!(BitXor, bitxor, "^", try_bitxor, Bits);
operator!(Shl, shl, "<<", try_shl, Integer);
operator!(Shr, shr, ">>", try_shr, Integer);

/// `number operator array`, for which there is no method.
fn from_left<A: Element>(
    operation: Option<Arithmetic>,
    value: A,
    array: &Untyped,
) -> Result<GpuArray<A>> {
    let (value, array) = (
        Side(SideKind::Value(word(value))),
        Side(SideKind::Array(array)),
    );
    let result = match operation {
        Some(operation) => binary("GpuArray's operator", operation, &value, &array, A::DTYPE),
        None => apart(
            "GpuArray's operator",
            "remainder_strided",
            &value,
            &array,
            A::DTYPE,
        ),
    };
    Ok(GpuArray::of(result?))
}

macro_rules! left {
    ($trait:ident, $method:ident, $sign:literal, $operation:expr, $($type:ty)+) => {
        $(
            impl $trait<&GpuArray<$type>> for $type {
                type Output = GpuArray<$type>;

                #[track_caller]
                fn $method(self, array: &GpuArray<$type>) -> GpuArray<$type> {
                    expect($sign, &self, from_left($operation, self, &array.raw))
                }
            }

            impl $trait<GpuArray<$type>> for $type {
                type Output = GpuArray<$type>;

                #[track_caller]
                fn $method(self, array: GpuArray<$type>) -> GpuArray<$type> {
                    expect($sign, &self, from_left($operation, self, &array.raw))
                }
            }
        )+
    };
}

macro_rules! left_numbers {
    ($($trait:ident, $method:ident, $sign:literal, $operation:ident;)*) => {
        $(left!($trait, $method, $sign, Some(Arithmetic::$operation),
            i8 i16 i32 i64 u8 u16 u32 u64 f16 f32 f64 Complex<f32> Complex<f64>);)*
    };
}

left_numbers! {
    Add, add, "+", Add;
    Sub, sub, "-", Subtract;
    Mul, mul, "*", Multiply;
    Div, div, "/", Divide;
}
left!(Rem, rem, "%", None, i8 i16 i32 i64 u8 u16 u32 u64 f16 f32 f64);

/// `array operator= other`, in the memory of the array. The result is converted to the array's type if it is of
/// another kind or size, as [`astype`](GpuArray::astype) does.
macro_rules! assign {
    ($trait:ident, $method:ident, $sign:literal, $operation:ident, $($bound:ident)+) => {
        impl<A, R> $trait<R> for GpuArray<A>
        where
            R: Rhs<A>,
            A: Promote<R::Element>,
            A::Output: $($bound +)+,
        {
            #[track_caller]
            fn $method(&mut self, other: R) {
                let meet = result_type(A::DTYPE, R::Element::DTYPE);
                let done = in_place("GpuArray's operator", Arithmetic::$operation, &self.raw, &other.operand(), meet);
                expect($sign, self, done);
            }
        }
    };
}

assign!(AddAssign, add_assign, "+=", Add, Number);
assign!(SubAssign, sub_assign, "-=", Subtract, Number);
assign!(MulAssign, mul_assign, "*=", Multiply, Number);
assign!(DivAssign, div_assign, "/=", Divide, Number);
assign!(BitAndAssign, bitand_assign, "&=", BitAnd, Bits);
assign!(BitOrAssign, bitor_assign, "|=", BitOr, Bits);
assign!(BitXorAssign, bitxor_assign, "^=", BitXor, Bits);

impl<T: Number> Neg for &GpuArray<T> {
    type Output = GpuArray<T>;

    #[track_caller]
    fn neg(self) -> GpuArray<T> {
        expect("negated", self, self.try_neg())
    }
}

impl<T: Number> Neg for GpuArray<T> {
    type Output = GpuArray<T>;

    #[track_caller]
    fn neg(self) -> GpuArray<T> {
        -&self
    }
}

impl<T: Bits> Not for &GpuArray<T> {
    type Output = GpuArray<T>;

    #[track_caller]
    fn not(self) -> GpuArray<T> {
        expect("inverted", self, self.try_not())
    }
}

impl<T: Bits> Not for GpuArray<T> {
    type Output = GpuArray<T>;

    #[track_caller]
    fn not(self) -> GpuArray<T> {
        !&self
    }
}
