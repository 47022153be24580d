use super::super::*;

impl MemoryCalls for Nvidia {
    fn alloc(&self, context: ContextHandle, bytes: usize) -> Result<DevicePtr> {
        memory::alloc(self.0, context, bytes)
    }

    fn free(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()> {
        memory::free(self.0, context, pointer)
    }

    fn alloc_pitched(
        &self,
        context: ContextHandle,
        width: usize,
        height: usize,
        element: u32,
    ) -> Result<(DevicePtr, usize)> {
        memory::alloc_pitched(self.0, context, width, height, element)
    }

    fn alloc_async(
        &self,
        context: ContextHandle,
        bytes: usize,
        pool: Option<PoolHandle>,
        stream: StreamHandle,
    ) -> Result<DevicePtr> {
        memory::alloc_async(self.0, context, bytes, pool, stream)
    }

    fn free_async(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        memory::free_async(self.0, context, pointer, stream)
    }

    fn address_range(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
    ) -> Result<(DevicePtr, usize)> {
        memory::address_range(self.0, context, pointer)
    }

    fn host_alloc(
        &self,
        context: ContextHandle,
        bytes: usize,
        flags: HostFlags,
    ) -> Result<HostBlock> {
        memory::host_alloc(self.0, context, bytes, flags)
    }

    fn host_free(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        memory::host_free(self.0, context, block)
    }

    fn host_register(
        &self,
        context: ContextHandle,
        block: HostBlock,
        flags: RegisterFlags,
    ) -> Result<()> {
        memory::host_register(self.0, context, block, flags)
    }

    fn host_unregister(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        memory::host_unregister(self.0, context, block)
    }

    fn host_device_pointer(&self, context: ContextHandle, block: HostBlock) -> Result<DevicePtr> {
        memory::host_device_pointer(self.0, context, block)
    }

    fn alloc_managed(
        &self,
        context: ContextHandle,
        bytes: usize,
        global: bool,
    ) -> Result<(DevicePtr, HostBlock)> {
        memory::alloc_managed(self.0, context, bytes, global)
    }

    fn managed_attach(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        flags: u32,
        stream: StreamHandle,
    ) -> Result<()> {
        memory::managed_attach(self.0, context, pointer, flags, stream)
    }

    fn managed_prefetch(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        device: Option<u32>,
        stream: StreamHandle,
    ) -> Result<()> {
        memory::managed_prefetch(self.0, context, pointer, bytes, device, stream)
    }

    fn managed_advise(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        advice: MemoryAdvice,
        device: Option<u32>,
    ) -> Result<()> {
        memory::managed_advise(self.0, context, pointer, bytes, advice, device)
    }

    fn pool_create(&self, device: u32, maximum_bytes: usize) -> Result<PoolHandle> {
        memory::pool_create(self.0, device, maximum_bytes)
    }

    fn pool_destroy(&self, pool: PoolHandle) -> Result<()> {
        memory::pool_destroy(self.0, pool)
    }

    fn pool_default(&self, device: u32) -> Result<PoolHandle> {
        memory::pool_default(self.0, device)
    }

    fn pool_trim(&self, pool: PoolHandle, keep: usize) -> Result<()> {
        memory::pool_trim(self.0, pool, keep)
    }

    fn pool_attribute(&self, pool: PoolHandle, attribute: PoolAttribute) -> Result<u64> {
        memory::pool_attribute(self.0, pool, attribute)
    }

    fn pool_set_attribute(
        &self,
        pool: PoolHandle,
        attribute: PoolAttribute,
        value: u64,
    ) -> Result<()> {
        memory::pool_set_attribute(self.0, pool, attribute, value)
    }
}
