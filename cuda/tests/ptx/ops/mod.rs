//! Each instruction for itself: hand-written PTX beside Rust's arithmetic.

mod approx;
mod bits;
mod compare;
mod convert;
mod float;
mod half;
mod integer;
mod video;

use crate::machine::Machine;

/// Three operands.
type Operands = [u64; 3];

/// The PTX register type and the conversion from and to 64 bits for operands of so many bits.
fn register(bits: u32) -> (&'static str, &'static str) {
    match bits {
        16 => ("b16", "u16"),
        32 => ("b32", "u32"),
        _ => ("b64", "u64"),
    }
}

/// A kernel that does `line` for operands `%a`, `%b` and `%c`, with the result `%d`, if the predicate `%p` holds.
fn kernel(line: &str, sources: [u32; 3], result: u32) -> String {
    let [a, b, c] = sources.map(register);
    let d = register(result);
    let load = |name: &str, (_, ty): (&str, &str), offset: u32| {
        let load = format!("ld.global.u64 %rd4, [%rd3+{offset}];");
        match ty {
            "u64" => format!("{load} mov.b64 %{name}, %rd4;"),
            _ => format!("{load} cvt.{ty}.u64 %{name}, %rd4;"),
        }
    };
    let store = match d.1 {
        "u64" => "mov.b64 %rd5, %d;".to_owned(),
        ty => format!("cvt.u64.{ty} %rd5, %d;"),
    };
    format!(
        ".version 8.0\n.target sm_80\n.address_size 64\n\
         .visible .entry k(.param .u64 in, .param .u64 out, .param .u64 all) {{\n\
         .reg .b64 %rd<9>; .reg .b32 %r<9>; .reg .pred %p, %q; .reg .pred %s<9>;\n\
         .reg .{} %a; .reg .{} %b; .reg .{} %c; .reg .{} %d;\n\
         ld.param.u64 %rd1, [in]; ld.param.u64 %rd2, [out]; ld.param.u64 %rd6, [all];\n\
         mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n\
         mad.lo.s32 %r4, %r1, %r2, %r3;\n\
         mul.wide.u32 %rd3, %r4, 24; add.s64 %rd3, %rd1, %rd3;\n\
         {}\n{}\n{}\n\
         cvt.u32.u64 %r5, %rd6; and.b32 %r6, %r4, 1; or.b32 %r7, %r5, %r6; setp.ne.u32 %p, %r7, 0;\n\
         mov.b{} %d, 0;\n\
         {line}\n\
         {store}\n\
         mul.wide.u32 %rd7, %r4, 8; add.s64 %rd7, %rd2, %rd7; st.global.u64 [%rd7], %rd5;\n\
         ret; }}\n",
        a.0,
        b.0,
        c.0,
        d.0,
        load("a", a, 0),
        load("b", b, 8),
        load("c", c, 16),
        result.max(16),
    )
}

/// Runs an instruction on operands, in whole warps and in every second lane, and checks each result.
fn check(
    line: &str,
    sources: [u32; 3],
    result: u32,
    operands: &[Operands],
    is_right: impl Fn(Operands, u64) -> Result<(), String>,
) {
    let guarded = format!("@%p {line}");
    let machine = Machine::new(&kernel(&guarded, sources, result));
    let bytes: Vec<u8> = operands
        .iter()
        .flatten()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let blocks = operands.len().div_ceil(64);
    let mut padded = bytes.clone();
    padded.resize(blocks * 64 * 24, 0);
    let input = machine.buffer(&padded);
    let output = machine.memory.alloc(blocks as u64 * 64 * 8).unwrap();
    for all in [1, 0] {
        machine.run("k", blocks as u32, 64, &[input, output, all]);
        let results = machine.read_longs(output, operands.len());
        for (index, (operands, got)) in operands.iter().zip(results).enumerate() {
            if all == 0 && index % 2 == 0 {
                assert_eq!(got, 0, "{line}: a lane that was switched off has a result");
                continue;
            }
            if let Err(wanted) = is_right(*operands, got) {
                panic!("{line} of {operands:#x?}: {got:#x}, wanted {wanted}");
            }
        }
    }
}

/// The same, where the result must have exactly these bits.
fn exactly(
    line: &str,
    sources: [u32; 3],
    result: u32,
    operands: &[Operands],
    wanted: impl Fn(Operands) -> u64,
) {
    let mask = !0 >> (64 - result);
    check(line, sources, result, operands, |operands, got| {
        let wanted = wanted(operands) & mask;
        if got == wanted {
            Ok(())
        } else {
            Err(format!("{wanted:#x}"))
        }
    });
}

/// Integers at which operations go wrong.
const EDGES: [u64; 21] = [
    0,
    1,
    2,
    3,
    5,
    31,
    32,
    33,
    63,
    64,
    100,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

/// Pairs and a third of edges, cut to the operands' sizes, and some that are just bits.
fn integers(sources: [u32; 3]) -> Vec<Operands> {
    let mut operands = Vec::new();
    let mut noise = 0x1234_5678_9abc_def1u64;
    for (index, a) in EDGES.into_iter().enumerate() {
        for (other, b) in EDGES.into_iter().enumerate() {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            operands.push([a, b, EDGES[(index * 5 + other * 3) % EDGES.len()]]);
            operands.push([noise, noise.rotate_left(23), noise.rotate_left(41)]);
            operands.push([noise, b, a]);
        }
    }
    for operands in &mut operands {
        for (operand, bits) in operands.iter_mut().zip(sources) {
            *operand &= !0 >> (64 - bits);
        }
    }
    operands
}

/// Floats at which operations go wrong.
const FLOATS: [f32; 26] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1.5,
    2.0,
    3.0,
    -7.25,
    0.1,
    1e-3,
    1e10,
    -1e10,
    1e38,
    3.4e38,
    -3.4e38,
    1e-38,
    1.1754944e-38,
    1e-40,
    -1e-45,
    1e-45,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    16_777_217.0,
    0.333_333_34,
    123_456.79,
];

fn singles() -> Vec<Operands> {
    let mut operands = Vec::new();
    for (index, a) in FLOATS.into_iter().enumerate() {
        for (other, b) in FLOATS.into_iter().enumerate() {
            let c = FLOATS[(index * 7 + other * 3) % FLOATS.len()];
            operands.push([a, b, c].map(|value| u64::from(value.to_bits())));
        }
    }
    operands
}

fn doubles() -> Vec<Operands> {
    let widen = |bits: u64| {
        let value = f64::from(f32::from_bits(bits as u32));
        // Some fraction that a single has not, and exponents beyond its range.
        (value * 1.000_000_000_1 * if value.abs() > 1e30 { 1e250 } else { 1.0 }).to_bits()
    };
    singles()
        .into_iter()
        .map(|operands| operands.map(widen))
        .collect()
}

fn single(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

fn double(bits: u64) -> f64 {
    f64::from_bits(bits)
}
