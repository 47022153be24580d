//! The functions of the CUDA driver, found in its library when the program runs.
//!
//! The types are those of `cudarc`, whose declarations come from NVIDIA's header; each function here is checked against
//! them when this is compiled. Two things are done otherwise than there: a function that the installed driver lacks is an
//! error rather than a panic, and a result is a number rather than an enumeration, since a newer driver may return a
//! number that no enumeration of ours has.

#![allow(unsafe_code)]
#![allow(non_snake_case)]

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::sync::OnceLock;

use cudarc::driver::sys as cu;

use crate::backend::ContextHandle;
use crate::error::{Code, Error, Result};

macro_rules! functions {
    ($(fn $name:ident($($argument:ty),*);)*) => {
        /// A pointer for each function that the driver has.
        #[derive(Debug)]
        pub(super) struct Api {
            $(pub(super) $name: Option<unsafe extern "C" fn($($argument),*) -> c_uint>,)*
            /// These take OpenGL's types, and are in no header of `cudarc`'s.
            pub(super) cuGraphicsGLRegisterBuffer:
                Option<unsafe extern "C" fn(*mut cu::CUgraphicsResource, c_uint, c_uint) -> c_uint>,
            pub(super) cuGraphicsGLRegisterImage:
                Option<unsafe extern "C" fn(*mut cu::CUgraphicsResource, c_uint, c_uint, c_uint) -> c_uint>,
        }

        $(const _: unsafe fn($($argument),*) -> cu::CUresult = cu::$name;)*

        impl Api {
            fn load() -> Api {
                Api {
                    // SAFETY: the type is the one that NVIDIA's header declares, which the line above compares with;
                    // that the result is an `unsigned int` there, an enumeration of C, changes nothing in the call.
                    $($name: unsafe { symbol(stringify!($name)) },)*
                    // SAFETY: the type is the one of NVIDIA's `cudaGL.h`; OpenGL's names and flags are 32 bits.
                    cuGraphicsGLRegisterBuffer: unsafe { symbol("cuGraphicsGLRegisterBuffer") },
                    // SAFETY: as above.
                    cuGraphicsGLRegisterImage: unsafe { symbol("cuGraphicsGLRegisterImage") },
                }
            }
        }
    };
}

functions! {
    fn cuInit(c_uint);
    fn cuDriverGetVersion(*mut c_int);
    fn cuDeviceGetCount(*mut c_int);
    fn cuDeviceGetName(*mut c_char, c_int, cu::CUdevice);
    fn cuDeviceGetUuid_v2(*mut cu::CUuuid, cu::CUdevice);
    fn cuDeviceGetPCIBusId(*mut c_char, c_int, cu::CUdevice);
    fn cuDeviceTotalMem_v2(*mut usize, cu::CUdevice);
    fn cuDeviceGetAttribute(*mut c_int, cu::CUdevice_attribute, cu::CUdevice);
    fn cuDeviceCanAccessPeer(*mut c_int, cu::CUdevice, cu::CUdevice);
    fn cuDeviceGetP2PAttribute(*mut c_int, cu::CUdevice_P2PAttribute, cu::CUdevice, cu::CUdevice);
    fn cuDevicePrimaryCtxRetain(*mut cu::CUcontext, cu::CUdevice);
    fn cuDevicePrimaryCtxRelease_v2(cu::CUdevice);
    fn cuCtxCreate_v2(*mut cu::CUcontext, c_uint, cu::CUdevice);
    fn cuCtxDestroy_v2(cu::CUcontext);
    fn cuCtxGetCurrent(*mut cu::CUcontext);
    fn cuCtxSetCurrent(cu::CUcontext);
    fn cuCtxPopCurrent_v2(*mut cu::CUcontext);
    fn cuCtxSynchronize();
    fn cuCtxGetLimit(*mut usize, cu::CUlimit);
    fn cuCtxSetLimit(cu::CUlimit, usize);
    fn cuCtxGetCacheConfig(*mut cu::CUfunc_cache);
    fn cuCtxSetCacheConfig(cu::CUfunc_cache);
    fn cuMemGetInfo_v2(*mut usize, *mut usize);
    fn cuCtxGetStreamPriorityRange(*mut c_int, *mut c_int);
    fn cuCtxEnablePeerAccess(cu::CUcontext, c_uint);
    fn cuCtxDisablePeerAccess(cu::CUcontext);
    fn cuStreamCreateWithPriority(*mut cu::CUstream, c_uint, c_int);
    fn cuStreamDestroy_v2(cu::CUstream);
    fn cuStreamSynchronize(cu::CUstream);
    fn cuStreamQuery(cu::CUstream);
    fn cuStreamGetPriority(cu::CUstream, *mut c_int);
    fn cuStreamWaitEvent(cu::CUstream, cu::CUevent, c_uint);
    fn cuLaunchHostFunc(cu::CUstream, cu::CUhostFn, *mut c_void);
    fn cuEventCreate(*mut cu::CUevent, c_uint);
    fn cuEventDestroy_v2(cu::CUevent);
    fn cuEventRecord(cu::CUevent, cu::CUstream);
    fn cuEventSynchronize(cu::CUevent);
    fn cuEventQuery(cu::CUevent);
    fn cuEventElapsedTime(*mut f32, cu::CUevent, cu::CUevent);
    fn cuMemAlloc_v2(*mut cu::CUdeviceptr, usize);
    fn cuMemFree_v2(cu::CUdeviceptr);
    fn cuMemAllocPitch_v2(*mut cu::CUdeviceptr, *mut usize, usize, usize, c_uint);
    fn cuMemAllocAsync(*mut cu::CUdeviceptr, usize, cu::CUstream);
    fn cuMemAllocFromPoolAsync(*mut cu::CUdeviceptr, usize, cu::CUmemoryPool, cu::CUstream);
    fn cuMemFreeAsync(cu::CUdeviceptr, cu::CUstream);
    fn cuMemGetAddressRange_v2(*mut cu::CUdeviceptr, *mut usize, cu::CUdeviceptr);
    fn cuMemHostAlloc(*mut *mut c_void, usize, c_uint);
    fn cuMemFreeHost(*mut c_void);
    fn cuMemHostRegister_v2(*mut c_void, usize, c_uint);
    fn cuMemHostUnregister(*mut c_void);
    fn cuMemHostGetDevicePointer_v2(*mut cu::CUdeviceptr, *mut c_void, c_uint);
    fn cuMemAllocManaged(*mut cu::CUdeviceptr, usize, c_uint);
    fn cuStreamAttachMemAsync(cu::CUstream, cu::CUdeviceptr, usize, c_uint);
    fn cuMemPrefetchAsync(cu::CUdeviceptr, usize, cu::CUdevice, cu::CUstream);
    fn cuMemAdvise(cu::CUdeviceptr, usize, cu::CUmem_advise, cu::CUdevice);
    fn cuMemPoolCreate(*mut cu::CUmemoryPool, *const cu::CUmemPoolProps);
    fn cuMemPoolDestroy(cu::CUmemoryPool);
    fn cuDeviceGetDefaultMemPool(*mut cu::CUmemoryPool, cu::CUdevice);
    fn cuMemPoolTrimTo(cu::CUmemoryPool, usize);
    fn cuMemPoolGetAttribute(cu::CUmemoryPool, cu::CUmemPool_attribute, *mut c_void);
    fn cuMemPoolSetAttribute(cu::CUmemoryPool, cu::CUmemPool_attribute, *mut c_void);
    fn cuMemsetD2D8Async(cu::CUdeviceptr, usize, u8, usize, usize, cu::CUstream);
    fn cuMemsetD2D16Async(cu::CUdeviceptr, usize, u16, usize, usize, cu::CUstream);
    fn cuMemsetD2D32Async(cu::CUdeviceptr, usize, c_uint, usize, usize, cu::CUstream);
    fn cuMemsetD8Async(cu::CUdeviceptr, u8, usize, cu::CUstream);
    fn cuMemsetD16Async(cu::CUdeviceptr, u16, usize, cu::CUstream);
    fn cuMemsetD32Async(cu::CUdeviceptr, c_uint, usize, cu::CUstream);
    fn cuMemcpyHtoD_v2(cu::CUdeviceptr, *const c_void, usize);
    fn cuMemcpyDtoH_v2(*mut c_void, cu::CUdeviceptr, usize);
    fn cuMemcpyHtoDAsync_v2(cu::CUdeviceptr, *const c_void, usize, cu::CUstream);
    fn cuMemcpyDtoHAsync_v2(*mut c_void, cu::CUdeviceptr, usize, cu::CUstream);
    fn cuMemcpyDtoDAsync_v2(cu::CUdeviceptr, cu::CUdeviceptr, usize, cu::CUstream);
    fn cuMemcpyPeerAsync(cu::CUdeviceptr, cu::CUcontext, cu::CUdeviceptr, cu::CUcontext, usize, cu::CUstream);
    fn cuMemcpy3DAsync_v2(*const cu::CUDA_MEMCPY3D, cu::CUstream);
    fn cuMemcpy3DPeerAsync(*const cu::CUDA_MEMCPY3D_PEER, cu::CUstream);
    fn cuArray3DCreate_v2(*mut cu::CUarray, *const cu::CUDA_ARRAY3D_DESCRIPTOR);
    fn cuArrayDestroy(cu::CUarray);
    fn cuTexObjectCreate(
        *mut cu::CUtexObject,
        *const cu::CUDA_RESOURCE_DESC,
        *const cu::CUDA_TEXTURE_DESC,
        *const cu::CUDA_RESOURCE_VIEW_DESC
    );
    fn cuTexObjectDestroy(cu::CUtexObject);
    fn cuSurfObjectCreate(*mut cu::CUsurfObject, *const cu::CUDA_RESOURCE_DESC);
    fn cuSurfObjectDestroy(cu::CUsurfObject);
    fn cuModuleLoadDataEx(*mut cu::CUmodule, *const c_void, c_uint, *mut cu::CUjit_option, *mut *mut c_void);
    fn cuModuleUnload(cu::CUmodule);
    fn cuModuleGetFunction(*mut cu::CUfunction, cu::CUmodule, *const c_char);
    fn cuModuleGetGlobal_v2(*mut cu::CUdeviceptr, *mut usize, cu::CUmodule, *const c_char);
    fn cuLinkCreate_v2(c_uint, *mut cu::CUjit_option, *mut *mut c_void, *mut cu::CUlinkState);
    fn cuLinkAddData_v2(
        cu::CUlinkState,
        cu::CUjitInputType,
        *mut c_void,
        usize,
        *const c_char,
        c_uint,
        *mut cu::CUjit_option,
        *mut *mut c_void
    );
    fn cuLinkComplete(cu::CUlinkState, *mut *mut c_void, *mut usize);
    fn cuLinkDestroy(cu::CUlinkState);
    fn cuFuncGetParamInfo(cu::CUfunction, usize, *mut usize, *mut usize);
    fn cuFuncGetAttribute(*mut c_int, cu::CUfunction_attribute, cu::CUfunction);
    fn cuFuncSetAttribute(cu::CUfunction, cu::CUfunction_attribute, c_int);
    fn cuFuncSetCacheConfig(cu::CUfunction, cu::CUfunc_cache);
    fn cuOccupancyMaxActiveBlocksPerMultiprocessor(*mut c_int, cu::CUfunction, c_int, usize);
    fn cuOccupancyMaxPotentialBlockSize(
        *mut c_int,
        *mut c_int,
        cu::CUfunction,
        cu::CUoccupancyB2DSize,
        usize,
        c_int
    );
    fn cuLaunchKernel(
        cu::CUfunction,
        c_uint,
        c_uint,
        c_uint,
        c_uint,
        c_uint,
        c_uint,
        c_uint,
        cu::CUstream,
        *mut *mut c_void,
        *mut *mut c_void
    );
    fn cuLaunchKernelEx(*const cu::CUlaunchConfig, cu::CUfunction, *mut *mut c_void, *mut *mut c_void);
    fn cuStreamBeginCapture_v2(cu::CUstream, cu::CUstreamCaptureMode);
    fn cuStreamEndCapture(cu::CUstream, *mut cu::CUgraph);
    fn cuStreamIsCapturing(cu::CUstream, *mut cu::CUstreamCaptureStatus);
    fn cuGraphCreate(*mut cu::CUgraph, c_uint);
    fn cuGraphDestroy(cu::CUgraph);
    fn cuGraphGetNodes(cu::CUgraph, *mut cu::CUgraphNode, *mut usize);
    fn cuGraphAddKernelNode_v2(
        *mut cu::CUgraphNode,
        cu::CUgraph,
        *const cu::CUgraphNode,
        usize,
        *const cu::CUDA_KERNEL_NODE_PARAMS
    );
    fn cuGraphAddMemcpyNode(
        *mut cu::CUgraphNode,
        cu::CUgraph,
        *const cu::CUgraphNode,
        usize,
        *const cu::CUDA_MEMCPY3D,
        cu::CUcontext
    );
    fn cuGraphAddMemsetNode(
        *mut cu::CUgraphNode,
        cu::CUgraph,
        *const cu::CUgraphNode,
        usize,
        *const cu::CUDA_MEMSET_NODE_PARAMS,
        cu::CUcontext
    );
    fn cuGraphAddEmptyNode(*mut cu::CUgraphNode, cu::CUgraph, *const cu::CUgraphNode, usize);
    fn cuGraphInstantiateWithFlags(*mut cu::CUgraphExec, cu::CUgraph, c_ulonglong);
    fn cuGraphExecDestroy(cu::CUgraphExec);
    fn cuGraphLaunch(cu::CUgraphExec, cu::CUstream);
    fn cuGraphUpload(cu::CUgraphExec, cu::CUstream);
    fn cuGraphExecUpdate_v2(cu::CUgraphExec, cu::CUgraph, *mut cu::CUgraphExecUpdateResultInfo);
    fn cuGraphExecKernelNodeSetParams_v2(cu::CUgraphExec, cu::CUgraphNode, *const cu::CUDA_KERNEL_NODE_PARAMS);
    fn cuIpcGetMemHandle(*mut cu::CUipcMemHandle, cu::CUdeviceptr);
    fn cuIpcOpenMemHandle_v2(*mut cu::CUdeviceptr, cu::CUipcMemHandle, c_uint);
    fn cuIpcCloseMemHandle(cu::CUdeviceptr);
    fn cuIpcGetEventHandle(*mut cu::CUipcEventHandle, cu::CUevent);
    fn cuIpcOpenEventHandle(*mut cu::CUevent, cu::CUipcEventHandle);
    fn cuProfilerStart();
    fn cuProfilerStop();
    fn cuGraphicsUnregisterResource(cu::CUgraphicsResource);
    fn cuGraphicsResourceSetMapFlags_v2(cu::CUgraphicsResource, c_uint);
    fn cuGraphicsMapResources(c_uint, *mut cu::CUgraphicsResource, cu::CUstream);
    fn cuGraphicsUnmapResources(c_uint, *mut cu::CUgraphicsResource, cu::CUstream);
    fn cuGraphicsResourceGetMappedPointer_v2(*mut cu::CUdeviceptr, *mut usize, cu::CUgraphicsResource);
    fn cuGraphicsSubResourceGetMappedArray(*mut cu::CUarray, cu::CUgraphicsResource, c_uint, c_uint);
}

/// # Safety
/// `F` is the type of a pointer to the function of that name.
unsafe fn symbol<F: Copy>(name: &str) -> Option<F> {
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    let address = address(name)?;
    // SAFETY: a function's address that is not null is a pointer to it, and the caller knows its type.
    Some(unsafe { std::mem::transmute_copy(&address) })
}

/// Where a function is. Its type is not asked for here, or there would be as many copies of the search as types.
fn address(name: &str) -> Option<*mut c_void> {
    // SAFETY: the library is there: `found` asked before anything was loaded from it.
    let library = unsafe { cu::culib() };
    // SAFETY: every symbol has an address, and nothing else is taken of it here.
    let symbol = unsafe { library.get::<*mut c_void>(name.as_bytes()) };
    symbol
        .ok()
        .map(|symbol| *symbol)
        .filter(|address| !address.is_null())
}

static API: OnceLock<Result<Api>> = OnceLock::new();

/// The functions of the driver, initialised. What fails is kept: it would fail again.
pub(super) fn api() -> Result<&'static Api> {
    API.get_or_init(found).as_ref().map_err(Clone::clone)
}

fn found() -> Result<Api> {
    // SAFETY: opens the driver's library, whose initialisers any program may run.
    if !unsafe { cu::is_culib_present() } {
        return Err(Error::new(Code::NoDevice, "the search for the CUDA driver")
            .because("there is no libcuda.so.1")
            .advise("install NVIDIA's driver, or use the emulated device: MANYWAYS_CUDA=emu"));
    }
    let api = Api::load();
    let init = api.cuInit.ok_or_else(|| missing("cuInit"))?;
    // SAFETY: may be called at any time; 0 is the only flag.
    check("cuInit", unsafe { init(0) })?;
    Ok(api)
}

/// The result of a call as ours.
#[inline]
pub(super) fn check(call: &'static str, result: c_uint) -> Result<()> {
    match result {
        0 => Ok(()),
        number => Err(failed(call, number)),
    }
}

#[cold]
fn failed(call: &'static str, number: c_uint) -> Error {
    Error::new(Code::of_number(number), call)
}

#[cold]
pub(super) fn missing(call: &'static str) -> Error {
    Error::new(Code::NotSupported, call)
        .because("the installed driver has no such function")
        .advise("install a newer driver from NVIDIA")
}

/// Calls a function of the driver, whose version suffix errors leave out: `call!(api.cuMemFree_v2(pointer))`.
macro_rules! call {
    ($api:ident.$name:ident($($argument:expr),* $(,)?)) => {
        match $api.$name {
            Some(function) => $crate::backend::nvidia::api::check(
                const { $crate::backend::nvidia::api::plain(stringify!($name)) },
                function($($argument),*),
            ),
            None => Err($crate::backend::nvidia::api::missing(
                const { $crate::backend::nvidia::api::plain(stringify!($name)) },
            )),
        }
    };
}
pub(super) use call;

/// The name without the suffix of its version.
#[inline]
pub(super) const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [.., b'_', b'v', b'2'] => name.split_at(name.len() - 3).0,
        _ => name,
    }
}

impl Api {
    /// Makes a context current in this thread, unless it is.
    ///
    /// The driver is asked each time, which is as quick as a variable of our own, and right where another library of the
    /// program has changed it.
    #[inline]
    pub(super) fn bind(&self, context: ContextHandle) -> Result<()> {
        let (api, wanted) = (self, context.0 as cu::CUcontext);
        let mut current = std::ptr::null_mut();
        // SAFETY: writes the one handle.
        unsafe { call!(api.cuCtxGetCurrent(&raw mut current)) }?;
        if current == wanted {
            return Ok(());
        }
        // SAFETY: the handle is of a context that this crate made and has not destroyed: the `Context` that the call
        // came through still exists.
        unsafe { call!(api.cuCtxSetCurrent(wanted)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_functions_without_their_version() {
        assert_eq!(plain("cuMemAlloc_v2"), "cuMemAlloc");
        assert_eq!(plain("cuMemAllocAsync"), "cuMemAllocAsync");
    }

    #[test]
    fn a_missing_driver_is_an_error_that_says_what_to_do() {
        if let Err(error) = api() {
            assert!(error.is_no_device(), "{error}");
            assert!(
                error.to_string().contains("MANYWAYS_CUDA=emu") || error.call() == "cuInit",
                "{error}"
            );
        }
    }
}
