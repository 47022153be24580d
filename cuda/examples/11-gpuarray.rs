//! Arrays on the device, with NumPy's ways: no kernel in sight.
//!
//! ```text
//! twice the array: [[2, 4, 6],
//!  [8, 10, 12]]
//! each row without its mean: [[-1, 0, 1],
//!  [-1, 0, 1]]
//! transposed, last column first: [[4, 1],
//!  [5, 2],
//!  [6, 3]]
//! larger than 2: [[false, false, true],
//!  [true, true, true]]
//! their sum: 18
//! a number and an array of integers promote: 3.5
//! the same as ndarray's: true
//! ```

use cuda::gpuarray::{GpuArray, Slice, arange, to_gpu, where_};
use ndarray::{Array2, array};

fn main() -> cuda::Result<()> {
    let _context = cuda::autoinit()?;
    let host: Array2<f32> = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let a = to_gpu(&host)?;

    println!("twice the array: {}", 2.0 * &a);
    let means = to_gpu(&array![[2.0_f32], [5.0]])?;
    println!("each row without its mean: {}", &a - &means);
    let backwards = a.t().slice((.., Slice::new(None, None, -1)))?;
    println!("transposed, last column first: {backwards}");

    let large = a.gt(2.0)?;
    println!("larger than 2: {large}");
    let zeros = a.zeros_like()?;
    let sum = where_(&large, &a, &zeros)?.sum()?.item()?;
    println!("their sum: {sum}");

    let integers: GpuArray<i32> = arange(0, 4, 1)?;
    let mixed = &integers + &GpuArray::full(4, 0.5_f64)?;
    println!(
        "a number and an array of integers promote: {}",
        mixed.max()?.item()?
    );

    let ours = (&a * &a + 1.0).get()?;
    let theirs = (&host * &host + 1.0).into_dyn();
    println!("the same as ndarray's: {}", ours == theirs);
    assert_eq!(ours, theirs);
    assert_eq!(sum, 18.0);
    Ok(())
}
