//! A GPU through this crate: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all.
//!
//! - `launch`: an empty kernel of two arguments, a thousand in a row, prepared; `call` gives its arguments each time;
//! - `round_trip`: the same, each waited for;
//! - `add`: z = x + y over arrays of f32, 256 MB in all: bytes read and written a second;
//! - `sum`: of 256 MB of f32: bytes read a second;
//! - `alloc`: 1 MB from a memory pool, and back;
//! - `replay`: a graph of twenty empty kernels: a kernel of it;
//! - `start`: the first launch of a process, from its source on: nothing is compiled that an earlier process had compiled.
//!
//! Medians. Without a GPU it ends with 77, by which the comparison is left out.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use cuda::compiler::SourceModule;
use cuda::driver::{Device, DeviceBuffer, Function, Launch, Stream, StreamFlags};
use cuda::gpuarray::GpuArray;
use cuda::tools::DeviceMemoryPool;
use cuda::{Context, Result};

const BATCH: u32 = 1000;
const REPEATS: usize = 101;
const BYTES: usize = 256 << 20;
const NODES: usize = 20;
const NOT_INSTALLED: u8 = 77;

const NOTHING: &str = "__global__ void nothing(float *p, int n) {}";

/// Gives the unit and the figure.
type Measure = fn(&Context) -> Result<(&'static str, f64)>;

const MEASURES: [(&str, Measure); 8] = [
    ("launch", launch),
    ("call", call),
    ("round_trip", round_trip),
    ("add", add),
    ("sum", sum),
    ("alloc", alloc),
    ("replay", replay),
    ("start", start),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| {
        let mut names = wanted
            .iter()
            .filter(|name| !name.starts_with("--"))
            .peekable();
        names.peek().is_none() || names.any(|wanted| wanted == name)
    };
    let Ok(context) = Device::cuda(0).and_then(Context::primary) else {
        eprintln!("there is no NVIDIA GPU");
        return ExitCode::from(NOT_INSTALLED);
    };
    let _current = context.make_current();
    for (name, measure) in MEASURES.into_iter().filter(|(name, _)| is_wanted(name)) {
        let (unit, value) = measure(&context).unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}\t{unit}\t{value:.3}");
    }
    ExitCode::SUCCESS
}

/// The median of many times of `job`, made `times` times in a row; `after` is not counted.
fn median(
    times: u32,
    mut job: impl FnMut() -> Result<()>,
    after: impl Fn() -> Result<()>,
) -> Result<Duration> {
    let mut sample = || {
        let begin = Instant::now();
        (0..times).try_for_each(|_| job())?;
        let taken = begin.elapsed() / times;
        after().map(|()| taken)
    };
    sample()?;
    let mut samples = (0..REPEATS).map(|_| sample()).collect::<Result<Vec<_>>>()?;
    samples.sort_unstable();
    Ok(samples[REPEATS / 2])
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn gigabytes(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() * 1e-9
}

fn nothing(context: &Context) -> Result<Function> {
    SourceModule::new_in(context, NOTHING)?.get_function("nothing")
}

fn launch(context: &Context) -> Result<(&'static str, f64)> {
    let memory = DeviceBuffer::<f32>::zeroed(context, 1)?;
    let prepared = nothing(context)?.prepare((&memory, 7_i32), Launch::block(32))?;
    let time = median(BATCH, || prepared.call(), || context.synchronize())?;
    Ok(("us/launch", micros(time)))
}

fn call(context: &Context) -> Result<(&'static str, f64)> {
    let memory = DeviceBuffer::<f32>::zeroed(context, 1)?;
    let nothing = nothing(context)?;
    let call = || nothing.call((&memory, 7_i32), Launch::block(32));
    let time = median(BATCH, call, || context.synchronize())?;
    Ok(("us/launch", micros(time)))
}

fn round_trip(context: &Context) -> Result<(&'static str, f64)> {
    let memory = DeviceBuffer::<f32>::zeroed(context, 1)?;
    let prepared = nothing(context)?.prepare((&memory, 7_i32), Launch::block(32))?;
    let trip = || {
        prepared.call()?;
        context.synchronize()
    };
    let time = median(BATCH, trip, || Ok(()))?;
    Ok(("us/launch", micros(time)))
}

fn add(_: &Context) -> Result<(&'static str, f64)> {
    let count = BYTES / 12;
    let x = GpuArray::<f32>::ones(count)?;
    let y = GpuArray::<f32>::ones(count)?;
    let added = || x.try_add(&y).map(drop);
    let batch = || {
        (0..10)
            .try_for_each(|_| added())
            .and_then(|()| x.stream().synchronize())
    };
    let time = median(1, batch, || Ok(()))? / 10;
    Ok(("GB/s", gigabytes(12 * count, time)))
}

fn sum(_: &Context) -> Result<(&'static str, f64)> {
    let x = GpuArray::<f32>::ones(BYTES / 4)?;
    let summed = || x.sum().map(drop);
    let batch = || {
        (0..10)
            .try_for_each(|_| summed())
            .and_then(|()| x.stream().synchronize())
    };
    let time = median(1, batch, || Ok(()))? / 10;
    assert_eq!(x.sum()?.item()?, (BYTES / 4) as f32);
    Ok(("GB/s", gigabytes(BYTES, time)))
}

fn alloc(context: &Context) -> Result<(&'static str, f64)> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let pool = DeviceMemoryPool::new(context).in_stream(&stream);
    let take = || DeviceBuffer::<u8>::uninit(&pool, 1 << 20).map(drop);
    let time = median(100, take, || Ok(()))?;
    Ok(("us/op", micros(time)))
}

fn replay(context: &Context) -> Result<(&'static str, f64)> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<f32>::zeroed(context, 1)?;
    let nothing = nothing(context)?;
    let graph = stream.capture(|stream| {
        let launch = Launch::block(32).stream(stream);
        (0..NODES).try_for_each(|_| nothing.call((&memory, 7_i32), launch))
    })?;
    let graph = graph.instantiate()?;
    let batch = || {
        (0..100)
            .try_for_each(|_| graph.launch(&stream))
            .and_then(|()| stream.synchronize())
    };
    let time = median(1, batch, || Ok(()))? / 100;
    Ok(("us/kernel", micros(time) / NODES as f64))
}

/// The first launch, from the source on.
fn start(context: &Context) -> Result<(&'static str, f64)> {
    let begin = Instant::now();
    nothing(context)?.call((0_u64, 7_i32), Launch::block(32))?;
    context.synchronize()?;
    Ok(("us", micros(begin.elapsed())))
}
