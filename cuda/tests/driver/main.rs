//! The driver's objects, on every device there is.
//!
//! The names of PyCUDA's `test_driver` are the list of what must hold; the cases are written anew. Its tests of texture and
//! surface references are here of objects, which took their place in CUDA 12. Not here: `import_pyopencl_before_pycuda`,
//! which is about Python's modules; `bitlog`, which is a unit test of `cuda::tools`.

mod arguments;
mod contexts;
mod copies;
mod errors;
mod extremes;
mod graphs;
mod host_memory;
mod kernels;
mod memory;
mod modules;
mod pools;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod surfaces;
mod textures;

use cuda::Context;
use cuda::compiler::SourceModule;
use cuda::driver::Function;

/// The kernel of that name in a source.
fn kernel(context: &Context, source: &str, name: &str) -> cuda::Result<Function> {
    SourceModule::new_in(context, source)?.get_function(name)
}

/// Numbers that all differ.
fn ramp(len: usize) -> Vec<f32> {
    (0..len).map(|number| number as f32 * 0.5 + 1.0).collect()
}

/// Doubles what it is given.
const DOUBLE: &str = "
__global__ void doublify(float *a, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        a[i] *= 2;
}";
