//! Instructions as the interpreter takes them.

use super::types::Relation;
use crate::emu::exec::{Geometry, Outside, Property, TexelType};

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
    /// Ordered or volatile: never part of a data race.
    pub(crate) strong: bool,
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
