//! A decoded function.

use super::op::{
    Area, AtomicOp, BarrierOp, CallOp, CopyOp, ElectOp, Instr, MatchOp, MbarrierOp, MemoryOp,
    QueryOp, ReduceOp, ScalarOp, ShuffleOp, Slot, SurfaceOp, TextureOp, VoteOp, WideConst,
};
use crate::emu::exec::plan::Plan;

/// Where an instruction comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin {
    /// The line of PTX.
    pub(crate) line: u32,
    /// Index of the file among the program's, plus one, and the line in it; zero if unknown.
    pub(crate) source: (u32, u32),
}

/// Code, and the tables that its operations index.
#[derive(Debug, Default)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) code: Vec<Instr>,
    /// How the code is run.
    pub(crate) plan: Plan,
    pub(crate) origins: Vec<Origin>,

    /// Narrow slots that hold constants, filled when a frame is made.
    pub(crate) narrow_consts: Vec<(Slot, u32)>,
    /// Wide slots that hold constants.
    pub(crate) wide_consts: Vec<(Slot, WideConst)>,
    /// All narrow slots of a frame.
    pub(crate) narrow: usize,
    /// All wide slots of a frame.
    pub(crate) wide: usize,
    /// All predicates of a frame.
    pub(crate) preds: usize,
    /// Bytes of local memory of a frame, a multiple of 16.
    pub(crate) local: u32,
    /// Bytes of it that hold variables, not arguments of calls.
    pub(crate) local_declared: u32,

    /// Of a device function: where its parameters and results are in its local memory.
    pub(crate) params: Vec<Area>,
    pub(crate) returns: Vec<Area>,

    pub(crate) scalars: Vec<ScalarOp>,
    pub(crate) memories: Vec<MemoryOp>,
    pub(crate) atomics: Vec<AtomicOp>,
    pub(crate) copies: Vec<CopyOp>,
    pub(crate) mbarriers: Vec<MbarrierOp>,
    pub(crate) calls: Vec<CallOp>,
    /// Index and list of targets of `brx.idx`.
    pub(crate) branches: Vec<(Slot, u32)>,
    /// The lists: several branches may have the same.
    pub(crate) targets: Vec<Vec<u32>>,
    pub(crate) barriers: Vec<BarrierOp>,
    pub(crate) shuffles: Vec<ShuffleOp>,
    pub(crate) votes: Vec<VoteOp>,
    pub(crate) matches: Vec<MatchOp>,
    pub(crate) reduces: Vec<ReduceOp>,
    pub(crate) elects: Vec<ElectOp>,
    pub(crate) textures: Vec<TextureOp>,
    pub(crate) surfaces: Vec<SurfaceOp>,
    pub(crate) queries: Vec<QueryOp>,
    pub(crate) unsupported: Vec<String>,
}
