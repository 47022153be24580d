use super::*;
use crate::backend::MemoryCalls;

impl MemoryCalls for Emulator {
    fn alloc(&self, context: ContextHandle, bytes: usize) -> Result<DevicePtr> {
        let call = "cuMemAlloc";
        let context = self.context(context, call)?;
        context.alloc(bytes, call)
    }

    fn free(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()> {
        let context = self.context(context, "cuMemFree")?;
        context.free(pointer)
    }

    fn alloc_pitched(
        &self,
        context: ContextHandle,
        width: usize,
        height: usize,
        element: u32,
    ) -> Result<(DevicePtr, usize)> {
        let context = self.context(context, "cuMemAllocPitch")?;
        context.alloc_pitched(width, height, element)
    }

    fn alloc_async(
        &self,
        context: ContextHandle,
        bytes: usize,
        pool: Option<PoolHandle>,
        stream: StreamHandle,
    ) -> Result<DevicePtr> {
        let call = "cuMemAllocAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        let pool = pool.unwrap_or(context.device().default_pool);
        context.alloc_from(&self.pool(pool, call)?, bytes)
    }

    fn free_async(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemFreeAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.free_in_order(pointer, &stream)
    }

    fn address_range(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
    ) -> Result<(DevicePtr, usize)> {
        let call = "cuMemGetAddressRange";
        let context = self.context(context, call)?;
        let range = context.memory_at(pointer.0).range_of(pointer.0);
        let range = range.or_else(|| self.host.range_of(pointer.0));
        let (start, len) = range.ok_or_else(|| {
            Error::new(Code::NotFound, call).because(format_args!("{pointer} is in no allocation"))
        })?;
        Ok((DevicePtr(start), len as usize))
    }

    fn host_alloc(
        &self,
        context: ContextHandle,
        bytes: usize,
        _flags: HostFlags,
    ) -> Result<HostBlock> {
        let context = self.context(context, "cuMemHostAlloc")?;
        context.alloc_host(bytes, false)
    }

    fn host_free(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        let context = self.context(context, "cuMemFreeHost")?;
        context.free_host(block)
    }

    fn host_register(
        &self,
        context: ContextHandle,
        block: HostBlock,
        _flags: RegisterFlags,
    ) -> Result<()> {
        let context = self.context(context, "cuMemHostRegister")?;
        context.register(block)
    }

    fn host_unregister(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        let context = self.context(context, "cuMemHostUnregister")?;
        context.unregister(block)
    }

    fn host_device_pointer(&self, context: ContextHandle, block: HostBlock) -> Result<DevicePtr> {
        self.context(context, "cuMemHostGetDevicePointer")?;
        Ok(DevicePtr(block.start().as_ptr().expose_provenance() as u64))
    }

    fn alloc_managed(
        &self,
        context: ContextHandle,
        bytes: usize,
        _global: bool,
    ) -> Result<(DevicePtr, HostBlock)> {
        let context = self.context(context, "cuMemAllocManaged")?;
        let block = context.alloc_host(bytes, true)?;
        Ok((
            DevicePtr(block.start().as_ptr().expose_provenance() as u64),
            block,
        ))
    }

    fn managed_attach(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        flags: u32,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuStreamAttachMemAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        if !matches!(flags, 1 | 2 | 4) {
            return Err(Error::new(Code::InvalidValue, call).because("flags are 1, 2 or 4"));
        }
        context.check_managed(pointer, 1, call)
    }

    fn managed_prefetch(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        device: Option<u32>,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemPrefetchAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        if let Some(device) = device {
            self.device(device, call)?;
        }
        context.check_managed(pointer, bytes, call)?;
        context.submit(&stream, Work::Empty, call)
    }

    fn managed_advise(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        _advice: MemoryAdvice,
        device: Option<u32>,
    ) -> Result<()> {
        let call = "cuMemAdvise";
        let context = self.context(context, call)?;
        if let Some(device) = device {
            self.device(device, call)?;
        }
        context.check_managed(pointer, bytes, call)
    }

    fn pool_create(&self, device: u32, maximum_bytes: usize) -> Result<PoolHandle> {
        self.create_pool(device, maximum_bytes)
    }

    fn pool_destroy(&self, pool: PoolHandle) -> Result<()> {
        self.destroy_pool(pool)
    }

    fn pool_default(&self, device: u32) -> Result<PoolHandle> {
        Ok(self
            .device(device, "cuDeviceGetDefaultMemPool")?
            .default_pool)
    }

    fn pool_trim(&self, pool: PoolHandle, _keep: usize) -> Result<()> {
        self.pool(pool, "cuMemPoolTrimTo").map(drop)
    }

    fn pool_attribute(&self, pool: PoolHandle, attribute: PoolAttribute) -> Result<u64> {
        Ok(self
            .pool(pool, "cuMemPoolGetAttribute")?
            .attribute(attribute))
    }

    fn pool_set_attribute(
        &self,
        pool: PoolHandle,
        attribute: PoolAttribute,
        value: u64,
    ) -> Result<()> {
        let pool = self.pool(pool, "cuMemPoolSetAttribute")?;
        pool.set_attribute(attribute, value)
    }
}
