//! Fills and copies.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use super::stream::{self, cu_stream};
use crate::backend::{
    ContextHandle, Copy, DevicePtr, Fill, HostBlock, HostSource, HostTarget, Memory, Place,
    StreamHandle,
};
use crate::error::Result;

pub(super) fn fill(
    api: &Api,
    context: ContextHandle,
    fill: &Fill,
    stream: StreamHandle,
) -> Result<()> {
    let (to, pitch, width, height) = (fill.to.0, fill.pitch, fill.width, fill.height);
    let (value, stream) = (fill.value, cu_stream(stream));
    api.bind(context)?;
    match (fill.element, height) {
        // SAFETY: device memory is written; the driver refuses addresses of none.
        (1, 1) => unsafe { call!(api.cuMemsetD8Async(to, value as u8, width, stream)) },
        // SAFETY: as above.
        (2, 1) => unsafe { call!(api.cuMemsetD16Async(to, value as u16, width, stream)) },
        // SAFETY: as above.
        (_, 1) => unsafe { call!(api.cuMemsetD32Async(to, value, width, stream)) },
        // SAFETY: as above.
        (1, _) => unsafe {
            call!(api.cuMemsetD2D8Async(to, pitch, value as u8, width, height, stream))
        },
        // SAFETY: as above.
        (2, _) => unsafe {
            call!(api.cuMemsetD2D16Async(to, pitch, value as u16, width, height, stream))
        },
        // SAFETY: as above.
        (_, _) => unsafe { call!(api.cuMemsetD2D32Async(to, pitch, value, width, height, stream)) },
    }
}

/// The driver returns from a copy out of pageable memory when it has read it, which may be before the device has it. A
/// stream that does not wait for the default one would find the old content.
fn settled(api: &Api, context: ContextHandle) -> Result<()> {
    stream::synchronize(api, context, StreamHandle::NULL)
}

pub(super) fn to_device(
    api: &Api,
    context: ContextHandle,
    to: DevicePtr,
    from: &[u8],
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: `from` is read before the call returns; the driver refuses addresses of no device memory.
    unsafe { call!(api.cuMemcpyHtoD_v2(to.0, from.as_ptr().cast(), from.len())) }?;
    settled(api, context)
}

pub(super) fn to_host(
    api: &Api,
    context: ContextHandle,
    to: &mut [u8],
    from: DevicePtr,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: `to` is written before the call returns; the driver refuses addresses of no device memory.
    unsafe { call!(api.cuMemcpyDtoH_v2(to.as_mut_ptr().cast(), from.0, to.len())) }
}

fn start(block: HostBlock) -> *mut c_void {
    block.start().as_ptr().cast()
}

pub(super) fn to_device_async(
    api: &Api,
    context: ContextHandle,
    to: DevicePtr,
    from: HostSource,
    stream: StreamHandle,
) -> Result<()> {
    let block = from.block();
    api.bind(context)?;
    // SAFETY: who made `from` promised that it can be read until the copy is complete.
    unsafe { call!(api.cuMemcpyHtoDAsync_v2(to.0, start(block), block.bytes(), cu_stream(stream))) }
}

pub(super) fn to_host_async(
    api: &Api,
    context: ContextHandle,
    to: HostTarget,
    from: DevicePtr,
    stream: StreamHandle,
) -> Result<()> {
    let block = to.block();
    api.bind(context)?;
    // SAFETY: who made `to` promised that it can be written until the copy is complete.
    unsafe {
        call!(api.cuMemcpyDtoHAsync_v2(start(block), from.0, block.bytes(), cu_stream(stream)))
    }
}

pub(super) fn on_device(
    api: &Api,
    context: ContextHandle,
    to: DevicePtr,
    from: DevicePtr,
    bytes: usize,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: device memory is copied; the driver refuses addresses of none.
    unsafe { call!(api.cuMemcpyDtoDAsync_v2(to.0, from.0, bytes, cu_stream(stream))) }
}

pub(super) fn between_contexts(
    api: &Api,
    (to_context, to): (ContextHandle, DevicePtr),
    (from_context, from): (ContextHandle, DevicePtr),
    bytes: usize,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(to_context)?;
    let (to_cu, from_cu) = (
        to_context.0 as cu::CUcontext,
        from_context.0 as cu::CUcontext,
    );
    // SAFETY: device memory is copied; the driver refuses addresses of none, and the caller keeps both contexts alive.
    unsafe { call!(api.cuMemcpyPeerAsync(to.0, to_cu, from.0, from_cu, bytes, cu_stream(stream))) }
}

/// One side of a copy as the driver takes it: type, host, device, array.
type Side = (cu::CUmemorytype, *mut c_void, u64, cu::CUarray);

fn side<H>(memory: Memory<H>, block: impl FnOnce(H) -> HostBlock) -> Side {
    use cu::CUmemorytype_enum as Cu;
    match memory {
        Memory::Host(host) => (
            Cu::CU_MEMORYTYPE_HOST,
            start(block(host)),
            0,
            ptr::null_mut(),
        ),
        Memory::Device(pointer) => (
            Cu::CU_MEMORYTYPE_DEVICE,
            ptr::null_mut(),
            pointer.0,
            ptr::null_mut(),
        ),
        Memory::Array(array) => (
            Cu::CU_MEMORYTYPE_ARRAY,
            ptr::null_mut(),
            0,
            array.0 as cu::CUarray,
        ),
    }
}

pub(super) fn box_of(copy: &Copy) -> cu::CUDA_MEMCPY3D {
    let (from, to) = (&copy.from, &copy.to);
    let (src_type, src_host, src_device, src_array) = side(from.memory, HostSource::block);
    let (dst_type, dst_host, dst_device, dst_array) = side(to.memory, HostTarget::block);
    cu::CUDA_MEMCPY3D {
        srcXInBytes: from.x,
        srcY: from.y,
        srcZ: from.z,
        srcLOD: 0,
        srcMemoryType: src_type,
        srcHost: src_host,
        srcDevice: src_device,
        srcArray: src_array,
        reserved0: ptr::null_mut(),
        srcPitch: from.pitch,
        srcHeight: slice_rows(from, copy),
        dstXInBytes: to.x,
        dstY: to.y,
        dstZ: to.z,
        dstLOD: 0,
        dstMemoryType: dst_type,
        dstHost: dst_host,
        dstDevice: dst_device,
        dstArray: dst_array,
        reserved1: ptr::null_mut(),
        dstPitch: to.pitch,
        dstHeight: slice_rows(to, copy),
        WidthInBytes: copy.width,
        Height: copy.height,
        Depth: copy.depth,
    }
}

/// The driver refuses boxes that leave a slice, also where there is only one and its height is of no meaning.
fn slice_rows<H>(place: &Place<H>, copy: &Copy) -> usize {
    match copy.depth {
        1 => place.height.max(place.y + copy.height),
        _ => place.height,
    }
}

fn peer_box(copy: &Copy, context: ContextHandle) -> cu::CUDA_MEMCPY3D_PEER {
    let plain = box_of(copy);
    cu::CUDA_MEMCPY3D_PEER {
        srcXInBytes: plain.srcXInBytes,
        srcY: plain.srcY,
        srcZ: plain.srcZ,
        srcLOD: 0,
        srcMemoryType: plain.srcMemoryType,
        srcHost: plain.srcHost,
        srcDevice: plain.srcDevice,
        srcArray: plain.srcArray,
        srcContext: context_of(&copy.from, context),
        srcPitch: plain.srcPitch,
        srcHeight: plain.srcHeight,
        dstXInBytes: plain.dstXInBytes,
        dstY: plain.dstY,
        dstZ: plain.dstZ,
        dstLOD: 0,
        dstMemoryType: plain.dstMemoryType,
        dstHost: plain.dstHost,
        dstDevice: plain.dstDevice,
        dstArray: plain.dstArray,
        dstContext: context_of(&copy.to, context),
        dstPitch: plain.dstPitch,
        dstHeight: plain.dstHeight,
        WidthInBytes: plain.WidthInBytes,
        Height: plain.Height,
        Depth: plain.Depth,
    }
}

fn context_of<H>(place: &Place<H>, usual: ContextHandle) -> cu::CUcontext {
    place.context.unwrap_or(usual).0 as cu::CUcontext
}

pub(super) fn box_async(
    api: &Api,
    context: ContextHandle,
    copy: &Copy,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    if copy.from.context.is_some() || copy.to.context.is_some() {
        let peer = peer_box(copy, context);
        // SAFETY: who made the places promised that host memory lasts until the copy is complete, and checked that
        // it covers the box; the driver refuses what is outside of device memory and arrays.
        return unsafe { call!(api.cuMemcpy3DPeerAsync(&raw const peer, cu_stream(stream))) };
    }
    let plain = box_of(copy);
    // SAFETY: as above.
    unsafe { call!(api.cuMemcpy3DAsync_v2(&raw const plain, cu_stream(stream))) }
}

pub(super) fn boxed(api: &Api, context: ContextHandle, copy: &Copy) -> Result<()> {
    box_async(api, context, copy, StreamHandle::NULL)?;
    settled(api, context)
}
