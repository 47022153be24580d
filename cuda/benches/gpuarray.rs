//! Bandwidths of arrays' operations, beside that of a copy on the device. Prints `name<TAB>unit<TAB>value` for what its argument
//! names, or for all.
//!
//! On hardware arrays have 256 MiB, on the emulated device 4 MiB: `MANYWAYS_CUDA` chooses.

use std::env;

use cuda::Result;
use cuda::curandom::{Generator, PhiloxGenerator, XorwowGenerator};
use cuda::driver::{BackendKind, Context, EventFlags, Stream};
use cuda::gpuarray::{GpuArray, Order};

const REPETITIONS: usize = 15;

struct Bench {
    stream: Stream,
    count: usize,
}

/// A name, the bytes that are moved for each element, and what is done.
type Case = (&'static str, usize, fn(&Bench) -> Result<f64>);

const CASES: [Case; 7] = [
    ("copy", 8, copy),
    ("add", 12, add),
    ("add_scalar", 8, add_scalar),
    ("add_strided", 12, add_strided),
    ("sum", 4, sum),
    ("xorwow_uniform", 4, xorwow),
    ("philox_uniform", 4, philox),
];

impl Bench {
    fn new(context: &Context) -> Bench {
        let bytes = if context.kind() == BackendKind::Cuda {
            256 << 20
        } else {
            4 << 20
        };
        Bench {
            stream: context.default_stream(),
            count: bytes / size_of::<f32>(),
        }
    }

    fn numbers(&self) -> Result<GpuArray<f32>> {
        GpuArray::sequence_in(&self.stream, 0.0, 1.0, self.count)
    }

    /// The median of the seconds that the device needs for it. The first call, which loads kernels, does not count.
    fn seconds(&self, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
        work()?;
        let mut times = Vec::with_capacity(REPETITIONS);
        for _ in 0..REPETITIONS {
            let start = self.stream.record(EventFlags::DEFAULT)?;
            work()?;
            let end = self.stream.record(EventFlags::DEFAULT)?;
            end.synchronize()?;
            times.push(f64::from(end.time_since(&start)?) / 1000.0);
        }
        times.sort_by(f64::total_cmp);
        Ok(times[REPETITIONS / 2])
    }
}

fn copy(bench: &Bench) -> Result<f64> {
    let (from, mut to) = (bench.numbers()?, bench.numbers()?);
    bench.seconds(|| to.assign(&from))
}

fn add(bench: &Bench) -> Result<f64> {
    let (a, b) = (bench.numbers()?, bench.numbers()?);
    bench.seconds(|| a.try_add(&b).map(drop))
}

fn add_scalar(bench: &Bench) -> Result<f64> {
    let a = bench.numbers()?;
    bench.seconds(|| a.try_add(1.0).map(drop))
}

/// Of the elements one reads in C's order and the other in Fortran's.
fn add_strided(bench: &Bench) -> Result<f64> {
    let side = bench.count.isqrt();
    let a = GpuArray::<f32>::zeros_in(&bench.stream, (side, side), Order::C)?;
    let b = a.t();
    bench.seconds(|| a.try_add(&b).map(drop))
}

fn sum(bench: &Bench) -> Result<f64> {
    let a = bench.numbers()?;
    bench.seconds(|| a.sum().map(drop))
}

fn fill(bench: &Bench, mut generator: impl Generator) -> Result<f64> {
    let mut a = bench.numbers()?;
    bench.seconds(|| generator.fill_uniform(&mut a))
}

fn xorwow(bench: &Bench) -> Result<f64> {
    fill(bench, XorwowGenerator::new_in(&bench.stream, 1)?)
}

fn philox(bench: &Bench) -> Result<f64> {
    fill(bench, PhiloxGenerator::new_in(&bench.stream, 1, 0)?)
}

fn main() -> Result<()> {
    let wanted = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let context = cuda::autoinit()?;
    println!("# {context}");
    let bench = Bench::new(&context);
    for (name, bytes, case) in CASES {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            println!(
                "{name}\tGB/s\t{:.2}",
                (bytes * bench.count) as f64 / case(&bench)? / 1e9
            );
        }
    }
    Ok(())
}
