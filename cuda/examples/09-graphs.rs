//! Work that is done again and again is captured into a graph once; then one call launches all of it. Here a rod that is
//! hot at one end exchanges heat with itself: two kernels a round, 25 rounds a graph.
//!
//! ```text
//! a graph of 50 kernels, launched 4 times
//! no heat was lost: true
//! as computed on the host: true
//! ```

use cuda::compiler::{CompileOptions, SourceModule};
use cuda::driver::{DeviceBuffer, Launch, Stream, StreamFlags};

const CELLS: usize = 256;
const ROUNDS: usize = 25;
const LAUNCHES: usize = 4;

const SOURCE: &str = r"
__global__ void step(float *to, const float *from, int cells)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float left = from[i > 0 ? i - 1 : i], right = from[i + 1 < cells ? i + 1 : i];
    to[i] = from[i] + 0.25f * (left - from[i]) + 0.25f * (right - from[i]);
}
";

fn main() -> cuda::Result<()> {
    let context = cuda::autoinit()?;
    // Rounded as on the host.
    let options = CompileOptions::new().fused_multiply_add(false);
    let module = SourceModule::builder(SOURCE).options(options).build()?;
    let mut rod = vec![0.0_f32; CELLS];
    rod[..16].fill(1024.0);
    let now = DeviceBuffer::from_slice(&context, &rod)?;
    let next = DeviceBuffer::<f32>::zeroed(&context, CELLS)?;

    let step = module.get_function("step")?;
    let launch = Launch::for_items(CELLS, 64);
    let there = step.prepare((&next, &now, CELLS as i32), launch)?;
    let back = step.prepare((&now, &next, CELLS as i32), launch)?;
    let stream = Stream::new(&context, StreamFlags::NON_BLOCKING)?;
    let graph = stream.capture(|stream| {
        for _ in 0..ROUNDS {
            there.call_in(stream)?;
            back.call_in(stream)?;
        }
        Ok(())
    })?;
    println!(
        "a graph of {} kernels, launched {LAUNCHES} times",
        graph.node_count()?
    );
    let graph = graph.instantiate()?;
    for _ in 0..LAUNCHES {
        graph.launch(&stream)?;
    }
    stream.synchronize()?;

    let result = now.to_vec()?;
    let (before, after): (f32, f32) = (rod.iter().sum(), result.iter().sum());
    println!(
        "no heat was lost: {}",
        (before - after).abs() < before * 1e-4
    );
    for _ in 0..2 * ROUNDS * LAUNCHES {
        rod = reference(&rod);
    }
    println!("as computed on the host: {}", result == rod);
    assert!(result == rod);
    Ok(())
}

fn reference(from: &[f32]) -> Vec<f32> {
    let last = from.len() - 1;
    let cell = |i: usize| {
        let (left, right) = (from[i.max(1) - 1], from[last.min(i + 1)]);
        from[i] + 0.25 * (left - from[i]) + 0.25 * (right - from[i])
    };
    (0..from.len()).map(cell).collect()
}
