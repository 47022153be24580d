//! Devices and contexts.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::ptr;

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use crate::backend::{CachePreference, ContextHandle, DeviceAttribute, Limit, PeerAttribute};
use crate::error::Result;

/// An ordinal as the driver takes it. `cuDeviceGet` gives nothing else: a device's handle is its number.
pub(super) fn device(ordinal: u32) -> cu::CUdevice {
    ordinal as cu::CUdevice
}

pub(super) fn driver_version(api: &Api) -> Result<u32> {
    let mut version = 0;
    // SAFETY: writes the one number.
    unsafe { call!(api.cuDriverGetVersion(&raw mut version)) }?;
    Ok(version.unsigned_abs())
}

pub(super) fn count(api: &Api) -> Result<u32> {
    let mut count = 0;
    // SAFETY: writes the one number.
    unsafe { call!(api.cuDeviceGetCount(&raw mut count)) }?;
    Ok(count.unsigned_abs())
}

/// Text that the driver wrote with a NUL at its end.
fn text(bytes: &[c_char]) -> String {
    let bytes: &[u8] = bytemuck::cast_slice(bytes);
    CStr::from_bytes_until_nul(bytes).map_or_else(
        |_| String::new(),
        |text| text.to_string_lossy().into_owned(),
    )
}

pub(super) fn name(api: &Api, ordinal: u32) -> Result<String> {
    let mut name = [0; 256];
    // SAFETY: writes at most the length that is given.
    unsafe { call!(api.cuDeviceGetName(name.as_mut_ptr(), name.len() as c_int, device(ordinal))) }?;
    Ok(text(&name))
}

pub(super) fn uuid(api: &Api, ordinal: u32) -> Result<[u8; 16]> {
    let mut uuid = cu::CUuuid { bytes: [0; 16] };
    // SAFETY: writes the one structure.
    unsafe { call!(api.cuDeviceGetUuid_v2(&raw mut uuid, device(ordinal))) }?;
    Ok(uuid.bytes.map(|byte| byte as u8))
}

pub(super) fn pci_bus_id(api: &Api, ordinal: u32) -> Result<String> {
    let mut id = [0; 32];
    // SAFETY: writes at most the length that is given.
    unsafe { call!(api.cuDeviceGetPCIBusId(id.as_mut_ptr(), id.len() as c_int, device(ordinal))) }?;
    Ok(text(&id))
}

pub(super) fn total_memory(api: &Api, ordinal: u32) -> Result<usize> {
    let mut bytes = 0;
    // SAFETY: writes the one number.
    unsafe { call!(api.cuDeviceTotalMem_v2(&raw mut bytes, device(ordinal))) }?;
    Ok(bytes)
}

pub(super) fn attribute(api: &Api, ordinal: u32, attribute: DeviceAttribute) -> Result<i32> {
    let mut value = 0;
    // SAFETY: each discriminant of `DeviceAttribute` is one of CUDA 12.9's, written there beside its name.
    let attribute = unsafe { std::mem::transmute::<i32, cu::CUdevice_attribute>(attribute as i32) };
    // SAFETY: writes the one number.
    unsafe { call!(api.cuDeviceGetAttribute(&raw mut value, attribute, device(ordinal))) }?;
    Ok(value)
}

pub(super) fn can_access_peer(api: &Api, ordinal: u32, peer: u32) -> Result<bool> {
    let mut can = 0;
    // SAFETY: writes the one number.
    unsafe { call!(api.cuDeviceCanAccessPeer(&raw mut can, device(ordinal), device(peer))) }?;
    Ok(can != 0)
}

pub(super) fn peer_attribute(
    api: &Api,
    ordinal: u32,
    peer: u32,
    attribute: PeerAttribute,
) -> Result<i32> {
    use cu::CUdevice_P2PAttribute_enum as Cu;
    let attribute = match attribute {
        PeerAttribute::PerformanceRank => Cu::CU_DEVICE_P2P_ATTRIBUTE_PERFORMANCE_RANK,
        PeerAttribute::AccessSupported => Cu::CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED,
        PeerAttribute::NativeAtomicSupported => Cu::CU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED,
        PeerAttribute::CudaArrayAccessSupported => {
            Cu::CU_DEVICE_P2P_ATTRIBUTE_CUDA_ARRAY_ACCESS_SUPPORTED
        }
    };
    let mut value = 0;
    // SAFETY: writes the one number.
    unsafe {
        call!(api.cuDeviceGetP2PAttribute(&raw mut value, attribute, device(ordinal), device(peer)))
    }?;
    Ok(value)
}

pub(super) fn primary_retain(api: &Api, ordinal: u32) -> Result<ContextHandle> {
    let mut context = ptr::null_mut();
    // SAFETY: writes the one handle.
    unsafe { call!(api.cuDevicePrimaryCtxRetain(&raw mut context, device(ordinal))) }?;
    Ok(ContextHandle(context as u64))
}

pub(super) fn primary_release(api: &Api, ordinal: u32) -> Result<()> {
    // SAFETY: matches the retain of the `Context` that ends, and with it everything that used the handle.
    unsafe { call!(api.cuDevicePrimaryCtxRelease_v2(device(ordinal))) }
}

pub(super) fn create(api: &Api, ordinal: u32, flags: c_uint) -> Result<ContextHandle> {
    let mut context = ptr::null_mut();
    // SAFETY: writes the one handle.
    unsafe { call!(api.cuCtxCreate_v2(&raw mut context, flags, device(ordinal))) }?;
    let mut popped = ptr::null_mut();
    // SAFETY: takes the new context off this thread's stack, on which the call above put it; calls bind for themselves.
    unsafe { call!(api.cuCtxPopCurrent_v2(&raw mut popped)) }?;
    Ok(ContextHandle(context as u64))
}

pub(super) fn destroy(api: &Api, context: ContextHandle) -> Result<()> {
    // SAFETY: made by `create`, and nothing that uses it is left: this is called once, when its `Context` ends.
    unsafe { call!(api.cuCtxDestroy_v2(context.0 as cu::CUcontext)) }
}

pub(super) fn synchronize(api: &Api, context: ContextHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: waits for the context that is bound.
    unsafe { call!(api.cuCtxSynchronize()) }
}

fn cu_limit(limit: Limit) -> cu::CUlimit {
    use cu::CUlimit_enum as Cu;
    match limit {
        Limit::StackSize => Cu::CU_LIMIT_STACK_SIZE,
        Limit::PrintfFifoSize => Cu::CU_LIMIT_PRINTF_FIFO_SIZE,
        Limit::MallocHeapSize => Cu::CU_LIMIT_MALLOC_HEAP_SIZE,
        Limit::DevRuntimePendingLaunchCount => Cu::CU_LIMIT_DEV_RUNTIME_PENDING_LAUNCH_COUNT,
        Limit::MaxL2FetchGranularity => Cu::CU_LIMIT_MAX_L2_FETCH_GRANULARITY,
        Limit::PersistingL2CacheSize => Cu::CU_LIMIT_PERSISTING_L2_CACHE_SIZE,
    }
}

pub(super) fn limit(api: &Api, context: ContextHandle, limit: Limit) -> Result<usize> {
    api.bind(context)?;
    let mut value = 0;
    // SAFETY: writes the one number.
    unsafe { call!(api.cuCtxGetLimit(&raw mut value, cu_limit(limit))) }?;
    Ok(value)
}

pub(super) fn set_limit(
    api: &Api,
    context: ContextHandle,
    limit: Limit,
    value: usize,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: takes two numbers, and refuses those that it cannot do.
    unsafe { call!(api.cuCtxSetLimit(cu_limit(limit), value)) }
}

pub(super) fn cu_cache(preference: CachePreference) -> cu::CUfunc_cache {
    use cu::CUfunc_cache_enum as Cu;
    match preference {
        CachePreference::None => Cu::CU_FUNC_CACHE_PREFER_NONE,
        CachePreference::Shared => Cu::CU_FUNC_CACHE_PREFER_SHARED,
        CachePreference::L1 => Cu::CU_FUNC_CACHE_PREFER_L1,
        CachePreference::Equal => Cu::CU_FUNC_CACHE_PREFER_EQUAL,
    }
}

pub(super) fn cache_preference(api: &Api, context: ContextHandle) -> Result<CachePreference> {
    use cu::CUfunc_cache_enum as Cu;
    api.bind(context)?;
    let mut preference = Cu::CU_FUNC_CACHE_PREFER_NONE;
    // SAFETY: writes one of the four preferences, which have not changed since CUDA 3.
    unsafe { call!(api.cuCtxGetCacheConfig(&raw mut preference)) }?;
    Ok(match preference {
        Cu::CU_FUNC_CACHE_PREFER_NONE => CachePreference::None,
        Cu::CU_FUNC_CACHE_PREFER_SHARED => CachePreference::Shared,
        Cu::CU_FUNC_CACHE_PREFER_L1 => CachePreference::L1,
        Cu::CU_FUNC_CACHE_PREFER_EQUAL => CachePreference::Equal,
    })
}

pub(super) fn set_cache_preference(
    api: &Api,
    context: ContextHandle,
    preference: CachePreference,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: takes a preference.
    unsafe { call!(api.cuCtxSetCacheConfig(cu_cache(preference))) }
}

pub(super) fn memory_info(api: &Api, context: ContextHandle) -> Result<(usize, usize)> {
    api.bind(context)?;
    let (mut free, mut total) = (0, 0);
    // SAFETY: writes the two numbers.
    unsafe { call!(api.cuMemGetInfo_v2(&raw mut free, &raw mut total)) }?;
    Ok((free, total))
}

pub(super) fn stream_priority_range(api: &Api, context: ContextHandle) -> Result<(i32, i32)> {
    api.bind(context)?;
    let (mut least, mut greatest) = (0, 0);
    // SAFETY: writes the two numbers.
    unsafe { call!(api.cuCtxGetStreamPriorityRange(&raw mut least, &raw mut greatest)) }?;
    Ok((least, greatest))
}

pub(super) fn peer_enable(api: &Api, context: ContextHandle, peer: ContextHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `Context` keeps the peer alive; 0 is the only flag.
    unsafe { call!(api.cuCtxEnablePeerAccess(peer.0 as cu::CUcontext, 0)) }
}

pub(super) fn peer_disable(api: &Api, context: ContextHandle, peer: ContextHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `Context` keeps the peer alive.
    unsafe { call!(api.cuCtxDisablePeerAccess(peer.0 as cu::CUcontext)) }
}

pub(super) fn profiler_start(api: &Api, context: ContextHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: takes nothing, and may be called at any time.
    unsafe { call!(api.cuProfilerStart()) }
}

pub(super) fn profiler_stop(api: &Api, context: ContextHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: takes nothing, and may be called at any time.
    unsafe { call!(api.cuProfilerStop()) }
}
