//! What calls cost on the host: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all. It
//! measures the hardware if there is any, else the emulated device, and says which on a line that starts with `#`.
//!
//! - `launch_raw`: cuLaunchKernel itself, without any of this crate (hardware only);
//! - `launch_prepared`: the same kernel through `PreparedFunction::call`;
//! - `launch_call`: the same through `Function::call`;
//! - `graph_launch`: a graph of 20 such kernels, for each kernel;
//! - `pool_alloc`: a block of `DeviceMemoryPool` taken and given back;
//! - `driver_alloc`: the same of the driver.
//!
//! Each is the median of rounds, after which the device is waited for outside of the time.

mod sys;

use std::time::Instant;

use cuda::Context;
use cuda::driver::{Allocator, DeviceBuffer, Function, Launch, Module, Stream, StreamFlags};
use cuda::tools::DeviceMemoryPool;

const ROUNDS: usize = 51;

/// Calls in a round: fewer than a stream takes before a launch waits.
const CALLS: usize = 200;

/// A kernel that does nothing, with the arguments of a usual one.
const NOTHING: &str = "
.version 7.0
.target sm_80
.address_size 64
.visible .entry nothing(.param .u64 a, .param .u64 b, .param .f32 c, .param .u32 n)
{
    ret;
}
";

type Measure = fn(&Context) -> cuda::Result<Option<f64>>;

const MEASURES: [(&str, Measure); 6] = [
    ("launch_raw", launch_raw),
    ("launch_prepared", launch_prepared),
    ("launch_call", launch_call),
    ("graph_launch", graph_launch),
    ("pool_alloc", pool_alloc),
    ("driver_alloc", driver_alloc),
];

fn main() -> cuda::Result<()> {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .collect();
    let context = cuda::autoinit()?;
    println!("# {context}");
    for (name, measure) in MEASURES {
        if (wanted.is_empty() || wanted.iter().any(|wanted| wanted == name))
            && let Some(microseconds) = measure(&context)?
        {
            println!("{name}\tus\t{microseconds:.3}");
        }
    }
    Ok(())
}

/// Microseconds of one call: the median of rounds of `CALLS`.
fn median(context: &Context, mut call: impl FnMut() -> cuda::Result<()>) -> cuda::Result<f64> {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..CALLS {
            call()?;
        }
        rounds.push(start.elapsed().as_secs_f64() * 1e6 / CALLS as f64);
        context.synchronize()?;
    }
    rounds.sort_by(f64::total_cmp);
    Ok(rounds[ROUNDS / 2])
}

fn nothing(context: &Context) -> cuda::Result<Function> {
    Module::from_ptx(context, NOTHING)?.get_function("nothing")
}

fn launch_raw(context: &Context) -> cuda::Result<Option<f64>> {
    if context.kind() != cuda::driver::BackendKind::Cuda {
        return Ok(None);
    }
    let memory = DeviceBuffer::<f32>::zeroed(context, 1000)?;
    let kernel = sys::RawKernel::load(NOTHING, c"nothing");
    let mut arguments = (memory.ptr().0, memory.ptr().0, 2.5f32, 1000u32);
    Ok(Some(median(context, || {
        kernel.launch(&mut arguments);
        Ok(())
    })?))
}

fn launch_prepared(context: &Context) -> cuda::Result<Option<f64>> {
    let memory = DeviceBuffer::<f32>::zeroed(context, 1000)?;
    let function = nothing(context)?;
    let prepared = function.prepare((&memory, &memory, 2.5f32, 1000u32), Launch::block(32))?;
    Ok(Some(median(context, || prepared.call())?))
}

fn launch_call(context: &Context) -> cuda::Result<Option<f64>> {
    let memory = DeviceBuffer::<f32>::zeroed(context, 1000)?;
    let function = nothing(context)?;
    let call = || function.call((&memory, &memory, 2.5f32, 1000u32), Launch::block(32));
    Ok(Some(median(context, call)?))
}

fn graph_launch(context: &Context) -> cuda::Result<Option<f64>> {
    const KERNELS: usize = 20;
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<f32>::zeroed(context, 1000)?;
    let function = nothing(context)?;
    let graph = stream.capture(|stream| {
        let launch = Launch::block(32).stream(stream);
        (0..KERNELS).try_for_each(|_| function.call((&memory, &memory, 2.5f32, 1000u32), launch))
    })?;
    let graph = graph.instantiate()?;
    graph.upload(&stream)?;
    Ok(Some(
        median(context, || graph.launch(&stream))? / KERNELS as f64,
    ))
}

fn pool_alloc(context: &Context) -> cuda::Result<Option<f64>> {
    let pool = DeviceMemoryPool::new(context);
    Ok(Some(median(context, || pool.allocate(1 << 20).map(drop))?))
}

fn driver_alloc(context: &Context) -> cuda::Result<Option<f64>> {
    Ok(Some(median(context, || {
        context.allocate(1 << 20).map(drop)
    })?))
}
