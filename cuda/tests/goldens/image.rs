//! Textures and surfaces of the kind that a kernel's instructions read and write.

use cuda::Result;
use cuda::driver::{Array, ArrayDescriptor, ArrayElement, Context, FilterMode, TextureDescriptor};

use crate::numbers::Numbers;
use crate::types::{Range, Type};

/// Of textures. Surfaces are as wide and high as the largest block.
const SIDE: usize = 16;
const SURFACE_SIDE: usize = 64;
const DEPTH: usize = 8;

/// A texture or a surface, and what it holds.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) geometry: Geometry,
    pub(crate) is_surface: bool,
    pub(crate) is_linear_filter: bool,
    is_gathered: bool,
    pub(crate) texel: Texel,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Geometry {
    /// Memory that `tex1Dfetch` reads.
    Memory,
    D1,
    D2,
    D3,
    Layered,
    Cube,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texel {
    Float,
    FourFloats,
    TwoWords,
    FourWords,
}

impl Image {
    /// What the first texture instruction takes.
    pub(crate) fn texture(ptx: &str, is_odd: bool, numbers: &mut Numbers) -> Image {
        let has = |what: &str| ptx.contains(what);
        let geometry = match () {
            () if has("tex.1d.v4.f32.s32") || has("tex.1d.v4.u32.s32") => Geometry::Memory,
            () if has("tex.1d") => Geometry::D1,
            () if has("tex.3d") => Geometry::D3,
            () if has("tex.a2d") => Geometry::Layered,
            () if has("tex.cube") => Geometry::Cube,
            () => Geometry::D2,
        };
        let is_words = has("v4.u32");
        let texel = if is_words {
            Texel::FourWords
        } else {
            Texel::FourFloats
        };
        let is_linear_filter = is_odd && !is_words && geometry != Geometry::Memory;
        Image {
            is_linear_filter,
            is_gathered: has("tld4"),
            ..Image::new(geometry, texel, SIDE, numbers)
        }
    }

    /// What the first surface instruction takes.
    pub(crate) fn surface(ptx: &str, numbers: &mut Numbers) -> Image {
        let (geometry, texel) = match ptx.contains("b.3d.v2") {
            true => (Geometry::D3, Texel::TwoWords),
            false => (Geometry::D2, Texel::Float),
        };
        Image {
            is_surface: true,
            ..Image::new(geometry, texel, SURFACE_SIDE, numbers)
        }
    }

    fn new(geometry: Geometry, texel: Texel, side: usize, numbers: &mut Numbers) -> Image {
        let texels = match geometry {
            Geometry::Memory | Geometry::D1 | Geometry::D2 => side * side,
            Geometry::D3 | Geometry::Layered => side * side * DEPTH,
            Geometry::Cube => side * side * 6,
        };
        let bytes = texel
            .number()
            .random(texels * texel.size(), Range::Wide, numbers);
        Image {
            geometry,
            is_surface: false,
            is_linear_filter: false,
            is_gathered: false,
            texel,
            bytes,
        }
    }

    pub(crate) fn descriptor(&self) -> TextureDescriptor {
        let mut descriptor = TextureDescriptor::default();
        if self.is_linear_filter {
            descriptor.filter = FilterMode::Linear;
        }
        // Without, cube maps cannot be read.
        descriptor.normalized_coordinates = self.geometry == Geometry::Cube;
        descriptor
    }

    /// An array with its texels.
    pub(crate) fn array(&self, context: &Context) -> Result<Array> {
        match self.texel {
            Texel::Float => self.array_of::<f32>(context),
            Texel::FourFloats => self.array_of::<[f32; 4]>(context),
            Texel::TwoWords => self.array_of::<[u32; 2]>(context),
            Texel::FourWords => self.array_of::<[u32; 4]>(context),
        }
    }

    fn array_of<T: ArrayElement>(&self, context: &Context) -> Result<Array> {
        let side = if self.is_surface { SURFACE_SIDE } else { SIDE };
        let descriptor = match self.geometry {
            Geometry::Memory | Geometry::D1 => ArrayDescriptor::d1::<T>(side * side),
            Geometry::D2 => ArrayDescriptor::d2::<T>(side, side),
            Geometry::D3 => ArrayDescriptor::d3::<T>(side, side, DEPTH),
            Geometry::Layered => ArrayDescriptor::layered::<T>(side, side, DEPTH),
            Geometry::Cube => ArrayDescriptor::cubemap::<T>(side),
        };
        let descriptor = if self.is_surface {
            descriptor.for_surfaces()
        } else {
            descriptor
        };
        let gather = self.is_gathered;
        let array = Array::new(
            context,
            ArrayDescriptor {
                gather,
                ..descriptor
            },
        )?;
        array.copy_from::<T>(&bytemuck::pod_collect_to_vec(&self.bytes))?;
        Ok(array)
    }

    /// What an array of it holds now.
    pub(crate) fn read(&self, array: &Array) -> Result<Vec<u8>> {
        match self.texel {
            Texel::TwoWords => Ok(bytemuck::cast_slice(&array.to_vec::<[u32; 2]>()?).to_vec()),
            _ => Ok(bytemuck::cast_slice(&array.to_vec::<f32>()?).to_vec()),
        }
    }
}

impl Texel {
    pub(crate) fn number(self) -> Type {
        match self {
            Texel::Float | Texel::FourFloats => Type::named("float"),
            Texel::TwoWords | Texel::FourWords => Type::WORDS,
        }
    }

    fn size(self) -> usize {
        match self {
            Texel::Float => 4,
            Texel::TwoWords => 8,
            Texel::FourFloats | Texel::FourWords => 16,
        }
    }
}
