//! A small compiler: CUDA C++ from a file, PTX to standard output, warnings and errors to standard error. It needs no
//! device.
//!
//! ```sh
//! cargo run --example 14-compile -- kernel.cu --use_fast_math
//! ```
//!
//! Without an argument it compiles a kernel of its own and prints
//!
//! ```text
//! .version 8.8
//! .target sm_80
//! .address_size 64
//! .visible .entry saxpy(
//! ```

use std::error::Error;
use std::process::ExitCode;

use cuda::compiler::{Arch, SourceModule};

const SOURCE: &str = r"
__global__ void saxpy(float *y, const float *x, float a, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] += a * x[i];
}
";

fn main() -> ExitCode {
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compile() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        let compiled = SourceModule::builder(SOURCE).compile(Arch::EMULATED)?;
        let lines = compiled.ptx().unwrap_or_default().lines();
        let head = lines.filter(|line| line.starts_with('.'));
        head.for_each(|line| println!("{line}"));
        return Ok(());
    };
    let source = std::fs::read_to_string(&path)
        .map_err(|error| format!("could not read {path}: {error}"))?;
    let builder = SourceModule::builder(source);
    let compiled = arguments
        .fold(builder, |builder, flag| builder.option(flag))
        .compile(Arch::EMULATED)?;
    for warning in compiled.warnings() {
        eprintln!("{warning}");
    }
    print!("{}", compiled.ptx().unwrap_or_default());
    Ok(())
}
