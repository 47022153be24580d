//! Memory of devices and of the host, and pools.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint, c_void};
use std::ptr::{self, NonNull};

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use super::copy;
use super::device::device;
use super::stream::{self, cu_stream};
use crate::backend::{
    ContextHandle, DevicePtr, Fill, HostBlock, HostFlags, IpcBytes, MemoryAdvice, PoolAttribute,
    PoolHandle, RegisterFlags, StreamHandle,
};
use crate::error::{Code, Error, Result};

fn cu_pool(pool: PoolHandle) -> cu::CUmemoryPool {
    pool.0 as cu::CUmemoryPool
}

pub(super) fn alloc(api: &Api, context: ContextHandle, bytes: usize) -> Result<DevicePtr> {
    api.bind(context)?;
    let mut pointer = 0;
    // SAFETY: writes the one address.
    unsafe { call!(api.cuMemAlloc_v2(&raw mut pointer, bytes)) }?;
    Ok(DevicePtr(pointer))
}

pub(super) fn free(api: &Api, context: ContextHandle, pointer: DevicePtr) -> Result<()> {
    api.bind(context)?;
    // SAFETY: an address of device memory that the owner of it gives up; the driver refuses others, and waits for work
    // that uses it.
    unsafe { call!(api.cuMemFree_v2(pointer.0)) }
}

pub(super) fn alloc_pitched(
    api: &Api,
    context: ContextHandle,
    width: usize,
    height: usize,
    element: u32,
) -> Result<(DevicePtr, usize)> {
    api.bind(context)?;
    let (mut pointer, mut pitch) = (0, 0);
    // SAFETY: writes the address and the pitch.
    unsafe {
        call!(api.cuMemAllocPitch_v2(&raw mut pointer, &raw mut pitch, width, height, element))
    }?;
    Ok((DevicePtr(pointer), pitch))
}

pub(super) fn alloc_async(
    api: &Api,
    context: ContextHandle,
    bytes: usize,
    pool: Option<PoolHandle>,
    stream: StreamHandle,
) -> Result<DevicePtr> {
    api.bind(context)?;
    let (mut pointer, stream) = (0, cu_stream(stream));
    match pool {
        // SAFETY: writes the one address; the caller keeps pool and stream alive.
        Some(pool) => unsafe {
            call!(api.cuMemAllocFromPoolAsync(&raw mut pointer, bytes, cu_pool(pool), stream))
        },
        // SAFETY: writes the one address; the caller keeps the stream alive.
        None => unsafe { call!(api.cuMemAllocAsync(&raw mut pointer, bytes, stream)) },
    }?;
    Ok(DevicePtr(pointer))
}

pub(super) fn free_async(
    api: &Api,
    context: ContextHandle,
    pointer: DevicePtr,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: an address of device memory that the owner of it gives up; the driver refuses others.
    unsafe { call!(api.cuMemFreeAsync(pointer.0, cu_stream(stream))) }
}

pub(super) fn address_range(
    api: &Api,
    context: ContextHandle,
    pointer: DevicePtr,
) -> Result<(DevicePtr, usize)> {
    api.bind(context)?;
    let (mut base, mut size) = (0, 0);
    // SAFETY: writes address and size; the driver refuses addresses of no memory.
    unsafe { call!(api.cuMemGetAddressRange_v2(&raw mut base, &raw mut size, pointer.0)) }?;
    Ok((DevicePtr(base), size))
}

pub(super) fn host_alloc(
    api: &Api,
    context: ContextHandle,
    bytes: usize,
    flags: HostFlags,
) -> Result<HostBlock> {
    api.bind(context)?;
    let bits = c_uint::from(flags.portable)
        | c_uint::from(flags.device_map) << 1
        | c_uint::from(flags.write_combined) << 2;
    let mut start = ptr::null_mut();
    // SAFETY: writes the one address.
    unsafe { call!(api.cuMemHostAlloc(&raw mut start, bytes, bits)) }?;
    let start = NonNull::new(start.cast::<u8>())
        .ok_or_else(|| Error::new(Code::Unknown, "cuMemHostAlloc"))?;
    // SAFETY: as many bytes as were just allocated, which nobody else knows of.
    unsafe { start.write_bytes(0, bytes) };
    Ok(HostBlock::new(start, bytes))
}

fn host_pointer(block: HostBlock) -> *mut c_void {
    block.start().as_ptr().cast()
}

pub(super) fn host_free(api: &Api, context: ContextHandle, block: HostBlock) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made by `host_alloc`, and its owner gives it up; the driver waits for work that uses it.
    unsafe { call!(api.cuMemFreeHost(host_pointer(block))) }
}

pub(super) fn host_register(
    api: &Api,
    context: ContextHandle,
    block: HostBlock,
    flags: RegisterFlags,
) -> Result<()> {
    api.bind(context)?;
    let bits = c_uint::from(flags.portable)
        | c_uint::from(flags.device_map) << 1
        | c_uint::from(flags.read_only) << 3;
    // SAFETY: the caller owns the memory and keeps it until `host_unregister`; its pages are locked, not changed.
    unsafe { call!(api.cuMemHostRegister_v2(host_pointer(block), block.bytes(), bits)) }
}

pub(super) fn host_unregister(api: &Api, context: ContextHandle, block: HostBlock) -> Result<()> {
    api.bind(context)?;
    // SAFETY: registered before; the driver refuses others.
    unsafe { call!(api.cuMemHostUnregister(host_pointer(block))) }
}

pub(super) fn host_device_pointer(
    api: &Api,
    context: ContextHandle,
    block: HostBlock,
) -> Result<DevicePtr> {
    api.bind(context)?;
    let mut pointer = 0;
    // SAFETY: writes the one address; the driver refuses memory that is not mapped.
    unsafe { call!(api.cuMemHostGetDevicePointer_v2(&raw mut pointer, host_pointer(block), 0)) }?;
    Ok(DevicePtr(pointer))
}

pub(super) fn alloc_managed(
    api: &Api,
    context: ContextHandle,
    bytes: usize,
    global: bool,
) -> Result<(DevicePtr, HostBlock)> {
    api.bind(context)?;
    let (mut pointer, flags) = (0, if global { 1 } else { 2 });
    // SAFETY: writes the one address; 1 and 2 are `CU_MEM_ATTACH_GLOBAL` and `..._HOST`.
    unsafe { call!(api.cuMemAllocManaged(&raw mut pointer, bytes, flags)) }?;
    let pointer = DevicePtr(pointer);
    // Zeroed by the device: on some the host may not touch managed memory while any kernel runs.
    let zero = Fill {
        to: pointer,
        pitch: bytes,
        value: 0,
        element: 1,
        width: bytes,
        height: 1,
    };
    let zeroed = copy::fill(api, context, &zero, StreamHandle::NULL)
        .and_then(|()| stream::synchronize(api, context, StreamHandle::NULL));
    let start = zeroed.and_then(|()| {
        NonNull::new(pointer.0 as *mut u8)
            .ok_or_else(|| Error::new(Code::Unknown, "cuMemAllocManaged"))
    });
    match start {
        Ok(start) => Ok((pointer, HostBlock::new(start, bytes))),
        Err(error) => free(api, context, pointer).and(Err(error)),
    }
}

pub(super) fn managed_attach(
    api: &Api,
    context: ContextHandle,
    pointer: DevicePtr,
    flags: u32,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the driver refuses addresses that are no managed memory; 0 stands for all of it.
    unsafe { call!(api.cuStreamAttachMemAsync(cu_stream(stream), pointer.0, 0, flags)) }
}

/// A device, or the host, which the driver calls device -1.
fn place(ordinal: Option<u32>) -> cu::CUdevice {
    ordinal.map_or(-1, device)
}

pub(super) fn managed_prefetch(
    api: &Api,
    context: ContextHandle,
    pointer: DevicePtr,
    bytes: usize,
    ordinal: Option<u32>,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: moves pages, and changes none; the driver refuses addresses that are no managed memory.
    unsafe { call!(api.cuMemPrefetchAsync(pointer.0, bytes, place(ordinal), cu_stream(stream))) }
}

pub(super) fn managed_advise(
    api: &Api,
    context: ContextHandle,
    pointer: DevicePtr,
    bytes: usize,
    advice: MemoryAdvice,
    ordinal: Option<u32>,
) -> Result<()> {
    use cu::CUmem_advise_enum as Cu;
    api.bind(context)?;
    let advice = match advice {
        MemoryAdvice::SetReadMostly => Cu::CU_MEM_ADVISE_SET_READ_MOSTLY,
        MemoryAdvice::UnsetReadMostly => Cu::CU_MEM_ADVISE_UNSET_READ_MOSTLY,
        MemoryAdvice::SetPreferredLocation => Cu::CU_MEM_ADVISE_SET_PREFERRED_LOCATION,
        MemoryAdvice::UnsetPreferredLocation => Cu::CU_MEM_ADVISE_UNSET_PREFERRED_LOCATION,
        MemoryAdvice::SetAccessedBy => Cu::CU_MEM_ADVISE_SET_ACCESSED_BY,
        MemoryAdvice::UnsetAccessedBy => Cu::CU_MEM_ADVISE_UNSET_ACCESSED_BY,
    };
    // SAFETY: advice changes no content; the driver refuses addresses that are no managed memory.
    unsafe { call!(api.cuMemAdvise(pointer.0, bytes, advice, place(ordinal))) }
}

pub(super) fn pool_create(api: &Api, ordinal: u32, maximum_bytes: usize) -> Result<PoolHandle> {
    let properties = cu::CUmemPoolProps {
        allocType: cu::CUmemAllocationType_enum::CU_MEM_ALLOCATION_TYPE_PINNED,
        handleTypes: cu::CUmemAllocationHandleType_enum::CU_MEM_HANDLE_TYPE_NONE,
        location: cu::CUmemLocation {
            type_: cu::CUmemLocationType_enum::CU_MEM_LOCATION_TYPE_DEVICE,
            id: ordinal as c_int,
        },
        win32SecurityAttributes: ptr::null_mut(),
        maxSize: maximum_bytes,
        usage: 0,
        reserved: [0; 54],
    };
    let mut pool = ptr::null_mut();
    // SAFETY: reads the properties and writes the one handle.
    unsafe { call!(api.cuMemPoolCreate(&raw mut pool, &raw const properties)) }?;
    Ok(PoolHandle(pool as u64))
}

pub(super) fn pool_destroy(api: &Api, pool: PoolHandle) -> Result<()> {
    // SAFETY: made by `pool_create`, and called once; the driver keeps what is still allocated.
    unsafe { call!(api.cuMemPoolDestroy(cu_pool(pool))) }
}

pub(super) fn pool_default(api: &Api, ordinal: u32) -> Result<PoolHandle> {
    let mut pool = ptr::null_mut();
    // SAFETY: writes the one handle.
    unsafe { call!(api.cuDeviceGetDefaultMemPool(&raw mut pool, device(ordinal))) }?;
    Ok(PoolHandle(pool as u64))
}

pub(super) fn pool_trim(api: &Api, pool: PoolHandle, keep: usize) -> Result<()> {
    // SAFETY: gives back only what nothing uses; the caller keeps the pool alive.
    unsafe { call!(api.cuMemPoolTrimTo(cu_pool(pool), keep)) }
}

fn cu_pool_attribute(attribute: PoolAttribute) -> cu::CUmemPool_attribute {
    use cu::CUmemPool_attribute_enum as Cu;
    match attribute {
        PoolAttribute::ReleaseThreshold => Cu::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
        PoolAttribute::ReservedNow => Cu::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT,
        PoolAttribute::ReservedHigh => Cu::CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH,
        PoolAttribute::UsedNow => Cu::CU_MEMPOOL_ATTR_USED_MEM_CURRENT,
        PoolAttribute::UsedHigh => Cu::CU_MEMPOOL_ATTR_USED_MEM_HIGH,
    }
}

pub(super) fn pool_attribute(api: &Api, pool: PoolHandle, attribute: PoolAttribute) -> Result<u64> {
    let (mut value, attribute) = (0u64, cu_pool_attribute(attribute));
    // SAFETY: all these attributes are of 64 bits, and that is what is written.
    unsafe { call!(api.cuMemPoolGetAttribute(cu_pool(pool), attribute, (&raw mut value).cast())) }?;
    Ok(value)
}

pub(super) fn pool_set_attribute(
    api: &Api,
    pool: PoolHandle,
    attribute: PoolAttribute,
    mut value: u64,
) -> Result<()> {
    let attribute = cu_pool_attribute(attribute);
    // SAFETY: all these attributes are of 64 bits, and that is what is read.
    unsafe { call!(api.cuMemPoolSetAttribute(cu_pool(pool), attribute, (&raw mut value).cast())) }
}

pub(super) fn ipc_export(
    api: &Api,
    context: ContextHandle,
    pointer: DevicePtr,
) -> Result<IpcBytes> {
    api.bind(context)?;
    let mut handle = cu::CUipcMemHandle { reserved: [0; 64] };
    // SAFETY: writes the one structure; the driver refuses addresses of no memory.
    unsafe { call!(api.cuIpcGetMemHandle(&raw mut handle, pointer.0)) }?;
    Ok(handle.reserved.map(|byte| byte as u8))
}

pub(super) fn ipc_open(api: &Api, context: ContextHandle, handle: &IpcBytes) -> Result<DevicePtr> {
    const LAZY_ENABLE_PEER_ACCESS: c_uint = 1;
    api.bind(context)?;
    let handle = cu::CUipcMemHandle {
        reserved: handle.map(|byte| byte as _),
    };
    let mut pointer = 0;
    // SAFETY: writes the one address; the driver checks the bytes.
    unsafe { call!(api.cuIpcOpenMemHandle_v2(&raw mut pointer, handle, LAZY_ENABLE_PEER_ACCESS)) }?;
    Ok(DevicePtr(pointer))
}

pub(super) fn ipc_close(api: &Api, context: ContextHandle, pointer: DevicePtr) -> Result<()> {
    api.bind(context)?;
    // SAFETY: opened by `ipc_open`, and its owner gives it up; the driver refuses others.
    unsafe { call!(api.cuIpcCloseMemHandle(pointer.0)) }
}
