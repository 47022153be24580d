//! The inner loop: instructions of one path, until something concerns others.

use std::cell::Cell;

use super::frame::{LANES, Lanes, View, Word, map1, map2, map3, select, test};
use super::scalar::bits::logic3;
use super::scalar::{float, nan32};
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::program::op::{
    Compared, Convert, Float2, Instr, Int2, Op, Pred2, Primitive, ScalarOp, Slot, Test,
};

/// Why the inner loop ended. The path's `pc` is at the instruction that has not been done yet, if there is one.
#[derive(Debug)]
pub(super) enum Stop {
    /// Another path waits at this instruction, or has a lower one.
    Meeting,
    /// It has used up its instructions.
    Budget,
    /// Some lanes branch: which, and where to. The others go on at `pc`.
    Split(u32, u32),
    /// An instruction that needs the warp.
    Control(Op),
    Fault(Box<Trouble>),
}

/// Where a run of the inner loop is to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The next instruction at which another path is or waits, at or behind `pc`.
    pub(super) meeting: u32,
    /// Branches to below this concern another path.
    pub(super) floor: u32,
    pub(super) budget: u32,
}

/// Runs instructions from `pc` on. Returns the new `pc`, the budget that is left and why it ended. `execute` is [`execute`],
/// compiled for the processor; apart from this loop, because the compiler would compute too much in advance here.
#[inline(always)]
pub(super) fn run(
    site: &Site<'_>,
    mut pc: u32,
    limits: Limits,
    execute: impl Fn(&Site<'_>, &Op, u32, &Lanes) -> Outcome,
) -> (u32, u32, Stop) {
    let code = site.function.code.as_slice();
    let view = site.view;
    let lanes = Lanes::new(site.lanes);
    let mut guarded;
    let mut budget = limits.budget;
    loop {
        if pc == limits.meeting {
            return (pc, budget, Stop::Meeting);
        }
        if budget == 0 {
            return (pc, budget, Stop::Budget);
        }
        budget -= 1;
        // Every body ends with a return, thus `pc` never passes the end.
        let Instr { op, guard } = &code[pc as usize];
        let mut active = &lanes;
        if let Some(guard) = guard {
            let pred = view.pred(guard.slot);
            let bits = site.lanes & if guard.negated { !pred } else { pred };
            if bits != site.lanes {
                if let Op::Branch(target) = *op {
                    if bits == 0 {
                        pc += 1;
                        continue;
                    }
                    return (pc + 1, budget, Stop::Split(bits, target));
                }
                if bits == 0 {
                    pc += 1;
                    continue;
                }
                guarded = Lanes::new(bits);
                active = &guarded;
            }
        }
        match op {
            &Op::Branch(target) => {
                // Behind a jump over another path's instruction it is the other's turn.
                let passes = target > limits.meeting && pc < limits.meeting;
                if passes || target < limits.floor {
                    return (target, budget, Stop::Meeting);
                }
                pc = target;
                continue;
            }
            op if is_control(op) => return (pc, budget, Stop::Control(*op)),
            op => {
                if let Err(trouble) = execute(site, op, pc, active) {
                    return (pc, budget, Stop::Fault(trouble));
                }
            }
        }
        pc += 1;
    }
}

/// Whether an instruction moves lanes or needs other lanes.
#[inline(always)]
fn is_control(op: &Op) -> bool {
    matches!(
        op,
        Op::BranchIndex(_)
            | Op::Call(_)
            | Op::Return
            | Op::Exit
            | Op::Trap
            | Op::Yield
            | Op::Barrier(_)
            | Op::SyncWarp(_)
            | Op::Shuffle(_)
            | Op::Vote(_)
            | Op::Match(_)
            | Op::Reduce(_)
            | Op::Elect(_)
            | Op::Unsupported(_)
    )
}

/// Does an instruction that concerns each lane alone.
#[inline(always)]
pub(super) fn execute(site: &Site<'_>, op: &Op, pc: u32, lanes: &Lanes) -> Outcome {
    let view = &site.view;
    match *op {
        Op::Narrow2(op, d, a, b) => narrow2(view, op, d, a, b, lanes),
        Op::Wide2(op, d, a, b) => wide2(view, op, d, a, b, lanes),
        Op::WideShift(op, d, a, b) => wide_shift(view, op, d, a, b, lanes),
        Op::Single2(op, d, a, b) => single2(view, op, d, a, b, lanes),
        Op::Double2(op, d, a, b) => double2(view, op, d, a, b, lanes),
        Op::SingleFma(d, a, b, c) => {
            let (d, a, b, c) = (
                view.narrow(d),
                view.narrow(a),
                view.narrow(b),
                view.narrow(c),
            );
            map3(d, a, b, c, lanes, |a: u32, b: u32, c: u32| {
                nan32(single(a).mul_add(single(b), single(c)))
            });
        }
        Op::DoubleFma(d, a, b, c) => {
            let (d, a, b, c) = (view.wide(d), view.wide(a), view.wide(b), view.wide(c));
            map3(d, a, b, c, lanes, |a: u64, b: u64, c: u64| {
                double(a).mul_add(double(b), double(c)).to_bits()
            });
        }
        Op::MulAdd(d, a, b, c) => {
            let (d, a, b, c) = (
                view.narrow(d),
                view.narrow(a),
                view.narrow(b),
                view.narrow(c),
            );
            map3(d, a, b, c, lanes, |a: u32, b: u32, c: u32| {
                a.wrapping_mul(b).wrapping_add(c)
            });
        }
        Op::WideMulAdd(d, a, b, c) => {
            let (d, a, b, c) = (view.wide(d), view.wide(a), view.wide(b), view.wide(c));
            map3(d, a, b, c, lanes, |a: u64, b: u64, c: u64| {
                a.wrapping_mul(b).wrapping_add(c)
            });
        }
        Op::MulWideUnsigned(d, a, b) => {
            map2(
                view.wide(d),
                view.narrow(a),
                view.narrow(b),
                lanes,
                |a: u32, b: u32| u64::from(a) * u64::from(b),
            );
        }
        Op::MulWideSigned(d, a, b) => {
            map2(
                view.wide(d),
                view.narrow(a),
                view.narrow(b),
                lanes,
                |a: u32, b: u32| (i64::from(a as i32) * i64::from(b as i32)) as u64,
            );
        }
        Op::MulHighUnsigned(d, a, b) => {
            map2(
                view.narrow(d),
                view.narrow(a),
                view.narrow(b),
                lanes,
                |a: u32, b: u32| ((u64::from(a) * u64::from(b)) >> 32) as u32,
            );
        }
        Op::Logic3(table, d, a, b, c) => {
            let (d, a, b, c) = (
                view.narrow(d),
                view.narrow(a),
                view.narrow(b),
                view.narrow(c),
            );
            map3(d, a, b, c, lanes, |a, b, c| logic3(a, b, c, table));
        }
        Op::SingleNegate(d, a) => map1(view.narrow(d), view.narrow(a), lanes, |a: u32| a ^ 1 << 31),
        Op::SingleAbsolute(d, a) => {
            map1(view.narrow(d), view.narrow(a), lanes, |a: u32| {
                a & 0x7fff_ffff
            });
        }
        Op::SingleSqrt(d, a) => {
            map1(view.narrow(d), view.narrow(a), lanes, |a: u32| {
                nan32(single(a).sqrt())
            });
        }
        Op::MoveNarrow(d, a) => map1(view.narrow(d), view.narrow(a), lanes, |a: u32| a),
        Op::MoveWide(d, a) => map1(view.wide(d), view.wide(a), lanes, |a: u64| a),
        Op::MovePred(d, a) => view.set_pred(d, view.pred(a), lanes.bits),
        Op::Convert(op, d, a) => convert(view, op, d, a, lanes),
        Op::Compare(what, test, p, a, b) => {
            let bits = compare(view, what, test, a, b);
            view.set_pred(p, bits, lanes.bits);
        }
        Op::SelectNarrow(d, a, b, p) => {
            select(
                view.narrow(d),
                view.narrow(a),
                view.narrow(b),
                view.pred(p),
                lanes,
            );
        }
        Op::SelectWide(d, a, b, p) => {
            select(
                view.wide(d),
                view.wide(a),
                view.wide(b),
                view.pred(p),
                lanes,
            );
        }
        Op::Pred2(op, d, a, b) => {
            let (a, b) = (view.pred(a), view.pred(b));
            let bits = match op {
                Pred2::And => a & b,
                Pred2::Or => a | b,
                Pred2::Xor => a ^ b,
            };
            view.set_pred(d, bits, lanes.bits);
        }
        Op::PredNot(d, a) => view.set_pred(d, !view.pred(a), lanes.bits),
        Op::Scalar(index) => scalar(view, &site.function.scalars[index as usize], lanes.bits),
        Op::Load(index) => {
            return site.load(&site.function.memories[index as usize], lanes.bits, pc);
        }
        Op::Store(index) => {
            return site.store(&site.function.memories[index as usize], lanes.bits, pc);
        }
        Op::Nop => {}
        other => return site.rare(other, pc, lanes.bits),
    }
    Ok(())
}

#[inline(always)]
fn single(bits: u32) -> f32 {
    f32::from_bits(bits)
}

#[inline(always)]
fn double(bits: u64) -> f64 {
    f64::from_bits(bits)
}

#[inline(always)]
fn narrow2(view: &View<'_>, op: Int2, d: Slot, a: Slot, b: Slot, lanes: &Lanes) {
    let (d, a, b) = (view.narrow(d), view.narrow(a), view.narrow(b));
    match op {
        Int2::Add => map2(d, a, b, lanes, u32::wrapping_add),
        Int2::Sub => map2(d, a, b, lanes, u32::wrapping_sub),
        Int2::Mul => map2(d, a, b, lanes, u32::wrapping_mul),
        Int2::And => map2(d, a, b, lanes, |a: u32, b: u32| a & b),
        Int2::Or => map2(d, a, b, lanes, |a: u32, b: u32| a | b),
        Int2::Xor => map2(d, a, b, lanes, |a: u32, b: u32| a ^ b),
        Int2::Shl => map2(
            d,
            a,
            b,
            lanes,
            |a: u32, b: u32| if b > 31 { 0 } else { a << b },
        ),
        Int2::ShrUnsigned => {
            map2(
                d,
                a,
                b,
                lanes,
                |a: u32, b: u32| if b > 31 { 0 } else { a >> b },
            );
        }
        Int2::ShrSigned => {
            map2(d, a, b, lanes, |a: u32, b: u32| {
                (a as i32 >> b.min(31)) as u32
            });
        }
        Int2::MinUnsigned => map2(d, a, b, lanes, |a: u32, b: u32| a.min(b)),
        Int2::MaxUnsigned => map2(d, a, b, lanes, |a: u32, b: u32| a.max(b)),
        Int2::MinSigned => map2(d, a, b, lanes, |a: u32, b: u32| {
            (a as i32).min(b as i32) as u32
        }),
        Int2::MaxSigned => map2(d, a, b, lanes, |a: u32, b: u32| {
            (a as i32).max(b as i32) as u32
        }),
    }
}

#[inline(always)]
fn wide2(view: &View<'_>, op: Int2, d: Slot, a: Slot, b: Slot, lanes: &Lanes) {
    let (d, a, b) = (view.wide(d), view.wide(a), view.wide(b));
    match op {
        Int2::Add => map2(d, a, b, lanes, u64::wrapping_add),
        Int2::Sub => map2(d, a, b, lanes, u64::wrapping_sub),
        Int2::Mul => map2(d, a, b, lanes, u64::wrapping_mul),
        Int2::And => map2(d, a, b, lanes, |a: u64, b: u64| a & b),
        Int2::Or => map2(d, a, b, lanes, |a: u64, b: u64| a | b),
        Int2::Xor => map2(d, a, b, lanes, |a: u64, b: u64| a ^ b),
        Int2::Shl => map2(
            d,
            a,
            b,
            lanes,
            |a: u64, b: u64| if b > 63 { 0 } else { a << b },
        ),
        Int2::ShrUnsigned => {
            map2(
                d,
                a,
                b,
                lanes,
                |a: u64, b: u64| if b > 63 { 0 } else { a >> b },
            );
        }
        Int2::ShrSigned => {
            map2(d, a, b, lanes, |a: u64, b: u64| {
                (a as i64 >> b.min(63)) as u64
            });
        }
        // The decoder makes these lane by lane.
        Int2::MinUnsigned | Int2::MaxUnsigned | Int2::MinSigned | Int2::MaxSigned => {}
    }
}

#[inline(always)]
fn wide_shift(view: &View<'_>, op: Int2, d: Slot, a: Slot, b: Slot, lanes: &Lanes) {
    let (d, a, b) = (view.wide(d), view.wide(a), view.narrow(b));
    match op {
        Int2::Shl => map2(
            d,
            a,
            b,
            lanes,
            |a: u64, b: u32| if b > 63 { 0 } else { a << b },
        ),
        Int2::ShrSigned => {
            map2(d, a, b, lanes, |a: u64, b: u32| {
                (a as i64 >> b.min(63)) as u64
            });
        }
        _ => map2(
            d,
            a,
            b,
            lanes,
            |a: u64, b: u32| if b > 63 { 0 } else { a >> b },
        ),
    }
}

#[inline(always)]
fn single2(view: &View<'_>, op: Float2, d: Slot, a: Slot, b: Slot, lanes: &Lanes) {
    let (d, a, b) = (view.narrow(d), view.narrow(a), view.narrow(b));
    match op {
        Float2::Add => map2(d, a, b, lanes, |a, b| nan32(single(a) + single(b))),
        Float2::Sub => map2(d, a, b, lanes, |a, b| nan32(single(a) - single(b))),
        Float2::Mul => map2(d, a, b, lanes, |a, b| nan32(single(a) * single(b))),
        Float2::Div => map2(d, a, b, lanes, |a, b| nan32(single(a) / single(b))),
        Float2::Min => map2(d, a, b, lanes, |a, b| {
            nan32(float::min(single(a), single(b)))
        }),
        Float2::Max => map2(d, a, b, lanes, |a, b| {
            nan32(float::max(single(a), single(b)))
        }),
    }
}

#[inline(always)]
fn double2(view: &View<'_>, op: Float2, d: Slot, a: Slot, b: Slot, lanes: &Lanes) {
    let (d, a, b) = (view.wide(d), view.wide(a), view.wide(b));
    match op {
        Float2::Add => map2(d, a, b, lanes, |a, b| (double(a) + double(b)).to_bits()),
        Float2::Sub => map2(d, a, b, lanes, |a, b| (double(a) - double(b)).to_bits()),
        Float2::Mul => map2(d, a, b, lanes, |a, b| (double(a) * double(b)).to_bits()),
        Float2::Div => map2(d, a, b, lanes, |a, b| (double(a) / double(b)).to_bits()),
        // The decoder makes these lane by lane.
        Float2::Min | Float2::Max => {}
    }
}

#[inline(always)]
fn convert(view: &View<'_>, op: Convert, d: Slot, a: Slot, lanes: &Lanes) {
    match op {
        Convert::ZeroExtend => {
            map1(view.wide(d), view.narrow(a), lanes, |a: u32| u64::from(a));
        }
        Convert::SignExtend => {
            map1(view.wide(d), view.narrow(a), lanes, |a: u32| {
                i64::from(a as i32) as u64
            });
        }
        Convert::Truncate => map1(view.narrow(d), view.wide(a), lanes, |a: u64| a as u32),
        Convert::SingleOfSigned => {
            map1(view.narrow(d), view.narrow(a), lanes, |a: u32| {
                (a as i32 as f32).to_bits()
            });
        }
        Convert::SingleOfUnsigned => {
            map1(view.narrow(d), view.narrow(a), lanes, |a: u32| {
                (a as f32).to_bits()
            });
        }
        // Rust's conversion clamps and makes zero of what is no number, as PTX wants it.
        Convert::SignedOfSingle => {
            map1(view.narrow(d), view.narrow(a), lanes, |a: u32| {
                single(a) as i32 as u32
            });
        }
        Convert::DoubleOfSingle => {
            map1(view.wide(d), view.narrow(a), lanes, |a: u32| {
                f64::from(single(a)).to_bits()
            });
        }
        Convert::SingleOfDouble => {
            map1(view.narrow(d), view.wide(a), lanes, |a: u64| {
                nan32(double(a) as f32)
            });
        }
        Convert::DoubleOfSigned => {
            map1(view.wide(d), view.narrow(a), lanes, |a: u32| {
                f64::from(a as i32).to_bits()
            });
        }
    }
}

#[inline(always)]
fn compare(view: &View<'_>, what: Compared, test: Test, a: Slot, b: Slot) -> u32 {
    let mut bits = primitive(view, what, test.primitive, a, b);
    if test.or_exchanged {
        bits |= primitive_again(view, what, test.primitive, b, a);
    }
    if test.negated { !bits } else { bits }
}

/// Not in the inner loop: only relations that are rare ask twice.
#[inline(never)]
fn primitive_again(view: &View<'_>, what: Compared, test: Primitive, a: Slot, b: Slot) -> u32 {
    primitive(view, what, test, a, b)
}

#[inline(always)]
fn primitive(view: &View<'_>, what: Compared, primitive: Primitive, a: Slot, b: Slot) -> u32 {
    match what {
        Compared::U32 => relate(view.narrow(a), view.narrow(b), primitive, |bits: u32| bits),
        Compared::S32 => relate(view.narrow(a), view.narrow(b), primitive, |bits: u32| {
            bits as i32
        }),
        Compared::F32 => relate(view.narrow(a), view.narrow(b), primitive, single),
        Compared::U64 => relate(view.wide(a), view.wide(b), primitive, |bits: u64| bits),
        Compared::S64 => relate(view.wide(a), view.wide(b), primitive, |bits: u64| {
            bits as i64
        }),
        Compared::F64 => relate(view.wide(a), view.wide(b), primitive, double),
    }
}

/// One loop for each relation: inside of a loop it would be asked for each lane.
#[inline(always)]
fn relate<W: Word, T: PartialOrd>(
    a: &[Cell<W>; LANES],
    b: &[Cell<W>; LANES],
    primitive: Primitive,
    of: impl Fn(W) -> T,
) -> u32 {
    match primitive {
        Primitive::Equal => test(a, b, |a, b| of(a) == of(b)),
        Primitive::Less => test(a, b, |a, b| of(a) < of(b)),
        Primitive::LessOrEqual => test(a, b, |a, b| of(a) <= of(b)),
    }
}

#[inline(always)]
fn scalar(view: &View<'_>, op: &ScalarOp, bits: u32) {
    for lane in super::frame::lanes_of(bits) {
        let mut x = [0; 4];
        for (value, reg) in x.iter_mut().zip(&op.src) {
            let Some(reg) = reg else { break };
            *value = view.get(*reg, lane);
        }
        view.set(op.dst, lane, (op.f)(x));
    }
}
