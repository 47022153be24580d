//! Arrays, and the texture and surface objects of a context.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::context::Context;
use super::emulator::Device;
use super::specs::{
    MAX_LAYERS, MAX_PITCH, MAX_TEXTURE_1D, MAX_TEXTURE_2D, MAX_TEXTURE_3D, MAX_TEXTURE_LAYERED,
    MAX_TEXTURE_LINEAR, TEXTURE_ALIGNMENT, TEXTURE_PITCH_ALIGNMENT,
};
use super::table::new_handle;
use crate::backend::{
    ArrayDescriptor, ArrayFormat, ArrayHandle, ArrayKind, DevicePtr, FilterMode, SurfaceHandle,
    TextureDescriptor, TextureHandle, TextureRequest, TextureResource,
};
use crate::emu::texture::{Image, Linear, Texels, Texture, TextureObjects};
use crate::error::{Code, Error, Result};

impl Device {
    /// Takes memory for an array, or says why there is none.
    fn reserve(&self, bytes: u64) -> Result<(), String> {
        let left = |arrays| {
            self.memory
                .limit()
                .saturating_sub(self.memory.used() + arrays)
        };
        let enough = |arrays| (bytes <= left(arrays)).then(|| arrays + bytes);
        let taken = self.array_bytes.fetch_update(Relaxed, Relaxed, enough);
        taken
            .map(drop)
            .map_err(|arrays| format!("{bytes} bytes were asked for, {} are left", left(arrays)))
    }

    fn give_back(&self, bytes: u64) {
        self.array_bytes.fetch_sub(bytes, Relaxed);
    }

    /// Bytes that are left, and all.
    pub(super) fn memory_info(&self) -> (usize, usize) {
        let limit = self.memory.limit();
        let used = self.memory.used() + self.array_bytes.load(Relaxed);
        (limit.saturating_sub(used) as usize, limit as usize)
    }
}

/// Of all elements. The descriptor has been found possible, so that it is far from too large to count.
fn bytes_of(descriptor: &ArrayDescriptor) -> u64 {
    let elements = [descriptor.width, descriptor.height, descriptor.depth];
    let elements = elements.iter().map(|size| (*size).max(1) as u64);
    elements.product::<u64>() * descriptor.element_size() as u64
}

impl Context {
    pub(super) fn create_array(&self, descriptor: &ArrayDescriptor) -> Result<ArrayHandle> {
        let call = "cuArrayCreate";
        if let Some(why) = objection(descriptor) {
            return Err(Error::new(Code::InvalidValue, call).because(why));
        }
        let memory_over = |why: String| Error::new(Code::OutOfMemory, call).because(why);
        let bytes = bytes_of(descriptor);
        self.device().reserve(bytes).map_err(memory_over)?;
        let image = Image::zeroed(*descriptor).ok_or_else(|| {
            self.device().give_back(bytes);
            memory_over("the host has no memory for it".to_owned())
        })?;
        Ok(ArrayHandle(self.arrays.insert(image)))
    }

    pub(super) fn destroy_array(&self, array: ArrayHandle) -> Result<()> {
        let call = "cuArrayDestroy";
        self.drain_all();
        let image = self.arrays.remove(array.0, call)?;
        self.device().give_back(bytes_of(image.descriptor()));
        Ok(())
    }

    /// Destroys what is left at the end.
    pub(super) fn free_arrays(&self) {
        for image in self.arrays.take_all() {
            self.device().give_back(bytes_of(image.descriptor()));
        }
    }

    pub(super) fn create_texture(&self, request: &TextureRequest) -> Result<TextureHandle> {
        let call = "cuTexObjectCreate";
        let texels = self.texels(&request.resource, call)?;
        check_descriptor(&request.descriptor, format(&request.resource), call)?;
        let texture = Arc::new(Texture::new(texels, request.descriptor));
        let handle = new_handle();
        self.change_objects(|objects| objects.textures.insert(handle, texture));
        Ok(TextureHandle(handle))
    }

    pub(super) fn destroy_texture(&self, texture: TextureHandle) -> Result<()> {
        let removed = self.change_objects(|objects| objects.textures.remove(&texture.0));
        removed
            .map(drop)
            .ok_or_else(|| unknown("cuTexObjectDestroy"))
    }

    pub(super) fn create_surface(&self, array: ArrayHandle) -> Result<SurfaceHandle> {
        let call = "cuSurfObjectCreate";
        let image = self.arrays.get(array.0, call)?;
        if !image.descriptor().surface {
            return Err(
                Error::new(Code::InvalidValue, call).because("the array was not made for surfaces")
            );
        }
        let handle = new_handle();
        self.change_objects(|objects| objects.surfaces.insert(handle, image));
        Ok(SurfaceHandle(handle))
    }

    pub(super) fn destroy_surface(&self, surface: SurfaceHandle) -> Result<()> {
        let removed = self.change_objects(|objects| objects.surfaces.remove(&surface.0));
        removed
            .map(drop)
            .ok_or_else(|| unknown("cuSurfObjectDestroy"))
    }

    fn change_objects<R>(&self, change: impl FnOnce(&mut TextureObjects) -> R) -> R {
        change(Arc::make_mut(&mut self.objects.write()))
    }

    fn texels(&self, resource: &TextureResource, call: &'static str) -> Result<Texels> {
        match *resource {
            TextureResource::Array(array, _) => Ok(Texels::Array(self.arrays.get(array.0, call)?)),
            TextureResource::Linear {
                pointer,
                bytes,
                format,
                channels,
            } => {
                let width = bytes / texel(format, channels, call)?;
                check_alignment(pointer, call)?;
                check(
                    width > 0 && width <= MAX_TEXTURE_LINEAR,
                    "its number of elements",
                    call,
                )?;
                Ok(self.linear(pointer, (format, channels), width, None))
            }
            TextureResource::Pitched {
                pointer,
                format,
                channels,
                width,
                height,
                pitch,
            } => {
                let row = width.saturating_mul(texel(format, channels, call)?);
                check_alignment(pointer, call)?;
                let [widest, highest] = MAX_TEXTURE_2D;
                check(width > 0 && width <= widest, "its width", call)?;
                check(height > 0 && height <= highest, "its height", call)?;
                check(
                    pitch >= row
                        && pitch <= MAX_PITCH
                        && pitch.is_multiple_of(TEXTURE_PITCH_ALIGNMENT as usize),
                    "its pitch",
                    call,
                )?;
                Ok(self.linear(pointer, (format, channels), width, Some((height, pitch))))
            }
        }
    }

    fn linear(
        &self,
        pointer: DevicePtr,
        (format, channels): (ArrayFormat, u32),
        width: usize,
        rows: Option<(usize, usize)>,
    ) -> Texels {
        Texels::Linear(Linear {
            memory: Arc::clone(self.memory_at(pointer.0)),
            start: pointer.0,
            format,
            channels: channels as usize,
            width,
            rows,
        })
    }
}

fn unknown(call: &'static str) -> Error {
    Error::new(Code::InvalidHandle, call).because("there is no such object, or it was destroyed")
}

fn check(holds: bool, what: &str, call: &'static str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(Code::InvalidValue, call)
        .because(format_args!("{what} is not what the device can have")))
}

fn check_alignment(pointer: DevicePtr, call: &'static str) -> Result<()> {
    let aligned = pointer.0.is_multiple_of(TEXTURE_ALIGNMENT.into());
    check(aligned, "the alignment of its memory", call)
}

fn texel(format: ArrayFormat, channels: u32, call: &'static str) -> Result<usize> {
    check(
        matches!(channels, 1 | 2 | 4),
        "the number of channels",
        call,
    )?;
    Ok(format.size() * channels as usize)
}

fn format(resource: &TextureResource) -> ArrayFormat {
    match *resource {
        TextureResource::Array(_, ArrayDescriptor { format, .. })
        | TextureResource::Linear { format, .. }
        | TextureResource::Pitched { format, .. } => format,
    }
}

/// Linear filtering needs numbers that can be blended.
fn check_descriptor(
    descriptor: &TextureDescriptor,
    format: ArrayFormat,
    call: &'static str,
) -> Result<()> {
    let whole = !format.is_float() && (descriptor.read_as_integer || format.size() == 4);
    if descriptor.filter == FilterMode::Linear && whole {
        return Err(Error::new(Code::InvalidValue, call)
            .because("linear filtering needs elements that are read as floating-point numbers"));
    }
    Ok(())
}

/// Why there can be no such array.
fn objection(descriptor: &ArrayDescriptor) -> Option<String> {
    let ArrayDescriptor {
        width,
        height,
        depth,
        channels,
        kind,
        ..
    } = *descriptor;
    if !matches!(channels, 1 | 2 | 4) {
        return Some(format!("{channels} channels: there are 1, 2 or 4"));
    }
    if kind == ArrayKind::Cubemap && (width != height || depth != 6) {
        return Some("a cubemap has six square faces".to_owned());
    }
    let limits = match (kind, height, depth) {
        (ArrayKind::Plain, 0, 0) => [MAX_TEXTURE_1D, 0, 0],
        (ArrayKind::Plain, _, 0) => [MAX_TEXTURE_2D[0], MAX_TEXTURE_2D[1], 0],
        (ArrayKind::Plain, ..) => [MAX_TEXTURE_3D; 3],
        (ArrayKind::Layered | ArrayKind::Cubemap, ..) => {
            [MAX_TEXTURE_LAYERED, MAX_TEXTURE_LAYERED, MAX_LAYERS]
        }
    };
    let missing = width == 0 || kind == ArrayKind::Layered && depth == 0;
    let too_large = [width, height, depth]
        .iter()
        .zip(limits)
        .any(|(size, limit)| *size > limit);
    let hollow = kind == ArrayKind::Plain && height == 0 && depth > 0;
    (missing || too_large || hollow).then(|| {
        format!("{width} by {height} by {depth}; the device has at most {limits:?}, and no gaps")
    })
}
