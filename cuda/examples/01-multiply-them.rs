//! The slide: 400 threads multiply two vectors, and what is left after the same on the host is nothing.
//!
//! It prints, the first line with the device that it found,
//!
//! ```text
//! on ...
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//! ```

use std::f32::consts::{E, PI};

use cuda::compiler::SourceModule;
use cuda::driver::{In, Launch, Out};

fn main() -> cuda::Result<()> {
    let context = cuda::autoinit()?;
    println!("on {context}");
    let module = SourceModule::new(
        r"
__global__ void multiply_them(float *dest, float *a, float *b)
{
    const int i = threadIdx.x;
    dest[i] = a[i] * b[i];
}
",
    )?;
    let multiply_them = module.get_function("multiply_them")?;
    // Anything without a pattern.
    let a: Vec<f32> = (0..400_u16).map(|i| (f32::from(i) * PI).sin()).collect();
    let b: Vec<f32> = (0..400_u16).map(|i| (f32::from(i) * E).cos()).collect();
    let mut dest = vec![0.0_f32; 400];

    multiply_them.call((Out(&mut dest), In(&a), In(&b)), Launch::block(400).grid(1))?;

    let left: Vec<String> = (0..400)
        .map(|i| (dest[i] - a[i] * b[i]).abs().to_string())
        .collect();
    for row in left.chunks(40) {
        println!("{}", row.join(" "));
    }
    Ok(())
}
