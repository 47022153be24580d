//! OpenGL's functions, those of the context that is current in the calling thread.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::OnceLock;

use libloading::Library;

/// Where they are: glvnd's libraries, whose functions are those of the current context, whatever made it.
const LIBRARIES: [&str; 3] = ["libOpenGL.so.0", "libGL.so.1", "libGLESv2.so.2"];

/// `GL_COPY_READ_BUFFER`, which no drawing uses, and the same number for what is bound there.
const TARGET: u32 = 0x8F36;
/// `GL_BUFFER_SIZE`.
const SIZE: u32 = 0x8764;
/// `GL_MAP_READ_BIT` and `GL_MAP_WRITE_BIT`.
const READ: u32 = 1;
const WRITE: u32 = 2;

/// The functions that are used here.
pub(super) struct Gl {
    is_buffer: unsafe extern "C" fn(u32) -> u8,
    get_integer: unsafe extern "C" fn(u32, *mut i32),
    bind_buffer: unsafe extern "C" fn(u32, u32),
    get_buffer_parameter: unsafe extern "C" fn(u32, u32, *mut i32),
    map_buffer_range: unsafe extern "C" fn(u32, isize, isize, u32) -> *mut c_void,
    unmap_buffer: unsafe extern "C" fn(u32) -> u8,
    /// Its functions are used as long as the process lives.
    _library: Library,
}

impl Gl {
    /// OpenGL, or why there is none.
    pub(super) fn get() -> Result<&'static Gl, &'static str> {
        static GL: OnceLock<Result<Gl, String>> = OnceLock::new();
        let loaded = GL.get_or_init(|| {
            let tried = LIBRARIES.iter().map(|name| Gl::load(name));
            let mut why = String::new();
            for loaded in tried {
                match loaded {
                    Ok(gl) => return Ok(gl),
                    Err(error) => why = format!("{why}; {error}"),
                }
            }
            Err(why.trim_start_matches("; ").to_owned())
        });
        loaded.as_ref().map_err(String::as_str)
    }

    fn load(name: &str) -> Result<Gl, libloading::Error> {
        // SAFETY: a library of glvnd's or of a driver's, whose initialisation does nothing to this process but for itself.
        let library = unsafe { Library::new(name)? };
        // In these, a function's type is that which OpenGL's specification gives to the name, in C.
        Ok(Gl {
            // SAFETY: as said above.
            is_buffer: unsafe { *library.get(b"glIsBuffer")? },
            // SAFETY: as said above.
            get_integer: unsafe { *library.get(b"glGetIntegerv")? },
            // SAFETY: as said above.
            bind_buffer: unsafe { *library.get(b"glBindBuffer")? },
            // SAFETY: as said above.
            get_buffer_parameter: unsafe { *library.get(b"glGetBufferParameteriv")? },
            // SAFETY: as said above.
            map_buffer_range: unsafe { *library.get(b"glMapBufferRange")? },
            // SAFETY: as said above.
            unmap_buffer: unsafe { *library.get(b"glUnmapBuffer")? },
            _library: library,
        })
    }

    /// Bytes of a buffer; `None` if there is no such buffer, or no context is current.
    pub(super) fn size(&self, buffer: u32) -> Option<usize> {
        self.bound(buffer, || {
            let mut size = 0;
            // SAFETY: writes one number; a buffer is bound to the target.
            unsafe { (self.get_buffer_parameter)(TARGET, SIZE, &raw mut size) };
            usize::try_from(size).ok()
        })?
    }

    /// Copies a buffer's bytes out. It fails if the buffer has fewer, or OpenGL's program has mapped it.
    pub(super) fn read(&self, buffer: u32, to: &mut [u8]) -> Option<()> {
        self.mapped(buffer, to.len(), READ, |start| {
            // SAFETY: OpenGL gave so many bytes for reading, of its own; they are mapped until this returns.
            unsafe { start.copy_to_nonoverlapping(NonNull::from(&mut *to).cast(), to.len()) };
        })
    }

    /// Copies bytes into a buffer. It fails as `read` does.
    pub(super) fn write(&self, buffer: u32, from: &[u8]) -> Option<()> {
        self.mapped(buffer, from.len(), WRITE, |start| {
            // SAFETY: OpenGL gave so many bytes for writing, of its own; they are mapped until this returns.
            unsafe { start.copy_from_nonoverlapping(NonNull::from(from).cast(), from.len()) };
        })
    }

    fn mapped(
        &self,
        buffer: u32,
        bytes: usize,
        access: u32,
        copy: impl FnOnce(NonNull<u8>),
    ) -> Option<()> {
        if self.size(buffer)? < bytes {
            return None;
        }
        self.bound(buffer, || {
            // SAFETY: a buffer is bound to the target, and has so many bytes, as was just seen.
            let start = unsafe { (self.map_buffer_range)(TARGET, 0, bytes.cast_signed(), access) };
            copy(NonNull::new(start.cast())?);
            // SAFETY: the buffer that was mapped is still bound.
            let kept = unsafe { (self.unmap_buffer)(TARGET) };
            (kept != 0).then_some(())
        })?
    }

    /// Does something with the buffer bound to the target, and then binds what was bound before.
    fn bound<R>(&self, buffer: u32, work: impl FnOnce() -> R) -> Option<R> {
        // SAFETY: takes any number, and without a current context does nothing and returns 0.
        let is_buffer = unsafe { (self.is_buffer)(buffer) } != 0;
        if !is_buffer {
            return None;
        }
        let mut before = 0;
        // SAFETY: a context is current, since it knows the buffer; writes one number.
        unsafe { (self.get_integer)(TARGET, &raw mut before) };
        // SAFETY: a buffer of the current context.
        unsafe { (self.bind_buffer)(TARGET, buffer) };
        let result = work();
        // SAFETY: what was bound there a moment ago in this thread.
        unsafe { (self.bind_buffer)(TARGET, before.cast_unsigned()) };
        Some(result)
    }
}
