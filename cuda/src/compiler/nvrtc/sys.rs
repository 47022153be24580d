//! The functions of the NVRTC library, looked up when it is opened: the only unsafe code of the compiler.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsStr, c_char, c_int};
use std::{error, ptr};

use libloading::Library;

/// `nvrtcProgram`.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
struct Handle(*mut ());

/// What a function of NVRTC returned besides success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status(pub(super) c_int);

/// `NVRTC_ERROR_COMPILATION`.
pub(super) const COMPILATION: Status = Status(6);
/// `NVRTC_ERROR_INVALID_OPTION`.
pub(super) const INVALID_OPTION: Status = Status(5);
/// `NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID`.
pub(super) const NAME_EXPRESSION_NOT_VALID: Status = Status(10);

type Texts = *const *const c_char;
type SizeOf = unsafe extern "C" fn(Handle, *mut usize) -> c_int;
type Fill = unsafe extern "C" fn(Handle, *mut c_char) -> c_int;

/// The library's functions.
#[derive(Debug)]
pub(super) struct Api {
    version: unsafe extern "C" fn(*mut c_int, *mut c_int) -> c_int,
    arch_count: unsafe extern "C" fn(*mut c_int) -> c_int,
    archs: unsafe extern "C" fn(*mut c_int) -> c_int,
    error_string: unsafe extern "C" fn(c_int) -> *const c_char,
    create: unsafe extern "C" fn(
        *mut Handle,
        *const c_char,
        *const c_char,
        c_int,
        Texts,
        Texts,
    ) -> c_int,
    destroy: unsafe extern "C" fn(*mut Handle) -> c_int,
    add_expression: unsafe extern "C" fn(Handle, *const c_char) -> c_int,
    compile: unsafe extern "C" fn(Handle, c_int, Texts) -> c_int,
    lowered_name: unsafe extern "C" fn(Handle, *const c_char, *mut *const c_char) -> c_int,
    log: (SizeOf, Fill),
    ptx: (SizeOf, Fill),
    cubin: (SizeOf, Fill),
}

/// Looks up a function.
macro_rules! function {
    ($library:expr, $name:literal) => {{
        // SAFETY: the type is that of the field which the value goes to. nvrtc.h declares the function so, and
        // NVIDIA keeps the ABI of these functions since CUDA 11.1. The pointer is used while the library is
        // open: `Api` never outlives it, because it is never closed.
        let symbol = unsafe { $library.get(concat!($name, "\0").as_bytes()) };
        *symbol.map_err(|_| format!("it has no function {}", $name))?
    }};
}

impl Api {
    /// Opens a library, which then stays open until the process ends: NVRTC has threads and state that
    /// outlive its programs.
    pub(super) fn open(path: &OsStr) -> Result<Api, String> {
        // SAFETY: loading runs the library's initialisers. Those of NVRTC only set up its own state; which file
        // is loaded is the choice of the system's loader, of the Python installation or of the user, and any of
        // them could as well replace a library that this process loads anyway.
        let library = unsafe { Library::new(path) };
        let library = library.map_err(|error| reason(&error))?;
        let api = Api::of(&library)?;
        std::mem::forget(library);
        Ok(api)
    }

    fn of(library: &Library) -> Result<Api, String> {
        Ok(Api {
            version: function!(library, "nvrtcVersion"),
            arch_count: function!(library, "nvrtcGetNumSupportedArchs"),
            archs: function!(library, "nvrtcGetSupportedArchs"),
            error_string: function!(library, "nvrtcGetErrorString"),
            create: function!(library, "nvrtcCreateProgram"),
            destroy: function!(library, "nvrtcDestroyProgram"),
            add_expression: function!(library, "nvrtcAddNameExpression"),
            compile: function!(library, "nvrtcCompileProgram"),
            lowered_name: function!(library, "nvrtcGetLoweredName"),
            log: (
                function!(library, "nvrtcGetProgramLogSize"),
                function!(library, "nvrtcGetProgramLog"),
            ),
            ptx: (
                function!(library, "nvrtcGetPTXSize"),
                function!(library, "nvrtcGetPTX"),
            ),
            cubin: (
                function!(library, "nvrtcGetCUBINSize"),
                function!(library, "nvrtcGetCUBIN"),
            ),
        })
    }

    /// Major and minor.
    pub(super) fn version(&self) -> Result<(u32, u32), Status> {
        let (mut major, mut minor) = (0, 0);
        // SAFETY: both point to integers that live through the call; nvrtc.h asks for nothing else.
        check(unsafe { (self.version)(&raw mut major, &raw mut minor) })?;
        Ok((major.unsigned_abs(), minor.unsigned_abs()))
    }

    /// The real architectures that the library knows, as 80 for 8.0.
    pub(super) fn archs(&self) -> Result<Vec<u32>, Status> {
        let mut count = 0;
        // SAFETY: it points to an integer that lives through the call.
        check(unsafe { (self.arch_count)(&raw mut count) })?;
        let mut archs = vec![0; usize::try_from(count).unwrap_or(0)];
        // SAFETY: nvrtc.h: the array has room for as many integers as the call before has said.
        check(unsafe { (self.archs)(archs.as_mut_ptr()) })?;
        Ok(archs.into_iter().map(c_int::unsigned_abs).collect())
    }

    /// NVRTC's name for a status.
    pub(super) fn describe(&self, status: Status) -> String {
        // SAFETY: nvrtc.h: any number may be asked for.
        let text = unsafe { (self.error_string)(status.0) };
        if text.is_null() {
            return format!("NVRTC error {}", status.0);
        }
        // SAFETY: nvrtc.h: the text is a static string that ends with a zero byte.
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned()
    }
}

/// With the loader's own words, which name the file.
fn reason(error: &libloading::Error) -> String {
    let detail = error::Error::source(error).map(ToString::to_string);
    detail.unwrap_or_else(|| error.to_string())
}

fn check(status: c_int) -> Result<(), Status> {
    if status == 0 {
        Ok(())
    } else {
        Err(Status(status))
    }
}

/// A program: a source with its headers, and after its compilation the result.
#[derive(Debug)]
pub(super) struct Program<'a> {
    api: &'a Api,
    handle: Handle,
}

impl<'a> Program<'a> {
    pub(super) fn new(
        api: &'a Api,
        name: &CStr,
        source: &CStr,
        headers: &[(CString, CString)],
    ) -> Result<Program<'a>, Status> {
        let names = pointers(headers.iter().map(|(name, _)| name));
        let texts = pointers(headers.iter().map(|(_, text)| text));
        let count = length(&names)?;
        let mut handle = Handle(ptr::null_mut());
        // SAFETY: all strings end with zero bytes and live through the call, which copies them; both arrays have
        // `count` elements; the handle is written before it is used.
        check(unsafe {
            (api.create)(
                &raw mut handle,
                source.as_ptr(),
                name.as_ptr(),
                count,
                texts.as_ptr(),
                names.as_ptr(),
            )
        })?;
        Ok(Program { api, handle })
    }

    /// Asks for the name of what an expression denotes. Before the compilation.
    pub(super) fn add_expression(&self, expression: &CStr) -> Result<(), Status> {
        // SAFETY: the handle is that of a program, which lives as long as `self`; the string ends with a zero
        // byte and is copied.
        check(unsafe { (self.api.add_expression)(self.handle, expression.as_ptr()) })
    }

    pub(super) fn compile(&self, options: &[CString]) -> Result<(), Status> {
        let options = pointers(options.iter());
        let count = length(&options)?;
        // SAFETY: the handle is that of a program; the array has `count` strings, which end with zero bytes and
        // live through the call.
        check(unsafe { (self.api.compile)(self.handle, count, options.as_ptr()) })
    }

    /// The mangled name of what an expression denotes. After the compilation.
    pub(super) fn lowered_name(&self, expression: &CStr) -> Result<String, Status> {
        let mut name = ptr::null();
        // SAFETY: the handle is that of a program; the string ends with a zero byte; the pointer is written on
        // success.
        check(unsafe { (self.api.lowered_name)(self.handle, expression.as_ptr(), &raw mut name) })?;
        // SAFETY: nvrtc.h: the string ends with a zero byte and lives as long as the program.
        let name = unsafe { CStr::from_ptr(name) };
        Ok(name.to_string_lossy().into_owned())
    }

    /// What the compiler had to say.
    pub(super) fn log(&self) -> Result<String, Status> {
        self.text(self.api.log)
    }

    pub(super) fn ptx(&self) -> Result<String, Status> {
        self.text(self.api.ptx)
    }

    pub(super) fn cubin(&self) -> Result<Vec<u8>, Status> {
        self.bytes(self.api.cubin)
    }

    fn text(&self, functions: (SizeOf, Fill)) -> Result<String, Status> {
        let mut bytes = self.bytes(functions)?;
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn bytes(&self, (size_of, fill): (SizeOf, Fill)) -> Result<Vec<u8>, Status> {
        let mut size = 0;
        // SAFETY: the handle is that of a program; the size lives through the call.
        check(unsafe { size_of(self.handle, &raw mut size) })?;
        let mut bytes = vec![0_u8; size];
        // SAFETY: nvrtc.h: as many bytes are written as the call before has said, and the array has them.
        check(unsafe { fill(self.handle, bytes.as_mut_ptr().cast()) })?;
        Ok(bytes)
    }
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is that of a program, and nothing uses it after this. The status can only say that
        // it is none.
        let _ = unsafe { (self.api.destroy)(&raw mut self.handle) };
    }
}

fn pointers<'a>(texts: impl Iterator<Item = &'a CString>) -> Vec<*const c_char> {
    texts.map(|text| text.as_ptr()).collect()
}

/// `NVRTC_ERROR_INVALID_INPUT` for more than NVRTC can count.
fn length(texts: &[*const c_char]) -> Result<c_int, Status> {
    c_int::try_from(texts.len()).map_err(|_| Status(3))
}
