//! The compiler with NVRTC 12.9.86 behind it.
//!
//! What needs no compiler is tested elsewhere; these run with `scripts/test ptx`, which sees to the library.

mod errors;
mod headers;
mod inputs;
mod results;

use cuda::compiler::{Arch, SourceModule, SourceModuleBuilder};

const SLIDE: &str = "__global__ void multiply_them(float *dest, float *a, float *b)
{
    const int i = threadIdx.x;
    dest[i] = a[i] * b[i];
}";

/// A source that no other test has, so that it is compiled and not found.
fn own(test: &str, source: &str) -> SourceModuleBuilder {
    SourceModule::builder(format!("// {test} {}\n{source}", std::process::id()))
}

/// The PTX of a source that must compile.
fn ptx(builder: &SourceModuleBuilder) -> String {
    let compiled = builder
        .compile(Arch::EMULATED)
        .unwrap_or_else(|error| panic!("{error}"));
    compiled.ptx().expect("PTX was asked for").to_owned()
}
