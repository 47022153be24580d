//! Addresses that are an array's start and an index: `a[i]` is a multiplication, an addition and an access in PTX. The access
//! can do it all itself, from the index of its first lane, if the start is the same for all.
//!
//! What a register holds is known from where it is written to the end of the block of code, or until something that it was
//! made of is written.

use std::collections::VecDeque;

use super::hoist::Hoisted;
use super::usage::{Key, Usage};
use crate::emu::program::Function;
use crate::emu::program::op::{Base, Class, Int2, MemoryOp, MemorySpace, Op, Slot};

/// A load or store of one element of four or eight bytes at `base + index * size + offset`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Indexed {
    /// Wide, and the same in all lanes.
    pub(super) base: Slot,
    /// Narrow.
    pub(super) index: Slot,
    pub(super) signed: bool,
    pub(super) offset: i32,
    /// The register that held the sum.
    pub(super) sum: Slot,
    /// The access is a store of that very register.
    pub(super) stores_sum: bool,
}

/// An index times a constant.
#[derive(Debug, Clone, Copy)]
struct Product {
    index: Slot,
    scale: u32,
    signed: bool,
}

/// What a wide register holds.
#[derive(Debug, Clone, Copy)]
enum Term {
    Product(Product),
    /// With a uniform register added.
    Sum(Slot, Product),
}

impl Term {
    fn index(&self) -> Slot {
        let (Term::Product(product) | Term::Sum(_, product)) = self;
        product.index
    }
}

/// What is known of wide registers: of few, since all are looked at whenever a register is written. The oldest comes first.
#[derive(Debug, Default)]
struct Terms(VecDeque<(Slot, Term)>);

impl Terms {
    const MAX: usize = 32;

    fn get(&self, slot: Slot) -> Option<&Term> {
        let found = self.0.iter().find(|(written, _)| *written == slot);
        found.map(|(_, term)| term)
    }

    fn learn(&mut self, slot: Slot, term: Term) {
        if self.0.len() == Terms::MAX {
            self.0.pop_front();
        }
        self.0.push_back((slot, term));
    }

    /// A register is written: what it held, and what was made of it, is not known any more.
    fn forget(&mut self, (class, slot): Key) {
        match class {
            Class::Wide => self.0.retain(|(written, _)| *written != slot),
            Class::Narrow => self.0.retain(|(_, term)| term.index() != slot),
            Class::Pred => {}
        }
    }
}

/// The accesses that can be done from base and index.
pub(super) fn forward(
    function: &Function,
    usages: &[Usage],
    leaders: &[bool],
    hoisted: &Hoisted,
) -> Vec<Option<Indexed>> {
    let mut consts = vec![None; function.narrow];
    for (slot, value) in &function.narrow_consts {
        consts[usize::from(*slot)] = Some(*value);
    }
    let mut terms = Terms::default();
    let mut indexed = Vec::with_capacity(usages.len());
    for (pc, usage) in usages.iter().enumerate() {
        if leaders[pc] {
            terms.0.clear();
        }
        let instr = &function.code[pc];
        indexed.push(match instr.op {
            Op::Load(index) => access(&function.memories[index as usize], &terms, false),
            Op::Store(index) => access(&function.memories[index as usize], &terms, true),
            _ => None,
        });
        let new = match instr.guard {
            None => term(&instr.op, &terms, &consts, hoisted),
            Some(_) => None,
        };
        for key in &usage.writes {
            terms.forget(*key);
        }
        if let Some((slot, term)) = new {
            terms.learn(slot, term);
        }
    }
    indexed
}

/// What an instruction gives, if it is a part of an address.
fn term(op: &Op, terms: &Terms, consts: &[Option<u32>], hoisted: &Hoisted) -> Option<(Slot, Term)> {
    let product = |a: &Slot, b: &Slot, signed| {
        let (index, scale) = match (consts[usize::from(*a)], consts[usize::from(*b)]) {
            (None, Some(scale)) => (*a, scale),
            (Some(scale), None) => (*b, scale),
            _ => return None,
        };
        // A larger one may be negative, and is no element's size.
        (scale <= 16).then_some(Term::Product(Product {
            index,
            scale,
            signed,
        }))
    };
    match op {
        Op::MulWideSigned(d, a, b) => Some((*d, product(a, b, true)?)),
        Op::MulWideUnsigned(d, a, b) => Some((*d, product(a, b, false)?)),
        Op::Wide2(Int2::Add, d, a, b) => {
            let sum = |base: &Slot, product: &Slot| {
                let is_uniform = hoisted.uniform[(Class::Wide, *base)];
                match terms.get(*product) {
                    Some(Term::Product(product)) if is_uniform => Some(Term::Sum(*base, *product)),
                    _ => None,
                }
            };
            Some((*d, sum(a, b).or_else(|| sum(b, a))?))
        }
        _ => None,
    }
}

fn access(op: &MemoryOp, terms: &Terms, is_store: bool) -> Option<Indexed> {
    let (Base::Wide(sum), MemorySpace::Global) = (op.address.base, op.address.space) else {
        return None;
    };
    let Some(Term::Sum(base, product)) = terms.get(sum) else {
        return None;
    };
    let [Some(reg)] = op.regs.as_slice() else {
        return None;
    };
    let fits =
        op.used == !0 && matches!((op.size, reg.class), (4, Class::Narrow) | (8, Class::Wide));
    let offset = i32::try_from(op.address.offset).ok()?;
    (fits && product.scale == op.size).then_some(Indexed {
        base: *base,
        index: product.index,
        signed: product.signed,
        offset,
        sum,
        stores_sum: is_store && reg.class == Class::Wide && reg.slot == sum,
    })
}
