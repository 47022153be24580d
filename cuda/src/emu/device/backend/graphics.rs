use super::*;
use crate::backend::GraphicsCalls;

impl GraphicsCalls for Emulator {
    fn gl_register_buffer(
        &self,
        context: ContextHandle,
        buffer: u32,
        flags: u32,
    ) -> Result<GraphicsHandle> {
        let context = self.context(context, "cuGraphicsGLRegisterBuffer")?;
        context.share_buffer(buffer, flags)
    }

    fn graphics_unregister(&self, context: ContextHandle, resource: GraphicsHandle) -> Result<()> {
        let context = self.context(context, "cuGraphicsUnregisterResource")?;
        context.unshare(resource)
    }

    fn graphics_set_map_flags(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        flags: u32,
    ) -> Result<()> {
        let context = self.context(context, "cuGraphicsResourceSetMapFlags")?;
        context.set_sharing(resource, flags)
    }

    fn graphics_map(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let context = self.context(context, "cuGraphicsMapResources")?;
        context.map_shared(resource, stream)
    }

    fn graphics_unmap(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let context = self.context(context, "cuGraphicsUnmapResources")?;
        context.unmap_shared(resource, stream)
    }

    fn graphics_mapped_pointer(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
    ) -> Result<(DevicePtr, usize)> {
        let context = self.context(context, "cuGraphicsResourceGetMappedPointer")?;
        context.shared_memory(resource)
    }
}
