use super::super::*;

impl TextureCalls for Nvidia {
    fn array_create(
        &self,
        context: ContextHandle,
        descriptor: &ArrayDescriptor,
    ) -> Result<ArrayHandle> {
        texture::array_create(self.0, context, descriptor)
    }

    fn array_destroy(&self, context: ContextHandle, array: ArrayHandle) -> Result<()> {
        texture::array_destroy(self.0, context, array)
    }

    fn texture_create(
        &self,
        context: ContextHandle,
        request: &TextureRequest,
    ) -> Result<TextureHandle> {
        texture::texture_create(self.0, context, request)
    }

    fn texture_destroy(&self, context: ContextHandle, texture: TextureHandle) -> Result<()> {
        texture::texture_destroy(self.0, context, texture)
    }

    fn surface_create(&self, context: ContextHandle, array: ArrayHandle) -> Result<SurfaceHandle> {
        texture::surface_create(self.0, context, array)
    }

    fn surface_destroy(&self, context: ContextHandle, surface: SurfaceHandle) -> Result<()> {
        texture::surface_destroy(self.0, context, surface)
    }
}
