//! Kernels from one line of CUDA C++: element by element, reductions and scans. The rest of the kernel is written for them,
//! for arrays of any strides.
//!
//! ```text
//! 5 x + 6 y: 65, 130, 195, 260
//! the largest distance: 36
//! all so far: 1, 3, 6, 10
//! the longest before: 0, 1, 2, 3
//! ```

use std::fmt::Display;

use cuda::elementwise::ElementwiseKernel;
use cuda::gpuarray::{Element, GpuArray};
use cuda::reduction::ReductionKernel;
use cuda::scan::{ExclusiveScanKernel, InclusiveScanKernel};

fn main() -> cuda::Result<()> {
    let _context = cuda::autoinit()?;
    let x = GpuArray::from_slice(&[1.0_f32, 2.0, 3.0, 4.0])?;
    let y = GpuArray::from_slice(&[10.0_f32, 20.0, 30.0, 40.0])?;

    let combine = ElementwiseKernel::new(
        "float a, const float *x, float b, const float *y, float *z",
        "z[i] = a * x[i] + b * y[i]",
    )?;
    let mut z = x.empty_like()?;
    combine.call((5.0_f32, &x, 6.0_f32, &y, &mut z))?;
    println!("5 x + 6 y: {}", list(&z)?);

    let distance = ReductionKernel::<f32>::new(
        "0",
        "max(a, b)",
        "fabsf(x[i] - y[i])",
        "const float *x, const float *y",
    )?;
    let largest = distance.call((&x, &y))?.item()?;
    println!("the largest distance: {largest}");

    let sums = InclusiveScanKernel::<f32>::new("a + b").call(&x)?;
    println!("all so far: {}", list(&sums)?);
    let longest = ExclusiveScanKernel::<f32>::new("max(a, b)", "0").call(&x)?;
    println!("the longest before: {}", list(&longest)?);

    assert_eq!(z.to_vec()?, [65.0, 130.0, 195.0, 260.0]);
    assert_eq!(largest, 36.0);
    assert_eq!(sums.to_vec()?, [1.0, 3.0, 6.0, 10.0]);
    Ok(())
}

fn list<T: Element + Display>(array: &GpuArray<T>) -> cuda::Result<String> {
    let values: Vec<String> = array.to_vec()?.iter().map(ToString::to_string).collect();
    Ok(values.join(", "))
}
