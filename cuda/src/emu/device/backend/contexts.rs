use super::*;
use crate::backend::ContextCalls;

impl ContextCalls for Emulator {
    fn primary_context_retain(&self, device: u32) -> Result<ContextHandle> {
        self.lasting("cuDevicePrimaryCtxRetain")?
            .retain_primary(device)
    }

    fn primary_context_release(&self, device: u32) -> Result<()> {
        self.release_primary(device)
    }

    fn context_create(&self, device: u32, _flags: u32) -> Result<ContextHandle> {
        self.lasting("cuCtxCreate")?
            .create_context(device, "cuCtxCreate")
    }

    fn context_destroy(&self, context: ContextHandle) -> Result<()> {
        self.destroy_context(context)
    }

    fn context_synchronize(&self, context: ContextHandle) -> Result<()> {
        let call = "cuCtxSynchronize";
        let context = self.context(context, call)?;
        context.refuse_any_capture(call)?;
        context.drain_all();
        context.report_failure(call)
    }

    fn context_limit(&self, context: ContextHandle, limit: Limit) -> Result<usize> {
        let context = self.context(context, "cuCtxGetLimit")?;
        context.limit(limit)
    }

    fn context_set_limit(&self, context: ContextHandle, limit: Limit, value: usize) -> Result<()> {
        let context = self.context(context, "cuCtxSetLimit")?;
        context.set_limit(limit, value)
    }

    fn context_cache_preference(&self, context: ContextHandle) -> Result<CachePreference> {
        let context = self.context(context, "cuCtxGetCacheConfig")?;
        Ok(context.cache_preference())
    }

    fn context_set_cache_preference(
        &self,
        context: ContextHandle,
        preference: CachePreference,
    ) -> Result<()> {
        let context = self.context(context, "cuCtxSetCacheConfig")?;
        context.set_cache_preference(preference);
        Ok(())
    }

    fn memory_info(&self, context: ContextHandle) -> Result<(usize, usize)> {
        let context = self.context(context, "cuMemGetInfo")?;
        Ok(context.device().memory_info())
    }

    fn stream_priority_range(&self, context: ContextHandle) -> Result<(i32, i32)> {
        self.context(context, "cuCtxGetStreamPriorityRange")?;
        Ok(specs::PRIORITIES)
    }

    fn peer_access_enable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        let context = self.context(context, "cuCtxEnablePeerAccess")?;
        self.connect(&context, peer)
    }

    fn peer_access_disable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        let context = self.context(context, "cuCtxDisablePeerAccess")?;
        self.cut(&context, peer)
    }

    fn profiler_start(&self, context: ContextHandle) -> Result<()> {
        self.context(context, "cuProfilerStart").map(drop)
    }

    fn profiler_stop(&self, context: ContextHandle) -> Result<()> {
        self.context(context, "cuProfilerStop").map(drop)
    }
}
