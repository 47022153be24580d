//! The functions in the headers of this crate that the compiler does not have itself.

use cuda::Result;
use cuda::compiler::SourceModule;
use cuda::driver::{Context, In, Launch, Out};
use cuda_macros::backend_test;

/// Runs a kernel `k(T *to)` with one thread.
fn run<T: bytemuck::Pod, const N: usize>(context: &Context, source: &str) -> Result<[T; N]> {
    let module = SourceModule::builder(source)
        .name_expression("k")
        .build_in(context)?;
    let mut to = [T::zeroed(); N];
    module
        .get_function("k")?
        .call((Out(&mut to),), Launch::block(1))?;
    Ok(to)
}

#[backend_test]
fn texts_are_measured_compared_and_moved(context: &Context) -> Result<()> {
    let source = r#"
#include <cstring>
__global__ void k(int *to)
{
    char text[8] = "abcdef";
    to[0] = (int)std::strlen(text);
    to[1] = strcmp("abc", "abd") < 0;
    to[2] = strcmp("b", "abc") > 0;
    to[3] = strcmp("same", "same");
    to[4] = memcmp("abc", "abx", 2);
    to[5] = memcmp("ab\xff", "ab\x01", 3);
    memmove(text + 2, text, 4);
    to[6] = strcmp(text, "ababcd");
    memmove(text, text + 2, 5);
    to[7] = strcmp(text, "abcd");
}
"#;
    assert_eq!(run::<i32, _>(context, source)?, [6, 1, 1, 0, 0, 1, 0, 0]);
    Ok(())
}

#[backend_test]
fn limits_are_those_of_rust(context: &Context) -> Result<()> {
    let source = "
#include <limits>
#include <cmath>
template <class T> __device__ void three(double *to)
{
    to[0] = std::numeric_limits<T>::min(); to[1] = std::numeric_limits<T>::lowest(); to[2] = std::numeric_limits<T>::max();
}
__global__ void k(double *to)
{
    three<short>(to); three<unsigned>(to + 3); three<float>(to + 6); three<double>(to + 9);
    to[12] = std::numeric_limits<float>::epsilon();
    to[13] = std::numeric_limits<double>::infinity();
    to[14] = std::isnan(std::numeric_limits<float>::quiet_NaN()) && std::isnan(NAN) && std::isinf(-INFINITY);
}";
    let expected = [
        i16::MIN.into(),
        i16::MIN.into(),
        i16::MAX.into(),
        0.0,
        0.0,
        u32::MAX.into(),
        f32::MIN_POSITIVE.into(),
        f32::MIN.into(),
        f32::MAX.into(),
        f64::MIN_POSITIVE,
        f64::MIN,
        f64::MAX,
        f32::EPSILON.into(),
        f64::INFINITY,
        1.0,
    ];
    assert_eq!(run::<f64, _>(context, source)?, expected);
    Ok(())
}

#[backend_test]
fn values_are_swapped_and_clamped(context: &Context) -> Result<()> {
    let source = "
#include <algorithm>
__global__ void k(int *to)
{
    std::pair<int, float> pair = std::make_pair(1, 2.0f);
    int other = 7;
    std::swap(pair.first, other);
    to[0] = pair.first; to[1] = other; to[2] = (int)pair.second;
    to[3] = std::min(3, 2); to[4] = std::max(3, 2); to[5] = std::clamp(9, 1, 5); to[6] = std::clamp(-9, 1, 5);
}";
    assert_eq!(run::<i32, _>(context, source)?, [7, 1, 2, 2, 3, 5, 1]);
    Ok(())
}

#[backend_test]
fn constants_of_mathematics(context: &Context) -> Result<()> {
    use std::f64::consts as of;
    let source = "
#include <math.h>
#include <math_constants.h>
__global__ void k(double *to)
{
    to[0] = M_PI; to[1] = M_E; to[2] = M_LN2; to[3] = M_SQRT2; to[4] = M_2_SQRTPI; to[5] = M_LOG10E;
    to[6] = CUDART_PI; to[7] = CUDART_LN2; to[8] = CUDART_L2E; to[9] = CUDART_LGE; to[10] = CUDART_SQRT_TWO;
}";
    let expected = [
        of::PI,
        of::E,
        of::LN_2,
        of::SQRT_2,
        of::FRAC_2_SQRT_PI,
        of::LOG10_E,
        of::PI,
        of::LN_2,
        of::LOG2_E,
        of::LOG10_E,
        of::SQRT_2,
    ];
    assert_eq!(run::<f64, _>(context, source)?, expected);
    Ok(())
}

#[backend_test]
fn complex_numbers_under_the_names_of_c(context: &Context) -> Result<()> {
    let source = "
#include <cuComplex.h>
__global__ void k(double2 *to, const double2 *from)
{
    const cuDoubleComplex a = from[0], b = from[1];
    to[0] = cuCadd(a, b); to[1] = cuCsub(a, b); to[2] = cuCmul(a, b); to[3] = cuCdiv(a, b); to[4] = cuConj(a);
    to[5] = make_cuDoubleComplex(cuCabs(a), cuCreal(b)); to[6] = cuCfma(a, b, a);
    to[7] = cuComplexFloatToDouble(cuCmulf(cuComplexDoubleToFloat(a), make_cuFloatComplex(0.0f, 1.0f)));
}";
    let k = SourceModule::new_in(context, source)?.get_function("k")?;
    let mut to = [[0.0_f64; 2]; 8];
    k.call(
        (Out(&mut to), In(&[[3.0, 4.0], [1.0, -2.0]])),
        Launch::block(1),
    )?;
    let expected = [
        [4.0, 2.0],
        [2.0, 6.0],
        [11.0, -2.0],
        [-1.0, 2.0],
        [3.0, -4.0],
        [5.0, 1.0],
        [14.0, 2.0],
        [-4.0, 3.0],
    ];
    for (ours, exact) in to.as_flattened().iter().zip(expected.as_flattened()) {
        assert!((ours - exact).abs() < 1e-14, "{to:?}");
    }
    Ok(())
}
