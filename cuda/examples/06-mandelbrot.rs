//! A picture of the Mandelbrot set, a thread a pixel, written as PNG: to the file that the argument names, else to
//! `mandelbrot.png` in the folder for temporary files.
//!
//! ```text
//! 240 x 160 pixels, 9798 of them inside
//! as computed on the host: true
//! written to ...mandelbrot.png
//! ```

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use cuda::compiler::{CompileOptions, SourceModule};
use cuda::driver::{DeviceBuffer, Launch};

const WIDTH: usize = 240;
const HEIGHT: usize = 160;
const LIMIT: u32 = 200;

const SOURCE: &str = r"
// For each pixel the number of steps until it is clear that the sequence grows without limit, or LIMIT.
__global__ void mandelbrot(unsigned *steps, int width, int height)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height)
        return;
    const double re = 3.0 * x / width - 2.25, im = 2.0 * y / height - 1.0;
    double a = 0, b = 0;
    unsigned step = 0;
    for (; step < LIMIT && a * a + b * b <= 4.0; ++step) {
        const double next = a * a - b * b + re;
        b = 2.0 * a * b + im;
        a = next;
    }
    steps[y * width + x] = step;
}
";

fn main() -> Result<(), Box<dyn Error>> {
    let context = cuda::autoinit()?;
    // Without fused multiply-add, which rounds less often than the host does.
    let options = CompileOptions::new()
        .define("LIMIT", LIMIT)
        .fused_multiply_add(false);
    let module = SourceModule::builder(SOURCE).options(options).build()?;
    let steps = DeviceBuffer::<u32>::uninit(&context, WIDTH * HEIGHT)?;
    module.get_function("mandelbrot")?.call(
        (&steps, WIDTH as i32, HEIGHT as i32),
        Launch::block((16, 16)).grid((WIDTH.div_ceil(16) as u32, HEIGHT.div_ceil(16) as u32)),
    )?;
    let steps = steps.to_vec()?;

    let inside = steps.iter().filter(|steps| **steps == LIMIT).count();
    println!("{WIDTH} x {HEIGHT} pixels, {inside} of them inside");
    let expected: Vec<u32> = (0..WIDTH * HEIGHT)
        .map(|i| reference(i % WIDTH, i / WIDTH))
        .collect();
    println!("as computed on the host: {}", steps == expected);
    assert!(steps == expected);

    let path = std::env::args_os().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| std::env::temp_dir().join("mandelbrot.png"));
    write(&path, &steps)?;
    println!("written to {}", path.display());
    Ok(())
}

fn reference(x: usize, y: usize) -> u32 {
    let re = 3.0 * x as f64 / WIDTH as f64 - 2.25;
    let im = 2.0 * y as f64 / HEIGHT as f64 - 1.0;
    let (mut a, mut b) = (0.0_f64, 0.0_f64);
    let mut step = 0;
    while step < LIMIT && a * a + b * b <= 4.0 {
        (a, b) = (a * a - b * b + re, 2.0 * a * b + im);
        step += 1;
    }
    step
}

/// Black inside; outside the brighter, the closer to the border.
fn write(path: &Path, steps: &[u32]) -> Result<(), Box<dyn Error>> {
    let shade = |steps: &u32| match *steps {
        LIMIT => 0,
        steps => 255 - 255 / (1 + steps / 4) as u8,
    };
    let pixels: Vec<u8> = steps.iter().map(shade).collect();
    let mut encoder = png::Encoder::new(File::create(path)?, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}
