//! Contexts, and the profiler, which is one's.

use super::super::*;

/// See the module's documentation.
pub(crate) trait ContextCalls {
    /// Each retain is to be matched by a release; the last destroys the context.
    fn primary_context_retain(&self, device: u32) -> Result<ContextHandle>;
    fn primary_context_release(&self, device: u32) -> Result<()>;
    /// A context of its own beside the primary one. `flags` are CUDA's `CU_CTX_...`.
    fn context_create(&self, device: u32, flags: u32) -> Result<ContextHandle>;
    /// Frees all that was made in it; handles of such objects must not be used again.
    fn context_destroy(&self, context: ContextHandle) -> Result<()>;
    fn context_synchronize(&self, context: ContextHandle) -> Result<()>;
    fn context_limit(&self, context: ContextHandle, limit: Limit) -> Result<usize>;
    fn context_set_limit(&self, context: ContextHandle, limit: Limit, value: usize) -> Result<()>;
    fn context_cache_preference(&self, context: ContextHandle) -> Result<CachePreference>;
    fn context_set_cache_preference(
        &self,
        context: ContextHandle,
        preference: CachePreference,
    ) -> Result<()>;
    /// Free and total bytes of its device (`cuMemGetInfo`).
    fn memory_info(&self, context: ContextHandle) -> Result<(usize, usize)>;
    /// Lowest and highest priority of streams; numerically the highest is the smallest.
    fn stream_priority_range(&self, context: ContextHandle) -> Result<(i32, i32)>;
    /// Lets kernels and copies of `context` use memory of `peer`, a context of another device.
    fn peer_access_enable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()>;
    fn peer_access_disable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()>;

    fn profiler_start(&self, context: ContextHandle) -> Result<()>;
    fn profiler_stop(&self, context: ContextHandle) -> Result<()>;
}
