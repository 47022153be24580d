//! Functions of arrays, element by element: Python's `cumath`.
//!
//! They work on floating-point numbers, and those that have a meaning there on complex numbers. Results are as
//! precise as CUDA's own functions, a few units in the last place at most; half precision is computed in `f32` and
//! rounded. Functions of complex numbers are put together from those: where a part of the way overflows, as for the square
//! root of a number near the largest, the result is infinite or not a number. Each queues its work in the stream of its first argument.
//!
//! ```no_run
//! use cuda::{cumath, gpuarray::GpuArray};
//!
//! # fn main() -> cuda::Result<()> {
//! let angles = GpuArray::from_slice(&[0.0f32, 0.5, 1.0])?;
//! let one = cumath::sin(&angles)?.pow(2.0)? + cumath::cos(&angles)?.pow(2.0)?;
//! assert!((&one - 1.0).abs()?.max()?.item()? < 1e-6);
//! # Ok(())
//! # }
//! ```

use crate::error::Result;
use crate::gpuarray::engine::{Family, Operand};
use crate::gpuarray::{Float, GpuArray, Inexact, Number, Ordered, elementwise_result, run_strided};

fn unary<T: Inexact>(
    call: &'static str,
    kernel: &'static str,
    array: &GpuArray<T>,
) -> Result<GpuArray<T>> {
    let out = array.empty_like()?;
    run_strided(
        call,
        Family::Functions,
        kernel,
        &out,
        &[Operand::Array(&array.raw)],
    )?;
    Ok(out)
}

fn binary<T: Float>(
    call: &'static str,
    kernel: &'static str,
    a: &GpuArray<T>,
    b: &GpuArray<T>,
) -> Result<GpuArray<T>> {
    let operands = [Operand::Array(&a.raw), Operand::Array(&b.raw)];
    let out = elementwise_result(call, a, &operands)?;
    run_strided(call, Family::Functions, kernel, &out, &operands)?;
    Ok(out)
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident: $bound:ident, $kernel:literal;)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
            pub fn $name<T: $bound>(array: &GpuArray<T>) -> Result<GpuArray<T>> {
                unary(concat!("cumath::", stringify!($name)), $kernel, array)
            }
        )*
    };
}

functions! {
    /// The exponential function.
    exp: Inexact, "function_exp";
    /// The natural logarithm; of complex numbers, the one with an imaginary part from -π to π.
    log: Inexact, "function_log";
    /// The square root; of complex numbers, the one whose real part is not negative.
    sqrt: Inexact, "function_sqrt";
    /// The sine.
    sin: Inexact, "function_sin";
    /// The cosine.
    cos: Inexact, "function_cos";
    /// The tangent.
    tan: Inexact, "function_tan";
    /// The hyperbolic sine.
    sinh: Inexact, "function_sinh";
    /// The hyperbolic cosine.
    cosh: Inexact, "function_cosh";
    /// The hyperbolic tangent.
    tanh: Inexact, "function_tanh";
    /// The smallest whole number that is not less.
    ceil: Float, "function_ceil";
    /// The largest whole number that is not greater.
    floor: Float, "function_floor";
    /// The whole number next to it on the way to zero.
    trunc: Float, "function_trunc";
    /// The nearest whole number, of two the even one.
    rint: Float, "function_rint";
    /// Two to the power of the element.
    exp2: Float, "function_exp2";
    /// The exponential function less one, precise near zero.
    expm1: Float, "function_expm1";
    /// The logarithm to base 2.
    log2: Float, "function_log2";
    /// The logarithm to base 10.
    log10: Float, "function_log10";
    /// The natural logarithm of one more than the element, precise near zero.
    log1p: Float, "function_log1p";
    /// The cube root.
    cbrt: Float, "function_cbrt";
    /// The inverse of the sine.
    asin: Float, "function_asin";
    /// The inverse of the cosine.
    acos: Float, "function_acos";
    /// The inverse of the tangent.
    atan: Float, "function_atan";
    /// The inverse of the hyperbolic sine.
    asinh: Float, "function_asinh";
    /// The inverse of the hyperbolic cosine.
    acosh: Float, "function_acosh";
    /// The inverse of the hyperbolic tangent.
    atanh: Float, "function_atanh";
    /// The error function.
    erf: Float, "function_erf";
    /// One less the error function, precise where that is near one.
    erfc: Float, "function_erfc";
}

/// The numbers without their sign.
///
/// # Errors
/// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
pub fn fabs<T: Number + Ordered>(array: &GpuArray<T>) -> Result<GpuArray<T>> {
    array.abs()
}

macro_rules! functions_of_two {
    ($($(#[$doc:meta])* $name:ident, $kernel:literal;)*) => {
        $(
            $(#[$doc])*
            /// The two are broadcast.
            ///
            /// # Errors
            /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes do not fit,
            /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
            pub fn $name<T: Float>(a: &GpuArray<T>, b: &GpuArray<T>) -> Result<GpuArray<T>> {
                binary(concat!("cumath::", stringify!($name)), $kernel, a, b)
            }
        )*
    };
}

functions_of_two! {
    /// What is left of `a` after it was divided by `b` towards zero.
    fmod, "function_fmod";
    /// `a` times two to the power of `b`, whose fraction is dropped.
    ldexp, "function_ldexp";
    /// The angle of the point with height `a` and width `b`.
    atan2, "function_atan2";
    /// The length of the diagonal of a rectangle with sides `a` and `b`.
    hypot, "function_hypot";
    /// `a` with the sign of `b`.
    copysign, "function_copysign";
}

/// Significands and exponents: each element is significand times two to the power of the exponent, the significand's
/// absolute value at least a half and less than one. Zero is both.
///
/// # Errors
/// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
pub fn frexp<T: Float>(array: &GpuArray<T>) -> Result<(GpuArray<T>, GpuArray<T>)> {
    let significands = unary("cumath::frexp", "function_significand", array)?;
    Ok((
        significands,
        unary("cumath::frexp", "function_exponent", array)?,
    ))
}

/// Fractions and whole numbers, both with the element's sign.
///
/// # Errors
/// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
pub fn modf<T: Float>(array: &GpuArray<T>) -> Result<(GpuArray<T>, GpuArray<T>)> {
    let fractions = unary("cumath::modf", "function_fraction", array)?;
    Ok((fractions, unary("cumath::modf", "function_trunc", array)?))
}
