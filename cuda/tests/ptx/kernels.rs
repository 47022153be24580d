//! Kernels as NVRTC 12.9 compiles them.

use crate::machine::Machine;

const BASE: &str = include_str!("kernels/base.ptx");

fn ramp(len: usize, step: f32) -> Vec<f32> {
    (0..len).map(|index| index as f32 * step).collect()
}

#[test]
fn the_slide() {
    let machine = Machine::new(BASE);
    let a = machine.floats(&ramp(400, 0.5));
    let b = machine.floats(&ramp(400, 0.25));
    let dest = machine.memory.alloc(1600).unwrap();
    machine.run("multiply_them", 1, 400, &[dest, a, b]);
    let wanted: Vec<f32> = (0..400)
        .map(|index| index as f32 * 0.5 * (index as f32 * 0.25))
        .collect();
    assert_eq!(machine.read_floats(dest, 400), wanted);
}

#[test]
fn a_reduction_in_shared_memory() {
    let machine = Machine::new(BASE);
    let x = machine.floats(&ramp(10_000, 1.0));
    let y = machine.memory.alloc(64).unwrap();
    machine.run("reduce", 16, 256, &[x, y, 10_000]);
    let sums = machine.read_floats(y, 16);
    assert_eq!(sums.iter().sum::<f32>(), 49_995_000.0);
}

#[test]
fn the_mandelbrot_set() {
    let machine = Machine::new(BASE);
    let (width, height) = (100, 80);
    let out = machine.memory.alloc(4 * 8000).unwrap();
    let params: Vec<u8> = out
        .to_le_bytes()
        .into_iter()
        .chain(
            [width, height, 200]
                .into_iter()
                .flat_map(|value: i32| value.to_le_bytes()),
        )
        .collect();
    let size = crate::machine::Size;
    machine
        .try_run_bytes("mandel", size([7, 5, 1]), size([16, 16, 1]), &params)
        .unwrap();
    let counts = machine.read_words(out, 8000);
    for y in 0..height {
        for x in 0..width {
            assert_eq!(
                counts[(y * width + x) as usize],
                escape(x, y, width, height),
                "{x} {y}"
            );
        }
    }
}

/// The kernel in Rust. It was compiled with `--fmad=false`.
fn escape(x: i32, y: i32, width: i32, height: i32) -> u32 {
    let cx = -2.0 + 3.0 * x as f32 / width as f32;
    let cy = -1.5 + 3.0 * y as f32 / height as f32;
    let (mut zx, mut zy) = (0f32, 0f32);
    for count in 0..200 {
        if zx * zx + zy * zy > 4.0 {
            return count;
        }
        (zx, zy) = (zx * zx - zy * zy + cx, 2.0 * zx * zy + cy);
    }
    200
}

#[test]
fn half_precision() {
    let machine = Machine::new(include_str!("kernels/halves.ptx"));
    let values: Vec<f32> = (1..33).map(|index| index as f32 * 0.125).collect();
    let (input, output) = (machine.floats(&values), machine.floats(&[0.0; 160]));
    machine.run("halves", 1, 32, &[input, output]);
    let got = machine.read_floats(output, 160);
    for (t, x) in values.into_iter().enumerate() {
        // The values are so short that most results are exact.
        let functions = x.exp() + x.sqrt() + x.sin();
        let integer = x.round_ties_even() * 10.0;
        let compared = f32::from(u8::from(x < 1.5)) + integer + x.max(2.0) * 100.0;
        let near = |got: f32, wanted: f32, error: f32| (got - wanted).abs() <= wanted.abs() * error;
        assert!(near(got[t], x * x + x, 0.001), "{x}");
        assert!(
            near(got[32 + t], functions, 0.002),
            "{x}: {} {functions}",
            got[32 + t]
        );
        assert!(near(got[64 + t], x * x + x + 2.0, 0.001), "{x}");
        assert_eq!(got[96 + t], compared, "{x}");
        assert!(near(got[128 + t], x * x, 0.008), "{x}");
    }
    let (one, two) = (machine.buffer(&[0; 2]), machine.buffer(&[0; 4]));
    machine.run("add", 1, 32, &[one, two]);
    // 16, 32 and 64 as halves.
    let mut bytes = [0; 2];
    machine.memory.read(one, &mut bytes).unwrap();
    assert_eq!(u16::from_le_bytes(bytes), 0x4c00);
    assert_eq!(machine.read_words(two, 1), [0x5400_5000]);
}
