//! Comparisons and selections.

use super::{double, doubles, exactly, integers, single, singles};

/// Whether a relation holds.
type Holds<T> = fn(T, T) -> bool;

/// Stores 1 if a relation holds.
fn line(compare: &str) -> String {
    format!("{compare} selp.b32 %d, 1, 0, %q;")
}

fn kernel_line(compare: &str) -> String {
    // The second instruction needs the guard as well.
    line(compare).replace("selp", "@%p selp")
}

#[test]
fn integers_signed_and_not() {
    let operands = integers([32; 3]);
    let signed = |bits: u64| bits as u32 as i32;
    let cases: [(&str, Holds<i32>, Holds<u64>); 6] = [
        ("eq", |a, b| a == b, |a, b| a == b),
        ("ne", |a, b| a != b, |a, b| a != b),
        ("lt", |a, b| a < b, |a, b| a < b),
        ("le", |a, b| a <= b, |a, b| a <= b),
        ("gt", |a, b| a > b, |a, b| a > b),
        ("ge", |a, b| a >= b, |a, b| a >= b),
    ];
    for (name, of_signed, of_unsigned) in cases {
        let text = kernel_line(&format!("setp.{name}.s32 %q, %a, %b;"));
        exactly(&text, [32; 3], 32, &operands, |[a, b, _]| {
            u64::from(of_signed(signed(a), signed(b)))
        });
        let text = kernel_line(&format!("setp.{name}.u32 %q, %a, %b;"));
        exactly(&text, [32; 3], 32, &operands, |[a, b, _]| {
            u64::from(of_unsigned(a, b))
        });
        let text = kernel_line(&format!("setp.{name}.u64 %q, %a, %b;"));
        exactly(&text, [64; 3], 32, &integers([64; 3]), |[a, b, _]| {
            u64::from(of_unsigned(a, b))
        });
        let text = kernel_line(&format!("setp.{name}.u16 %q, %a, %b;"));
        exactly(&text, [16; 3], 32, &integers([16; 3]), |[a, b, _]| {
            u64::from(of_unsigned(a, b))
        });
    }
}

#[test]
fn floats_ordered_and_not() {
    let cases: [(&str, Holds<f64>); 14] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b && !a.is_nan() && !b.is_nan()),
        ("lt", |a, b| a < b),
        ("le", |a, b| a <= b),
        ("gt", |a, b| a > b),
        ("ge", |a, b| a >= b),
        ("equ", |a, b| a == b || a.is_nan() || b.is_nan()),
        ("neu", |a, b| a != b),
        ("ltu", |a, b| a < b || a.is_nan() || b.is_nan()),
        ("leu", |a, b| a <= b || a.is_nan() || b.is_nan()),
        ("gtu", |a, b| a > b || a.is_nan() || b.is_nan()),
        ("geu", |a, b| a >= b || a.is_nan() || b.is_nan()),
        ("num", |a, b| !a.is_nan() && !b.is_nan()),
        ("nan", |a, b| a.is_nan() || b.is_nan()),
    ];
    let flush = |bits: u64| {
        let value = single(bits);
        f64::from(if value.is_subnormal() { 0.0 } else { value })
    };
    for (name, holds) in cases {
        let text = kernel_line(&format!("setp.{name}.f32 %q, %a, %b;"));
        exactly(&text, [32; 3], 32, &singles(), |[a, b, _]| {
            u64::from(holds(f64::from(single(a)), f64::from(single(b))))
        });
        let text = kernel_line(&format!("setp.{name}.ftz.f32 %q, %a, %b;"));
        exactly(&text, [32; 3], 32, &singles(), |[a, b, _]| {
            u64::from(holds(flush(a), flush(b)))
        });
        let text = kernel_line(&format!("setp.{name}.f64 %q, %a, %b;"));
        exactly(&text, [64; 3], 32, &doubles(), |[a, b, _]| {
            u64::from(holds(double(a), double(b)))
        });
    }
}

#[test]
fn combined_with_a_predicate() {
    let operands = integers([32; 3]);
    let text = "setp.ne.u32 %s1, %c, 0; setp.lt.and.s32 %s2|%s3, %a, %b, %s1; \
        @%p selp.b32 %d, 1, 0, %s2; @%s3 or.b32 %d, %d, 2; @!%p mov.b32 %d, 0;";
    exactly(text, [32; 3], 32, &operands, |[a, b, c]| {
        let less = (a as u32 as i32) < (b as u32 as i32);
        let with = c != 0;
        u64::from(less && with) | u64::from(!less && with) << 1
    });
    let text =
        "setp.ne.u32 %s1, %c, 0; setp.eq.xor.u32 %s2, %a, %b, !%s1; @%p selp.b32 %d, 1, 0, %s2;";
    exactly(text, [32; 3], 32, &operands, |[a, b, c]| {
        u64::from((a == b) ^ (c == 0))
    });
}

#[test]
fn sets_and_selections() {
    let operands = integers([32; 3]);
    exactly(
        "set.lt.u32.s32 %d, %a, %b;",
        [32; 3],
        32,
        &operands,
        |[a, b, _]| {
            if (a as u32 as i32) < (b as u32 as i32) {
                0xffff_ffff
            } else {
                0
            }
        },
    );
    exactly(
        "set.ge.f32.u32 %d, %a, %b;",
        [32; 3],
        32,
        &operands,
        |[a, b, _]| {
            if a >= b { u64::from(1f32.to_bits()) } else { 0 }
        },
    );
    exactly(
        "slct.b32.s32 %d, %a, %b, %c;",
        [32; 3],
        32,
        &operands,
        |[a, b, c]| {
            if (c as u32 as i32) >= 0 { a } else { b }
        },
    );
    exactly(
        "slct.b32.f32 %d, %a, %b, %c;",
        [32; 3],
        32,
        &singles(),
        |[a, b, c]| {
            if single(c) >= 0.0 { a } else { b }
        },
    );
}
