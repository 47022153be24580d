//! The emulated device's instructions: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all.
//!
//! All checks are on. The kernels are those of `tests/ptx/kernels/base.cu`; in `bench/peers`, `kernels.c` and
//! `kernels_by_thread.c` do the same work.
//!
//! - `mandelbrot`: 1024 x 1024 points, at most 256 iterations, one worker;
//! - `mandelbrot_two_workers`: the same with two;
//! - `reduction`: 4 Mi floats to 256 sums in shared memory, one worker;
//! - `saxpy`: 4 Mi floats, one worker;
//! - `load`: parsing and decoding the module.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cuda::emu::exec::{self, Checks, Heap, Launch, NoTextures};
use cuda::emu::memory::GlobalMemory;
use cuda::emu::program::{Image, Program};
use cuda::emu::ptx;
use parking_lot::Mutex;

const TEXT: &str = include_str!("../tests/ptx/kernels/base.ptx");

/// Prints the line of what it is named.
type Measure = fn(&str);

const MEASURES: [(&str, Measure); 5] = [
    ("mandelbrot", |name| mandelbrot(name, 1)),
    ("mandelbrot_two_workers", |name| mandelbrot(name, 2)),
    ("reduction", reduction),
    ("saxpy", saxpy),
    ("load", load),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            measure(name);
        }
    }
}

struct Device {
    memory: Arc<GlobalMemory>,
    image: Image,
    printed: Mutex<String>,
    cancel: AtomicBool,
}

impl Device {
    fn new() -> Device {
        let program = Program::load(&ptx::parse(TEXT).unwrap()).unwrap();
        let memory = Arc::new(GlobalMemory::new(1 << 30));
        Device {
            image: Image::place(Arc::new(program), memory.clone()).unwrap(),
            memory,
            printed: Mutex::new(String::new()),
            cancel: AtomicBool::new(false),
        }
    }

    fn floats(&self, count: usize, value: f32) -> u64 {
        let address = self.memory.alloc(count as u64 * 4).unwrap();
        self.memory
            .fill(address, &value.to_le_bytes(), count as u64)
            .unwrap();
        address
    }

    fn run(&self, entry: &str, grid: [u32; 3], block: [u32; 3], params: &[u8], workers: usize) {
        let stats = exec::launch(&Launch {
            image: &self.image,
            entry,
            grid,
            block,
            shared_bytes: 0,
            params,
            memory: &self.memory,
            heap: &Heap::new(0),
            textures: &NoTextures,
            printf: &self.printed,
            workers,
            checks: Checks::ALL,
            cancel: &self.cancel,
            cooperative: false,
        });
        if let Err(fault) = stats {
            panic!("{fault}");
        }
    }
}

/// The best of five, after one that is not counted.
fn milliseconds(mut f: impl FnMut()) -> f64 {
    f();
    let times = (0..5).map(|_| {
        let start = Instant::now();
        f();
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

fn print(name: &str, milliseconds: f64) {
    println!("{name}\tms\t{milliseconds:.3}");
}

fn mandelbrot(name: &str, workers: usize) {
    let device = Device::new();
    let out = device.floats(1 << 20, 0.0);
    let sizes = [1024u32, 1024, 256];
    let sizes = sizes.iter().flat_map(|size| size.to_le_bytes());
    let params: Vec<u8> = out.to_le_bytes().into_iter().chain(sizes).collect();
    print(
        name,
        milliseconds(|| device.run("mandel", [64, 64, 1], [16, 16, 1], &params, workers)),
    );
}

fn reduction(name: &str) {
    let device = Device::new();
    let x = device.floats(1 << 22, 1.0);
    let y = device.floats(256, 0.0);
    let params: Vec<u8> = [x, y, 1 << 22]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    print(
        name,
        milliseconds(|| device.run("reduce", [256, 1, 1], [256, 1, 1], &params, 1)),
    );
    let mut sum = [0; 4];
    device.memory.read(y, &mut sum).unwrap();
    assert_eq!(f32::from_le_bytes(sum), 16384.0);
}

fn saxpy(name: &str) {
    let device = Device::new();
    let x = device.floats(1 << 22, 1.0);
    let y = device.floats(1 << 22, 2.0);
    let mut params = (1u32 << 22).to_le_bytes().to_vec();
    params.extend(0.5f32.to_le_bytes());
    params.extend(x.to_le_bytes());
    params.extend(y.to_le_bytes());
    print(
        name,
        milliseconds(|| device.run("saxpy", [16384, 1, 1], [256, 1, 1], &params, 1)),
    );
}

fn load(name: &str) {
    print(
        name,
        milliseconds(|| {
            Program::load(&ptx::parse(TEXT).unwrap()).unwrap();
        }),
    );
}
