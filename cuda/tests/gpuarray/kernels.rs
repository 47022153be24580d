//! Users' own elementwise and reduction kernels.

use bytemuck::{Pod, Zeroable};
use cuda::driver::{Context, Launch};
use cuda::elementwise::{ElementwiseKernel, KernelOperand};
use cuda::gpuarray::{GpuArray, Slice};
use cuda::reduction::ReductionKernel;
use cuda::scan::ExclusiveScanKernel;
use cuda::{Code, Result};
use cuda_macros::backend_test;
use half::f16;
use num_complex::Complex;

use crate::{array, count};

#[backend_test]
fn elwise_kernel(context: &Context) -> Result<()> {
    let lincomb = ElementwiseKernel::new(
        "float a, const float *x, float b, const float *y, float *z",
        "z[i] = a*x[i] + b*y[i]",
    )?
    .name("linear_combination")?;
    let (x, y) = (
        count(context, 1000)?,
        count(context, 1000)?.reverse()?.copy()?,
    );
    let mut z = x.empty_like()?;
    lincomb.call((5.0_f32, &x, 6.0_f32, &y, &mut z))?;
    assert_eq!(z.get()?, (&(5.0 * &x) + &(6.0 * &y)).get()?);
    Ok(())
}

#[backend_test]
fn elementwise_kernels_on_any_strides(context: &Context) -> Result<()> {
    let scale = ElementwiseKernel::new(
        "const float *x, float *z, int factor",
        "z[i] = factor * x[i] + i",
    )?;
    let table = count(context, 12)?.reshape((3, 4))?;
    let mut z = table.empty_like()?;
    scale.call((&table.t().reshape((3, 4))?, &mut z, 2))?;
    scale.call((&table.slice((.., Slice::new(None, None, -1)))?, &mut z, 2))?;
    assert_eq!(
        z.to_vec()?,
        [
            6.0, 5.0, 4.0, 3.0, 18.0, 17.0, 16.0, 15.0, 30.0, 29.0, 28.0, 27.0
        ]
    );
    Ok(())
}

#[backend_test]
fn ranged_elwise_kernel(context: &Context) -> Result<()> {
    let set_to_seven = ElementwiseKernel::new("float *z", "z[i] = 7")?;
    let mut z = GpuArray::<f32>::zeros_in(context, 10, Default::default())?;
    set_to_seven.call_slice((&mut z,), Slice::new(1, -1, 3))?;
    assert_eq!(
        z.to_vec()?,
        [0.0, 7.0, 0.0, 0.0, 7.0, 0.0, 0.0, 7.0, 0.0, 0.0]
    );
    set_to_seven.call_slice((&mut z,), Slice::new(None, None, -9))?;
    assert_eq!(z.to_vec()?[9], 7.0);
    assert!(
        set_to_seven
            .call_slice((&mut z,), Slice::new(None, None, 0))
            .is_err()
    );
    Ok(())
}

#[backend_test]
fn tables_of_other_shapes_are_plain_pointers(context: &Context) -> Result<()> {
    let look_up = ElementwiseKernel::new(
        "const unsigned char *k, const double *table, double *z",
        "z[i] = table[k[i]]",
    )?;
    let keys = array(context, &[2_u8, 0, 1, 2])?;
    let table = array(context, &[0.5_f64, 1.5, 2.5])?;
    let mut z = GpuArray::<f64>::zeros_in(context, 4, Default::default())?;
    look_up.call((&keys, &table, &mut z))?;
    assert_eq!(z.to_vec()?, [2.5, 0.5, 1.5, 2.5]);
    Ok(())
}

#[backend_test]
fn complex_and_half_are_known(context: &Context) -> Result<()> {
    let rotate = ElementwiseKernel::new(
        "complex<float> *z, complex<float> by",
        "z[i] = z[i] * by + exp(by - by)",
    )?;
    let mut z = array(context, &[Complex::new(1.0_f32, 2.0)])?;
    rotate.call((&mut z, Complex::new(0.0_f32, 1.0)))?;
    assert_eq!(z.to_vec()?, [Complex::new(-1.0, 1.0)]);
    let halve = ElementwiseKernel::new("half *x", "x[i] = __float2half(__half2float(x[i]) / 2)")?;
    let mut x = array(context, &[f16::from_f32(3.0)])?;
    halve.call((&mut x,))?;
    assert_eq!(x.to_vec()?, [f16::from_f32(1.5)]);
    Ok(())
}

#[backend_test]
fn preamble_and_loops(context: &Context) -> Result<()> {
    let kernel = ElementwiseKernel::new("int *counts, int *z", "mine += square(i)")?
        .preamble("__device__ int square(int x) { return x * x; }")
        .loop_prep("int mine = 0")
        .after_loop("atomicAdd(z, mine)");
    let counts = GpuArray::<i32>::zeros_in(context, 1000, Default::default())?;
    let mut z = GpuArray::<i32>::zeros_in(context, 1, Default::default())?;
    kernel.call((&counts, &mut z))?;
    assert_eq!(z.item()?, (0..1000).map(|n| n * n).sum::<i32>());
    Ok(())
}

#[backend_test]
fn operands_that_do_not_fit_are_refused(context: &Context) -> Result<()> {
    let kernel = ElementwiseKernel::new("float *z, int k", "z[i] = k")?.name("fill")?;
    let mut z = GpuArray::<f32>::zeros_in(context, 3, Default::default())?;
    let mut d = GpuArray::<f64>::zeros_in(context, 3, Default::default())?;
    for (error, what) in [
        (
            kernel.call((&mut z,)).unwrap_err(),
            "takes 2 arguments, and got 1",
        ),
        (
            kernel.call((&mut d, 1)).unwrap_err(),
            "\"float *z\" got an array of float64",
        ),
        (
            kernel.call((&mut z, 1_i64)).unwrap_err(),
            "\"int k\" got a value of int64",
        ),
        (
            kernel.call((&mut z, &d)).unwrap_err(),
            "\"int k\" got an array of float64",
        ),
    ] {
        assert_eq!(
            (error.code(), error.kernel()),
            (Code::InvalidValue, Some("fill"))
        );
        assert!(error.to_string().contains(what), "{error}");
    }
    let operands: [&dyn KernelOperand; 2] = [&&mut z, &4];
    kernel.call(operands.as_slice())?;
    assert_eq!(z.to_vec()?, [4.0; 3]);
    Ok(())
}

#[backend_test]
fn texts_may_end_with_a_comment(context: &Context) -> Result<()> {
    let kernel = ElementwiseKernel::new("int *z", "z[i] = step * i // thrice")?
        .loop_prep("const int step = 3 // a step")
        .after_loop("// that was all");
    let mut z = GpuArray::<i32>::zeros_in(context, 4, Default::default())?;
    kernel.call((&mut z,))?;
    assert_eq!(z.to_vec()?, [0, 3, 6, 9]);
    let total =
        ReductionKernel::<i32>::new("0 // zero", "a+b // both", "z[i] // it", "const int *z")?;
    assert_eq!(total.call((&z,))?.item()?, 18);
    let sums = ExclusiveScanKernel::<i32>::new("a+b // both", "0 // zero").call(&z)?;
    assert_eq!(sums.to_vec()?, [0, 0, 3, 9]);
    Ok(())
}

#[test]
fn names_of_the_kernels_own_are_refused() {
    let error = ElementwiseKernel::new("float *z, int n", "z[i] = n").unwrap_err();
    assert!(
        error.to_string().contains("n is the kernel's own"),
        "{error}"
    );
    let named =
        ElementwiseKernel::new("float *z", "z[i] = i").and_then(|kernel| kernel.name("class"));
    assert_eq!(named.unwrap_err().code(), Code::InvalidValue);
}

#[backend_test]
fn reduction_kernel(context: &Context) -> Result<()> {
    let dot = ReductionKernel::<f64>::new(
        "0",
        "a+b",
        "(double)x[i]*y[i]",
        "const float *x, const int *y",
    )?;
    for length in [1, 100, 10_000, 100_000] {
        let (x, y) = (
            count(context, length)?,
            GpuArray::full_in(context, length, 2)?,
        );
        let expected = (length * (length - 1)) as f64;
        assert_eq!(dot.call((&x, &y))?.item()?, expected, "{length}");
    }
    let mut out = GpuArray::<f64>::zeros_in(context, (1, 1), Default::default())?;
    dot.call_into(
        (&count(context, 3)?.reverse()?, &array(context, &[1, 2, 3])?),
        &mut out,
    )?;
    assert_eq!(out.to_vec()?, [4.0]);
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct MinMax {
    min: i32,
    max: i32,
    at: i64,
}

#[backend_test]
fn struct_reduce(context: &Context) -> Result<()> {
    let kernel = ReductionKernel::<MinMax>::of_type(
        "MinMax",
        "MinMax{2147483647, -2147483647 - 1, -1}",
        "join(a, b)",
        "single(x[i], i)",
        "const int *x",
    )?
    .preamble(
        "struct MinMax { int min, max; long long at; };
__device__ MinMax single(int x, long long i) { return MinMax{x, x, i}; }
__device__ MinMax join(MinMax a, MinMax b) {
    return MinMax{min(a.min, b.min), max(a.max, b.max), a.max > b.max || (a.max == b.max && a.at > b.at) ? a.at : b.at};
}",
    );
    let numbers: Vec<i32> = (0..50_000_i64)
        .map(|n| (n * 7919 % 100_003) as i32)
        .collect();
    let found = kernel.call_value((&array(context, &numbers)?,))?;
    let max = *numbers.iter().max().unwrap();
    let at = numbers.iter().rposition(|number| *number == max).unwrap() as i64;
    assert_eq!(found, MinMax { min: 0, max, at });
    Ok(())
}

#[backend_test]
fn pass_slice_to_kernel(context: &Context) -> Result<()> {
    let module = cuda::compiler::SourceModule::new_in(
        context,
        "__global__ void twice(float *a) { a[threadIdx.x] *= 2; }",
    )?;
    let numbers = count(context, 600)?;
    module
        .get_function("twice")?
        .call((&numbers.slice(256..)?,), Launch::block(256))?;
    let expected: Vec<f32> = (0..600)
        .map(|n| {
            if (256..512).contains(&n) {
                2.0 * n as f32
            } else {
                n as f32
            }
        })
        .collect();
    assert_eq!(numbers.to_vec()?, expected);
    Ok(())
}
