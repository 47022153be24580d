//! Launches.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use super::stream::cu_stream;
use crate::backend::{ContextHandle, LaunchDescriptor};
use crate::error::Result;

/// The parameter block in the form in which the driver takes it whole: a list of keys and values.
///
/// It points at `bytes`, and so does what is made of it.
pub(super) struct Extra {
    bytes: usize,
    start: *mut c_void,
}

impl Extra {
    #[inline]
    pub(super) fn new(parameters: &[u8]) -> Extra {
        Extra {
            bytes: parameters.len(),
            start: parameters.as_ptr().cast_mut().cast(),
        }
    }

    #[inline]
    pub(super) fn list(&mut self) -> [*mut c_void; 5] {
        const BUFFER_POINTER: *mut c_void = ptr::without_provenance_mut(1);
        const BUFFER_SIZE: *mut c_void = ptr::without_provenance_mut(2);
        const END: *mut c_void = ptr::null_mut();
        [
            BUFFER_POINTER,
            self.start,
            BUFFER_SIZE,
            (&raw mut self.bytes).cast(),
            END,
        ]
    }
}

#[inline]
pub(super) fn launch(
    api: &Api,
    context: ContextHandle,
    launch: &LaunchDescriptor<'_>,
) -> Result<()> {
    api.bind(context)?;
    if launch.cooperative {
        return cooperative(api, launch);
    }
    let (grid, block) = (launch.grid, launch.block);
    let mut extra = Extra::new(launch.parameters);
    let mut list = extra.list();
    // SAFETY: the function is loaded, as the caller's `Module` says; the list ends with END, and the block that it names
    // is read before the call returns. Its size is compared with the kernel's by the driver.
    unsafe {
        call!(api.cuLaunchKernel(
            launch.function.0 as cu::CUfunction,
            grid.x,
            grid.y,
            grid.z,
            block.x,
            block.y,
            block.z,
            launch.shared_bytes,
            cu_stream(launch.stream),
            ptr::null_mut(),
            list.as_mut_ptr(),
        ))
    }
}

fn cooperative(api: &Api, launch: &LaunchDescriptor<'_>) -> Result<()> {
    let (grid, block) = (launch.grid, launch.block);
    let mut attribute = cu::CUlaunchAttribute {
        id: cu::CUlaunchAttributeID_enum::CU_LAUNCH_ATTRIBUTE_COOPERATIVE,
        pad: [0; 4],
        value: cu::CUlaunchAttributeValue { cooperative: 1 },
    };
    let config = cu::CUlaunchConfig {
        gridDimX: grid.x,
        gridDimY: grid.y,
        gridDimZ: grid.z,
        blockDimX: block.x,
        blockDimY: block.y,
        blockDimZ: block.z,
        sharedMemBytes: launch.shared_bytes,
        hStream: cu_stream(launch.stream),
        attrs: &raw mut attribute,
        numAttrs: 1,
    };
    let mut extra = Extra::new(launch.parameters);
    let mut list = extra.list();
    let function = launch.function.0 as cu::CUfunction;
    // SAFETY: as above; the configuration names one attribute, which lives as long.
    unsafe {
        call!(api.cuLaunchKernelEx(
            &raw const config,
            function,
            ptr::null_mut(),
            list.as_mut_ptr()
        ))
    }
}
