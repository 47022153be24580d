//! Objects that are OpenGL's.

use super::super::*;

/// See the module's documentation.
pub(crate) trait GraphicsCalls {
    fn gl_register_buffer(
        &self,
        context: ContextHandle,
        buffer: u32,
        flags: u32,
    ) -> Result<GraphicsHandle>;
    fn gl_register_image(
        &self,
        _context: ContextHandle,
        _image: u32,
        _target: u32,
        _flags: u32,
    ) -> Result<GraphicsHandle> {
        Err(no_images("cuGraphicsGLRegisterImage"))
    }
    fn graphics_unregister(&self, context: ContextHandle, resource: GraphicsHandle) -> Result<()>;
    fn graphics_set_map_flags(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        flags: u32,
    ) -> Result<()>;
    fn graphics_map(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    fn graphics_unmap(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    fn graphics_mapped_pointer(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
    ) -> Result<(DevicePtr, usize)>;
    fn graphics_mapped_array(
        &self,
        _context: ContextHandle,
        _resource: GraphicsHandle,
        _index: u32,
        _level: u32,
    ) -> Result<ArrayHandle> {
        Err(no_images("cuGraphicsSubResourceGetMappedArray"))
    }
}
