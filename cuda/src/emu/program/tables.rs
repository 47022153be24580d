//! What operations index: all that does not fit into an instruction.

use super::op::{Reg, Scalar, Slot};
use crate::emu::exec::{Geometry, Outside, Property, TexelType};

/// Where memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemorySpace {
    Generic,
    Global,
    /// Global memory that may not be written.
    Const,
    Shared,
    Local,
    /// The kernel's parameters.
    Param,
}

/// What an offset is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Narrow(Slot),
    Wide(Slot),
    /// Nothing.
    Zero,
    /// The frame's local memory.
    Frame,
}

/// Where each lane's access goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) space: MemorySpace,
    pub(crate) base: Base,
    pub(crate) offset: i64,
}

/// A load or store.
#[derive(Debug, Clone)]
pub(crate) struct MemoryOp {
    pub(crate) address: Address,
    /// Bytes of an element: 1, 2, 4 or 8.
    pub(crate) size: u32,
    /// One register an element; none for `_`.
    pub(crate) regs: Vec<Option<Reg>>,
    /// Elements are signed: extended to wider registers by their sign.
    pub(crate) signed: bool,
    /// The bytes that matter of what is loaded, the first one's bit lowest: the others are padding, which may be what it likes.
    pub(crate) used: u32,
    /// Ordered or volatile: never part of a data race.
    pub(crate) strong: bool,
}

impl MemoryOp {
    /// The places of the bytes that matter, of so many.
    pub(crate) fn used_bytes(&self, width: u32) -> impl Iterator<Item = usize> {
        let used = self.used;
        // Of what is behind the mask nothing is known: all of it matters.
        let matters = move |byte: &usize| {
            used.checked_shr(*byte as u32)
                .is_none_or(|bits| bits & 1 == 1)
        };
        (0..width as usize).filter(matters)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum AtomicKind {
    /// Exchanges, and all that one function of old value and operand tells.
    Update(Scalar),
    CompareAndSwap,
}

/// `atom` and `red`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtomicOp {
    pub(crate) kind: AtomicKind,
    pub(crate) address: Address,
    /// Bytes: 2, 4 or 8.
    pub(crate) size: u32,
    /// None for `red`.
    pub(crate) dst: Option<Reg>,
    pub(crate) a: Reg,
    /// Of a comparison: the new value.
    pub(crate) b: Option<Reg>,
    /// An addition that the host's atomic instruction does as well.
    pub(crate) is_add: bool,
}

/// `cp.async`: global to shared memory, done at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CopyOp {
    pub(crate) to: Address,
    pub(crate) from: Address,
    pub(crate) size: u32,
    /// Bytes of the source that are read; the rest is zero.
    pub(crate) source_size: Option<Reg>,
}

/// What is done at a barrier in shared memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MbarrierKind {
    Init,
    Invalidate,
    Arrive {
        /// Fewer are awaited from the next phase on.
        drops: bool,
        /// The phase may end by it.
        completes: bool,
    },
    /// Whether the phase of a state has ended.
    Test,
    /// Whether the phase of that parity has ended.
    TestParity,
    /// Nothing, where there is one.
    Look,
}

/// `mbarrier`
#[derive(Debug, Clone, Copy)]
pub(crate) struct MbarrierOp {
    pub(crate) kind: MbarrierKind,
    pub(crate) address: Address,
    pub(crate) dst: Option<Reg>,
    /// A count, a state or a parity.
    pub(crate) value: Option<Reg>,
}

/// An operation lane by lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScalarOp {
    pub(crate) f: Scalar,
    pub(crate) dst: Reg,
    pub(crate) src: [Option<Reg>; 4],
}

/// Whom a call calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Function(u32),
    /// An address in a wide register.
    Pointer(Slot),
    Builtin(Builtin),
}

/// Functions that the device has itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builtin {
    Vprintf,
    Malloc,
    Free,
    AssertFail,
}

/// A call. Arguments and results are bytes of the frame's local memory.
#[derive(Debug, Clone)]
pub(crate) struct CallOp {
    pub(crate) target: Target,
    pub(crate) args: Vec<Area>,
    pub(crate) results: Vec<Area>,
}

/// Bytes of a frame's local memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) offset: u32,
    pub(crate) size: u32,
}

/// What a barrier does besides waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarrierKind {
    Sync,
    /// Does not wait.
    Arrive,
    /// How many threads have the predicate.
    Count(Slot),
    And(Slot),
    Or(Slot),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct BarrierOp {
    pub(crate) kind: BarrierKind,
    pub(crate) id: Reg,
    /// Threads that take part; none: all of the block.
    pub(crate) threads: Option<Reg>,
    /// The predicate is negated.
    pub(crate) negated: bool,
    pub(crate) dst: Option<Reg>,
    /// All threads of a warp must execute it together.
    pub(crate) aligned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShuffleMode {
    Up,
    Down,
    Xor,
    Index,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ShuffleOp {
    pub(crate) mode: ShuffleMode,
    pub(crate) dst: Slot,
    /// Whether the source lane was in range.
    pub(crate) valid: Option<Slot>,
    pub(crate) value: Slot,
    pub(crate) lane: Slot,
    pub(crate) clamp: Slot,
    /// None for the forms without `.sync`.
    pub(crate) members: Option<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VoteKind {
    All,
    Any,
    Uniform,
    Ballot,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct VoteOp {
    pub(crate) kind: VoteKind,
    pub(crate) dst: Reg,
    pub(crate) pred: Slot,
    pub(crate) negated: bool,
    pub(crate) members: Option<Slot>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct MatchOp {
    /// All must agree, and the predicate says whether they do.
    pub(crate) all: bool,
    pub(crate) dst: Slot,
    pub(crate) agree: Option<Slot>,
    pub(crate) value: Reg,
    pub(crate) members: Slot,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ReduceOp {
    pub(crate) f: Scalar,
    pub(crate) dst: Slot,
    pub(crate) value: Slot,
    pub(crate) members: Slot,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ElectOp {
    pub(crate) dst: Option<Slot>,
    pub(crate) pred: Slot,
    pub(crate) members: Slot,
}

/// How a texture access says its level.
#[derive(Debug, Clone)]
pub(crate) enum LevelRegs {
    Base,
    Lod(Slot),
    Gradient(Vec<Slot>, Vec<Slot>),
}

#[derive(Debug, Clone)]
pub(crate) struct TextureOp {
    pub(crate) texture: Reg,
    pub(crate) geometry: Geometry,
    pub(crate) coords: Vec<Slot>,
    pub(crate) is_float: bool,
    pub(crate) layer: Option<Slot>,
    pub(crate) level: LevelRegs,
    pub(crate) texel: TexelType,
    /// `tld4`: which component.
    pub(crate) gather: Option<u32>,
    pub(crate) dst: Vec<Option<Reg>>,
}

#[derive(Debug, Clone)]
pub(crate) struct SurfaceOp {
    pub(crate) surface: Reg,
    pub(crate) geometry: Geometry,
    pub(crate) coords: Vec<Slot>,
    pub(crate) layer: Option<Slot>,
    pub(crate) outside: Outside,
    pub(crate) is_store: bool,
    /// Bytes of an element.
    pub(crate) size: u32,
    pub(crate) regs: Vec<Option<Reg>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryOp {
    pub(crate) object: Reg,
    pub(crate) property: Property,
    pub(crate) dst: Reg,
}

/// A constant whose bits may not be known before its image is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum WideConst {
    Bits(u64),
    /// A variable's address and an offset.
    Symbol(u32, i64),
}
