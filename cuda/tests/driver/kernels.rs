//! Calls of kernels.

use cuda::Context;
use cuda::compiler::SourceModule;
use cuda::driver::{
    CachePreference, DeviceAttribute, DeviceBuffer, FunctionAttribute, In, InOut, Launch, Out,
    Stream, StreamFlags,
};
use cuda_macros::backend_test;

use crate::{DOUBLE, kernel, ramp};

const MULTIPLY: &str = "
__global__ void multiply_them(float *dest, float *a, float *b)
{
    const int i = threadIdx.x;
    dest[i] = a[i] * b[i];
}";

#[backend_test]
fn simple_kernel(context: &Context) -> cuda::Result<()> {
    let (a, b) = (ramp(400), ramp(800)[400..].to_vec());
    let mut dest = vec![0.0; 400];
    let multiply_them = kernel(context, MULTIPLY, "multiply_them")?;
    multiply_them.call((Out(&mut dest), In(&a), In(&b)), Launch::block(400))?;
    assert!(
        dest.iter()
            .zip(&a)
            .zip(&b)
            .all(|((dest, a), b)| *dest == a * b)
    );
    Ok(())
}

#[backend_test]
fn simple_kernel_2(context: &Context) -> cuda::Result<()> {
    let (a, b) = (ramp(400), ramp(800)[400..].to_vec());
    let on_device = DeviceBuffer::from_slice(context, &a)?;
    let dest = DeviceBuffer::<f32>::uninit(context, 400)?;
    let multiply_them = kernel(context, MULTIPLY, "multiply_them")?;
    multiply_them.call(
        (&dest, &on_device, In(&b)),
        Launch::block((400, 1, 1)).grid((1, 1)),
    )?;
    let half = dest.slice(200..)?;
    multiply_them.call(
        (half, on_device.slice(200..)?, on_device.slice(200..)?),
        Launch::block(200),
    )?;
    let dest = dest.to_vec()?;
    assert!((0..200).all(|i| dest[i] == a[i] * b[i]));
    assert!((200..400).all(|i| dest[i] == a[i] * a[i]));
    Ok(())
}

#[backend_test]
fn in_and_out_at_once(context: &Context) -> cuda::Result<()> {
    let mut numbers = ramp(1000);
    let doublify = kernel(context, DOUBLE, "doublify")?;
    doublify.call((InOut(&mut numbers), 1000), Launch::for_items(1000, 128))?;
    assert!(
        numbers
            .iter()
            .zip(ramp(1000))
            .all(|(twice, once)| *twice == 2.0 * once)
    );
    assert_eq!(context.live().buffers(), 0);
    Ok(())
}

/// In Python the copy back does not wait for such a stream.
#[backend_test]
fn copies_follow_the_stream_of_the_call(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    for _ in 0..20 {
        let mut numbers = ramp(5000);
        doublify.call(
            (InOut(&mut numbers), 5000),
            Launch::for_items(5000, 64).stream(&stream),
        )?;
        assert_eq!(numbers[4999], 2.0 * ramp(5000)[4999]);
    }
    Ok(())
}

#[backend_test]
fn vector_types(context: &Context) -> cuda::Result<()> {
    const SET: &str = "
__global__ void set_them(float3 *dest, float3 x)
{
    dest[threadIdx.x] = x;
}";
    let dest = DeviceBuffer::<[f32; 3]>::uninit(context, 400)?;
    kernel(context, SET, "set_them")?.call((&dest, [1.0f32, 2.0, 3.0]), Launch::block(400))?;
    assert_eq!(dest.to_vec()?, [[1.0, 2.0, 3.0]; 400]);
    Ok(())
}

#[backend_test]
fn prepared_invocation(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(1000))?;
    let other = DeviceBuffer::from_slice(context, &ramp(1000))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let mut twice = doublify.prepare((&memory, 1000), Launch::for_items(1000, 128))?;
    for _ in 0..3 {
        twice.call()?;
    }
    twice.set(0, &other)?;
    twice.set(1, 500)?;
    twice.call()?;
    assert!(
        memory
            .to_vec()?
            .iter()
            .zip(ramp(1000))
            .all(|(eight, one)| *eight == 8.0 * one)
    );
    let other = other.to_vec()?;
    assert_eq!(
        (other[499], other[500]),
        (2.0 * ramp(1000)[499], ramp(1000)[500])
    );
    Ok(())
}

#[backend_test]
fn prepared_calls_in_any_stream(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::from_slice(context, &ramp(100))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let twice = doublify.prepare((&memory, 100), Launch::block(128).stream(&stream))?;
    twice.call()?;
    stream.synchronize()?;
    twice.call_in(&context.default_stream())?;
    assert_eq!(memory.to_vec()?[7], 4.0 * ramp(100)[7]);
    Ok(())
}

#[backend_test]
fn prepared_with_vector(context: &Context) -> cuda::Result<()> {
    const FILL: &str = "
__global__ void cuda_function(float3 input, float *out)
{
    float val = input.x + input.y + input.z;
    out[threadIdx.x] = val;
}";
    let out = DeviceBuffer::<f32>::uninit(context, 512)?;
    let function = kernel(context, FILL, "cuda_function")?;
    let prepared = function.prepare(([1.0f32, 2.0, 3.0], &out), Launch::block(512))?;
    prepared.call()?;
    assert_eq!(out.to_vec()?, [6.0; 512]);
    Ok(())
}

#[backend_test]
fn constant_memory(context: &Context) -> cuda::Result<()> {
    const COPY: &str = "
__constant__ float const_array[32];
__global__ void copy_constant_into_global(float *global_result_array)
{
    global_result_array[threadIdx.x] = const_array[threadIdx.x];
}";
    let module = SourceModule::new_in(context, COPY)?;
    let copy = module.get_function("copy_constant_into_global")?;
    let constant = module.get_global_as::<f32>("const_array")?;
    assert_eq!(
        (constant.len(), module.get_global("const_array")?.size()),
        (32, 128)
    );
    constant.copy_from(&ramp(32))?;
    let mut result = [0.0f32; 32];
    copy.call((Out(&mut result),), Launch::block(32))?;
    assert_eq!(result[..], ramp(32));
    Ok(())
}

/// More dynamic shared memory than usual must be asked for by an attribute.
#[backend_test]
fn large_smem(context: &Context) -> cuda::Result<()> {
    const KERNEL: &str = "
__global__ void kernel(unsigned *d_data)
{
    extern __shared__ unsigned s_data[];
    for (unsigned i = threadIdx.x; i < 15360; i += blockDim.x)
        s_data[i] = i;
    __syncthreads();
    if (threadIdx.x == 0)
        d_data[0] = s_data[15359] + s_data[0];
}";
    let bytes = 15360 * 4;
    let most = context
        .device()
        .get_attribute(DeviceAttribute::MaxSharedMemoryPerBlockOptIn)?;
    assert!(bytes <= most, "every device since 7.0 has so much");
    let function = kernel(context, KERNEL, "kernel")?;
    let result = DeviceBuffer::<u32>::zeroed(context, 1)?;
    let launch = Launch::block(256).shared(bytes.unsigned_abs());
    let error = function.call((&result,), launch).unwrap_err();
    assert!(error.to_string().contains("shared memory"), "{error}");
    function.set_attribute(FunctionAttribute::MaxDynamicSharedSizeBytes, bytes)?;
    assert_eq!(
        function.get_attribute(FunctionAttribute::MaxDynamicSharedSizeBytes)?,
        bytes
    );
    function.call((&result,), launch)?;
    assert_eq!(result.to_vec()?, [15359]);
    Ok(())
}

#[backend_test]
fn attributes_of_a_function(context: &Context) -> cuda::Result<()> {
    let doublify = kernel(context, DOUBLE, "doublify")?;
    assert_eq!(doublify.name(), "doublify");
    assert!(doublify.get_attribute(FunctionAttribute::NumRegs)? > 0);
    assert_eq!(
        doublify.get_attribute(FunctionAttribute::SharedSizeBytes)?,
        0
    );
    assert!(doublify.get_attribute(FunctionAttribute::MaxThreadsPerBlock)? >= 512);
    doublify.set_cache_config(CachePreference::L1)?;
    assert!(doublify.max_active_blocks_per_multiprocessor(128, 0)? >= 1);
    let (grid, block) = doublify.max_potential_block_size(0, 0)?;
    assert!(grid >= 1 && block >= 32);
    assert!(doublify.max_potential_block_size(0, 64)?.1 <= 64);
    Ok(())
}

#[backend_test]
fn a_call_is_timed(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(1000))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let elapsed = doublify.time_call((&memory, 1000), Launch::for_items(1000, 128))?;
    assert!((0.0..60_000.0).contains(&elapsed), "{elapsed}");
    Ok(())
}

/// Each block waits for all others, which works only if all run at once.
#[backend_test]
fn blocks_wait_for_each_other_in_a_cooperative_launch(context: &Context) -> cuda::Result<()> {
    const SUM: &str = "
__global__ void rotate(int *values, int *arrived)
{
    int next = values[(blockIdx.x + 1) % gridDim.x];
    __threadfence();
    atomicAdd(arrived, 1);
    while (atomicAdd(arrived, 0) < gridDim.x) { }
    values[blockIdx.x] = next;
}";
    let blocks = 4;
    let values = DeviceBuffer::from_slice(context, &[10, 11, 12, 13])?;
    let arrived = DeviceBuffer::<i32>::zeroed(context, 1)?;
    let launch = Launch::block(1).grid(blocks).cooperative();
    kernel(context, SUM, "rotate")?.call((&values, &arrived), launch)?;
    assert_eq!(values.to_vec()?, [11, 12, 13, 10]);
    Ok(())
}

#[backend_test]
fn recursion_has_a_stack(context: &Context) -> cuda::Result<()> {
    const SUM: &str = "
__device__ __noinline__ int sum_below(int n)
{
    return n == 0 ? 0 : n + sum_below(n - 1);
}
__global__ void sums(int *dest)
{
    dest[threadIdx.x] = sum_below(threadIdx.x);
}";
    let mut dest = [0i32; 33];
    kernel(context, SUM, "sums")?.call((Out(&mut dest),), Launch::block(33))?;
    assert!((0..33).all(|n| dest[n as usize] == n * (n + 1) / 2));
    Ok(())
}
