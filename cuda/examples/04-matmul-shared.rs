//! A product of matrices: each block makes one square tile of it, and reads every tile that this takes into shared memory
//! once, instead of each number once a thread.
//!
//! ```text
//! 96 x 80 times 80 x 64, in tiles of 16 x 16
//! the largest difference to the host's product: 0
//! ```

use cuda::compiler::{CompileOptions, SourceModule};
use cuda::driver::{DeviceBuffer, Launch};

const TILE: u32 = 16;
const ROWS: usize = 96;
const INNER: usize = 80;
const COLUMNS: usize = 64;

const SOURCE: &str = r"
__global__ void multiply(float *to, const float *left, const float *right, int inner, int columns)
{
    __shared__ float a[TILE][TILE], b[TILE][TILE];
    const int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int start = 0; start < inner; start += TILE) {
        a[threadIdx.y][threadIdx.x] = left[row * inner + start + threadIdx.x];
        b[threadIdx.y][threadIdx.x] = right[(start + threadIdx.y) * columns + column];
        // All of both tiles is there before anybody reads, and read before anybody writes the next.
        __syncthreads();
        for (int k = 0; k < TILE; ++k)
            sum += a[threadIdx.y][k] * b[k][threadIdx.x];
        __syncthreads();
    }
    to[row * columns + column] = sum;
}
";

fn main() -> cuda::Result<()> {
    let context = cuda::autoinit()?;
    // Small whole numbers, so that no sum is rounded and the order of the additions does not matter.
    let number = |i: usize| (i * 7 % 19) as f32 - 9.0;
    let left: Vec<f32> = (0..ROWS * INNER).map(number).collect();
    let right: Vec<f32> = (0..INNER * COLUMNS).map(|i| number(i + 3)).collect();

    let options = CompileOptions::new().define("TILE", TILE);
    let module = SourceModule::builder(SOURCE).options(options).build()?;
    let (a, b) = (
        DeviceBuffer::from_slice(&context, &left)?,
        DeviceBuffer::from_slice(&context, &right)?,
    );
    let product = DeviceBuffer::<f32>::uninit(&context, ROWS * COLUMNS)?;
    let grid = (COLUMNS as u32 / TILE, ROWS as u32 / TILE);
    module.get_function("multiply")?.call(
        (&product, &a, &b, INNER as i32, COLUMNS as i32),
        Launch::block((TILE, TILE)).grid(grid),
    )?;

    let differences = product.to_vec()?.into_iter().zip(reference(&left, &right));
    let largest = differences.fold(0.0, |largest: f32, (ours, theirs)| {
        largest.max((ours - theirs).abs())
    });
    println!("{ROWS} x {INNER} times {INNER} x {COLUMNS}, in tiles of {TILE} x {TILE}");
    println!("the largest difference to the host's product: {largest}");
    assert!(largest == 0.0);
    Ok(())
}

fn reference(left: &[f32], right: &[f32]) -> Vec<f32> {
    let entry = |row: usize, column: usize| {
        let products = (0..INNER).map(|k| left[row * INNER + k] * right[k * COLUMNS + column]);
        products.sum()
    };
    (0..ROWS)
        .flat_map(|row| (0..COLUMNS).map(move |column| entry(row, column)))
        .collect()
}
