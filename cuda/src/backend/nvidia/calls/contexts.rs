use super::super::*;

impl ContextCalls for Nvidia {
    fn primary_context_retain(&self, device: u32) -> Result<ContextHandle> {
        device::primary_retain(self.0, device)
    }

    fn primary_context_release(&self, device: u32) -> Result<()> {
        device::primary_release(self.0, device)
    }

    fn context_create(&self, device: u32, flags: u32) -> Result<ContextHandle> {
        device::create(self.0, device, flags)
    }

    fn context_destroy(&self, context: ContextHandle) -> Result<()> {
        device::destroy(self.0, context)
    }

    fn context_synchronize(&self, context: ContextHandle) -> Result<()> {
        device::synchronize(self.0, context)
    }

    fn context_limit(&self, context: ContextHandle, limit: Limit) -> Result<usize> {
        device::limit(self.0, context, limit)
    }

    fn context_set_limit(&self, context: ContextHandle, limit: Limit, value: usize) -> Result<()> {
        device::set_limit(self.0, context, limit, value)
    }

    fn context_cache_preference(&self, context: ContextHandle) -> Result<CachePreference> {
        device::cache_preference(self.0, context)
    }

    fn context_set_cache_preference(
        &self,
        context: ContextHandle,
        preference: CachePreference,
    ) -> Result<()> {
        device::set_cache_preference(self.0, context, preference)
    }

    fn memory_info(&self, context: ContextHandle) -> Result<(usize, usize)> {
        device::memory_info(self.0, context)
    }

    fn stream_priority_range(&self, context: ContextHandle) -> Result<(i32, i32)> {
        device::stream_priority_range(self.0, context)
    }

    fn peer_access_enable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        device::peer_enable(self.0, context, peer)
    }

    fn peer_access_disable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        device::peer_disable(self.0, context, peer)
    }

    fn profiler_start(&self, context: ContextHandle) -> Result<()> {
        device::profiler_start(self.0, context)
    }

    fn profiler_stop(&self, context: ContextHandle) -> Result<()> {
        device::profiler_stop(self.0, context)
    }
}
