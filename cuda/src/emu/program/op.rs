//! Instructions as the interpreter takes them.

pub(crate) use super::tables::{
    Address, Area, AtomicKind, AtomicOp, BarrierKind, BarrierOp, Base, Builtin, CallOp, CopyOp,
    ElectOp, LevelRegs, MatchOp, MbarrierKind, MbarrierOp, MemoryOp, MemorySpace, QueryOp,
    ReduceOp, ScalarOp, ShuffleMode, ShuffleOp, SurfaceOp, Target, TextureOp, VoteKind, VoteOp,
    WideConst,
};
use super::types::Relation;

/// A register's or constant's place in a frame, among those of its class.
pub(crate) type Slot = u16;

/// How a register is kept: 32 lanes of 32 bits, 32 lanes of 64 bits, or a bit a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Narrow,
    Wide,
    Pred,
}

/// A register or constant. A narrow one of 8 or 16 bits is zero above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Reg {
    pub(crate) class: Class,
    pub(crate) slot: Slot,
    pub(crate) bits: u8,
}

/// What an operation on one lane computes. Operands come zero-extended, a predicate as 0 or 1; surplus bits of the result are
/// dropped.
pub(crate) type Scalar = fn([u64; 4]) -> u64;

/// An instruction and the predicate that guards it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instr {
    pub(crate) op: Op,
    pub(crate) guard: Option<Guard>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    pub(crate) slot: Slot,
    pub(crate) negated: bool,
}

/// Operations on two integers, all bits at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Int2 {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    Shl,
    ShrUnsigned,
    ShrSigned,
    MinUnsigned,
    MaxUnsigned,
    MinSigned,
    MaxSigned,
}

/// Operations on two floats, rounded to nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Float2 {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
}

/// Conversions that are done for all lanes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convert {
    /// 32 bits to 64.
    ZeroExtend,
    /// 32 bits to 64.
    SignExtend,
    /// 64 bits to 32.
    Truncate,
    SingleOfSigned,
    SingleOfUnsigned,
    /// Towards zero.
    SignedOfSingle,
    DoubleOfSingle,
    SingleOfDouble,
    DoubleOfSigned,
}

/// What `Compare` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    U32,
    S32,
    U64,
    S64,
    F32,
    F64,
}

/// A relation, made of few that there is code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) primitive: Primitive,
    /// Or the same with the operands exchanged.
    pub(crate) or_exchanged: bool,
    pub(crate) negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Primitive {
    Equal,
    Less,
    LessOrEqual,
}

impl Test {
    /// A relation, and whether the operands are to be exchanged.
    pub(crate) fn of(relation: Relation, is_float: bool) -> (Test, bool) {
        use Primitive::{Equal, Less, LessOrEqual};
        // Primitive, or exchanged, negated; exchanged from the start.
        let (primitive, or_exchanged, negated, exchanged) = match relation {
            Relation::Eq => (Equal, false, false, false),
            Relation::Ne if is_float => (Less, true, false, false),
            Relation::Ne | Relation::Neu => (Equal, false, true, false),
            Relation::Lt => (Less, false, false, false),
            Relation::Le => (LessOrEqual, false, false, false),
            Relation::Gt => (Less, false, false, true),
            Relation::Ge => (LessOrEqual, false, false, true),
            Relation::Equ => (Less, true, true, false),
            Relation::Ltu => (LessOrEqual, false, true, true),
            Relation::Leu => (Less, false, true, true),
            Relation::Gtu => (LessOrEqual, false, true, false),
            Relation::Geu => (Less, false, true, false),
            Relation::Num => (LessOrEqual, true, false, false),
            Relation::Nan => (LessOrEqual, true, true, false),
        };
        let test = Test {
            primitive,
            or_exchanged,
            negated,
        };
        (test, exchanged)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pred2 {
    And,
    Or,
    Xor,
}

/// An operation. `d` is the destination; `u32`s index the function's tables.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    // For all lanes at once.
    Narrow2(Int2, Slot, Slot, Slot),
    Wide2(Int2, Slot, Slot, Slot),
    /// A wide value shifted by a narrow one.
    WideShift(Int2, Slot, Slot, Slot),
    Single2(Float2, Slot, Slot, Slot),
    Double2(Float2, Slot, Slot, Slot),
    SingleFma(Slot, Slot, Slot, Slot),
    DoubleFma(Slot, Slot, Slot, Slot),
    /// `mad.lo` of 32 bits.
    MulAdd(Slot, Slot, Slot, Slot),
    /// `mad.lo` of 64 bits.
    WideMulAdd(Slot, Slot, Slot, Slot),
    MulWideUnsigned(Slot, Slot, Slot),
    MulWideSigned(Slot, Slot, Slot),
    MulHighUnsigned(Slot, Slot, Slot),
    /// `lop3` with its table.
    Logic3(u8, Slot, Slot, Slot, Slot),
    SingleNegate(Slot, Slot),
    SingleAbsolute(Slot, Slot),
    SingleSqrt(Slot, Slot),
    MoveNarrow(Slot, Slot),
    MoveWide(Slot, Slot),
    MovePred(Slot, Slot),
    Convert(Convert, Slot, Slot),
    Compare(Compared, Test, Slot, Slot, Slot),
    /// d = p ? a : b
    SelectNarrow(Slot, Slot, Slot, Slot),
    SelectWide(Slot, Slot, Slot, Slot),
    Pred2(Pred2, Slot, Slot, Slot),
    PredNot(Slot, Slot),

    // Lane by lane.
    Scalar(u32),
    Special(Reg, Special),
    /// The address of a byte of the frame's local memory.
    LocalAddress(Reg, u32),
    /// The address of the dynamic shared memory.
    DynamicShared(Reg),

    // Memory.
    Load(u32),
    Store(u32),
    Atomic(u32),
    CopyAsync(u32),
    Mbarrier(u32),
    /// `membar`, `fence`
    Fence,
    /// d = whether a generic address is in a space.
    IsSpace(MemorySpace, Slot, Slot),

    // Control.
    Branch(u32),
    BranchIndex(u32),
    Call(u32),
    Return,
    Exit,
    Trap,
    /// Others may run.
    Yield,
    Nop,

    // Between lanes.
    Barrier(u32),
    SyncWarp(Slot),
    Shuffle(u32),
    Vote(u32),
    Match(u32),
    Reduce(u32),
    Elect(u32),
    ActiveMask(Slot),

    // Textures.
    Texture(u32),
    Surface(u32),
    Query(u32),

    /// The text is in the table.
    Unsupported(u32),
}

/// Registers that the machine fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    ThreadIndex(u8),
    BlockSize(u8),
    BlockIndex(u8),
    GridSize(u8),
    LaneId,
    WarpId,
    Warps,
    LaneMaskEq,
    LaneMaskLe,
    LaneMaskLt,
    LaneMaskGe,
    LaneMaskGt,
    Clock,
    ClockHigh,
    Clock64,
    GlobalTimer,
    GlobalTimerLow,
    GlobalTimerHigh,
    Multiprocessor,
    Multiprocessors,
    GridId,
    DynamicSharedSize,
    TotalSharedSize,
    /// Of the launch's grid barrier: low and high half of its address.
    Environment(u8),
    Zero,
}
