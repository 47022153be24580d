//! Bits and fields.

use super::{exactly, integers};

fn narrow(line: &str, wanted: impl Fn(u32, u32, u32) -> u32) {
    exactly(line, [32; 3], 32, &integers([32; 3]), |[a, b, c]| {
        u64::from(wanted(a as u32, b as u32, c as u32))
    });
}

fn wide(line: &str, wanted: impl Fn(u64, u32, u32) -> u64) {
    exactly(
        line,
        [64, 32, 32],
        64,
        &integers([64, 32, 32]),
        |[a, b, c]| wanted(a, b as u32, c as u32),
    );
}

/// Counts of a wide value are narrow.
fn counts(line: &str, wanted: impl Fn(u64) -> u32) {
    exactly(
        line,
        [64, 32, 32],
        32,
        &integers([64, 32, 32]),
        |[a, _, _]| u64::from(wanted(a)),
    );
}

#[test]
fn logic() {
    narrow("and.b32 %d, %a, %b;", |a, b, _| a & b);
    narrow("or.b32 %d, %a, %b;", |a, b, _| a | b);
    narrow("xor.b32 %d, %a, %b;", |a, b, _| a ^ b);
    narrow("not.b32 %d, %a;", |a, _, _| !a);
    narrow("cnot.b32 %d, %a;", |a, _, _| u32::from(a == 0));
    exactly(
        "xor.b64 %d, %a, %b;",
        [64; 3],
        64,
        &integers([64; 3]),
        |[a, b, _]| a ^ b,
    );
    exactly(
        "not.b64 %d, %a;",
        [64; 3],
        64,
        &integers([64; 3]),
        |[a, _, _]| !a,
    );
    exactly(
        "and.b16 %d, %a, %b;",
        [16; 3],
        16,
        &integers([16; 3]),
        |[a, b, _]| a & b,
    );
    narrow("lop3.b32 %d, %a, %b, %c, 0x96;", |a, b, c| a ^ b ^ c);
    narrow("lop3.b32 %d, %a, %b, %c, 0xe8;", |a, b, c| {
        a & b | b & c | a & c
    });
    narrow("lop3.b32 %d, %a, %b, %c, 0xca;", |a, b, c| a & b | !a & c);
}

#[test]
fn shifts_stop_at_the_width() {
    narrow("shl.b32 %d, %a, %b;", |a, b, _| {
        a.checked_shl(b).unwrap_or(0)
    });
    narrow("shr.u32 %d, %a, %b;", |a, b, _| {
        a.checked_shr(b).unwrap_or(0)
    });
    narrow("shr.s32 %d, %a, %b;", |a, b, _| {
        (a as i32 >> b.min(31)) as u32
    });
    wide("shl.b64 %d, %a, %b;", |a, b, _| {
        a.checked_shl(b).unwrap_or(0)
    });
    wide("shr.u64 %d, %a, %b;", |a, b, _| {
        a.checked_shr(b).unwrap_or(0)
    });
    wide("shr.s64 %d, %a, %b;", |a, b, _| {
        (a as i64 >> b.min(63)) as u64
    });
    let operands = integers([16, 32, 32]);
    exactly(
        "shl.b16 %d, %a, %b;",
        [16, 32, 32],
        16,
        &operands,
        |[a, b, _]| {
            if b > 15 { 0 } else { a << b }
        },
    );
    exactly(
        "shr.s16 %d, %a, %b;",
        [16, 32, 32],
        16,
        &operands,
        |[a, b, _]| (a as u16 as i16 >> b.min(15)) as u64,
    );
}

#[test]
fn funnel_shifts() {
    let pair = |a: u32, b: u32| u64::from(b) << 32 | u64::from(a);
    narrow("shf.l.wrap.b32 %d, %a, %b, %c;", |a, b, c| {
        (pair(a, b) << (c & 31) >> 32) as u32
    });
    narrow("shf.r.wrap.b32 %d, %a, %b, %c;", |a, b, c| {
        (pair(a, b) >> (c & 31)) as u32
    });
    narrow("shf.l.clamp.b32 %d, %a, %b, %c;", |a, b, c| {
        (pair(a, b) << c.min(32) >> 32) as u32
    });
    narrow("shf.r.clamp.b32 %d, %a, %b, %c;", |a, b, c| {
        (pair(a, b) >> c.min(32)) as u32
    });
}

#[test]
fn counts_and_searches() {
    narrow("popc.b32 %d, %a;", |a, _, _| a.count_ones());
    counts("popc.b64 %d, %a;", u64::count_ones);
    narrow("clz.b32 %d, %a;", |a, _, _| a.leading_zeros());
    counts("clz.b64 %d, %a;", u64::leading_zeros);
    narrow("brev.b32 %d, %a;", |a, _, _| a.reverse_bits());
    wide("brev.b64 %d, %a;", |a, _, _| a.reverse_bits());
    let highest = |a: u32| {
        if a == 0 {
            u32::MAX
        } else {
            31 - a.leading_zeros()
        }
    };
    narrow("bfind.u32 %d, %a;", |a, _, _| highest(a));
    narrow("bfind.s32 %d, %a;", |a, _, _| {
        highest(if (a as i32) < 0 { !a } else { a })
    });
    narrow("bfind.shiftamt.u32 %d, %a;", |a, _, _| {
        if a == 0 { u32::MAX } else { a.leading_zeros() }
    });
    counts("bfind.u64 %d, %a;", |a| {
        if a == 0 {
            u32::MAX
        } else {
            63 - a.leading_zeros()
        }
    });
}

#[test]
fn fields() {
    narrow("bfe.u32 %d, %a, %b, %c;", |a, b, c| {
        let (start, len) = (b & 255, c & 255);
        (0..len.min(32)).fold(0, |field, bit| {
            let at = start + bit;
            field | if at < 32 { (a >> at & 1) << bit } else { 0 }
        })
    });
    narrow("bfe.s32 %d, %a, %b, %c;", |a, b, c| {
        let (start, len) = (b & 255, c & 255);
        if len == 0 {
            return 0;
        }
        let sign = a >> (start + len - 1).min(31) & 1;
        (0..32).fold(0, |field, bit| {
            let at = start + bit;
            let value = if bit < len && at < 32 {
                a >> at & 1
            } else {
                sign
            };
            field | value << bit
        })
    });
    exactly(
        "bfi.b32 %d, %a, %b, %c, 8;",
        [32; 3],
        32,
        &integers([32; 3]),
        |[a, b, c]| {
            let start = c & 255;
            let mask = if start > 31 {
                0
            } else {
                (0xffu64 << start) & 0xffff_ffff
            };
            b & !mask | if start > 31 { 0 } else { a << start & mask }
        },
    );
    wide("bfe.u64 %d, %a, %b, %c;", |a, b, c| {
        let (start, len) = (b & 255, c & 255);
        (0..len.min(64)).fold(0, |field, bit| {
            let at = start + bit;
            field | if at < 64 { (a >> at & 1) << bit } else { 0 }
        })
    });
    narrow("bmsk.clamp.b32 %d, %a, %b;", |a, b, _| {
        (0..32)
            .filter(|bit| *bit >= a && *bit - a < b)
            .fold(0, |mask, bit| mask | 1 << bit)
    });
}

#[test]
fn permutations() {
    let bytes = |a: u32, b: u32| {
        let [a0, a1, a2, a3] = a.to_le_bytes();
        let [b0, b1, b2, b3] = b.to_le_bytes();
        [a0, a1, a2, a3, b0, b1, b2, b3]
    };
    narrow("prmt.b32 %d, %a, %b, %c;", |a, b, c| {
        let bytes = bytes(a, b);
        u32::from_le_bytes(std::array::from_fn(|index| {
            let selector = c >> (4 * index) & 15;
            let byte = bytes[selector as usize & 7];
            if selector & 8 == 0 {
                byte
            } else if byte & 0x80 != 0 {
                0xff
            } else {
                0
            }
        }))
    });
    narrow("prmt.b32.f4e %d, %a, %b, %c;", |a, b, c| {
        let bytes = bytes(a, b);
        u32::from_le_bytes(std::array::from_fn(|index| bytes[index + (c & 3) as usize]))
    });
    narrow("prmt.b32.rc16 %d, %a, %b, %c;", |a, _, c| {
        let half = a >> (16 * (c & 1)) & 0xffff;
        half << 16 | half
    });
}

#[test]
fn the_nth_set_bit() {
    let find = |mask: u32, base: u32, n: i32| {
        let step = if n < 0 { -1 } else { 1 };
        let mut left = n.unsigned_abs().max(1);
        let mut at = i64::from(base);
        while (0..32).contains(&at) {
            left -= mask >> at & 1;
            if left == 0 {
                return at as u32;
            }
            if n == 0 {
                break;
            }
            at += step;
        }
        u32::MAX
    };
    narrow("fns.b32 %d, %a, %b, %c;", |a, b, c| find(a, b, c as i32));
    for n in [-3, -1, 0, 1, 2, 5] {
        for base in [0, 7, 31] {
            narrow(&format!("fns.b32 %d, %a, {base}, {n};"), |a, _, _| {
                find(a, base, n)
            });
        }
    }
}
