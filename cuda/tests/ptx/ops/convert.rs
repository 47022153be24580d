//! `cvt`.

use super::{double, doubles, exactly, integers, single, singles};

#[test]
fn integers_extend_cut_and_saturate() {
    let narrow = integers([32; 3]);
    let wide = integers([64; 3]);
    exactly("cvt.u64.u32 %d, %a;", [32; 3], 64, &narrow, |[a, _, _]| a);
    exactly("cvt.s64.s32 %d, %a;", [32; 3], 64, &narrow, |[a, _, _]| {
        a as u32 as i32 as i64 as u64
    });
    exactly("cvt.u32.u64 %d, %a;", [64; 3], 32, &wide, |[a, _, _]| a);
    exactly("cvt.s32.s8 %d, %a;", [32; 3], 32, &narrow, |[a, _, _]| {
        a as i8 as i64 as u64
    });
    exactly("cvt.u32.u8 %d, %a;", [32; 3], 32, &narrow, |[a, _, _]| {
        a & 0xff
    });
    exactly(
        "cvt.s32.s16 %d, %a;",
        [16; 3],
        32,
        &integers([16; 3]),
        |[a, _, _]| a as i16 as i64 as u64,
    );
    exactly("cvt.u16.u32 %d, %a;", [32; 3], 16, &narrow, |[a, _, _]| a);
    exactly(
        "cvt.sat.s8.s32 %d, %a;",
        [32; 3],
        32,
        &narrow,
        |[a, _, _]| (a as u32 as i32).clamp(-128, 127) as i64 as u64,
    );
    exactly(
        "cvt.sat.u8.s32 %d, %a;",
        [32; 3],
        32,
        &narrow,
        |[a, _, _]| (a as u32 as i32).clamp(0, 255) as u64,
    );
    exactly(
        "cvt.sat.u32.s64 %d, %a;",
        [64; 3],
        32,
        &wide,
        |[a, _, _]| (a as i64).clamp(0, 0xffff_ffff) as u64,
    );
}

#[test]
fn integers_to_floats() {
    let narrow = integers([32; 3]);
    let wide = integers([64; 3]);
    let bits = |value: f32| u64::from(value.to_bits());
    exactly(
        "cvt.rn.f32.s32 %d, %a;",
        [32; 3],
        32,
        &narrow,
        |[a, _, _]| bits(a as u32 as i32 as f32),
    );
    exactly(
        "cvt.rn.f32.u32 %d, %a;",
        [32; 3],
        32,
        &narrow,
        |[a, _, _]| bits(a as u32 as f32),
    );
    exactly("cvt.rn.f32.s64 %d, %a;", [64; 3], 32, &wide, |[a, _, _]| {
        bits(a as i64 as f32)
    });
    exactly("cvt.rn.f32.u64 %d, %a;", [64; 3], 32, &wide, |[a, _, _]| {
        bits(a as f32)
    });
    exactly(
        "cvt.rn.f64.s32 %d, %a;",
        [32; 3],
        64,
        &narrow,
        |[a, _, _]| f64::from(a as u32 as i32).to_bits(),
    );
    exactly("cvt.rn.f64.u64 %d, %a;", [64; 3], 64, &wide, |[a, _, _]| {
        (a as f64).to_bits()
    });
    exactly(
        "cvt.rz.f32.u32 %d, %a;",
        [32; 3],
        32,
        &narrow,
        |[a, _, _]| {
            let nearest = a as u32 as f32;
            bits(if f64::from(nearest) > a as f64 {
                nearest.next_down()
            } else {
                nearest
            })
        },
    );
    exactly(
        "cvt.rp.f32.u32 %d, %a;",
        [32; 3],
        32,
        &narrow,
        |[a, _, _]| {
            let nearest = a as u32 as f32;
            bits(if f64::from(nearest) < a as f64 {
                nearest.next_up()
            } else {
                nearest
            })
        },
    );
}

#[test]
fn floats_to_integers() {
    let floats = singles();
    exactly(
        "cvt.rzi.s32.f32 %d, %a;",
        [32; 3],
        32,
        &floats,
        |[a, _, _]| single(a) as i32 as u32 as u64,
    );
    exactly(
        "cvt.rzi.u32.f32 %d, %a;",
        [32; 3],
        32,
        &floats,
        |[a, _, _]| u64::from(single(a) as u32),
    );
    exactly(
        "cvt.rni.s32.f32 %d, %a;",
        [32; 3],
        32,
        &floats,
        |[a, _, _]| single(a).round_ties_even() as i32 as u32 as u64,
    );
    exactly(
        "cvt.rmi.s32.f32 %d, %a;",
        [32; 3],
        32,
        &floats,
        |[a, _, _]| single(a).floor() as i32 as u32 as u64,
    );
    exactly(
        "cvt.rpi.s32.f32 %d, %a;",
        [32; 3],
        32,
        &floats,
        |[a, _, _]| single(a).ceil() as i32 as u32 as u64,
    );
    // What is no number becomes the least integer where 64 bits are on one side.
    exactly(
        "cvt.rzi.s64.f32 %d, %a;",
        [32; 3],
        64,
        &floats,
        |[a, _, _]| match single(a) {
            a if a.is_nan() => 1 << 63,
            a => a as i64 as u64,
        },
    );
    exactly(
        "cvt.rzi.s32.f64 %d, %a;",
        [64; 3],
        32,
        &doubles(),
        |[a, _, _]| match double(a) {
            a if a.is_nan() => 1 << 31,
            a => a as i32 as u32 as u64,
        },
    );
    exactly(
        "cvt.rni.s64.f64 %d, %a;",
        [64; 3],
        64,
        &doubles(),
        |[a, _, _]| match double(a) {
            a if a.is_nan() => 1 << 63,
            a => a.round_ties_even() as i64 as u64,
        },
    );
}

#[test]
fn floats_to_floats() {
    let canonical = |value: f32| {
        u64::from(if value.is_nan() {
            0x7fff_ffff
        } else {
            value.to_bits()
        })
    };
    exactly(
        "cvt.rn.f32.f64 %d, %a;",
        [64; 3],
        32,
        &doubles(),
        |[a, _, _]| canonical(double(a) as f32),
    );
    exactly(
        "cvt.rni.f32.f32 %d, %a;",
        [32; 3],
        32,
        &singles(),
        |[a, _, _]| canonical(single(a).round_ties_even()),
    );
    exactly(
        "cvt.rmi.f32.f32 %d, %a;",
        [32; 3],
        32,
        &singles(),
        |[a, _, _]| canonical(single(a).floor()),
    );
    exactly(
        "cvt.rzi.f32.f32 %d, %a;",
        [32; 3],
        32,
        &singles(),
        |[a, _, _]| canonical(single(a).trunc()),
    );
    exactly(
        "cvt.sat.f32.f32 %d, %a;",
        [32; 3],
        32,
        &singles(),
        |[a, _, _]| match single(a) {
            a if a > 0.0 => canonical(a.min(1.0)),
            _ => 0,
        },
    );
    exactly(
        "cvt.ftz.f32.f32 %d, %a;",
        [32; 3],
        32,
        &singles(),
        |[a, _, _]| match single(a) {
            a if a.is_subnormal() => canonical(0f32.copysign(a)),
            a => canonical(a),
        },
    );
    let numbers: Vec<_> = singles()
        .into_iter()
        .filter(|[a, ..]| !single(*a).is_nan())
        .collect();
    exactly("cvt.f64.f32 %d, %a;", [32; 3], 64, &numbers, |[a, _, _]| {
        f64::from(single(a)).to_bits()
    });
    // There and back again.
    let line = "mov.b32 %d, 0; { .reg .b16 %h; cvt.rn.f16.f32 %h, %a; cvt.f32.f16 %d, %h; } @!%p mov.b32 %d, 0;";
    let small: Vec<_> = (0..2000u64)
        .map(|index| {
            let value = index as f32 * 0.125 - 125.0;
            [u64::from(value.to_bits()), 0, 0]
        })
        .collect();
    exactly(line, [32; 3], 32, &small, |[a, _, _]| a);
    // The upper half comes first.
    let line = "cvt.rn.bf16x2.f32 %d, %a, %b;";
    let small: Vec<_> = [(1.0f32, -2.0f32), (0.5, 3.0)]
        .into_iter()
        .map(|(a, b)| [u64::from(a.to_bits()), u64::from(b.to_bits()), 0])
        .collect();
    exactly(line, [32; 3], 32, &small, |[a, b, _]| {
        a & 0xffff_0000 | b >> 16
    });
}
