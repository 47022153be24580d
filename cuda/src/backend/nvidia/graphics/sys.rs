//! What is shared with OpenGL.

#![allow(unsafe_code)]

use std::ffi::c_uint;
use std::ptr;

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use super::stream::cu_stream;
use crate::backend::{ArrayHandle, ContextHandle, DevicePtr, GraphicsHandle, StreamHandle};
use crate::error::Result;

fn cu_resource(resource: GraphicsHandle) -> cu::CUgraphicsResource {
    resource.0 as cu::CUgraphicsResource
}

pub(super) fn register_buffer(
    api: &Api,
    context: ContextHandle,
    buffer: u32,
    flags: c_uint,
) -> Result<GraphicsHandle> {
    api.bind(context)?;
    let mut resource = ptr::null_mut();
    // SAFETY: writes the one handle; the driver asks OpenGL's current context for the buffer, and refuses if there is
    // neither.
    unsafe { call!(api.cuGraphicsGLRegisterBuffer(&raw mut resource, buffer, flags)) }?;
    Ok(GraphicsHandle(resource as u64))
}

pub(super) fn register_image(
    api: &Api,
    context: ContextHandle,
    image: u32,
    target: c_uint,
    flags: c_uint,
) -> Result<GraphicsHandle> {
    api.bind(context)?;
    let mut resource = ptr::null_mut();
    // SAFETY: as for a buffer.
    unsafe { call!(api.cuGraphicsGLRegisterImage(&raw mut resource, image, target, flags)) }?;
    Ok(GraphicsHandle(resource as u64))
}

pub(super) fn unregister(
    api: &Api,
    context: ContextHandle,
    resource: GraphicsHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: registered here, and called once, when its owner ends.
    unsafe { call!(api.cuGraphicsUnregisterResource(cu_resource(resource))) }
}

pub(super) fn set_map_flags(
    api: &Api,
    context: ContextHandle,
    resource: GraphicsHandle,
    flags: c_uint,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the owner keeps the handle alive.
    unsafe { call!(api.cuGraphicsResourceSetMapFlags_v2(cu_resource(resource), flags)) }
}

pub(super) fn map(
    api: &Api,
    context: ContextHandle,
    resource: GraphicsHandle,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    let mut resource = cu_resource(resource);
    // SAFETY: a list of one; the owner keeps the handle alive.
    unsafe { call!(api.cuGraphicsMapResources(1, &raw mut resource, cu_stream(stream))) }
}

pub(super) fn unmap(
    api: &Api,
    context: ContextHandle,
    resource: GraphicsHandle,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    let mut resource = cu_resource(resource);
    // SAFETY: a list of one; the owner keeps the handle alive.
    unsafe { call!(api.cuGraphicsUnmapResources(1, &raw mut resource, cu_stream(stream))) }
}

pub(super) fn mapped_pointer(
    api: &Api,
    context: ContextHandle,
    resource: GraphicsHandle,
) -> Result<(DevicePtr, usize)> {
    api.bind(context)?;
    let (mut pointer, mut size, resource) = (0, 0, cu_resource(resource));
    // SAFETY: writes address and size; the driver refuses what is not mapped.
    unsafe {
        call!(api.cuGraphicsResourceGetMappedPointer_v2(&raw mut pointer, &raw mut size, resource))
    }?;
    Ok((DevicePtr(pointer), size))
}

pub(super) fn mapped_array(
    api: &Api,
    context: ContextHandle,
    resource: GraphicsHandle,
    index: c_uint,
    level: c_uint,
) -> Result<ArrayHandle> {
    api.bind(context)?;
    let (mut array, resource) = (ptr::null_mut(), cu_resource(resource));
    // SAFETY: writes the one handle; the driver refuses what is not mapped.
    unsafe {
        call!(api.cuGraphicsSubResourceGetMappedArray(&raw mut array, resource, index, level))
    }?;
    Ok(ArrayHandle(array as u64))
}
