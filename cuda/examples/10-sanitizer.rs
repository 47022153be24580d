//! The emulated device checks every access. Three kernels with a bug each, of the kind that a GPU may run without a word:
//! the error names kernel, thread, address and line.
//!
//! ```text
//! cuCtxSynchronize of ... (kernel one_too_far) failed: ... (CUDA_ERROR_ILLEGAL_ADDRESS): illegal address: a write of 4 bytes of global memory is out of bounds
//!     at kernel one_too_far, kernel.cu:6
//!     by thread (4,0,0) in block (3,0,0)
//!     address ... is 0 bytes after the allocation of 400 bytes at ...
//!
//! cuCtxSynchronize of ... (kernel never_written) failed: ... (CUDA_ERROR_LAUNCH_FAILED): read of uninitialised memory: a read of 4 bytes of global memory that nobody has written
//!     at kernel never_written, kernel.cu:11
//!     by thread (0,0,0) in block (0,0,0)
//!     address ... is 0 bytes inside the allocation of 256 bytes at ...
//!
//! cuCtxSynchronize of ... (kernel no_barrier) failed: ... (CUDA_ERROR_LAUNCH_FAILED): race on shared memory: the thread reads byte 252 of shared memory, which thread (63,0,0) has written without a barrier between
//!     at kernel no_barrier, kernel.cu:21
//!     by thread (0,0,0) in block (0,0,0)
//!     address ...
//!
//! ```

use cuda::compiler::SourceModule;
use cuda::driver::{Context, ContextFlags, Device, DeviceBuffer, Launch};

const SOURCE: &str = r"
__global__ void one_too_far(int *to, int length)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= length)   // should be <
        to[i] = i;
}

__global__ void never_written(int *to, const int *from)
{
    to[threadIdx.x] = from[threadIdx.x] + 1;
}

__global__ void no_barrier(int *to)
{
    __shared__ int part[64];
    part[threadIdx.x] = 0;
    __syncthreads();
    part[threadIdx.x] = threadIdx.x;
    // __syncthreads() is missing.
    to[threadIdx.x] = part[63 - threadIdx.x];
}
";

fn main() -> cuda::Result<()> {
    // Whatever hardware there is.
    let context = Context::create(Device::emulated(0)?, ContextFlags::default())?;
    let module = SourceModule::new_in(&context, SOURCE)?;
    let to = DeviceBuffer::<i32>::zeroed(&context, 100)?;
    let from = DeviceBuffer::<i32>::uninit(&context, 64)?;

    let one_too_far = module.get_function("one_too_far")?;
    one_too_far.call((&to, 100), Launch::for_items(101, 32))?;
    report(&context);
    let never_written = module.get_function("never_written")?;
    never_written.call((&to, &from), Launch::block(64))?;
    report(&context);
    let no_barrier = module.get_function("no_barrier")?;
    no_barrier.call((&to,), Launch::block(64))?;
    report(&context);
    Ok(())
}

fn report(context: &Context) {
    let error = context.synchronize().expect_err("every kernel has a bug");
    println!("{error}\n");
}
