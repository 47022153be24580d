//! How a context is made.

/// How a context's threads wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ContextFlags {
    /// Spin where there are more processors than contexts, else yield.
    #[default]
    SchedAuto,
    /// Spin.
    SchedSpin,
    /// Yield to other threads.
    SchedYield,
    /// Sleep.
    SchedBlockingSync,
}

impl ContextFlags {
    /// CUDA's `CU_CTX_SCHED_...`, with `CU_CTX_MAP_HOST`, which all have since CUDA 3.2.
    pub(super) fn bits(self) -> u32 {
        let schedule = match self {
            ContextFlags::SchedAuto => 0,
            ContextFlags::SchedSpin => 1,
            ContextFlags::SchedYield => 2,
            ContextFlags::SchedBlockingSync => 4,
        };
        schedule | 8
    }
}
