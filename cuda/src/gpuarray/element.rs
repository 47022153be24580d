//! The element types of arrays, as types.

use std::fmt::Debug;

use bytemuck::{NoUninit, Zeroable};
use half::f16;
use num_complex::Complex;

use super::dtype::Dtype;
use crate::error::Result;

mod sealed {
    pub trait Sealed {}
}

/// What an array can hold: `bool`, integers of 8 to 64 bits, `f16`, `f32`, `f64` and complex numbers of the last two.
///
/// Sealed: kernels exist for these types only.
pub trait Element: sealed::Sealed + NoUninit + Zeroable + PartialEq + Debug + Send + Sync {
    /// The type as a value.
    const DTYPE: Dtype;
    /// What [`sum`](super::GpuArray::sum) and [`dot`](super::dot) give: 64 bits for integers and `bool`,
    /// else the type itself. NumPy has the same.
    type Sum: Element;
    /// One.
    const ONE: Self;

    /// `len` values, whose bytes `read` writes. Any byte but zero is true.
    #[doc(hidden)]
    fn read(len: usize, read: impl FnOnce(&mut [u8]) -> Result<()>) -> Result<Vec<Self>>;
}

/// Numbers: all elements but `bool`.
pub trait Number: Element {}

/// Numbers that have an order: all but the complex ones. `bool` is no number, but has an order too.
pub trait Ordered: Element {
    /// The nearest `f64`.
    #[doc(hidden)]
    fn to_f64(self) -> f64;

    /// The distance from `start`: the nearest `f64` to it, also where the two are too large for one.
    #[doc(hidden)]
    fn distance(self, start: Self) -> f64 {
        self.to_f64() - start.to_f64()
    }
}

/// Floating-point and complex numbers: what [`cumath`](crate::cumath) can work on.
pub trait Inexact: Number {
    /// The type of the parts; of a number that is not complex, the type itself.
    type Real: Float;
}

/// Floating-point numbers.
pub trait Float: Inexact<Real = Self> + Ordered {}

/// Integers.
pub trait Integer: Number + Ordered {}

/// Complex numbers.
pub trait ComplexElement: Inexact {}

macro_rules! element {
    ($type:ty, $dtype:ident, $one:expr, $sum:ty) => {
        impl sealed::Sealed for $type {}

        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;
            const ONE: Self = $one;
            type Sum = $sum;

            fn read(len: usize, read: impl FnOnce(&mut [u8]) -> Result<()>) -> Result<Vec<Self>> {
                let mut values = vec![<$type>::zeroed(); len];
                read(bytemuck::cast_slice_mut(&mut values))?;
                Ok(values)
            }
        }
    };
}

element!(i8, I8, 1, i64);
element!(i16, I16, 1, i64);
element!(i32, I32, 1, i64);
element!(i64, I64, 1, i64);
element!(u8, U8, 1, u64);
element!(u16, U16, 1, u64);
element!(u32, U32, 1, u64);
element!(u64, U64, 1, u64);
element!(f16, F16, f16::ONE, f16);
element!(f32, F32, 1.0, f32);
element!(f64, F64, 1.0, f64);
element!(Complex<f32>, C64, Complex::new(1.0, 0.0), Complex<f32>);
element!(Complex<f64>, C128, Complex::new(1.0, 0.0), Complex<f64>);

impl sealed::Sealed for bool {}

impl Element for bool {
    const DTYPE: Dtype = Dtype::Bool;
    const ONE: Self = true;
    type Sum = i64;

    fn read(len: usize, read: impl FnOnce(&mut [u8]) -> Result<()>) -> Result<Vec<Self>> {
        let mut bytes = vec![0; len];
        read(&mut bytes)?;
        Ok(bytes.into_iter().map(|byte| byte != 0).collect())
    }
}

macro_rules! mark {
    ($trait:ident: $($type:ty),*) => { $(impl $trait for $type {})* };
}

mark!(Number: i8, i16, i32, i64, u8, u16, u32, u64, f16, f32, f64, Complex<f32>, Complex<f64>);

macro_rules! ordered {
    ($($type:ty: $to_f64:expr),*) => {
        $(impl Ordered for $type {
            fn to_f64(self) -> f64 {
                let convert: fn($type) -> f64 = $to_f64;
                convert(self)
            }
        })*
    };
}

ordered!(bool: |x| f64::from(u8::from(x)), i8: f64::from, i16: f64::from, i32: f64::from);
ordered!(u8: f64::from, u16: f64::from, u32: f64::from, f16: f64::from, f32: f64::from, f64: |x| x);

macro_rules! ordered_64_bits {
    ($($type:ty),*) => {
        $(impl Ordered for $type {
            fn to_f64(self) -> f64 {
                self as f64
            }

            fn distance(self, start: $type) -> f64 {
                (i128::from(self) - i128::from(start)) as f64
            }
        })*
    };
}

ordered_64_bits!(i64, u64);

mark!(Integer: i8, i16, i32, i64, u8, u16, u32, u64);
mark!(Float: f16, f32, f64);
mark!(ComplexElement: Complex<f32>, Complex<f64>);

macro_rules! inexact {
    ($($type:ty: $real:ty),*) => { $(impl Inexact for $type { type Real = $real; })* };
}

inexact!(f16: f16, f32: f32, f64: f64, Complex<f32>: f32, Complex<f64>: f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_values() {
        fn check<T: Element>() {
            assert_eq!(T::DTYPE.size(), size_of::<T>(), "{}", T::DTYPE);
            let value = T::ONE;
            let one = bytemuck::bytes_of(&value);
            let read = T::read(2, |bytes| {
                bytes[..one.len()].copy_from_slice(one);
                Ok(())
            });
            assert_eq!(read.unwrap(), [T::ONE, T::zeroed()]);
        }
        check::<bool>();
        check::<i8>();
        check::<i16>();
        check::<i32>();
        check::<i64>();
        check::<u8>();
        check::<u16>();
        check::<u32>();
        check::<u64>();
        check::<f16>();
        check::<f32>();
        check::<f64>();
        check::<Complex<f32>>();
        check::<Complex<f64>>();
    }

    #[test]
    fn any_byte_but_zero_is_true() {
        let read = bool::read(3, |bytes| {
            bytes.copy_from_slice(&[0, 1, 255]);
            Ok(())
        });
        assert_eq!(read.unwrap(), [false, true, true]);
    }
}
