use super::super::*;

impl CopyCalls for Nvidia {
    fn fill(&self, context: ContextHandle, fill: &Fill) -> Result<()> {
        copy::fill(self.0, context, fill, StreamHandle::NULL)?;
        stream::synchronize(self.0, context, StreamHandle::NULL)
    }

    fn fill_async(&self, context: ContextHandle, fill: &Fill, stream: StreamHandle) -> Result<()> {
        copy::fill(self.0, context, fill, stream)
    }

    fn copy_to_device(&self, context: ContextHandle, to: DevicePtr, from: &[u8]) -> Result<()> {
        copy::to_device(self.0, context, to, from)
    }

    fn copy_to_host(&self, context: ContextHandle, to: &mut [u8], from: DevicePtr) -> Result<()> {
        copy::to_host(self.0, context, to, from)
    }

    fn copy_on_device(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
    ) -> Result<()> {
        copy::on_device(self.0, context, to, from, bytes, StreamHandle::NULL)?;
        stream::synchronize(self.0, context, StreamHandle::NULL)
    }

    fn copy_to_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: HostSource,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::to_device_async(self.0, context, to, from, stream)
    }

    fn copy_to_host_async(
        &self,
        context: ContextHandle,
        to: HostTarget,
        from: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::to_host_async(self.0, context, to, from, stream)
    }

    fn copy_on_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::on_device(self.0, context, to, from, bytes, stream)
    }

    fn copy_peer_async(
        &self,
        to: (ContextHandle, DevicePtr),
        from: (ContextHandle, DevicePtr),
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::between_contexts(self.0, to, from, bytes, stream)
    }

    fn copy(&self, context: ContextHandle, copy: &Copy) -> Result<()> {
        copy::boxed(self.0, context, copy)
    }

    fn copy_async(&self, context: ContextHandle, copy: &Copy, stream: StreamHandle) -> Result<()> {
        copy::box_async(self.0, context, copy, stream)
    }
}
