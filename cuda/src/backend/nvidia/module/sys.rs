//! Modules, functions and links.

#![allow(unsafe_code)]

#[path = "image.rs"]
mod image;
#[path = "options.rs"]
mod options;

use std::ffi::{CString, c_int, c_void};
use std::ptr;
use std::slice;

use cudarc::driver::sys as cu;

use self::options::Options;
use super::api::{Api, call};
use super::device::cu_cache;
use crate::backend::{
    CachePreference, ContextHandle, DevicePtr, FunctionAttribute, FunctionHandle, Image, JitLog,
    JitOptions, LinkInput, LinkInputKind, Loaded, ModuleHandle, Parameter,
};
use crate::error::{Code, Error, Result};

/// Text with a NUL at its end.
fn c_string(text: &str, call: &'static str) -> Result<CString> {
    CString::new(text).map_err(|error| Error::new(Code::InvalidValue, call).because(error))
}

/// The error with what the compiler said.
fn with_log(error: Error, log: &JitLog) -> Error {
    match log.errors.as_str() {
        "" => error,
        errors => error.because(errors),
    }
}

pub(super) fn load(
    api: &Api,
    context: ContextHandle,
    source: Image<'_>,
    options: &JitOptions,
) -> Result<Loaded> {
    match source {
        Image::Ptx(ptx) => {
            let ptx = c_string(ptx, "cuModuleLoadDataEx")?;
            load_from(api, context, ptx.as_ptr().cast(), options)
        }
        Image::Binary(bytes) => {
            image::check(bytes)?;
            load_from(api, context, bytes.as_ptr().cast(), options)
        }
    }
}

fn load_from(
    api: &Api,
    context: ContextHandle,
    start: *const c_void,
    options: &JitOptions,
) -> Result<Loaded> {
    api.bind(context)?;
    let mut options = Options::new(options);
    let mut module = ptr::null_mut();
    let (count, names, values) = (options.count(), options.names(), options.values());
    // SAFETY: the image is text that ends with NUL, or a file that lies within its bytes; it is read before the call
    // returns. The lists have `count` entries, and the logs the sizes that the options say.
    let loaded =
        unsafe { call!(api.cuModuleLoadDataEx(&raw mut module, start, count, names, values)) };
    let log = options.log();
    loaded.map_err(|error| with_log(error, &log))?;
    let module = ModuleHandle(module as u64);
    Ok(Loaded { module, log })
}

pub(super) fn unload(api: &Api, context: ContextHandle, module: ModuleHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made by `load`, and called once, when the `Module` and all its functions end.
    unsafe { call!(api.cuModuleUnload(module.0 as cu::CUmodule)) }
}

pub(super) fn function(
    api: &Api,
    context: ContextHandle,
    module: ModuleHandle,
    name: &str,
) -> Result<FunctionHandle> {
    api.bind(context)?;
    let name = c_string(name, "cuModuleGetFunction")?;
    let mut function = ptr::null_mut();
    // SAFETY: writes the one handle; the name ends with NUL, and the caller's `Module` keeps the module loaded.
    unsafe {
        call!(api.cuModuleGetFunction(&raw mut function, module.0 as cu::CUmodule, name.as_ptr()))
    }?;
    Ok(FunctionHandle(function as u64))
}

pub(super) fn global(
    api: &Api,
    context: ContextHandle,
    module: ModuleHandle,
    name: &str,
) -> Result<(DevicePtr, usize)> {
    api.bind(context)?;
    let name = c_string(name, "cuModuleGetGlobal")?;
    let (mut pointer, mut size, module) = (0, 0, module.0 as cu::CUmodule);
    // SAFETY: writes address and size; the name ends with NUL, and the caller's `Module` keeps the module loaded.
    unsafe {
        call!(api.cuModuleGetGlobal_v2(&raw mut pointer, &raw mut size, module, name.as_ptr()))
    }?;
    Ok((DevicePtr(pointer), size))
}

pub(super) fn parameters(
    api: &Api,
    context: ContextHandle,
    function: FunctionHandle,
) -> Result<Option<Vec<Parameter>>> {
    if api.cuFuncGetParamInfo.is_none() {
        return Ok(None);
    }
    api.bind(context)?;
    let mut all = Vec::new();
    loop {
        let (mut offset, mut size) = (0, 0);
        let function = function.0 as cu::CUfunction;
        // SAFETY: writes the two numbers; the caller's `Module` keeps the function loaded.
        let told = unsafe {
            call!(api.cuFuncGetParamInfo(function, all.len(), &raw mut offset, &raw mut size))
        };
        match told {
            Ok(()) => all.push(Parameter { offset, size }),
            // This is how the end of the list is told.
            Err(error) if error.code() == Code::InvalidValue => return Ok(Some(all)),
            Err(error) => return Err(error),
        }
    }
}

fn cu_attribute(attribute: FunctionAttribute) -> cu::CUfunction_attribute {
    use cu::CUfunction_attribute_enum as Cu;
    match attribute {
        FunctionAttribute::MaxThreadsPerBlock => Cu::CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
        FunctionAttribute::SharedSizeBytes => Cu::CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES,
        FunctionAttribute::ConstSizeBytes => Cu::CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES,
        FunctionAttribute::LocalSizeBytes => Cu::CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES,
        FunctionAttribute::NumRegs => Cu::CU_FUNC_ATTRIBUTE_NUM_REGS,
        FunctionAttribute::PtxVersion => Cu::CU_FUNC_ATTRIBUTE_PTX_VERSION,
        FunctionAttribute::BinaryVersion => Cu::CU_FUNC_ATTRIBUTE_BINARY_VERSION,
        FunctionAttribute::CacheModeCa => Cu::CU_FUNC_ATTRIBUTE_CACHE_MODE_CA,
        FunctionAttribute::MaxDynamicSharedSizeBytes => {
            Cu::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
        }
        FunctionAttribute::PreferredSharedMemoryCarveout => {
            Cu::CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT
        }
    }
}

pub(super) fn attribute(
    api: &Api,
    context: ContextHandle,
    function: FunctionHandle,
    attribute: FunctionAttribute,
) -> Result<i32> {
    api.bind(context)?;
    let mut value = 0;
    // SAFETY: writes the one number; the caller's `Module` keeps the function loaded.
    unsafe {
        call!(api.cuFuncGetAttribute(
            &raw mut value,
            cu_attribute(attribute),
            function.0 as cu::CUfunction
        ))
    }?;
    Ok(value)
}

pub(super) fn set_attribute(
    api: &Api,
    context: ContextHandle,
    function: FunctionHandle,
    attribute: FunctionAttribute,
    value: i32,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: takes a number and refuses those that it cannot do; the caller's `Module` keeps the function loaded.
    unsafe {
        call!(api.cuFuncSetAttribute(function.0 as cu::CUfunction, cu_attribute(attribute), value))
    }
}

pub(super) fn set_cache_preference(
    api: &Api,
    context: ContextHandle,
    function: FunctionHandle,
    preference: CachePreference,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: takes a preference; the caller's `Module` keeps the function loaded.
    unsafe { call!(api.cuFuncSetCacheConfig(function.0 as cu::CUfunction, cu_cache(preference))) }
}

pub(super) fn occupancy_blocks(
    api: &Api,
    context: ContextHandle,
    function: FunctionHandle,
    threads: u32,
    shared_bytes: usize,
) -> Result<u32> {
    api.bind(context)?;
    let (mut blocks, threads) = (0, c_int::try_from(threads).unwrap_or(c_int::MAX));
    let function = function.0 as cu::CUfunction;
    // SAFETY: writes the one number; the caller's `Module` keeps the function loaded.
    unsafe {
        call!(api.cuOccupancyMaxActiveBlocksPerMultiprocessor(
            &raw mut blocks,
            function,
            threads,
            shared_bytes
        ))
    }?;
    Ok(blocks.unsigned_abs())
}

pub(super) fn occupancy_block_size(
    api: &Api,
    context: ContextHandle,
    function: FunctionHandle,
    shared_bytes: usize,
    limit: u32,
) -> Result<(u32, u32)> {
    api.bind(context)?;
    let (mut grid, mut block) = (0, 0);
    let (function, limit) = (
        function.0 as cu::CUfunction,
        c_int::try_from(limit).unwrap_or(c_int::MAX),
    );
    // SAFETY: writes the two numbers; the caller's `Module` keeps the function loaded, and no function is given that
    // the driver would call back.
    unsafe {
        call!(api.cuOccupancyMaxPotentialBlockSize(
            &raw mut grid,
            &raw mut block,
            function,
            None,
            shared_bytes,
            limit
        ))
    }?;
    Ok((grid.unsigned_abs(), block.unsigned_abs()))
}

/// A link in progress; its end frees what it made.
struct Link<'a> {
    api: &'a Api,
    state: cu::CUlinkState,
}

impl Drop for Link<'_> {
    fn drop(&mut self) {
        let api = self.api;
        // SAFETY: made by `cuLinkCreate`, and ended once.
        let _ = unsafe { call!(api.cuLinkDestroy(self.state)) };
    }
}

pub(super) fn link(
    api: &Api,
    context: ContextHandle,
    inputs: &[LinkInput],
    options: &JitOptions,
) -> Result<(Vec<u8>, JitLog)> {
    api.bind(context)?;
    // Declared before the link, so that the driver can write its logs until the link is destroyed.
    let mut options = Options::new(options);
    let linked = link_with(api, inputs, &mut options);
    let log = options.log();
    let image = linked.map_err(|error| with_log(error, &log))?;
    Ok((image, log))
}

fn link_with(api: &Api, inputs: &[LinkInput], options: &mut Options) -> Result<Vec<u8>> {
    let mut state = ptr::null_mut();
    let (count, names, values) = (options.count(), options.names(), options.values());
    // SAFETY: writes the one handle; lists and logs are as long as the options say, and outlive the link.
    unsafe { call!(api.cuLinkCreate_v2(count, names, values, &raw mut state)) }?;
    let link = Link { api, state };
    for input in inputs {
        add(&link, input).map_err(|error| error.on(&input.name))?;
    }
    complete(&link)
}

fn add(link: &Link<'_>, input: &LinkInput) -> Result<()> {
    use cu::CUjitInputType_enum as Cu;
    let kind = match input.kind {
        LinkInputKind::Ptx => Cu::CU_JIT_INPUT_PTX,
        LinkInputKind::Cubin => Cu::CU_JIT_INPUT_CUBIN,
        LinkInputKind::Fatbin => Cu::CU_JIT_INPUT_FATBINARY,
        LinkInputKind::Object => Cu::CU_JIT_INPUT_OBJECT,
        LinkInputKind::Library => Cu::CU_JIT_INPUT_LIBRARY,
    };
    let (api, name) = (link.api, c_string(&input.name, "cuLinkAddData")?);
    let mut data = input.data.clone();
    if kind == Cu::CU_JIT_INPUT_PTX {
        data.push(0);
    }
    let (start, none) = (data.as_mut_ptr().cast(), ptr::null_mut());
    // SAFETY: the data is read before the call returns, as long as it says, and PTX ends with NUL; so does the name.
    unsafe {
        call!(api.cuLinkAddData_v2(
            link.state,
            kind,
            start,
            data.len(),
            name.as_ptr(),
            0,
            none,
            ptr::null_mut()
        ))
    }
}

fn complete(link: &Link<'_>) -> Result<Vec<u8>> {
    let (mut start, mut size, api) = (ptr::null_mut(), 0, link.api);
    // SAFETY: writes address and size.
    unsafe { call!(api.cuLinkComplete(link.state, &raw mut start, &raw mut size)) }?;
    // SAFETY: the driver's image, of that size, which lives until the link is destroyed.
    Ok(unsafe { slice::from_raw_parts(start.cast::<u8>(), size) }.to_vec())
}
