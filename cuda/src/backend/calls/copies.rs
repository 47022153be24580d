//! Filling and copying. The forms without a stream return when it is done.

use super::super::*;

/// See the module's documentation.
pub(crate) trait CopyCalls {
    fn fill(&self, context: ContextHandle, fill: &Fill) -> Result<()>;
    fn fill_async(&self, context: ContextHandle, fill: &Fill, stream: StreamHandle) -> Result<()>;
    fn copy_to_device(&self, context: ContextHandle, to: DevicePtr, from: &[u8]) -> Result<()>;
    fn copy_to_host(&self, context: ContextHandle, to: &mut [u8], from: DevicePtr) -> Result<()>;
    fn copy_on_device(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
    ) -> Result<()>;
    fn copy_to_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: HostSource,
        stream: StreamHandle,
    ) -> Result<()>;
    fn copy_to_host_async(
        &self,
        context: ContextHandle,
        to: HostTarget,
        from: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()>;
    fn copy_on_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Between two contexts (`cuMemcpyPeerAsync`). `stream` is of the context `to.0`.
    fn copy_peer_async(
        &self,
        to: (ContextHandle, DevicePtr),
        from: (ContextHandle, DevicePtr),
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()>;
    /// One, two or three dimensions between host, linear memory and arrays; also between contexts where the places name
    /// them.
    fn copy(&self, context: ContextHandle, copy: &Copy) -> Result<()>;
    fn copy_async(&self, context: ContextHandle, copy: &Copy, stream: StreamHandle) -> Result<()>;
}
