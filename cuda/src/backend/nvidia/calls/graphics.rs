use super::super::*;

impl GraphicsCalls for Nvidia {
    fn gl_register_buffer(
        &self,
        context: ContextHandle,
        buffer: u32,
        flags: u32,
    ) -> Result<GraphicsHandle> {
        graphics::register_buffer(self.0, context, buffer, flags)
    }

    fn gl_register_image(
        &self,
        context: ContextHandle,
        image: u32,
        target: u32,
        flags: u32,
    ) -> Result<GraphicsHandle> {
        graphics::register_image(self.0, context, image, target, flags)
    }

    fn graphics_unregister(&self, context: ContextHandle, resource: GraphicsHandle) -> Result<()> {
        graphics::unregister(self.0, context, resource)
    }

    fn graphics_set_map_flags(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        flags: u32,
    ) -> Result<()> {
        graphics::set_map_flags(self.0, context, resource, flags)
    }

    fn graphics_map(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graphics::map(self.0, context, resource, stream)
    }

    fn graphics_unmap(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graphics::unmap(self.0, context, resource, stream)
    }

    fn graphics_mapped_pointer(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
    ) -> Result<(DevicePtr, usize)> {
        graphics::mapped_pointer(self.0, context, resource)
    }

    fn graphics_mapped_array(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        index: u32,
        level: u32,
    ) -> Result<ArrayHandle> {
        graphics::mapped_array(self.0, context, resource, index, level)
    }
}
