//! The driver's own launch, to compare with.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_void};
use std::ptr;

use cudarc::driver::sys as cu;

/// A loaded kernel. It stays loaded.
pub(crate) struct RawKernel(cu::CUfunction);

impl RawKernel {
    /// Loads it in the context that is current, which the caller has just used.
    pub(crate) fn load(ptx: &str, name: &CStr) -> RawKernel {
        let ptx = CString::new(ptx).expect("no NUL inside");
        let (mut module, mut function) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: writes the one handle; the text ends with NUL.
        let loaded = unsafe { cu::cuModuleLoadData(&raw mut module, ptx.as_ptr().cast()) };
        assert_eq!(loaded, cu::CUresult::CUDA_SUCCESS);
        // SAFETY: writes the one handle; the name ends with NUL.
        let found = unsafe { cu::cuModuleGetFunction(&raw mut function, module, name.as_ptr()) };
        assert_eq!(found, cu::CUresult::CUDA_SUCCESS);
        RawKernel(function)
    }

    pub(crate) fn launch(&self, arguments: &mut (u64, u64, f32, u32)) {
        let mut pointers: [*mut c_void; 4] = [
            (&raw mut arguments.0).cast(),
            (&raw mut arguments.1).cast(),
            (&raw mut arguments.2).cast(),
            (&raw mut arguments.3).cast(),
        ];
        let (stream, list) = (ptr::null_mut(), pointers.as_mut_ptr());
        // SAFETY: the kernel takes four arguments of these types, and copies them before the call returns.
        let launched = unsafe {
            cu::cuLaunchKernel(self.0, 1, 1, 1, 32, 1, 1, 0, stream, list, ptr::null_mut())
        };
        assert_eq!(launched, cu::CUresult::CUDA_SUCCESS);
    }
}
