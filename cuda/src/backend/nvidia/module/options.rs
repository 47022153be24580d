//! Options for the driver's compiler and linker, with the room for what they say.

use std::ffi::{CStr, c_uint, c_void};

use cudarc::driver::sys::{CUjit_option, CUjit_option_enum as Cu};

use crate::backend::{JitLog, JitOptions};

/// Bytes for each log. The driver cuts off what is more.
const ROOM: usize = 16 * 1024;

/// Options and logs in the form that the driver takes: two lists of one length, and buffers that it writes to until the
/// module is loaded, or the link state destroyed.
pub(super) struct Options {
    names: Vec<CUjit_option>,
    values: Vec<*mut c_void>,
    info: Box<[u8]>,
    errors: Box<[u8]>,
}

impl Options {
    pub(super) fn new(options: &JitOptions) -> Options {
        let mut all = Options {
            names: Vec::new(),
            values: Vec::new(),
            info: vec![0; ROOM].into_boxed_slice(),
            errors: vec![0; ROOM].into_boxed_slice(),
        };
        all.add_logs();
        all.add_number(Cu::CU_JIT_MAX_REGISTERS, options.max_registers);
        all.add_number(Cu::CU_JIT_THREADS_PER_BLOCK, options.threads_per_block);
        all.add_number(Cu::CU_JIT_OPTIMIZATION_LEVEL, options.optimization_level);
        all.add_number(
            Cu::CU_JIT_GENERATE_DEBUG_INFO,
            options.debug_info.then_some(1),
        );
        all.add_number(
            Cu::CU_JIT_GENERATE_LINE_INFO,
            options.line_info.then_some(1),
        );
        all.add_number(Cu::CU_JIT_LOG_VERBOSE, options.verbose.then_some(1));
        all
    }

    fn add_logs(&mut self) {
        let (info, errors) = (
            self.info.as_mut_ptr().cast(),
            self.errors.as_mut_ptr().cast(),
        );
        self.add(Cu::CU_JIT_INFO_LOG_BUFFER, info);
        self.add_number(Cu::CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, Some(ROOM as c_uint));
        self.add(Cu::CU_JIT_ERROR_LOG_BUFFER, errors);
        self.add_number(Cu::CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, Some(ROOM as c_uint));
    }

    fn add(&mut self, name: CUjit_option, value: *mut c_void) {
        self.names.push(name);
        self.values.push(value);
    }

    /// The driver takes numbers in place of the pointer.
    fn add_number(&mut self, name: CUjit_option, number: Option<c_uint>) {
        if let Some(number) = number {
            self.add(name, std::ptr::without_provenance_mut(number as usize));
        }
    }

    pub(super) fn count(&self) -> c_uint {
        self.names.len() as c_uint
    }

    pub(super) fn names(&mut self) -> *mut CUjit_option {
        self.names.as_mut_ptr()
    }

    pub(super) fn values(&mut self) -> *mut *mut c_void {
        self.values.as_mut_ptr()
    }

    /// What the driver has written.
    pub(super) fn log(&self) -> JitLog {
        JitLog {
            info: text(&self.info),
            errors: text(&self.errors),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    let text = CStr::from_bytes_until_nul(bytes)
        .map_or_else(|_| String::from_utf8_lossy(bytes), CStr::to_string_lossy);
    text.trim_end().to_owned()
}
