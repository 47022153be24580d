//! Functions of arrays on the devices, compared with those of the host. The names of PyCUDA's own tests
//! (`test_cumath.py`) are the list of what must hold, and its tolerances the bounds.

#[path = "../support/mod.rs"]
mod support;

use cuda::Result;
use cuda::cumath;
use cuda::driver::Context;
use cuda::gpuarray::{Element, GpuArray, Slice};
use cuda_macros::backend_test;
use half::f16;
use num_complex::Complex;

type Function<T> = fn(&GpuArray<T>) -> Result<GpuArray<T>>;

fn array<T: Element>(context: &Context, values: &[T]) -> Result<GpuArray<T>> {
    GpuArray::from_slice_in(context, values)
}

/// Numbers between two bounds, the bounds among them.
fn between(low: f64, high: f64) -> Vec<f64> {
    (0..=500)
        .map(|n| low + (high - low) * f64::from(n) / 500.0)
        .collect()
}

/// Both precisions against the host's `f64`, relative to what is expected where that is above 1.
fn check(
    context: &Context,
    ours: (Function<f32>, Function<f64>),
    host: fn(f64) -> f64,
    range: (f64, f64),
    tolerance: f64,
) -> Result<()> {
    let wide = between(range.0, range.1);
    let narrow: Vec<f32> = wide.iter().map(|x| *x as f32).collect();
    let close = |x: f64, got: f64, tolerance: f64| {
        let expected = host(x);
        let error = (got - expected).abs() / expected.abs().max(1.0);
        assert!(error <= tolerance, "of {x}: {got}, not {expected}");
    };
    for (x, got) in narrow
        .iter()
        .zip(ours.0(&array(context, &narrow)?)?.to_vec()?)
    {
        close(f64::from(*x), f64::from(got), tolerance);
    }
    for (x, got) in wide.iter().zip(ours.1(&array(context, &wide)?)?.to_vec()?) {
        close(*x, got, 1e-14);
    }
    Ok(())
}

macro_rules! functions {
    ($($name:ident: $host:expr, $low:literal to $high:literal, $tolerance:literal;)*) => {
        $(
            #[backend_test]
            fn $name(context: &Context) -> Result<()> {
                check(context, (cumath::$name, cumath::$name), $host, ($low, $high), $tolerance)
            }
        )*
    };
}

functions! {
    ceil: f64::ceil, -10.0 to 10.0, 0.0;
    floor: f64::floor, -10.0 to 10.0, 0.0;
    trunc: f64::trunc, -10.0 to 10.0, 0.0;
    rint: f64::round_ties_even, -10.0 to 10.0, 0.0;
    fabs: f64::abs, -10.0 to 10.0, 0.0;
    exp: f64::exp, -3.0 to 3.0, 1e-5;
    exp2: f64::exp2, -5.0 to 5.0, 1e-6;
    expm1: f64::exp_m1, -1.0 to 1.0, 1e-6;
    log: f64::ln, 1e-5 to 1.0, 5e-7;
    log2: f64::log2, 1e-5 to 10.0, 5e-7;
    log10: f64::log10, 1e-5 to 1.0, 3e-7;
    log1p: f64::ln_1p, -0.5 to 5.0, 3e-7;
    sqrt: f64::sqrt, 1e-5 to 1.0, 2e-7;
    cbrt: f64::cbrt, -8.0 to 8.0, 3e-7;
    sin: f64::sin, -10.0 to 10.0, 1e-7;
    cos: f64::cos, -10.0 to 10.0, 1e-7;
    tan: f64::tan, -1.5 to 1.5, 1e-5;
    asin: f64::asin, -0.9 to 0.9, 5e-7;
    acos: f64::acos, -0.9 to 0.9, 5e-7;
    atan: f64::atan, -5.0 to 5.0, 2e-7;
    sinh: f64::sinh, -3.0 to 3.0, 2e-6;
    cosh: f64::cosh, -3.0 to 3.0, 2e-6;
    tanh: f64::tanh, -3.0 to 3.0, 2e-6;
    asinh: f64::asinh, -3.0 to 3.0, 1e-6;
    acosh: f64::acosh, 1.5 to 9.0, 1e-6;
    atanh: f64::atanh, -0.9 to 0.9, 1e-6;
}

/// The error function has no counterpart on the host; these are the values of Abramowitz and Stegun's table 7.1.
#[backend_test]
fn erf_and_erfc(context: &Context) -> Result<()> {
    let x = array(context, &[0.0_f64, 0.5, 1.0, 2.0])?;
    let expected = [0.0, 0.520_499_877_8, 0.842_700_792_9, 0.995_322_265_0];
    for ((erf, erfc), expected) in cumath::erf(&x)?
        .to_vec()?
        .into_iter()
        .zip(cumath::erfc(&x)?.to_vec()?)
        .zip(expected)
    {
        assert!(
            (erf - expected).abs() < 1e-10 && (erf + erfc - 1.0).abs() < 1e-15,
            "{erf} {erfc}"
        );
    }
    Ok(())
}

fn complex_check<T>(context: &Context, ours: Function<Complex<f32>>, host: T) -> Result<()>
where
    T: Fn(Complex<f64>) -> Complex<f64>,
{
    let grid: Vec<Complex<f32>> = (0..121)
        .map(|n| {
            Complex::new(
                (n % 11 - 5) as f32 * 0.37,
                (n / 11 - 5) as f32 * 0.41 + 0.01,
            )
        })
        .collect();
    for (z, got) in grid.iter().zip(ours(&array(context, &grid)?)?.to_vec()?) {
        let expected = host(Complex::new(f64::from(z.re), f64::from(z.im)));
        let difference = Complex::new(f64::from(got.re), f64::from(got.im)) - expected;
        assert!(
            difference.norm() <= 3e-6 * expected.norm().max(1.0),
            "of {z}: {got}, not {expected}"
        );
    }
    Ok(())
}

macro_rules! complex_functions {
    ($($test:ident: $name:ident, $host:expr;)*) => {
        $(
            #[backend_test]
            fn $test(context: &Context) -> Result<()> {
                complex_check(context, cumath::$name, $host)
            }
        )*
    };
}

complex_functions! {
    complex_exp: exp, |z| z.exp();
    complex_log: log, |z| z.ln();
    complex_sqrt: sqrt, |z| z.sqrt();
    complex_sin: sin, |z| z.sin();
    complex_cos: cos, |z| z.cos();
    complex_tan: tan, |z| z.tan();
    complex_sinh: sinh, |z| z.sinh();
    complex_cosh: cosh, |z| z.cosh();
    complex_tanh: tanh, |z| z.tanh();
}

#[backend_test]
fn fmod(context: &Context) -> Result<()> {
    let (a, b) = (
        array(context, &[5.5_f32, -7.0, 4.0])?,
        array(context, &[2.0_f32, 3.0, -1.5])?,
    );
    assert_eq!(
        cumath::fmod(&a, &b)?.to_vec()?,
        [5.5 % 2.0, -7.0 % 3.0, 4.0 % -1.5]
    );
    Ok(())
}

#[backend_test]
fn ldexp_and_frexp(context: &Context) -> Result<()> {
    let numbers = [1.0_f64, -3.0, 0.1, 0.0, 1e-310, 12345.678];
    let (significands, exponents) = cumath::frexp(&array(context, &numbers)?)?;
    assert_eq!(cumath::ldexp(&significands, &exponents)?.to_vec()?, numbers);
    for significand in significands.to_vec()? {
        assert!(
            significand == 0.0 || (0.5..1.0).contains(&significand.abs()),
            "{significand}"
        );
    }
    assert_eq!(exponents.to_vec()?[..2], [1.0, 2.0]);
    Ok(())
}

#[backend_test]
fn modf(context: &Context) -> Result<()> {
    let numbers = array(context, &[1.25_f32, -3.5, 4.0, f32::INFINITY])?;
    let (fractions, whole) = cumath::modf(&numbers)?;
    assert_eq!(fractions.to_vec()?, [0.25, -0.5, 0.0, 0.0]);
    assert_eq!(whole.to_vec()?, [1.0, -3.0, 4.0, f32::INFINITY]);
    Ok(())
}

#[backend_test]
fn functions_of_two(context: &Context) -> Result<()> {
    let (a, b) = (
        array(context, &[3.0_f64, -1.0])?,
        array(context, &[4.0_f64, -1.0])?,
    );
    assert_eq!(cumath::hypot(&a, &b)?.to_vec()?[0], 5.0);
    assert!((cumath::atan2(&a, &b)?.to_vec()?[1] - (-1.0_f64).atan2(-1.0)).abs() < 1e-15);
    assert_eq!(cumath::copysign(&a, &-&b)?.to_vec()?, [-3.0, 1.0]);
    let column = a.reshape((2, 1))?;
    assert_eq!(cumath::hypot(&column, &b)?.shape(), [2, 2]);
    Ok(())
}

#[backend_test]
fn half_precision_and_views(context: &Context) -> Result<()> {
    let numbers: Vec<f16> = (1..50).map(|n| f16::from_f32(n as f32 / 4.0)).collect();
    let every_other = array(context, &numbers)?.slice(Slice::new(None, None, -2))?;
    let expected: Vec<f16> = numbers
        .iter()
        .rev()
        .step_by(2)
        .map(|x| f16::from_f64(x.to_f64().sqrt()))
        .collect();
    assert_eq!(cumath::sqrt(&every_other)?.to_vec()?, expected);
    Ok(())
}
