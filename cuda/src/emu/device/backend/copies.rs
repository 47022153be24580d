use super::*;
use crate::backend::CopyCalls;

impl CopyCalls for Emulator {
    fn fill(&self, context: ContextHandle, fill: &Fill) -> Result<()> {
        let call = "cuMemsetD";
        let context = self.context(context, call)?;
        context.synchronously(call, || context.fill_rows(fill))
    }

    fn fill_async(&self, context: ContextHandle, fill: &Fill, stream: StreamHandle) -> Result<()> {
        let call = "cuMemsetDAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.submit(&stream, Work::Fill(*fill), call)
    }

    fn copy_to_device(&self, context: ContextHandle, to: DevicePtr, from: &[u8]) -> Result<()> {
        let call = "cuMemcpyHtoD";
        let context = self.context(context, call)?;
        context.synchronously(call, || Ok(context.memory_at(to.0).write(to.0, from)?))
    }

    fn copy_to_host(&self, context: ContextHandle, to: &mut [u8], from: DevicePtr) -> Result<()> {
        let call = "cuMemcpyDtoH";
        let context = self.context(context, call)?;
        context.synchronously(call, || Ok(context.memory_at(from.0).read(from.0, to)?))
    }

    fn copy_on_device(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
    ) -> Result<()> {
        let call = "cuMemcpyDtoD";
        let context = self.context(context, call)?;
        context.synchronously(call, || context.copy_linear(to.0, from.0, bytes))
    }

    fn copy_to_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: HostSource,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyHtoDAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Host(from), Rows::Device(to.0), from.block().bytes());
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy_to_host_async(
        &self,
        context: ContextHandle,
        to: HostTarget,
        from: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyDtoHAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Device(from.0), Rows::Host(to), to.block().bytes());
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy_on_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyDtoDAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Device(from.0), Rows::Device(to.0), bytes);
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy_peer_async(
        &self,
        to: (ContextHandle, DevicePtr),
        from: (ContextHandle, DevicePtr),
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyPeerAsync";
        self.context(from.0, call)?;
        let context = self.context(to.0, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Device(from.1.0), Rows::Device(to.1.0), bytes);
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy(&self, context: ContextHandle, copy: &Copy) -> Result<()> {
        let call = "cuMemcpy3D";
        let context = self.context(context, call)?;
        let transfer = context.plan(copy, call)?;
        context.synchronously(call, || transfer.run(&context))
    }

    fn copy_async(&self, context: ContextHandle, copy: &Copy, stream: StreamHandle) -> Result<()> {
        let call = "cuMemcpy3DAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = context.plan(copy, call)?;
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }
}
