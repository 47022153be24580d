//! Texture objects: texels and how they are read.

use std::sync::Arc;

use half::f16;

use super::cube;
use super::image::Image;
use super::sampler::Sampler;
use crate::backend::{AddressMode, ArrayFormat, ArrayKind, FilterMode, TextureDescriptor};
use crate::emu::exec::{Coordinates, Fetch, Geometry, Property, TexelType, TextureError};
use crate::emu::memory::GlobalMemory;

/// What a texture reads from.
#[derive(Clone, Debug)]
pub(crate) enum Texels {
    Array(Arc<Image>),
    Linear(Linear),
}

/// Rows of texels in global memory.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    pub(crate) memory: Arc<GlobalMemory>,
    pub(crate) start: u64,
    pub(crate) format: ArrayFormat,
    pub(crate) channels: usize,
    pub(crate) width: usize,
    /// Rows and the bytes from each to the next, unless it has one dimension only.
    pub(crate) rows: Option<(usize, usize)>,
}

/// A texture object.
#[derive(Debug)]
pub(crate) struct Texture {
    texels: Texels,
    sampler: Sampler,
}

impl Texture {
    pub(crate) fn new(texels: Texels, mut descriptor: TextureDescriptor) -> Texture {
        if let Texels::Linear(Linear { rows: None, .. }) = texels {
            make_plain(&mut descriptor);
        }
        let format = texels.format();
        Texture {
            texels,
            sampler: Sampler { descriptor, format },
        }
    }

    pub(super) fn fetch(&self, fetch: &Fetch) -> Result<[u32; 4], TextureError> {
        self.check_geometry(fetch.geometry)?;
        let (place, slice) = self.locate(fetch);
        let extent = self.texels.extent();
        let axes = match fetch.geometry {
            Geometry::Cube | Geometry::LayeredCube => 2,
            geometry => geometry.dimensions(),
        };
        let texel = |[x, y, z]: [usize; 3]| self.texels.texel(x, y, z + slice);
        let registers = self
            .sampler
            .sample(&extent[..axes], &place[..axes], texel)?;
        Ok(in_type(registers, fetch.texel))
    }

    pub(super) fn gather(&self, fetch: &Fetch, component: u32) -> Result<[u32; 4], TextureError> {
        self.check_geometry(fetch.geometry)?;
        if self.texels.geometry().dimensions() != 2 {
            return Err(TextureError(
                "tld4 reads textures of two dimensions".to_owned(),
            ));
        }
        let ([x, y, _], slice) = self.locate(fetch);
        let [width, height, _] = self.texels.extent();
        let texel = |[x, y, z]: [usize; 3]| self.texels.texel(x, y, z + slice);
        let component = component as usize & 3;
        self.sampler
            .gather([width, height], [x, y], component, texel)
    }

    pub(super) fn query(&self, property: Property) -> u32 {
        match property {
            Property::NormalizedCoords => self.sampler.descriptor.normalized_coordinates.into(),
            property => self.texels.query(property),
        }
    }

    /// The coordinates within a slice, and which slice.
    fn locate(&self, fetch: &Fetch) -> ([f64; 3], usize) {
        let place = match fetch.at {
            Coordinates::Float(place) => place.map(f64::from),
            Coordinates::Int(place) => place.map(f64::from),
        };
        if fetch.geometry == Geometry::Cube {
            let (face, [s, t]) = cube::face(place);
            return ([s, t, 0.0], face);
        }
        let [_, _, slices] = self.texels.extent();
        let layer = match fetch.geometry.is_layered() {
            true => (fetch.layer as usize).min(slices - 1),
            false => 0,
        };
        (place, layer)
    }

    fn check_geometry(&self, geometry: Geometry) -> Result<(), TextureError> {
        let real = self.texels.geometry();
        if geometry == real {
            return Ok(());
        }
        Err(TextureError(format!(
            "the texture is {}, and is read as {}",
            name(real),
            name(geometry)
        )))
    }
}

/// Linear memory of one dimension is read by index only, and is 0 elsewhere.
fn make_plain(descriptor: &mut TextureDescriptor) {
    descriptor.address = [AddressMode::Border; 3];
    descriptor.border_color = [0.0; 4];
    descriptor.filter = FilterMode::Point;
    descriptor.normalized_coordinates = false;
}

impl Texels {
    fn format(&self) -> ArrayFormat {
        match self {
            Texels::Array(image) => image.descriptor().format,
            Texels::Linear(linear) => linear.format,
        }
    }

    /// Width, height and slices; 1 where there is no such dimension.
    fn extent(&self) -> [usize; 3] {
        match self {
            Texels::Array(image) => [image.descriptor().width, image.rows(), image.slices()],
            Texels::Linear(linear) => [linear.width, linear.rows.map_or(1, |(rows, _)| rows), 1],
        }
    }

    fn geometry(&self) -> Geometry {
        match self {
            Texels::Array(image) => geometry(image),
            Texels::Linear(Linear { rows: None, .. }) => Geometry::D1,
            Texels::Linear(_) => Geometry::D2,
        }
    }

    fn texel(&self, x: usize, y: usize, z: usize) -> Result<[u32; 4], TextureError> {
        match self {
            Texels::Array(image) => Ok(image.texel(x, y, z)),
            Texels::Linear(linear) => linear.texel(x, y),
        }
    }

    fn query(&self, property: Property) -> u32 {
        match self {
            Texels::Array(image) => query(image, property),
            Texels::Linear(linear) => linear.query(property),
        }
    }
}

impl Linear {
    fn texel(&self, x: usize, y: usize) -> Result<[u32; 4], TextureError> {
        let (size, pitch) = (self.format.size(), self.rows.map_or(0, |(_, pitch)| pitch));
        let offset = y * pitch + x * size * self.channels;
        let mut bytes = [0; 16];
        let texel = &mut bytes[..size * self.channels];
        let read = self.memory.read(self.start + offset as u64, texel);
        read.map_err(|error| TextureError(format!("a texture of linear memory: {error}")))?;
        let mut channels = [0; 4];
        for (channel, bytes) in channels.iter_mut().zip(texel.chunks(size)) {
            let mut word = [0; 4];
            word[..size].copy_from_slice(bytes);
            *channel = u32::from_le_bytes(word);
        }
        Ok(channels)
    }

    fn query(&self, property: Property) -> u32 {
        match property {
            Property::Width => self.width as u32,
            Property::Height => self.rows.map_or(0, |(rows, _)| rows as u32),
            Property::ChannelDataType => self.format.number(),
            Property::ChannelOrder => self.channels as u32,
            Property::Depth | Property::ArraySize | Property::NormalizedCoords => 0,
            Property::NumMipmapLevels | Property::NumSamples => 1,
        }
    }
}

/// The shape that instructions on an image must name.
pub(super) fn geometry(image: &Image) -> Geometry {
    let descriptor = image.descriptor();
    match (descriptor.kind, descriptor.height, descriptor.depth) {
        (ArrayKind::Cubemap, ..) => Geometry::Cube,
        (ArrayKind::Layered, 0, _) => Geometry::Layered1,
        (ArrayKind::Layered, ..) => Geometry::Layered2,
        (ArrayKind::Plain, 0, 0) => Geometry::D1,
        (ArrayKind::Plain, _, 0) => Geometry::D2,
        (ArrayKind::Plain, ..) => Geometry::D3,
    }
}

/// What `txq` and `suq` say of an image. Sizes that it has not are 0, as in its descriptor.
pub(super) fn query(image: &Image, property: Property) -> u32 {
    let descriptor = image.descriptor();
    let layered = descriptor.kind == ArrayKind::Layered;
    match property {
        Property::Width => descriptor.width as u32,
        Property::Height => descriptor.height as u32,
        Property::Depth if !layered => descriptor.depth as u32,
        Property::ArraySize if layered => descriptor.depth as u32,
        Property::ChannelDataType => descriptor.format.number(),
        Property::ChannelOrder => descriptor.channels,
        Property::Depth | Property::ArraySize | Property::NormalizedCoords => 0,
        Property::NumMipmapLevels | Property::NumSamples => 1,
    }
}

/// How messages call a shape.
pub(super) fn name(geometry: Geometry) -> &'static str {
    match geometry {
        Geometry::D1 => "of one dimension",
        Geometry::D2 => "of two dimensions",
        Geometry::D3 => "of three dimensions",
        Geometry::Layered1 => "of layers of one dimension",
        Geometry::Layered2 => "of layers of two dimensions",
        Geometry::Cube => "a cube",
        Geometry::LayeredCube => "of layers of cubes",
    }
}

/// Half floats go two to a register; everything else was made in its type.
fn in_type(registers: [u32; 4], texel: TexelType) -> [u32; 4] {
    let half = |register| u32::from(f16::from_f32(f32::from_bits(register)).to_bits());
    match texel {
        TexelType::F16x2 => {
            let [red, green, blue, alpha] = registers.map(half);
            [red | green << 16, blue | alpha << 16, 0, 0]
        }
        TexelType::F32 | TexelType::S32 | TexelType::U32 => registers,
    }
}
