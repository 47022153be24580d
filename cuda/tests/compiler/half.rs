//! `cuda_fp16.h`, against the crate `half`.

use cuda::Result;
use cuda::compiler::SourceModule;
use cuda::driver::{Context, In, Launch, Out};
use cuda_macros::backend_test;
use half::f16;

/// Every half whose bits are a multiple of 37: all signs and exponents, infinities and NaNs.
fn samples() -> Vec<u16> {
    (0..=u16::MAX).step_by(37).collect()
}

/// Runs `to[i] = f(a[i], b[i])` over halves as bits.
fn compute(context: &Context, body: &str, a: &[u16], b: &[u16]) -> Result<Vec<u16>> {
    let source = format!(
        "#include <cuda_fp16.h>
__device__ half of(half a, half b) {{ {body} }}
__global__ void k(half *to, const half *a, const half *b, int count)
{{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        to[i] = of(a[i], b[i]);
}}"
    );
    let k = SourceModule::builder(source)
        .name_expression("k")
        .build_in(context)?;
    let mut to = vec![0; a.len()];
    let launch = Launch::for_items(a.len(), 128);
    k.get_function("k")?
        .call((Out(&mut to), In(a), In(b), a.len() as i32), launch)?;
    Ok(to)
}

fn same(ours: u16, exact: f16) -> bool {
    let ours = f16::from_bits(ours);
    ours.to_bits() == exact.to_bits() || ours.is_nan() && exact.is_nan()
}

fn check(context: &Context, body: &str, exact: impl Fn(f16, f16) -> f16) -> Result<()> {
    let a = samples();
    let b: Vec<u16> = a
        .iter()
        .map(|bits| bits.wrapping_mul(7).rotate_left(3))
        .collect();
    let ours = compute(context, body, &a, &b)?;
    for ((ours, a), b) in ours.into_iter().zip(a).zip(b) {
        let (a, b) = (f16::from_bits(a), f16::from_bits(b));
        assert!(
            same(ours, exact(a, b)),
            "{body} of {a:?} {b:?}: {:?}",
            f16::from_bits(ours)
        );
    }
    Ok(())
}

/// In double, where sums and products of halves are exact or far from a boundary, and rounded once.
fn rounded(of: impl Fn(f64, f64) -> f64) -> impl Fn(f16, f16) -> f16 {
    move |a, b| nearest(of(a.to_f64(), b.to_f64()))
}

/// The nearest half, of two the even one. `f16::from_f64` looks at the upper digits of a double only, so it may be one off.
fn nearest(exact: f64) -> f16 {
    let about = f16::from_f64(exact);
    if !about.is_finite() {
        return about;
    }
    let neighbours =
        [0, 1, -1].map(|step| f16::from_bits(about.to_bits().wrapping_add_signed(step)));
    let distance = |half: &f16| (half.to_f64() - exact).abs();
    let is_odd = |half: &f16| half.to_bits() & 1;
    neighbours
        .into_iter()
        .filter(|half| half.is_finite() && half.is_sign_negative() == about.is_sign_negative())
        .min_by(|a, b| {
            distance(a)
                .total_cmp(&distance(b))
                .then(is_odd(a).cmp(&is_odd(b)))
        })
        .unwrap_or(about)
}

#[backend_test]
fn arithmetic_is_rounded_once(context: &Context) -> Result<()> {
    check(context, "return a + b;", rounded(|a, b| a + b))?;
    check(context, "return __hsub(a, b);", rounded(|a, b| a - b))?;
    check(context, "a *= b; return a;", rounded(|a, b| a * b))?;
    check(context, "return a / b;", rounded(|a, b| a / b))?;
    check(
        context,
        "return __hfma(a, b, a);",
        rounded(|a, b| a.mul_add(b, a)),
    )?;
    check(context, "return -__habs(a);", |a, _| {
        f16::from_bits(a.to_bits() | 0x8000)
    })
}

#[backend_test]
fn pairs_are_two_halves(context: &Context) -> Result<()> {
    let pair = "const half2 x = __halves2half2(a, b), y = __halves2half2(b, a);";
    let low = format!("{pair} return __low2half(__hadd2(x, y) * x);");
    check(context, &low, |a, b| {
        f16::from_f64(f16::from_f64(a.to_f64() + b.to_f64()).to_f64() * a.to_f64())
    })?;
    let high = format!("{pair} return __high2half(__hfma2(x, y, x));");
    check(context, &high, rounded(|a, b| b.mul_add(a, b)))
}

#[backend_test]
fn comparisons_know_what_is_no_number(context: &Context) -> Result<()> {
    let number = |is: bool| f16::from_f32(f32::from(u8::from(is)));
    check(context, "return half(a < b);", |a, b| number(a < b))?;
    check(context, "return half(__hge(a, b));", |a, b| number(a >= b))?;
    check(context, "return half(a != b);", |a, b| number(a != b))?;
    check(
        context,
        "return half(__hisnan(a) + 2 * __hisinf(b));",
        |a, b| {
            let infinite = match (b.is_infinite(), b.is_sign_negative()) {
                (false, _) => 0.0,
                (true, false) => 2.0,
                (true, true) => -2.0,
            };
            f16::from_f32(f32::from(u8::from(a.is_nan())) + infinite)
        },
    )
}

#[backend_test]
fn conversions_round_as_they_say(context: &Context) -> Result<()> {
    check(
        context,
        "return __float2half_rn(__half2float(a) * 0.3f);",
        |a, _| f16::from_f32(a.to_f32() * 0.3),
    )?;
    check(
        context,
        "return __int2half_rn(__half2int_rz(a));",
        |a, _| f16::from_f64(f64::from(a.to_f32() as i32)),
    )?;
    let truncated = "return __hsub(__float2half_ru(1.0001f), __float2half_rd(1.0001f));";
    check(context, truncated, |_, _| f16::from_f32(1.0 / 1024.0))
}

#[backend_test]
fn atomic_additions_of_halves_add_all(context: &Context) -> Result<()> {
    let source = "#include <cuda_fp16.h>
__global__ void k(half *one, half2 *two) { atomicAdd(one, half(1.0f)); atomicAdd(two, __floats2half2_rn(1.0f, 2.0f)); }";
    let k = SourceModule::builder(source)
        .name_expression("k")
        .build_in(context)?;
    let (mut one, mut two) = ([f16::ZERO], [[f16::ZERO; 2]]);
    let arguments = (cuda::driver::InOut(&mut one), cuda::driver::InOut(&mut two));
    k.get_function("k")?
        .call(arguments, Launch::block(64).grid(4))?;
    assert_eq!(
        (one[0].to_f32(), two[0].map(f16::to_f32)),
        (256.0, [256.0, 512.0])
    );
    Ok(())
}
