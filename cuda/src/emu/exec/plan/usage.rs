//! Which registers instructions read and write.

use std::ops::{Index, IndexMut};

use smallvec::{SmallVec, smallvec};

use crate::emu::program::Function;
use crate::emu::program::op::{
    Address, BarrierKind, BarrierOp, Base, Class, Compared, Convert, Instr, LevelRegs, Op, Reg,
    Slot, SurfaceOp, Target, TextureOp,
};

/// A register's or constant's place.
pub(super) type Key = (Class, Slot);

/// Some of them: seldom more than four.
pub(super) type Keys = SmallVec<[Key; 4]>;

/// Something for each register and constant of a function.
#[derive(Debug)]
pub(super) struct Each<T>([Vec<T>; 3]);

impl<T: Clone + Default> Each<T> {
    pub(super) fn of(function: &Function) -> Each<T> {
        let counts = [function.narrow, function.wide, function.preds];
        Each(counts.map(|count| vec![T::default(); count]))
    }
}

fn class_index(class: Class) -> usize {
    match class {
        Class::Narrow => 0,
        Class::Wide => 1,
        Class::Pred => 2,
    }
}

impl<T> Index<Key> for Each<T> {
    type Output = T;

    fn index(&self, (class, slot): Key) -> &T {
        &self.0[class_index(class)][usize::from(slot)]
    }
}

impl<T> IndexMut<Key> for Each<T> {
    fn index_mut(&mut self, (class, slot): Key) -> &mut T {
        &mut self.0[class_index(class)][usize::from(slot)]
    }
}

/// The registers of an instruction.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) reads: Keys,
    pub(super) writes: Keys,
}

fn narrow(slot: Slot) -> Key {
    (Class::Narrow, slot)
}

fn wide(slot: Slot) -> Key {
    (Class::Wide, slot)
}

fn pred(slot: Slot) -> Key {
    (Class::Pred, slot)
}

fn key(reg: Reg) -> Key {
    (reg.class, reg.slot)
}

fn keys(regs: &[Option<Reg>]) -> Keys {
    regs.iter().flatten().map(|reg| key(*reg)).collect()
}

fn narrows(slots: &[Slot]) -> impl Iterator<Item = Key> {
    slots.iter().map(|slot| narrow(*slot))
}

/// The register that an address is made of.
fn base(address: &Address) -> Option<Key> {
    match address.base {
        Base::Narrow(slot) => Some(narrow(slot)),
        Base::Wide(slot) => Some(wide(slot)),
        Base::Zero | Base::Frame => None,
    }
}

/// An instruction that writes one register.
fn one(write: Key, reads: &[Key]) -> Usage {
    Usage {
        reads: reads.into(),
        writes: smallvec![write],
    }
}

impl Usage {
    pub(super) fn of(function: &Function, instr: &Instr) -> Usage {
        let mut usage = of_op(function, &instr.op);
        usage
            .reads
            .extend(instr.guard.map(|guard| pred(guard.slot)));
        usage
    }
}

fn of_op(function: &Function, op: &Op) -> Usage {
    match *op {
        Op::Narrow2(_, d, a, b) | Op::Single2(_, d, a, b) | Op::MulHighUnsigned(d, a, b) => {
            one(narrow(d), &[narrow(a), narrow(b)])
        }
        Op::Wide2(_, d, a, b) | Op::Double2(_, d, a, b) => one(wide(d), &[wide(a), wide(b)]),
        Op::WideShift(_, d, a, b) => one(wide(d), &[wide(a), narrow(b)]),
        Op::SingleFma(d, a, b, c) | Op::MulAdd(d, a, b, c) | Op::Logic3(_, d, a, b, c) => {
            one(narrow(d), &[narrow(a), narrow(b), narrow(c)])
        }
        Op::DoubleFma(d, a, b, c) | Op::WideMulAdd(d, a, b, c) => {
            one(wide(d), &[wide(a), wide(b), wide(c)])
        }
        Op::MulWideUnsigned(d, a, b) | Op::MulWideSigned(d, a, b) => {
            one(wide(d), &[narrow(a), narrow(b)])
        }
        Op::SingleNegate(d, a)
        | Op::SingleAbsolute(d, a)
        | Op::SingleSqrt(d, a)
        | Op::MoveNarrow(d, a) => one(narrow(d), &[narrow(a)]),
        Op::MoveWide(d, a) => one(wide(d), &[wide(a)]),
        Op::MovePred(d, a) | Op::PredNot(d, a) => one(pred(d), &[pred(a)]),
        Op::Convert(convert, d, a) => converted(convert, d, a),
        Op::Compare(what, _, p, a, b) => {
            let class = match what {
                Compared::U32 | Compared::S32 | Compared::F32 => Class::Narrow,
                Compared::U64 | Compared::S64 | Compared::F64 => Class::Wide,
            };
            one(pred(p), &[(class, a), (class, b)])
        }
        Op::SelectNarrow(d, a, b, p) => one(narrow(d), &[narrow(a), narrow(b), pred(p)]),
        Op::SelectWide(d, a, b, p) => one(wide(d), &[wide(a), wide(b), pred(p)]),
        Op::Pred2(_, d, a, b) => one(pred(d), &[pred(a), pred(b)]),
        Op::Scalar(index) => {
            let op = &function.scalars[index as usize];
            one(key(op.dst), &keys(&op.src))
        }
        Op::Special(reg, _) | Op::LocalAddress(reg, _) | Op::DynamicShared(reg) => {
            one(key(reg), &[])
        }
        Op::IsSpace(_, d, address) => one(pred(d), &[wide(address)]),
        Op::ActiveMask(d) => one(narrow(d), &[]),
        Op::Load(_) | Op::Store(_) | Op::Atomic(_) | Op::CopyAsync(_) | Op::Mbarrier(_) => {
            of_memory(function, op)
        }
        Op::Texture(_) | Op::Surface(_) | Op::Query(_) => of_image(function, op),
        Op::Barrier(index) => of_barrier(&function.barriers[index as usize]),
        Op::SyncWarp(_)
        | Op::Shuffle(_)
        | Op::Vote(_)
        | Op::Match(_)
        | Op::Reduce(_)
        | Op::Elect(_) => of_lanes(function, op),
        Op::BranchIndex(table) => Usage {
            reads: smallvec![narrow(function.branches[table as usize].0)],
            writes: Keys::new(),
        },
        Op::Call(index) => match function.calls[index as usize].target {
            Target::Pointer(slot) => Usage {
                reads: smallvec![wide(slot)],
                writes: Keys::new(),
            },
            Target::Function(_) | Target::Builtin(_) => Usage::default(),
        },
        Op::Fence
        | Op::Branch(_)
        | Op::Return
        | Op::Exit
        | Op::Trap
        | Op::Yield
        | Op::Nop
        | Op::Unsupported(_) => Usage::default(),
    }
}

fn converted(convert: Convert, d: Slot, a: Slot) -> Usage {
    match convert {
        Convert::ZeroExtend
        | Convert::SignExtend
        | Convert::DoubleOfSingle
        | Convert::DoubleOfSigned => one(wide(d), &[narrow(a)]),
        Convert::Truncate | Convert::SingleOfDouble => one(narrow(d), &[wide(a)]),
        Convert::SingleOfSigned | Convert::SingleOfUnsigned | Convert::SignedOfSingle => {
            one(narrow(d), &[narrow(a)])
        }
    }
}

fn of_memory(function: &Function, op: &Op) -> Usage {
    let mut usage = Usage::default();
    match *op {
        Op::Load(index) => {
            let op = &function.memories[index as usize];
            usage.reads.extend(base(&op.address));
            usage.writes = keys(&op.regs);
        }
        Op::Store(index) => {
            let op = &function.memories[index as usize];
            usage.reads = keys(&op.regs);
            usage.reads.extend(base(&op.address));
        }
        Op::Atomic(index) => {
            let op = &function.atomics[index as usize];
            usage.reads = keys(&[Some(op.a), op.b]);
            usage.reads.extend(base(&op.address));
            usage.writes = keys(&[op.dst]);
        }
        Op::CopyAsync(index) => {
            let op = &function.copies[index as usize];
            usage.reads = keys(&[op.source_size]);
            usage.reads.extend(base(&op.to));
            usage.reads.extend(base(&op.from));
        }
        Op::Mbarrier(index) => {
            let op = &function.mbarriers[index as usize];
            usage.reads = keys(&[op.value]);
            usage.reads.extend(base(&op.address));
            usage.writes = keys(&[op.dst]);
        }
        _ => {}
    }
    usage
}

fn of_image(function: &Function, op: &Op) -> Usage {
    match *op {
        Op::Texture(index) => of_texture(&function.textures[index as usize]),
        Op::Surface(index) => of_surface(&function.surfaces[index as usize]),
        Op::Query(index) => {
            let op = &function.queries[index as usize];
            one(key(op.dst), &[key(op.object)])
        }
        _ => Usage::default(),
    }
}

fn of_texture(op: &TextureOp) -> Usage {
    let mut usage = Usage {
        reads: smallvec![key(op.texture)],
        writes: keys(&op.dst),
    };
    usage.reads.extend(narrows(&op.coords));
    usage.reads.extend(op.layer.map(narrow));
    match &op.level {
        LevelRegs::Base => {}
        LevelRegs::Lod(slot) => usage.reads.push(narrow(*slot)),
        LevelRegs::Gradient(x, y) => {
            usage.reads.extend(narrows(x));
            usage.reads.extend(narrows(y));
        }
    }
    usage
}

fn of_surface(op: &SurfaceOp) -> Usage {
    let mut usage = Usage {
        reads: smallvec![key(op.surface)],
        writes: Keys::new(),
    };
    usage.reads.extend(narrows(&op.coords));
    usage.reads.extend(op.layer.map(narrow));
    let regs = keys(&op.regs);
    if op.is_store {
        usage.reads.extend(regs);
    } else {
        usage.writes = regs;
    }
    usage
}

fn of_barrier(op: &BarrierOp) -> Usage {
    let mut usage = Usage {
        reads: keys(&[Some(op.id), op.threads]),
        writes: keys(&[op.dst]),
    };
    match op.kind {
        BarrierKind::Sync | BarrierKind::Arrive => {}
        BarrierKind::Count(slot) | BarrierKind::And(slot) | BarrierKind::Or(slot) => {
            usage.reads.push(pred(slot));
        }
    }
    usage
}

fn of_lanes(function: &Function, op: &Op) -> Usage {
    let mut usage = Usage::default();
    match *op {
        Op::SyncWarp(slot) => usage.reads.push(narrow(slot)),
        Op::Shuffle(index) => {
            let op = &function.shuffles[index as usize];
            usage.reads.extend(narrows(&[op.value, op.lane, op.clamp]));
            usage.reads.extend(op.members.map(narrow));
            usage.writes.push(narrow(op.dst));
            usage.writes.extend(op.valid.map(pred));
        }
        Op::Vote(index) => {
            let op = &function.votes[index as usize];
            usage.reads.push(pred(op.pred));
            usage.reads.extend(op.members.map(narrow));
            usage.writes.push(key(op.dst));
        }
        Op::Match(index) => {
            let op = &function.matches[index as usize];
            usage.reads = smallvec![key(op.value), narrow(op.members)];
            usage.writes.push(narrow(op.dst));
            usage.writes.extend(op.agree.map(pred));
        }
        Op::Reduce(index) => {
            let op = &function.reduces[index as usize];
            usage.reads.extend(narrows(&[op.value, op.members]));
            usage.writes.push(narrow(op.dst));
        }
        Op::Elect(index) => {
            let op = &function.elects[index as usize];
            usage.reads.push(narrow(op.members));
            usage.writes.push(pred(op.pred));
            usage.writes.extend(op.dst.map(narrow));
        }
        _ => {}
    }
    usage
}
