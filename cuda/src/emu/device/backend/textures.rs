use super::*;
use crate::backend::TextureCalls;

impl TextureCalls for Emulator {
    fn array_create(
        &self,
        context: ContextHandle,
        descriptor: &ArrayDescriptor,
    ) -> Result<ArrayHandle> {
        let context = self.context(context, "cuArrayCreate")?;
        context.create_array(descriptor)
    }

    fn array_destroy(&self, context: ContextHandle, array: ArrayHandle) -> Result<()> {
        let context = self.context(context, "cuArrayDestroy")?;
        context.destroy_array(array)
    }

    fn texture_create(
        &self,
        context: ContextHandle,
        request: &TextureRequest,
    ) -> Result<TextureHandle> {
        let context = self.context(context, "cuTexObjectCreate")?;
        context.create_texture(request)
    }

    fn texture_destroy(&self, context: ContextHandle, texture: TextureHandle) -> Result<()> {
        let context = self.context(context, "cuTexObjectDestroy")?;
        context.destroy_texture(texture)
    }

    fn surface_create(&self, context: ContextHandle, array: ArrayHandle) -> Result<SurfaceHandle> {
        let context = self.context(context, "cuSurfObjectCreate")?;
        context.create_surface(array)
    }

    fn surface_destroy(&self, context: ContextHandle, surface: SurfaceHandle) -> Result<()> {
        let context = self.context(context, "cuSurfObjectDestroy")?;
        context.destroy_surface(surface)
    }
}
