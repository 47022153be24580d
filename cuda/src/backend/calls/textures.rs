//! Arrays, textures and surfaces.

use super::super::*;

/// See the module's documentation.
pub(crate) trait TextureCalls {
    fn array_create(
        &self,
        context: ContextHandle,
        descriptor: &ArrayDescriptor,
    ) -> Result<ArrayHandle>;
    fn array_destroy(&self, context: ContextHandle, array: ArrayHandle) -> Result<()>;
    fn texture_create(
        &self,
        context: ContextHandle,
        request: &TextureRequest,
    ) -> Result<TextureHandle>;
    fn texture_destroy(&self, context: ContextHandle, texture: TextureHandle) -> Result<()>;
    fn surface_create(&self, context: ContextHandle, array: ArrayHandle) -> Result<SurfaceHandle>;
    fn surface_destroy(&self, context: ContextHandle, surface: SurfaceHandle) -> Result<()>;
}
