//! The texture unit: what kernels find under a texture's or surface's number.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::image::Image;
use super::object::{Texture, geometry, name, query};
use crate::emu::exec::{Fetch, Property, SurfaceAccess, TextureError, TextureUnit};

/// The texture and surface objects that a kernel was launched with. A copy is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextureObjects {
    pub(crate) textures: BTreeMap<u64, Arc<Texture>>,
    pub(crate) surfaces: BTreeMap<u64, Arc<Image>>,
}

impl TextureObjects {
    fn texture(&self, object: u64) -> Result<&Texture, TextureError> {
        let found = self.textures.get(&object).map(|texture| &**texture);
        found.ok_or_else(|| unknown("texture", object))
    }

    /// The image of a surface that has the shape of the access.
    fn surface(&self, access: &SurfaceAccess) -> Result<&Image, TextureError> {
        let found = self.surfaces.get(&access.surface);
        let image = found.ok_or_else(|| unknown("surface", access.surface))?;
        let real = geometry(image);
        if real == access.geometry {
            return Ok(image);
        }
        Err(TextureError(format!(
            "the surface is {}, and is used as {}",
            name(real),
            name(access.geometry)
        )))
    }
}

fn unknown(kind: &str, object: u64) -> TextureError {
    TextureError(format!(
        "there is no {kind} object {object:#x}; it may have been destroyed before the launch"
    ))
}

/// The place that an access means: layers take the place of the dimension that follows the last.
fn place(access: &SurfaceAccess) -> [i64; 3] {
    let [x, y, z] = access.at.map(i64::from);
    match (access.geometry.dimensions(), access.geometry.is_layered()) {
        (1, true) => [x, 0, access.layer.into()],
        (2, true) => [x, y, access.layer.into()],
        (1, false) => [x, 0, 0],
        (2, false) => [x, y, 0],
        _ => [x, y, z],
    }
}

impl TextureUnit for TextureObjects {
    fn fetch(&self, fetch: &Fetch) -> Result<[u32; 4], TextureError> {
        self.texture(fetch.texture)?.fetch(fetch)
    }

    fn gather(&self, fetch: &Fetch, component: u32) -> Result<[u32; 4], TextureError> {
        self.texture(fetch.texture)?.gather(fetch, component)
    }

    fn load(&self, access: &SurfaceAccess, bytes: &mut [u8]) -> Result<(), TextureError> {
        self.surface(access)?
            .surface_load(place(access), access.outside, bytes)
    }

    fn store(&self, access: &SurfaceAccess, bytes: &[u8]) -> Result<(), TextureError> {
        self.surface(access)?
            .surface_store(place(access), access.outside, bytes)
    }

    fn query(&self, object: u64, property: Property) -> Result<u32, TextureError> {
        match (self.textures.get(&object), self.surfaces.get(&object)) {
            (Some(texture), _) => Ok(texture.query(property)),
            (None, Some(image)) => Ok(query(image, property)),
            (None, None) => Err(unknown("texture or surface", object)),
        }
    }
}
