//! A step for one instruction.

use super::operations::{bits, other, select_of};
use super::{Step, floats, integers};
use crate::emu::exec::cell::{Handler, Operation};
use crate::emu::exec::frame::{Lanes, View, fill, lanes_of};
use crate::emu::exec::site::Site;
use crate::emu::exec::trouble::Outcome;
use crate::emu::program::op::{
    Compared, MemorySpace, Op, Pred2, Primitive, ScalarOp, Slot, Special, Test,
};

/// The step of an instruction that stands at `pc`. Who joins steps knows better how far it goes.
pub(super) fn step(op: &Op, pc: u32) -> Step {
    let (handler, [d, a, b, c], extra) = parts(op);
    Step {
        handler,
        pc,
        until: pc,
        extra,
        d,
        a,
        b,
        c,
        e: 0,
        len: 1,
    }
}

/// What is called, the registers, and what else it is to know.
fn parts(op: &Op) -> (Handler, [Slot; 4], u32) {
    let none = [0; 4];
    match *op {
        Op::Narrow2(op, d, a, b) => (integers::narrow2(op), [d, a, b, 0], 0),
        Op::Wide2(op, d, a, b) => (integers::wide2(op), [d, a, b, 0], 0),
        Op::WideShift(op, d, a, b) => (integers::wide_shift(op), [d, a, b, 0], 0),
        Op::Single2(op, d, a, b) => (floats::single2(op), [d, a, b, 0], 0),
        Op::Double2(op, d, a, b) => (floats::double2(op), [d, a, b, 0], 0),
        Op::SingleFma(d, a, b, c) => (floats::single_fma(), [d, a, b, c], 0),
        Op::DoubleFma(d, a, b, c) => (floats::double_fma(), [d, a, b, c], 0),
        Op::MulAdd(d, a, b, c) => (integers::mul_add(), [d, a, b, c], 0),
        Op::WideMulAdd(d, a, b, c) => (integers::wide_mul_add(), [d, a, b, c], 0),
        Op::MulWideUnsigned(d, a, b) => (integers::mul_wide_unsigned(), [d, a, b, 0], 0),
        Op::MulWideSigned(d, a, b) => (integers::mul_wide_signed(), [d, a, b, 0], 0),
        Op::MulHighUnsigned(d, a, b) => (integers::mul_high_unsigned(), [d, a, b, 0], 0),
        Op::Logic3(table, d, a, b, c) => (integers::logic3(), [d, a, b, c], u32::from(table)),
        Op::SingleNegate(d, a) => (floats::negate(), [d, a, 0, 0], 0),
        Op::SingleAbsolute(d, a) => (floats::absolute(), [d, a, 0, 0], 0),
        Op::SingleSqrt(d, a) => (floats::sqrt(), [d, a, 0, 0], 0),
        Op::MoveNarrow(d, a) => (integers::move_narrow(), [d, a, 0, 0], 0),
        Op::MoveWide(d, a) => (integers::move_wide(), [d, a, 0, 0], 0),
        Op::MovePred(d, a) => (bits(|a, _| a), [d, a, a, 0], 0),
        Op::Convert(op, d, a) => (floats::convert(op), [d, a, 0, 0], 0),
        Op::Compare(what, test, p, a, b) => comparison(what, test, [p, a, b, 0]),
        Op::SelectNarrow(d, a, b, p) => (select_of::<u32>(), [d, a, b, p], 0),
        Op::SelectWide(d, a, b, p) => (select_of::<u64>(), [d, a, b, p], 0),
        Op::Pred2(op, d, a, b) => (pred2(op), [d, a, b, 0], 0),
        Op::PredNot(d, a) => (bits(|a, _| !a), [d, a, a, 0], 0),
        Op::Scalar(index) => (scalar(), none, index),
        Op::Load(index) => (Handler::new(Load), none, index),
        Op::Store(index) => (Handler::new(Store), none, index),
        Op::Special(reg, Special::BlockIndex(axis)) if reg.bits == 32 => (
            Handler::new(BlockIndex),
            [reg.slot, 0, 0, 0],
            u32::from(axis),
        ),
        Op::Nop => (other(|_, _, _| Ok(())), none, 0),
        _ => (rare(), none, 0),
    }
}

fn pred2(op: Pred2) -> Handler {
    match op {
        Pred2::And => bits(|a, b| a & b),
        Pred2::Or => bits(|a, b| a | b),
        Pred2::Xor => bits(|a, b| a ^ b),
    }
}

fn comparison(what: Compared, test: Test, slots: [Slot; 4]) -> (Handler, [Slot; 4], u32) {
    if test.or_exchanged {
        return (twice(), slots, 0);
    }
    let handler = match what {
        Compared::F32 | Compared::F64 => floats::comparison(what, test.primitive),
        _ => integers::comparison(what, test.primitive),
    };
    (handler, slots, if test.negated { !0 } else { 0 })
}

/// Relations that hold either way round. They are rare.
fn twice() -> Handler {
    other(|site, step, lanes| {
        if let Op::Compare(what, test, p, a, b) = site.function.code[step.pc as usize].op {
            let view = &site.view;
            let either = related(view, what, test.primitive, a, b)
                | related(view, what, test.primitive, b, a);
            let bits = if test.negated { !either } else { either };
            view.set_pred(p, bits, lanes.bits);
        }
        Ok(())
    })
}

/// The lanes in which a relation holds.
fn related(view: &View<'_>, what: Compared, primitive: Primitive, a: Slot, b: Slot) -> u32 {
    let narrow = |slot: Slot, lane: usize| view.narrow(slot)[lane].get();
    let wide = |slot: Slot, lane: usize| view.wide(slot)[lane].get();
    let lanes = lanes_of(!0).filter(|lane| {
        let order = match what {
            Compared::U32 => narrow(a, *lane).partial_cmp(&narrow(b, *lane)),
            Compared::S32 => (narrow(a, *lane) as i32).partial_cmp(&(narrow(b, *lane) as i32)),
            Compared::U64 => wide(a, *lane).partial_cmp(&wide(b, *lane)),
            Compared::S64 => (wide(a, *lane) as i64).partial_cmp(&(wide(b, *lane) as i64)),
            Compared::F32 => {
                f32::from_bits(narrow(a, *lane)).partial_cmp(&f32::from_bits(narrow(b, *lane)))
            }
            Compared::F64 => {
                f64::from_bits(wide(a, *lane)).partial_cmp(&f64::from_bits(wide(b, *lane)))
            }
        };
        order.is_some_and(|order| match primitive {
            Primitive::Equal => order.is_eq(),
            Primitive::Less => order.is_lt(),
            Primitive::LessOrEqual => order.is_le(),
        })
    });
    lanes.fold(0, |bits, lane| bits | 1 << lane)
}

#[derive(Clone, Copy)]
struct Load;

impl Operation for Load {
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let op = &site.function.memories[step.extra as usize];
        if op.address.space == MemorySpace::Shared && site.load_shared_row(op, lanes) {
            return Ok(());
        }
        site.load(op, lanes.bits, step.pc)
    }
}

#[derive(Clone, Copy)]
struct Store;

impl Operation for Store {
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let op = &site.function.memories[step.extra as usize];
        if op.address.space == MemorySpace::Shared && site.store_shared_row(op, lanes) {
            return Ok(());
        }
        site.store(op, lanes.bits, step.pc)
    }
}

/// `extra` is the axis.
#[derive(Clone, Copy)]
struct BlockIndex;

impl Operation for BlockIndex {
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let index = site.block.index()[step.extra as usize];
        fill(site.view.narrow(step.d), index, lanes.bits);
        Ok(())
    }
}

fn rare() -> Handler {
    other(|site, step, lanes| {
        let op = site.function.code[step.pc as usize].op;
        site.rare(op, step.pc, lanes.bits)
    })
}

/// Lane by lane.
fn scalar() -> Handler {
    other(|site, step, lanes| {
        let op: &ScalarOp = &site.function.scalars[step.extra as usize];
        for lane in lanes_of(lanes.bits) {
            let mut x = [0; 4];
            for (value, reg) in x.iter_mut().zip(&op.src) {
                let Some(reg) = reg else { break };
                *value = site.view.get(*reg, lane);
            }
            site.view.set(op.dst, lane, (op.f)(x));
        }
        Ok(())
    })
}
