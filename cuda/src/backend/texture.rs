//! Descriptors of arrays, textures and surfaces.

use super::{ArrayHandle, DevicePtr};

/// What an array's channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArrayFormat {
    /// 8 bits, unsigned.
    U8,
    /// 16 bits, unsigned.
    U16,
    /// 32 bits, unsigned.
    U32,
    /// 8 bits, signed.
    I8,
    /// 16 bits, signed.
    I16,
    /// 32 bits, signed.
    I32,
    /// Half precision.
    F16,
    /// Single precision.
    F32,
}

impl ArrayFormat {
    /// Bytes of a channel.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            ArrayFormat::U8 | ArrayFormat::I8 => 1,
            ArrayFormat::U16 | ArrayFormat::I16 | ArrayFormat::F16 => 2,
            ArrayFormat::U32 | ArrayFormat::I32 | ArrayFormat::F32 => 4,
        }
    }

    /// Whether a channel is a floating-point number.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, ArrayFormat::F16 | ArrayFormat::F32)
    }
}

/// How the depth of an array is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArrayKind {
    /// One, two or three dimensions: those that are not 0.
    Plain,
    /// `depth` layers of one or two dimensions.
    Layered,
    /// Six square faces.
    Cubemap,
}

/// Size and content of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ArrayDescriptor {
    /// Elements in a row; at least 1.
    pub width: usize,
    /// Rows; 0 for one dimension.
    pub height: usize,
    /// Slices, layers or faces; 0 for one or two dimensions.
    pub depth: usize,
    /// What a channel is.
    pub format: ArrayFormat,
    /// Channels of an element: 1, 2 or 4.
    pub channels: u32,
    /// What the depth means.
    pub kind: ArrayKind,
    /// Whether kernels may write to it through surfaces.
    pub surface: bool,
    /// Whether `tex2Dgather` may be used on it.
    pub gather: bool,
}

impl ArrayDescriptor {
    /// Bytes of an element.
    #[must_use]
    pub fn element_size(&self) -> usize {
        self.format.size() * self.channels as usize
    }
}

/// What a texture gives for coordinates outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AddressMode {
    /// Begins again at the other side. Needs normalised coordinates.
    Wrap,
    /// The element at the edge.
    #[default]
    Clamp,
    /// The same backwards. Needs normalised coordinates.
    Mirror,
    /// The border colour.
    Border,
}

/// What a texture gives for coordinates between elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FilterMode {
    /// The nearest element.
    #[default]
    Point,
    /// Between the nearest ones, in each dimension. Needs elements that are read as floating-point numbers.
    Linear,
}

/// How a texture is read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct TextureDescriptor {
    /// Outside, along x, y and z.
    pub address: [AddressMode; 3],
    /// Between elements.
    pub filter: FilterMode,
    /// Coordinates go from 0 to 1 rather than to the size.
    pub normalized_coordinates: bool,
    /// Integers of 8 and 16 bits are given as they are, rather than as numbers from 0 or -1 to 1.
    pub read_as_integer: bool,
    /// Sampled colours are converted from sRGB to linear.
    pub srgb: bool,
    /// What [`AddressMode::Border`] gives.
    pub border_color: [f32; 4],
    /// Anisotropic filtering by at most so much; 0 for none. The emulated device has none.
    pub max_anisotropy: u32,
}

/// What a texture reads from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TextureResource {
    Array(ArrayHandle, ArrayDescriptor),
    /// One dimension in linear memory; only `tex1Dfetch` reads it.
    Linear {
        pointer: DevicePtr,
        bytes: usize,
        format: ArrayFormat,
        channels: u32,
    },
    /// Two dimensions in linear memory.
    Pitched {
        pointer: DevicePtr,
        format: ArrayFormat,
        channels: u32,
        width: usize,
        height: usize,
        pitch: usize,
    },
}

/// A texture object to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TextureRequest {
    pub(crate) resource: TextureResource,
    pub(crate) descriptor: TextureDescriptor,
}
