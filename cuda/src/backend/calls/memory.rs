//! Memory of the device and of the host, and the pools of memory in the order of streams.

use super::super::*;

/// See the module's documentation.
pub(crate) trait MemoryCalls {
    /// Uninitialised, aligned to at least 256. `bytes` is not 0.
    fn alloc(&self, context: ContextHandle, bytes: usize) -> Result<DevicePtr>;
    /// Frees what `alloc`, `alloc_pitched` or `alloc_managed` gave, after all work that may use it (as `cuMemFree`
    /// does).
    fn free(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()>;
    /// Rows of `width` bytes, `pitch` apart; returns the pitch too. `element` is 4, 8 or 16.
    fn alloc_pitched(
        &self,
        context: ContextHandle,
        width: usize,
        height: usize,
        element: u32,
    ) -> Result<(DevicePtr, usize)>;
    /// In stream order, from `pool`, else from the device's current pool (`cuMemAllocAsync`, `..FromPoolAsync`).
    fn alloc_async(
        &self,
        context: ContextHandle,
        bytes: usize,
        pool: Option<PoolHandle>,
        stream: StreamHandle,
    ) -> Result<DevicePtr>;
    fn free_async(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Start and size of the allocation that `pointer` points into.
    fn address_range(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
    ) -> Result<(DevicePtr, usize)>;
    /// Page-locked and zeroed.
    fn host_alloc(
        &self,
        context: ContextHandle,
        bytes: usize,
        flags: HostFlags,
    ) -> Result<HostBlock>;
    /// Waits for work that uses it.
    fn host_free(&self, context: ContextHandle, block: HostBlock) -> Result<()>;
    /// Page-locks memory of the caller's, who keeps it alive until `host_unregister`.
    fn host_register(
        &self,
        context: ContextHandle,
        block: HostBlock,
        flags: RegisterFlags,
    ) -> Result<()>;
    fn host_unregister(&self, context: ContextHandle, block: HostBlock) -> Result<()>;
    /// The address by which kernels reach page-locked or registered memory that is mapped.
    fn host_device_pointer(&self, context: ContextHandle, block: HostBlock) -> Result<DevicePtr>;
    /// Memory that host and kernels reach, zeroed. `global`: from any stream; otherwise from the host until it is
    /// attached.
    fn alloc_managed(
        &self,
        context: ContextHandle,
        bytes: usize,
        global: bool,
    ) -> Result<(DevicePtr, HostBlock)>;
    /// `cuStreamAttachMemAsync`; `flags` are CUDA's: 1 global, 2 host, 4 this stream.
    fn managed_attach(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        flags: u32,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Moves managed memory to a device, or to the host (`None`).
    fn managed_prefetch(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        device: Option<u32>,
        stream: StreamHandle,
    ) -> Result<()>;
    /// How managed memory will be used from `device`, or from the host (`None`).
    fn managed_advise(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        advice: MemoryAdvice,
        device: Option<u32>,
    ) -> Result<()>;

    fn pool_create(&self, device: u32, maximum_bytes: usize) -> Result<PoolHandle>;
    fn pool_destroy(&self, pool: PoolHandle) -> Result<()>;
    fn pool_default(&self, device: u32) -> Result<PoolHandle>;
    /// Gives memory back until only `keep` bytes are held.
    fn pool_trim(&self, pool: PoolHandle, keep: usize) -> Result<()>;
    fn pool_attribute(&self, pool: PoolHandle, attribute: PoolAttribute) -> Result<u64>;
    fn pool_set_attribute(
        &self,
        pool: PoolHandle,
        attribute: PoolAttribute,
        value: u64,
    ) -> Result<()>;
}
