//! The mathematical library, within what the CUDA C++ Programming Guide documents.

use crate::machine::{Machine, Size};

const MATH: &str = include_str!("kernels/math.ptx");
const COUNT: usize = 256;

/// A function's number in the kernel, the range, the error in units of the last place, and its value.
type Case = (u32, (f64, f64), f64, fn(f64) -> f64);

fn ramp((from, to): (f64, f64)) -> impl Iterator<Item = f64> {
    (0..COUNT).map(move |index| from + (to - from) * index as f64 / (COUNT - 1) as f64)
}

fn call(machine: &Machine, kernel: &str, which: u32, input: u64, output: u64) {
    let mut params = vec![0; 24];
    params[..4].copy_from_slice(&which.to_le_bytes());
    params[8..16].copy_from_slice(&input.to_le_bytes());
    params[16..].copy_from_slice(&output.to_le_bytes());
    machine
        .try_run_bytes(kernel, Size([2, 1, 1]), Size([128, 1, 1]), &params)
        .unwrap();
}

#[test]
fn functions_of_singles() {
    let cases: [Case; 20] = [
        (0, (-30.0, 30.0), 2.0, f64::sin),
        (1, (-30.0, 30.0), 2.0, f64::cos),
        (2, (-30.0, 30.0), 4.0, f64::tan),
        (3, (-80.0, 80.0), 2.0, f64::exp),
        (4, (0.01, 100.0), 1.0, f64::ln),
        (5, (0.01, 100.0), 4.0, |x| x.powf(2.5)),
        (6, (0.0, 100.0), 0.5, f64::sqrt),
        (7, (0.01, 100.0), 2.0, |x| 1.0 / x.sqrt()),
        (8, (-30.0, 30.0), 3.0, |x| x.atan2(1.5)),
        (11, (-30.0, 30.0), 0.0, |x| x % 0.75),
        (12, (-30.0, 30.0), 1.0, f64::cbrt),
        (13, (-30.0, 30.0), 3.0, f64::sinh),
        (14, (-30.0, 30.0), 2.0, f64::tanh),
        (15, (-30.0, 30.0), 0.0, |x| {
            x.floor()
                + x.ceil() * 2.0
                + x.round_ties_even() * 4.0
                + x.trunc() * 8.0
                + x.round() * 16.0
        }),
        (16, (0.01, 100.0), 1.0, f64::log2),
        (17, (-30.0, 30.0), 2.0, |x| (x / 32.0).asin()),
        (18, (-30.0, 30.0), 3.0, |x| x.hypot(3.0)),
        (19, (-30.0, 30.0), 0.0, |x| x * 8.0),
        (20, (0.01, 100.0), 0.5, |x| {
            let exponent = x.log2().floor() + 1.0;
            x / exponent.exp2() + exponent
        }),
        // The largest arguments take the slow way to reduce them.
        (0, (1e5, 1e7), 2.0, f64::sin),
    ];
    let machine = Machine::new(MATH);
    for (which, range, ulps, wanted) in cases {
        let values: Vec<f32> = ramp(range).map(|value| value as f32).collect();
        let (input, output) = (machine.floats(&values), machine.floats(&[0.0; COUNT]));
        call(&machine, "singles", which, input, output);
        for (x, got) in values.into_iter().zip(machine.read_floats(output, COUNT)) {
            let wanted = wanted(f64::from(x));
            let unit = f64::from((wanted as f32).abs().next_up() - (wanted as f32).abs());
            let error = (f64::from(got) - wanted).abs() / unit;
            assert!(
                error <= ulps + 0.5,
                "function {which} of {x}: {got}, not {wanted}: {error} ulp"
            );
        }
    }
}

#[test]
fn functions_of_doubles() {
    let cases: [Case; 15] = [
        (0, (-30.0, 30.0), 2.0, f64::sin),
        (1, (-30.0, 30.0), 2.0, f64::cos),
        (2, (-30.0, 30.0), 2.0, f64::tan),
        (3, (-300.0, 300.0), 1.0, f64::exp),
        (4, (0.01, 100.0), 1.0, f64::ln),
        (5, (0.01, 100.0), 2.0, |x| x.powf(2.5)),
        (6, (0.0, 100.0), 0.0, f64::sqrt),
        (7, (0.01, 100.0), 0.0, |x| 1.0 / x),
        (8, (-30.0, 30.0), 2.0, |x| x.atan2(1.5)),
        (9, (-30.0, 30.0), 0.0, |x| x / 3.0),
        (10, (-30.0, 30.0), 0.0, |x| x % 0.75),
        (11, (-30.0, 30.0), 1.0, f64::cbrt),
        (12, (-30.0, 30.0), 2.0, f64::sinh),
        (13, (0.01, 100.0), 1.0, |x| 1.0 / x.sqrt()),
        (14, (-30.0, 30.0), 0.0, |x| {
            x.floor() + x.trunc() + x.trunc()
        }),
    ];
    let machine = Machine::new(MATH);
    for (which, range, ulps, wanted) in cases {
        let values: Vec<f64> = ramp(range).collect();
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let (input, output) = (machine.buffer(&bytes), machine.buffer(&[0; COUNT * 8]));
        call(&machine, "doubles", which, input, output);
        for (x, got) in values.into_iter().zip(machine.read_longs(output, COUNT)) {
            let (got, wanted) = (f64::from_bits(got), wanted(x));
            let error = (got - wanted).abs() / (wanted.abs().next_up() - wanted.abs());
            // Rust's own functions are wrong by one in the last place at times.
            let own = if ulps == 0.0 { 0.0 } else { 1.0 };
            assert!(
                error <= ulps + own,
                "function {which} of {x}: {got}, not {wanted}: {error} ulp"
            );
        }
    }
}
