//! `manyways/complex.cuh`, against the identities that define the functions and exact values.

use cuda::Result;
use cuda::compiler::SourceModule;
use cuda::driver::{Context, In, Launch, Out};
use cuda_macros::backend_test;

type Complex = [f64; 2];

/// `body` computes `complex<T> r` of `complex<T> a` and `complex<T> b`. Once in each precision.
fn compute(
    context: &Context,
    body: &str,
    pairs: &[(Complex, Complex)],
) -> Result<[Vec<Complex>; 2]> {
    let source = format!(
        "#include <manyways/complex.cuh>
using manyways::complex;
template <class T> __device__ complex<T> of(complex<T> a, complex<T> b) {{ {body} }}
__global__ void k(complex<double> *in_double, complex<double> *in_float, const complex<double> *from)
{{
    const int i = threadIdx.x;
    const complex<double> a = from[2 * i], b = from[2 * i + 1];
    in_double[i] = of(a, b);
    in_float[i] = complex<double>(of(complex<float>(a), complex<float>(b)));
}}"
    );
    let module = SourceModule::builder(source)
        .name_expression("k")
        .build_in(context)?;
    let from: Vec<Complex> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let (mut double, mut single) = (vec![[0.0; 2]; pairs.len()], vec![[0.0; 2]; pairs.len()]);
    let launch = Launch::block(pairs.len() as u32);
    module
        .get_function("k")?
        .call((Out(&mut double), Out(&mut single), In(&from)), launch)?;
    Ok([double, single])
}

fn assert_close(
    context: &Context,
    body: &str,
    cases: &[((Complex, Complex), Complex)],
) -> Result<()> {
    let pairs: Vec<_> = cases.iter().map(|(pair, _)| *pair).collect();
    for (results, tolerance) in compute(context, body, &pairs)?.iter().zip([1e-13, 2e-5]) {
        for (result, (pair, expected)) in results.iter().zip(cases) {
            let size = expected[0].hypot(expected[1]).max(1.0);
            let error = (result[0] - expected[0]).hypot(result[1] - expected[1]);
            assert!(
                error <= tolerance * size,
                "{body} of {pair:?} is {result:?}, not {expected:?}"
            );
        }
    }
    Ok(())
}

const PAIRS: [(Complex, Complex); 6] = [
    ([1.0, 2.0], [3.0, -1.0]),
    ([-0.5, 0.25], [0.125, 2.0]),
    ([2.0, 0.0], [0.0, 1.5]),
    ([0.0, -1.0], [-2.0, 0.5]),
    ([-3.0, -0.75], [1.0, 1.0]),
    ([0.1, 0.2], [-0.3, -0.4]),
];

fn with(exact: impl Fn(Complex, Complex) -> Complex) -> Vec<((Complex, Complex), Complex)> {
    PAIRS
        .iter()
        .map(|(a, b)| ((*a, *b), exact(*a, *b)))
        .collect()
}

#[backend_test]
fn arithmetic(context: &Context) -> Result<()> {
    let sum = with(|a, b| [a[0] + b[0], a[1] + b[1]]);
    assert_close(context, "return a + b;", &sum)?;
    let product = with(|a, b| [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]);
    assert_close(context, "a *= b; return a;", &product)?;
    let same = with(|a, _| a);
    assert_close(context, "return a / b * b;", &same)?;
    assert_close(context, "return conj(conj(a) - conj(b)) + b;", &same)?;
    let scaled = with(|a, _| [2.0 * a[0] + 1.0, 2.0 * a[1]]);
    assert_close(context, "return T(2) * a + T(1);", &scaled)?;
    let squares = with(|a, _| [a[0].hypot(a[1]), a[0] * a[0] + a[1] * a[1]]);
    assert_close(context, "return complex<T>(abs(a), norm(a));", &squares)
}

#[backend_test]
fn a_quotient_does_not_overflow_where_its_value_does_not(context: &Context) -> Result<()> {
    let large = [1e30, 1e30];
    let cases = [
        ((large, large), [1.0, 0.0]),
        (([1e30, 0.0], large), [0.5, -0.5]),
    ];
    assert_close(context, "return a / b;", &cases)
}

#[backend_test]
fn roots_and_powers(context: &Context) -> Result<()> {
    let same = with(|a, _| a);
    assert_close(context, "complex<T> r = sqrt(a); return r * r;", &same)?;
    let exact = [
        (([-4.0, 0.0], [0.0, 0.0]), [0.0, 2.0]),
        (([-4.0, -0.0], [0.0, 0.0]), [0.0, -2.0]),
        (([3.0, 4.0], [0.0, 0.0]), [2.0, 1.0]),
        (([0.0, 0.0], [0.0, 0.0]), [0.0, 0.0]),
    ];
    assert_close(context, "return sqrt(a);", &exact)?;
    let cube = with(|a, _| {
        let square = [a[0] * a[0] - a[1] * a[1], 2.0 * a[0] * a[1]];
        [
            square[0] * a[0] - square[1] * a[1],
            square[0] * a[1] + square[1] * a[0],
        ]
    });
    assert_close(context, "return pow(a, T(3));", &cube)?;
    assert_close(
        context,
        "return pow(complex<T>(T(0)), complex<T>(T(0)));",
        &with(|_, _| [1.0, 0.0]),
    )
}

#[backend_test]
fn exponentials(context: &Context) -> Result<()> {
    let exp = with(|a, _| [a[0].exp() * a[1].cos(), a[0].exp() * a[1].sin()]);
    assert_close(context, "return exp(a);", &exp)?;
    assert_close(context, "return exp(log(a));", &with(|a, _| a))?;
    assert_close(
        context,
        "return log10(a) * T(2.302585092994045684) - log(a);",
        &with(|_, _| [0.0; 2]),
    )?;
    assert_close(
        context,
        "return manyways::polar(abs(a), arg(a));",
        &with(|a, _| a),
    )
}

#[backend_test]
fn circular_and_hyperbolic_functions(context: &Context) -> Result<()> {
    let sin = with(|a, _| [a[0].sin() * a[1].cosh(), a[0].cos() * a[1].sinh()]);
    assert_close(context, "return sin(a);", &sin)?;
    assert_close(
        context,
        "return sin(a) * sin(a) + cos(a) * cos(a);",
        &with(|_, _| [1.0, 0.0]),
    )?;
    assert_close(
        context,
        "return cosh(a) * cosh(a) - sinh(a) * sinh(a);",
        &with(|_, _| [1.0, 0.0]),
    )?;
    assert_close(
        context,
        "return tan(a) * cos(a) - sin(a);",
        &with(|_, _| [0.0; 2]),
    )?;
    assert_close(
        context,
        "return tanh(a) * cosh(a) - sinh(a);",
        &with(|_, _| [0.0; 2]),
    )?;
    let far = [
        (([60.0, 1.0], [0.0; 2]), [1.0, 0.0]),
        (([-60.0, 1.0], [0.0; 2]), [-1.0, 0.0]),
    ];
    assert_close(context, "return tanh(a);", &far)
}
