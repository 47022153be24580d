//! What the interpreter asks of a texture unit.

use std::fmt;

/// The shape that a texture or surface instruction names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Geometry {
    /// `.1d`
    D1,
    /// `.2d`
    D2,
    /// `.3d`
    D3,
    /// `.a1d`: layers of one dimension.
    Layered1,
    /// `.a2d`: layers of two dimensions.
    Layered2,
    /// `.cube`
    Cube,
    /// `.acube`: layers of cubes.
    LayeredCube,
}

impl Geometry {
    /// How many coordinates an access has, without the layer.
    #[must_use]
    pub fn dimensions(self) -> usize {
        match self {
            Geometry::D1 | Geometry::Layered1 => 1,
            Geometry::D2 | Geometry::Layered2 => 2,
            Geometry::D3 | Geometry::Cube | Geometry::LayeredCube => 3,
        }
    }

    /// Whether the first coordinate is a layer's index.
    #[must_use]
    pub fn is_layered(self) -> bool {
        matches!(
            self,
            Geometry::Layered1 | Geometry::Layered2 | Geometry::LayeredCube
        )
    }
}

/// Coordinates of a texture access; those that the geometry has not are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coordinates {
    /// Positions, in texels or normalised as the texture says.
    Float([f32; 3]),
    /// Indices of texels.
    Int([i32; 3]),
}

/// Which level of a mipmap is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// The finest: no level was given.
    Base,
    /// `tex.level`
    Lod(f32),
    /// `tex.grad`: the derivatives by x and by y.
    Gradient([f32; 3], [f32; 3]),
}

/// The type in which an instruction expects its texels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TexelType {
    /// `.f32`
    F32,
    /// `.s32`
    S32,
    /// `.u32`
    U32,
    /// `.f16x2`: two halves a word.
    F16x2,
}

/// One lane's read of a texture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fetch {
    /// The texture object.
    pub texture: u64,
    /// The shape that the instruction names.
    pub geometry: Geometry,
    /// Where.
    pub at: Coordinates,
    /// Which layer, if the shape has layers.
    pub layer: u32,
    /// Which level.
    pub level: Level,
    /// The type of the result.
    pub texel: TexelType,
}

/// What a surface access does outside the surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outside {
    /// `.trap`: the kernel fails.
    Trap,
    /// `.clamp`: the nearest texel is used.
    Clamp,
    /// `.zero`: reads give zero, writes do nothing.
    Zero,
}

/// Where one lane reads or writes a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurfaceAccess {
    /// The surface object.
    pub surface: u64,
    /// The shape that the instruction names.
    pub geometry: Geometry,
    /// Where: x in bytes, y and z in texels.
    pub at: [i32; 3],
    /// Which layer, if the shape has layers.
    pub layer: u32,
    /// What happens outside.
    pub outside: Outside,
}

/// What `txq` and `suq` ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Property {
    /// Texels in x.
    Width,
    /// Texels in y.
    Height,
    /// Texels in z.
    Depth,
    /// Layers.
    ArraySize,
    /// CUDA's channel data type.
    ChannelDataType,
    /// CUDA's channel order.
    ChannelOrder,
    /// Whether coordinates are normalised.
    NormalizedCoords,
    /// Levels of the mipmap.
    NumMipmapLevels,
    /// Samples a texel.
    NumSamples,
}

/// A texture access that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextureError(
    /// What is wrong, as part of a sentence.
    pub String,
);

impl fmt::Display for TextureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TextureError {}

/// Texture and surface objects, as kernels see them. Called by several threads at once.
pub trait TextureUnit: Sync {
    /// Samples a texture: four words in the type that the fetch names.
    ///
    /// # Errors
    ///
    /// If there is no such texture, or it has another shape.
    fn fetch(&self, fetch: &Fetch) -> Result<[u32; 4], TextureError>;

    /// `tld4`: one component (0 to 3) of the four texels that bilinear filtering would use.
    ///
    /// # Errors
    ///
    /// If there is no such texture, or it has another shape.
    fn gather(&self, fetch: &Fetch, component: u32) -> Result<[u32; 4], TextureError>;

    /// Reads raw bytes of a surface.
    ///
    /// # Errors
    ///
    /// If there is no such surface, it has another shape, or the access is outside and traps.
    fn load(&self, access: &SurfaceAccess, bytes: &mut [u8]) -> Result<(), TextureError>;

    /// Writes raw bytes of a surface.
    ///
    /// # Errors
    ///
    /// As [`load`](TextureUnit::load).
    fn store(&self, access: &SurfaceAccess, bytes: &[u8]) -> Result<(), TextureError>;

    /// A property of a texture or surface object.
    ///
    /// # Errors
    ///
    /// If there is no such object.
    fn query(&self, object: u64, property: Property) -> Result<u32, TextureError>;
}

/// A texture unit without textures.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTextures;

fn none<T>(object: u64) -> Result<T, TextureError> {
    Err(TextureError(format!(
        "there is no texture or surface object {object:#x}"
    )))
}

impl TextureUnit for NoTextures {
    fn fetch(&self, fetch: &Fetch) -> Result<[u32; 4], TextureError> {
        none(fetch.texture)
    }

    fn gather(&self, fetch: &Fetch, _component: u32) -> Result<[u32; 4], TextureError> {
        none(fetch.texture)
    }

    fn load(&self, access: &SurfaceAccess, _bytes: &mut [u8]) -> Result<(), TextureError> {
        none(access.surface)
    }

    fn store(&self, access: &SurfaceAccess, _bytes: &[u8]) -> Result<(), TextureError> {
        none(access.surface)
    }

    fn query(&self, object: u64, _property: Property) -> Result<u32, TextureError> {
        none(object)
    }
}
