//! Arrays, textures and surfaces.

#![allow(unsafe_code)]

use std::ffi::c_uint;
use std::ptr;

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use crate::backend::{
    AddressMode, ArrayDescriptor, ArrayFormat, ArrayHandle, ArrayKind, ContextHandle, FilterMode,
    SurfaceHandle, TextureDescriptor, TextureHandle, TextureRequest, TextureResource,
};
use crate::error::Result;

fn cu_format(format: ArrayFormat) -> cu::CUarray_format {
    use cu::CUarray_format_enum as Cu;
    match format {
        ArrayFormat::U8 => Cu::CU_AD_FORMAT_UNSIGNED_INT8,
        ArrayFormat::U16 => Cu::CU_AD_FORMAT_UNSIGNED_INT16,
        ArrayFormat::U32 => Cu::CU_AD_FORMAT_UNSIGNED_INT32,
        ArrayFormat::I8 => Cu::CU_AD_FORMAT_SIGNED_INT8,
        ArrayFormat::I16 => Cu::CU_AD_FORMAT_SIGNED_INT16,
        ArrayFormat::I32 => Cu::CU_AD_FORMAT_SIGNED_INT32,
        ArrayFormat::F16 => Cu::CU_AD_FORMAT_HALF,
        ArrayFormat::F32 => Cu::CU_AD_FORMAT_FLOAT,
    }
}

/// CUDA's `CUDA_ARRAY3D_...`.
fn array_flags(descriptor: &ArrayDescriptor) -> c_uint {
    let kind = match descriptor.kind {
        ArrayKind::Plain => 0,
        ArrayKind::Layered => 1,
        ArrayKind::Cubemap => 4,
    };
    kind | c_uint::from(descriptor.surface) << 1 | c_uint::from(descriptor.gather) << 3
}

pub(super) fn array_create(
    api: &Api,
    context: ContextHandle,
    descriptor: &ArrayDescriptor,
) -> Result<ArrayHandle> {
    api.bind(context)?;
    let wanted = cu::CUDA_ARRAY3D_DESCRIPTOR {
        Width: descriptor.width,
        Height: descriptor.height,
        Depth: descriptor.depth,
        Format: cu_format(descriptor.format),
        NumChannels: descriptor.channels,
        Flags: array_flags(descriptor),
    };
    let mut array = ptr::null_mut();
    // SAFETY: reads the descriptor and writes the one handle.
    unsafe { call!(api.cuArray3DCreate_v2(&raw mut array, &raw const wanted)) }?;
    Ok(ArrayHandle(array as u64))
}

pub(super) fn array_destroy(api: &Api, context: ContextHandle, array: ArrayHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made by `array_create`, and called once, when the `Array` and all its textures end.
    unsafe { call!(api.cuArrayDestroy(array.0 as cu::CUarray)) }
}

/// Names for what the generated ones only number.
type Resource = cu::CUDA_RESOURCE_DESC_st__bindgen_ty_1;
type OfArray = cu::CUDA_RESOURCE_DESC_st__bindgen_ty_1__bindgen_ty_1;
type Linear = cu::CUDA_RESOURCE_DESC_st__bindgen_ty_1__bindgen_ty_3;
type Pitched = cu::CUDA_RESOURCE_DESC_st__bindgen_ty_1__bindgen_ty_4;
type Reserved = cu::CUDA_RESOURCE_DESC_st__bindgen_ty_1__bindgen_ty_5;

fn described(kind: cu::CUresourcetype, fill: impl FnOnce(&mut Resource)) -> cu::CUDA_RESOURCE_DESC {
    // All of the union's bytes are set first, since the driver may look at those that the member does not use.
    let mut res = Resource {
        reserved: Reserved { reserved: [0; 32] },
    };
    fill(&mut res);
    cu::CUDA_RESOURCE_DESC {
        resType: kind,
        res,
        flags: 0,
    }
}

fn of_array(array: ArrayHandle) -> cu::CUDA_RESOURCE_DESC {
    let array = OfArray {
        hArray: array.0 as cu::CUarray,
    };
    described(cu::CUresourcetype_enum::CU_RESOURCE_TYPE_ARRAY, |res| {
        res.array = array;
    })
}

fn resource(resource: &TextureResource) -> cu::CUDA_RESOURCE_DESC {
    match *resource {
        TextureResource::Array(array, _) => of_array(array),
        TextureResource::Linear {
            pointer,
            bytes,
            format,
            channels,
        } => described(cu::CUresourcetype_enum::CU_RESOURCE_TYPE_LINEAR, |res| {
            res.linear = Linear {
                devPtr: pointer.0,
                format: cu_format(format),
                numChannels: channels,
                sizeInBytes: bytes,
            };
        }),
        TextureResource::Pitched {
            pointer,
            format,
            channels,
            width,
            height,
            pitch,
        } => described(cu::CUresourcetype_enum::CU_RESOURCE_TYPE_PITCH2D, |res| {
            res.pitch2D = Pitched {
                devPtr: pointer.0,
                format: cu_format(format),
                numChannels: channels,
                width,
                height,
                pitchInBytes: pitch,
            };
        }),
    }
}

fn cu_address(mode: AddressMode) -> cu::CUaddress_mode {
    use cu::CUaddress_mode_enum as Cu;
    match mode {
        AddressMode::Wrap => Cu::CU_TR_ADDRESS_MODE_WRAP,
        AddressMode::Clamp => Cu::CU_TR_ADDRESS_MODE_CLAMP,
        AddressMode::Mirror => Cu::CU_TR_ADDRESS_MODE_MIRROR,
        AddressMode::Border => Cu::CU_TR_ADDRESS_MODE_BORDER,
    }
}

fn cu_filter(mode: FilterMode) -> cu::CUfilter_mode {
    match mode {
        FilterMode::Point => cu::CUfilter_mode_enum::CU_TR_FILTER_MODE_POINT,
        FilterMode::Linear => cu::CUfilter_mode_enum::CU_TR_FILTER_MODE_LINEAR,
    }
}

/// CUDA's `CU_TRSF_...`.
fn texture_flags(descriptor: &TextureDescriptor) -> c_uint {
    c_uint::from(descriptor.read_as_integer)
        | c_uint::from(descriptor.normalized_coordinates) << 1
        | c_uint::from(descriptor.srgb) << 4
}

fn sampling(descriptor: &TextureDescriptor) -> cu::CUDA_TEXTURE_DESC {
    cu::CUDA_TEXTURE_DESC {
        addressMode: descriptor.address.map(cu_address),
        filterMode: cu_filter(descriptor.filter),
        flags: texture_flags(descriptor),
        maxAnisotropy: descriptor.max_anisotropy,
        mipmapFilterMode: cu_filter(FilterMode::Point),
        mipmapLevelBias: 0.0,
        minMipmapLevelClamp: 0.0,
        maxMipmapLevelClamp: 0.0,
        borderColor: descriptor.border_color,
        reserved: [0; 12],
    }
}

pub(super) fn texture_create(
    api: &Api,
    context: ContextHandle,
    request: &TextureRequest,
) -> Result<TextureHandle> {
    api.bind(context)?;
    let (from, how) = (resource(&request.resource), sampling(&request.descriptor));
    let mut texture = 0;
    // SAFETY: reads the descriptors and writes the one handle; the caller's object keeps alive what it reads from.
    unsafe {
        call!(api.cuTexObjectCreate(
            &raw mut texture,
            &raw const from,
            &raw const how,
            ptr::null()
        ))
    }?;
    Ok(TextureHandle(texture))
}

pub(super) fn texture_destroy(
    api: &Api,
    context: ContextHandle,
    texture: TextureHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made by `texture_create`, and called once.
    unsafe { call!(api.cuTexObjectDestroy(texture.0)) }
}

pub(super) fn surface_create(
    api: &Api,
    context: ContextHandle,
    array: ArrayHandle,
) -> Result<SurfaceHandle> {
    api.bind(context)?;
    let from = of_array(array);
    let mut surface = 0;
    // SAFETY: reads the descriptor and writes the one handle; the caller's object keeps the array alive.
    unsafe { call!(api.cuSurfObjectCreate(&raw mut surface, &raw const from)) }?;
    Ok(SurfaceHandle(surface))
}

pub(super) fn surface_destroy(
    api: &Api,
    context: ContextHandle,
    surface: SurfaceHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made by `surface_create`, and called once.
    unsafe { call!(api.cuSurfObjectDestroy(surface.0)) }
}
