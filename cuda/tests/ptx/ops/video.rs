//! Two or four small integers in a word.

use super::{exactly, integers};

/// Applies a function to the elements of `width` bits, the lowest first.
fn each(width: u32, signed: bool, [a, b]: [u64; 2], f: impl Fn(i64, i64) -> i64) -> Vec<i64> {
    let element = |word: u64, at: u32| {
        let bits = (word >> at & ((1 << width) - 1)) as i64;
        match signed {
            true => bits << (64 - width) >> (64 - width),
            false => bits,
        }
    };
    (0..32)
        .step_by(width as usize)
        .map(|at| f(element(a, at), element(b, at)))
        .collect()
}

fn pack(width: u32, elements: &[i64]) -> u64 {
    let ones = (1u64 << width) - 1;
    let placed = elements.iter().zip(0u32..);
    placed.fold(0, |word, (element, index)| {
        word | (*element as u64 & ones) << (index * width)
    })
}

/// Checks an instruction in both widths, with the third operand passed by and added.
fn check(name: &str, sat: &str, signed: bool, f: impl Fn(u32, i64, i64) -> i64) {
    let ty = if signed { "s32" } else { "u32" };
    for (count, width) in [(2, 16), (4, 8)] {
        let types = format!("{name}{count}.{ty}.{ty}.{ty}");
        let of = |[a, b, _]: [u64; 3]| each(width, signed, [a, b], |a, b| f(width, a, b));
        let operands = integers([32; 3]);
        let plain = format!("{types}{sat} %d, %a, %b, %c;");
        exactly(&plain, [32; 3], 32, &operands, |x| pack(width, &of(x)));
        if sat.is_empty() {
            let added = format!("{types}.add %d, %a, %b, %c;");
            exactly(&added, [32; 3], 32, &operands, |x| {
                of(x)
                    .iter()
                    .fold(x[2], |sum, element| sum.wrapping_add(*element as u64))
            });
        }
    }
}

#[test]
fn sums_and_differences() {
    for signed in [false, true] {
        check("vadd", "", signed, |_, a, b| a + b);
        check("vsub", "", signed, |_, a, b| a - b);
        check("vabsdiff", "", signed, |_, a, b| (a - b).abs());
        check("vmin", "", signed, |_, a, b| a.min(b));
        check("vmax", "", signed, |_, a, b| a.max(b));
    }
    check("vavrg", "", false, |_, a, b| (a + b + 1) / 2);
    check("vavrg", "", true, |_, a, b| match a + b {
        sum @ 0.. => (sum + 1) / 2,
        // Downwards.
        sum => (sum - sum.rem_euclid(2)) / 2,
    });
}

#[test]
fn saturated() {
    let signed = |width: u32, exact: i64| exact.clamp(-(1 << (width - 1)), (1 << (width - 1)) - 1);
    check("vadd", ".sat", true, |width, a, b| signed(width, a + b));
    check("vsub", ".sat", true, |width, a, b| signed(width, a - b));
    check("vabsdiff", ".sat", true, |width, a, b| {
        signed(width, (a - b).abs())
    });
    check("vadd", ".sat", false, |width, a, b| {
        (a + b).min((1 << width) - 1)
    });
    check("vsub", ".sat", false, |_, a, b| (a - b).max(0));
}

#[test]
fn comparisons() {
    type Related = fn(i64, i64) -> bool;
    let relations: [(&str, Related); 6] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b),
        ("lt", |a, b| a < b),
        ("le", |a, b| a <= b),
        ("gt", |a, b| a > b),
        ("ge", |a, b| a >= b),
    ];
    for (relation, holds) in relations {
        for (count, width) in [(2, 16), (4, 8)] {
            for (ty, signed) in [("u32", false), ("s32", true)] {
                let line = format!("vset{count}.{ty}.{ty}.{relation} %d, %a, %b, %c;");
                exactly(&line, [32; 3], 32, &integers([32; 3]), |[a, b, _]| {
                    let ones = each(width, signed, [a, b], |a, b| i64::from(holds(a, b)));
                    pack(width, &ones)
                });
            }
        }
    }
}

/// What NVRTC makes of `__vsadu4`.
#[test]
fn a_sum_of_absolute_differences() {
    let line = "vabsdiff4.u32.u32.u32.add %d, %a, %b, 7;";
    exactly(line, [32; 3], 32, &integers([32; 3]), |[a, b, _]| {
        7 + each(8, false, [a, b], |a, b| (a - b).abs())
            .iter()
            .sum::<i64>() as u64
    });
}

#[test]
fn pairs_of_short_integers() {
    type Of = fn(i64, i64) -> i64;
    let operations: [(&str, bool, Of); 7] = [
        ("add.u16x2", false, |a, b| a + b),
        ("add.s16x2", true, |a, b| a + b),
        ("min.u16x2", false, i64::min),
        ("max.u16x2", false, i64::max),
        ("min.s16x2", true, i64::min),
        ("max.s16x2", true, i64::max),
        ("max.s16x2.relu", true, |a, b| a.max(b).max(0)),
    ];
    for (name, signed, f) in operations {
        let line = format!("{name} %d, %a, %b;");
        exactly(&line, [32; 3], 32, &integers([32; 3]), |[a, b, _]| {
            pack(16, &each(16, signed, [a, b], f))
        });
    }
}
