//! A kernel multiplies two arrays, on a graphics processor or on the emulated device; then arrays that live there do without one.

use std::error::Error;
use std::io::Write;

use cuda::compiler::SourceModule;
use cuda::driver::{In, Launch, Out};

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let context = cuda::autoinit()?;
    let module = SourceModule::new_in(
        &context,
        "
__global__ void multiply_them(float *dest, float *a, float *b)
{
    const int i = threadIdx.x;
    dest[i] = a[i] * b[i];
}
",
    )?;
    let multiply_them = module.get_function("multiply_them")?;

    let a: Vec<f32> = (0..400).map(|i| (i as f32).sin()).collect();
    let b: Vec<f32> = (0..400).map(|i| (i as f32).cos()).collect();
    let mut dest = vec![0.0; 400];
    multiply_them.call((Out(&mut dest), In(&a), In(&b)), Launch::block(400))?;

    let zeros = dest.iter().zip(a.iter().zip(&b));
    let zeros = zeros.filter(|(dest, (a, b))| **dest - *a * *b == 0.0);
    writeln!(out, "dest - a*b: {} zeros", zeros.count())?;
    Ok(())
}
