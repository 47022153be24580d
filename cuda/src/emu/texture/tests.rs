//! Texture and surface objects as kernels meet them.

use std::sync::Arc;

use super::{Image, Texels, Texture, TextureObjects};
use crate::backend::{ArrayDescriptor, ArrayFormat, ArrayKind, FilterMode, TextureDescriptor};
use crate::emu::exec::{
    Coordinates, Fetch, Geometry, Level, Outside, Property, SurfaceAccess, TexelType, TextureUnit,
};

const TEXTURE: u64 = 7;

/// Floats that count the texels, in an array of this shape.
fn image(width: usize, height: usize, depth: usize, kind: ArrayKind) -> Arc<Image> {
    let descriptor = ArrayDescriptor {
        width,
        height,
        depth,
        format: ArrayFormat::F32,
        channels: 1,
        kind,
        surface: true,
        gather: true,
    };
    let image = Image::zeroed(descriptor).unwrap();
    let mut count = 0.0_f32;
    for z in 0..image.slices() {
        for y in 0..image.rows() {
            for x in 0..width {
                image.write_row(4 * x, y, z, &count.to_le_bytes());
                count += 1.0;
            }
        }
    }
    Arc::new(image)
}

fn objects(image: &Arc<Image>, descriptor: TextureDescriptor) -> TextureObjects {
    let mut objects = TextureObjects::default();
    let texture = Texture::new(Texels::Array(Arc::clone(image)), descriptor);
    objects.textures.insert(TEXTURE, Arc::new(texture));
    objects
}

fn fetch(geometry: Geometry, at: [f32; 3], layer: u32) -> Fetch {
    Fetch {
        texture: TEXTURE,
        geometry,
        at: Coordinates::Float(at),
        layer,
        level: Level::Base,
        texel: TexelType::F32,
    }
}

fn read(objects: &TextureObjects, geometry: Geometry, at: [f32; 3], layer: u32) -> f32 {
    f32::from_bits(objects.fetch(&fetch(geometry, at, layer)).unwrap()[0])
}

#[test]
fn layers_are_chosen_and_clamped() {
    let objects = objects(
        &image(4, 3, 2, ArrayKind::Layered),
        TextureDescriptor::default(),
    );
    assert_eq!(read(&objects, Geometry::Layered2, [1.5, 2.5, 0.0], 0), 9.0);
    assert_eq!(read(&objects, Geometry::Layered2, [1.5, 2.5, 0.0], 1), 21.0);
    assert_eq!(read(&objects, Geometry::Layered2, [1.5, 2.5, 0.0], 9), 21.0);
}

#[test]
fn layers_do_not_blend() {
    let descriptor = TextureDescriptor {
        filter: FilterMode::Linear,
        ..TextureDescriptor::default()
    };
    let objects = objects(&image(4, 0, 3, ArrayKind::Layered), descriptor);
    assert_eq!(read(&objects, Geometry::Layered1, [2.0, 0.0, 0.0], 1), 5.5);
}

#[test]
fn cubes_are_read_by_direction() {
    let descriptor = TextureDescriptor {
        normalized_coordinates: true,
        ..TextureDescriptor::default()
    };
    let objects = objects(&image(2, 2, 6, ArrayKind::Cubemap), descriptor);
    assert_eq!(read(&objects, Geometry::Cube, [1.0, 0.5, 0.5], 0), 0.0);
    assert_eq!(read(&objects, Geometry::Cube, [-0.5, -0.5, -1.0], 0), 23.0);
}

#[test]
fn a_wrong_shape_is_named() {
    let objects = objects(
        &image(4, 3, 0, ArrayKind::Plain),
        TextureDescriptor::default(),
    );
    let error = objects
        .fetch(&fetch(Geometry::D3, [0.0; 3], 0))
        .unwrap_err();
    let text = "the texture is of two dimensions, and is read as of three dimensions";
    assert_eq!(error.to_string(), text);
}

#[test]
fn an_unknown_object_is_named() {
    let error = TextureObjects::default().fetch(&fetch(Geometry::D1, [0.0; 3], 0));
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("no texture object 0x7")
    );
}

#[test]
fn halves_are_packed() {
    let image = image(4, 0, 0, ArrayKind::Plain);
    let objects = objects(&image, TextureDescriptor::default());
    let mut fetch = fetch(Geometry::D1, [2.5, 0.0, 0.0], 0);
    fetch.texel = TexelType::F16x2;
    assert_eq!(objects.fetch(&fetch), Ok([0x4000, 0, 0, 0]));
}

#[test]
fn properties_are_those_of_the_array() {
    let mut objects = objects(
        &image(4, 3, 2, ArrayKind::Layered),
        TextureDescriptor::default(),
    );
    objects.surfaces.insert(8, image(5, 6, 7, ArrayKind::Plain));
    let ask = |object, property| objects.query(object, property).unwrap();
    assert_eq!(ask(TEXTURE, Property::Width), 4);
    assert_eq!(ask(TEXTURE, Property::Height), 3);
    assert_eq!(ask(TEXTURE, Property::ArraySize), 2);
    assert_eq!(ask(TEXTURE, Property::Depth), 0);
    assert_eq!(ask(TEXTURE, Property::NormalizedCoords), 0);
    assert_eq!(ask(8, Property::Depth), 7);
    assert_eq!(ask(8, Property::ChannelDataType), 0x20);
    assert!(objects.query(9, Property::Width).is_err());
}

#[test]
fn surfaces_write_what_textures_read() {
    let image = image(4, 3, 2, ArrayKind::Layered);
    let mut objects = objects(&image, TextureDescriptor::default());
    objects.surfaces.insert(9, image);
    let mut access = SurfaceAccess {
        surface: 9,
        geometry: Geometry::Layered2,
        at: [4, 2, 0],
        layer: 1,
        outside: Outside::Trap,
    };
    objects.store(&access, &0.25_f32.to_le_bytes()).unwrap();
    assert_eq!(read(&objects, Geometry::Layered2, [1.5, 2.5, 0.0], 1), 0.25);
    access.layer = 2;
    assert!(objects.load(&access, &mut [0; 4]).is_err());
    access.geometry = Geometry::D2;
    let error = objects.load(&access, &mut [0; 4]).unwrap_err();
    assert!(
        error.to_string().contains("is used as of two dimensions"),
        "{error}"
    );
}
