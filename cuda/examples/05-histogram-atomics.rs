//! How often each byte occurs in a text: every block counts its part in shared memory with atomic additions, and adds its
//! counts to those of all with as few atomic additions to global memory.
//!
//! ```text
//! 56800 bytes in 15 blocks
//! ' ' 9600, 'e' 6400, 't' 5600, 'o' 4000
//! as counted on the host: true
//! ```

use cuda::compiler::SourceModule;
use cuda::driver::{DeviceBuffer, Launch};

const SOURCE: &str = r"
__global__ void histogram(unsigned *counts, const unsigned char *bytes, int length)
{
    __shared__ unsigned mine[256];
    mine[threadIdx.x] = 0;
    __syncthreads();
    // All threads of the grid together take a step over the text.
    const int step = gridDim.x * blockDim.x;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < length; i += step)
        atomicAdd(&mine[bytes[i]], 1u);
    __syncthreads();
    atomicAdd(&counts[threadIdx.x], mine[threadIdx.x]);
}
";

fn main() -> cuda::Result<()> {
    const BLOCKS: u32 = 15;
    let context = cuda::autoinit()?;
    let text =
        "the quick brown fox jumps over the lazy dog; those letters mean little\n".repeat(800);

    let bytes = DeviceBuffer::from_slice(&context, text.as_bytes())?;
    let counts = DeviceBuffer::<u32>::zeroed(&context, 256)?;
    let histogram = SourceModule::new(SOURCE)?.get_function("histogram")?;
    histogram.call(
        (&counts, &bytes, text.len() as i32),
        Launch::block(256).grid(BLOCKS),
    )?;
    let counts = counts.to_vec()?;

    let mut ranked: Vec<u8> = (0..=255).collect();
    ranked.sort_by_key(|byte| std::cmp::Reverse(counts[usize::from(*byte)]));
    let shown = ranked[..4].iter().map(|byte| {
        let count = counts[usize::from(*byte)];
        format!("{:?} {count}", char::from(*byte))
    });
    println!("{} bytes in {BLOCKS} blocks", text.len());
    println!("{}", shown.collect::<Vec<_>>().join(", "));

    let mut expected = vec![0_u32; 256];
    text.bytes()
        .for_each(|byte| expected[usize::from(byte)] += 1);
    println!("as counted on the host: {}", counts == expected);
    assert_eq!(counts, expected);
    Ok(())
}
