//! Integer arithmetic.

use super::{EDGES, Operands, exactly, integers};
use crate::machine::Machine;

fn narrow(line: &str, wanted: impl Fn(u32, u32, u32) -> u32) {
    exactly(line, [32; 3], 32, &integers([32; 3]), |[a, b, c]| {
        u64::from(wanted(a as u32, b as u32, c as u32))
    });
}

fn wide(line: &str, wanted: impl Fn(u64, u64, u64) -> u64) {
    exactly(line, [64; 3], 64, &integers([64; 3]), |[a, b, c]| {
        wanted(a, b, c)
    });
}

fn short(line: &str, wanted: impl Fn(u16, u16, u16) -> u16) {
    exactly(line, [16; 3], 16, &integers([16; 3]), |[a, b, c]| {
        u64::from(wanted(a as u16, b as u16, c as u16))
    });
}

#[test]
fn sums_and_differences() {
    narrow("add.s32 %d, %a, %b;", |a, b, _| a.wrapping_add(b));
    narrow("add.u32 %d, %a, 7;", |a, _, _| a.wrapping_add(7));
    narrow("add.s32 %d, %a, -1;", |a, _, _| a.wrapping_sub(1));
    narrow("sub.s32 %d, %a, %b;", |a, b, _| a.wrapping_sub(b));
    narrow("add.sat.s32 %d, %a, %b;", |a, b, _| {
        (a as i32).saturating_add(b as i32) as u32
    });
    narrow("sub.sat.s32 %d, %a, %b;", |a, b, _| {
        (a as i32).saturating_sub(b as i32) as u32
    });
    wide("add.s64 %d, %a, %b;", |a, b, _| a.wrapping_add(b));
    wide("sub.u64 %d, %a, %b;", |a, b, _| a.wrapping_sub(b));
    short("add.u16 %d, %a, %b;", |a, b, _| a.wrapping_add(b));
    short("sub.s16 %d, %a, %b;", |a, b, _| a.wrapping_sub(b));
    narrow("neg.s32 %d, %a;", |a, _, _| a.wrapping_neg());
    wide("neg.s64 %d, %a;", |a, _, _| a.wrapping_neg());
    narrow("abs.s32 %d, %a;", |a, _, _| {
        (a as i32).wrapping_abs() as u32
    });
    wide("abs.s64 %d, %a;", |a, _, _| {
        (a as i64).wrapping_abs() as u64
    });
    short("abs.s16 %d, %a;", |a, _, _| {
        (a as i16).wrapping_abs() as u16
    });
}

#[test]
fn products() {
    narrow("mul.lo.s32 %d, %a, %b;", |a, b, _| a.wrapping_mul(b));
    narrow("mul.hi.u32 %d, %a, %b;", |a, b, _| {
        ((u64::from(a) * u64::from(b)) >> 32) as u32
    });
    narrow("mul.hi.s32 %d, %a, %b;", |a, b, _| {
        ((i64::from(a as i32) * i64::from(b as i32)) >> 32) as u32
    });
    wide("mul.lo.u64 %d, %a, %b;", |a, b, _| a.wrapping_mul(b));
    wide("mul.hi.u64 %d, %a, %b;", |a, b, _| {
        ((u128::from(a) * u128::from(b)) >> 64) as u64
    });
    wide("mul.hi.s64 %d, %a, %b;", |a, b, _| {
        ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64
    });
    short("mul.lo.s16 %d, %a, %b;", |a, b, _| a.wrapping_mul(b));
    short("mul.hi.u16 %d, %a, %b;", |a, b, _| {
        ((u32::from(a) * u32::from(b)) >> 16) as u16
    });
    let operands = integers([32, 32, 64]);
    exactly(
        "mul.wide.u32 %d, %a, %b;",
        [32, 32, 64],
        64,
        &operands,
        |[a, b, _]| a * b,
    );
    exactly(
        "mul.wide.s32 %d, %a, %b;",
        [32, 32, 64],
        64,
        &operands,
        |[a, b, _]| (i64::from(a as i32) * i64::from(b as i32)) as u64,
    );
    exactly(
        "mad.wide.s32 %d, %a, %b, %c;",
        [32, 32, 64],
        64,
        &operands,
        |[a, b, c]| c.wrapping_add((i64::from(a as i32) * i64::from(b as i32)) as u64),
    );
    exactly(
        "mad.wide.u32 %d, %a, %b, %c;",
        [32, 32, 64],
        64,
        &operands,
        |[a, b, c]| c.wrapping_add(a * b),
    );
    exactly(
        "mul.wide.s16 %d, %a, %b;",
        [16, 16, 32],
        32,
        &integers([16, 16, 32]),
        |[a, b, _]| (i32::from(a as u16 as i16) * i32::from(b as u16 as i16)) as u32 as u64,
    );
    narrow("mad.lo.s32 %d, %a, %b, %c;", |a, b, c| {
        a.wrapping_mul(b).wrapping_add(c)
    });
    narrow("mad.hi.u32 %d, %a, %b, %c;", |a, b, c| {
        (((u64::from(a) * u64::from(b)) >> 32) as u32).wrapping_add(c)
    });
    narrow("mad.hi.sat.s32 %d, %a, %b, %c;", |a, b, c| {
        let high = ((i64::from(a as i32) * i64::from(b as i32)) >> 32) as i32;
        high.saturating_add(c as i32) as u32
    });
    wide("mad.lo.s64 %d, %a, %b, %c;", |a, b, c| {
        a.wrapping_mul(b).wrapping_add(c)
    });
    let low24 = |a: u32| ((a << 8) as i32) >> 8;
    narrow("mul24.lo.s32 %d, %a, %b;", |a, b, _| {
        low24(a).wrapping_mul(low24(b)) as u32
    });
    narrow("mad24.lo.u32 %d, %a, %b, %c;", |a, b, c| {
        (a & 0xff_ffff).wrapping_mul(b & 0xff_ffff).wrapping_add(c)
    });
    narrow("mul24.hi.s32 %d, %a, %b;", |a, b, _| {
        ((i64::from(low24(a)) * i64::from(low24(b))) >> 16) as u32
    });
}

#[test]
fn quotients() {
    let by = |b: u32| if b == 0 { 1 } else { b };
    // Division by zero is undefined in PTX; what the emulator gives is pinned below.
    narrow("div.u32 %d, %a, %b;", |a, b, _| {
        a.checked_div(b).unwrap_or(!0)
    });
    narrow("div.s32 %d, %a, %b;", |a, b, _| match b {
        0 => !0,
        _ => (a as i32).wrapping_div(b as i32) as u32,
    });
    narrow(
        "rem.u32 %d, %a, %b;",
        |a, b, _| if b == 0 { a } else { a % by(b) },
    );
    narrow("rem.s32 %d, %a, %b;", |a, b, _| match b {
        0 => a,
        _ => (a as i32).wrapping_rem(b as i32) as u32,
    });
    wide("div.u64 %d, %a, %b;", |a, b, _| {
        a.checked_div(b).unwrap_or(!0)
    });
    wide("div.s64 %d, %a, %b;", |a, b, _| match b {
        0 => !0,
        _ => (a as i64).wrapping_div(b as i64) as u64,
    });
    wide("rem.s64 %d, %a, %b;", |a, b, _| match b {
        0 => a,
        _ => (a as i64).wrapping_rem(b as i64) as u64,
    });
    short("div.s16 %d, %a, %b;", |a, b, _| match b {
        0 => !0,
        _ => (a as i16).wrapping_div(b as i16) as u16,
    });
}

#[test]
fn extremes_and_distances() {
    narrow("min.u32 %d, %a, %b;", |a, b, _| a.min(b));
    narrow("max.u32 %d, %a, %b;", |a, b, _| a.max(b));
    narrow("min.s32 %d, %a, %b;", |a, b, _| {
        (a as i32).min(b as i32) as u32
    });
    narrow("max.s32 %d, %a, %b;", |a, b, _| {
        (a as i32).max(b as i32) as u32
    });
    wide("min.u64 %d, %a, %b;", |a, b, _| a.min(b));
    wide("max.s64 %d, %a, %b;", |a, b, _| {
        (a as i64).max(b as i64) as u64
    });
    short("min.s16 %d, %a, %b;", |a, b, _| {
        (a as i16).min(b as i16) as u16
    });
    short("max.u16 %d, %a, %b;", |a, b, _| a.max(b));
    narrow("sad.u32 %d, %a, %b, %c;", |a, b, c| {
        a.abs_diff(b).wrapping_add(c)
    });
    narrow("sad.s32 %d, %a, %b, %c;", |a, b, c| {
        (a as i32).abs_diff(b as i32).wrapping_add(c)
    });
}

#[test]
fn dot_products() {
    narrow("dp4a.s32.s32 %d, %a, %b, %c;", |a, b, c| {
        let products = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
        products.fold(c, |sum, (a, b)| {
            sum.wrapping_add((a as i8 as i32 * b as i8 as i32) as u32)
        })
    });
    narrow("dp4a.u32.s32 %d, %a, %b, %c;", |a, b, c| {
        let products = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
        products.fold(c, |sum, (a, b)| {
            sum.wrapping_add((i32::from(a) * b as i8 as i32) as u32)
        })
    });
    narrow("dp2a.hi.s32.u32 %d, %a, %b, %c;", |a, b, c| {
        let [_, _, low, high] = b.to_le_bytes().map(i32::from);
        let sum = (a as i16 as i32).wrapping_mul(low);
        c.wrapping_add(sum as u32)
            .wrapping_add(((a >> 16) as i16 as i32 * high) as u32)
    });
}

#[test]
fn carries_make_long_integers() {
    let text = ".version 8.0\n.target sm_80\n.address_size 64\n\
        .visible .entry k(.param .u64 in, .param .u64 out) {\n\
        .reg .b64 %rd<9>; .reg .b32 %a<4>; .reg .b32 %b<4>; .reg .b32 %s<6>; .reg .b32 %t<4>; .reg .b32 %r<3>;\n\
        ld.param.u64 %rd1, [in]; ld.param.u64 %rd2, [out]; mov.u32 %r1, %tid.x;\n\
        mul.wide.u32 %rd3, %r1, 16; add.s64 %rd1, %rd1, %rd3;\n\
        mul.wide.u32 %rd3, %r1, 32; add.s64 %rd2, %rd2, %rd3;\n\
        ld.global.v2.b32 {%a0, %a1}, [%rd1]; ld.global.v2.b32 {%b0, %b1}, [%rd1+8];\n\
        add.cc.u32 %s0, %a0, %b0; addc.cc.u32 %s1, %a1, %b1; addc.u32 %s2, 0, 0;\n\
        sub.cc.u32 %t0, %a0, %b0; subc.cc.u32 %t1, %a1, %b1; subc.u32 %t2, 0, 0;\n\
        st.global.v4.b32 [%rd2], {%s0, %s1, %s2, %t0}; st.global.v2.b32 [%rd2+16], {%t1, %t2};\n\
        mad.lo.cc.u32 %s3, %a0, %b0, %a1; madc.hi.u32 %s4, %a0, %b0, 0;\n\
        st.global.v2.b32 [%rd2+24], {%s3, %s4};\n\
        ret; }\n";
    let machine = Machine::new(text);
    let pairs: Vec<[u64; 2]> = EDGES
        .into_iter()
        .flat_map(|a| EDGES.map(|b| [a, b]))
        .collect();
    let bytes: Vec<u8> = pairs
        .iter()
        .flatten()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let input = machine.buffer(&bytes);
    let output = machine.memory.alloc(pairs.len() as u64 * 32).unwrap();
    machine.run("k", 1, pairs.len() as u32, &[input, output]);
    let words = machine.read_words(output, pairs.len() * 8);
    for ([a, b], words) in pairs.into_iter().zip(words.chunks(8)) {
        let long = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let (sum, carry) = a.overflowing_add(b);
        assert_eq!(
            (long(words[0], words[1]), words[2]),
            (sum, u32::from(carry)),
            "{a:#x} + {b:#x}"
        );
        let (difference, borrow) = a.overflowing_sub(b);
        let borrowed = if borrow { u32::MAX } else { 0 };
        assert_eq!(
            (long(words[3], words[4]), words[5]),
            (difference, borrowed),
            "{a:#x} - {b:#x}"
        );
        let product = (a & 0xffff_ffff) * (b & 0xffff_ffff) + (a >> 32);
        assert_eq!(long(words[6], words[7]), product, "{a:#x} * {b:#x}");
    }
}

#[test]
fn a_negated_guard_switches_the_other_lanes() {
    let operands: Vec<Operands> = (0..64).map(|index| [index, 0, 0]).collect();
    let line = "setp.ge.u32 %q, %a, 10; @!%q add.u32 %d, %a, 1000; @!%p mov.b32 %d, 0;";
    exactly(line, [32; 3], 32, &operands, |[a, _, _]| {
        if a < 10 { a + 1000 } else { 0 }
    });
}

#[test]
fn negative_extremes_become_zero() {
    let check = |line: &str, wanted: fn(i32, i32) -> i32| {
        exactly(line, [32; 3], 32, &integers([32; 3]), |[a, b, _]| {
            u64::from(wanted(a as u32 as i32, b as u32 as i32).max(0) as u32)
        });
    };
    check("min.s32.relu %d, %a, %b;", i32::min);
    check("max.s32.relu %d, %a, %b;", i32::max);
}
