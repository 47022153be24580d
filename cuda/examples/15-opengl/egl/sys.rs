//! OpenGL without a window, through EGL. The libraries are loaded when the program runs, so that it can be built without.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use libloading::Library;

type Display = *mut c_void;
type Config = *mut c_void;
type Handle = *mut c_void;

// The numbers are those of EGL's and OpenGL's headers.
const PLATFORM_SURFACELESS: u32 = 0x31DD;
const OPENGL_API: u32 = 0x30A2;
const RENDERABLE_TYPE: i32 = 0x3040;
const OPENGL_BIT: i32 = 8;
const SURFACE_TYPE: i32 = 0x3033;
const NONE: i32 = 0x3038;
const MAJOR_VERSION: i32 = 0x3098;
const ARRAY_BUFFER: u32 = 0x8892;
const DYNAMIC_DRAW: u32 = 0x88E8;
const VERSION: u32 = 0x1F02;

/// A context of OpenGL 3 that is current in this thread.
pub(crate) struct Headless {
    egl: Library,
    gl: Library,
    display: Display,
    context: Handle,
}

/// Calls a function of a library, with the type that the specification gives it.
macro_rules! call {
    ($library:expr, $name:literal, fn($($type:ty),*) -> $result:ty, $($argument:expr),*) => {{
        // SAFETY: in EGL's and OpenGL's libraries the name has this type, in C.
        let function = unsafe {
            $library.get::<unsafe extern "C" fn($($type),*) -> $result>($name.as_bytes())
        };
        let function = function.map_err(|error| error.to_string())?;
        // SAFETY: numbers, and pointers to what lives until the call is over; handles came from the same library.
        unsafe { function($($argument),*) }
    }};
}

impl Headless {
    /// The context, or why there is none.
    pub(crate) fn new() -> Result<Headless, String> {
        let (egl, gl) = (load("libEGL.so.1")?, load("libOpenGL.so.0")?);
        let display = display(&egl)?;
        let context = context(&egl, display)?;
        Ok(Headless {
            egl,
            gl,
            display,
            context,
        })
    }

    pub(crate) fn version(&self) -> String {
        let version = || -> Result<*const c_char, String> {
            Ok(call!(
                self.gl,
                "glGetString",
                fn(u32) -> *const c_char,
                VERSION
            ))
        };
        let text = version().expect("a function of OpenGL 1");
        // SAFETY: with a current context OpenGL gives a text that ends with a zero and lives as long as the context.
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned()
    }

    /// The name of a buffer with these numbers.
    pub(crate) fn buffer(&self, numbers: &[f32]) -> u32 {
        let bytes = size_of_val(numbers).cast_signed();
        let make = || -> Result<u32, String> {
            let mut name = 0;
            call!(
                self.gl,
                "glGenBuffers",
                fn(i32, *mut u32) -> (),
                1,
                &raw mut name
            );
            call!(
                self.gl,
                "glBindBuffer",
                fn(u32, u32) -> (),
                ARRAY_BUFFER,
                name
            );
            call!(
                self.gl,
                "glBufferData",
                fn(u32, isize, *const f32, u32) -> (),
                ARRAY_BUFFER,
                bytes,
                numbers.as_ptr(),
                DYNAMIC_DRAW
            );
            Ok(name)
        };
        make().expect("functions of OpenGL 1.5")
    }

    /// What a buffer holds, which has as many numbers.
    pub(crate) fn read(&self, name: u32, count: usize) -> Vec<f32> {
        let mut numbers = vec![0.0_f32; count];
        let bytes = size_of_val(&*numbers).cast_signed();
        let mut read = || -> Result<(), String> {
            call!(
                self.gl,
                "glBindBuffer",
                fn(u32, u32) -> (),
                ARRAY_BUFFER,
                name
            );
            call!(
                self.gl,
                "glGetBufferSubData",
                fn(u32, isize, isize, *mut f32) -> (),
                ARRAY_BUFFER,
                0,
                bytes,
                numbers.as_mut_ptr()
            );
            Ok(())
        };
        read().expect("functions of OpenGL 1.5");
        numbers
    }
}

impl Drop for Headless {
    fn drop(&mut self) {
        let end = || -> Result<u32, String> {
            let Headless {
                egl,
                display,
                context,
                ..
            } = &*self;
            let none = ptr::null_mut();
            call!(
                egl,
                "eglMakeCurrent",
                fn(Display, Handle, Handle, Handle) -> u32,
                *display,
                none,
                none,
                none
            );
            call!(
                egl,
                "eglDestroyContext",
                fn(Display, Handle) -> u32,
                *display,
                *context
            );
            Ok(call!(egl, "eglTerminate", fn(Display) -> u32, *display))
        };
        // The process ends next, and the display with it.
        let _ = end();
    }
}

fn load(name: &str) -> Result<Library, String> {
    // SAFETY: these libraries' initialisation does nothing to this process but for themselves.
    let library = unsafe { Library::new(name) };
    library.map_err(|error| error.to_string())
}

/// One that needs no window system: Mesa's, or else the default.
fn display(egl: &Library) -> Result<Display, String> {
    let null = ptr::null_mut();
    let surfaceless = call!(
        egl,
        "eglGetPlatformDisplay",
        fn(u32, *mut c_void, *const isize) -> Display,
        PLATFORM_SURFACELESS,
        null,
        ptr::null()
    );
    let default = call!(egl, "eglGetDisplay", fn(*mut c_void) -> Display, null);
    for display in [surfaceless, default] {
        if display.is_null() {
            continue;
        }
        let initialized = call!(
            egl,
            "eglInitialize",
            fn(Display, *mut i32, *mut i32) -> u32,
            display,
            ptr::null_mut(),
            ptr::null_mut()
        );
        if initialized != 0 {
            return Ok(display);
        }
    }
    Err("EGL has no display that can be used".to_owned())
}

fn context(egl: &Library, display: Display) -> Result<Handle, String> {
    if call!(egl, "eglBindAPI", fn(u32) -> u32, OPENGL_API) == 0 {
        return Err("EGL has no OpenGL".to_owned());
    }
    let wanted = [RENDERABLE_TYPE, OPENGL_BIT, SURFACE_TYPE, 0, NONE];
    let (mut config, mut count): (Config, i32) = (ptr::null_mut(), 0);
    call!(
        egl,
        "eglChooseConfig",
        fn(Display, *const i32, *mut Config, i32, *mut i32) -> u32,
        display,
        wanted.as_ptr(),
        &raw mut config,
        1,
        &raw mut count
    );
    let version = [MAJOR_VERSION, 3, NONE];
    let none = ptr::null_mut();
    let context = call!(
        egl,
        "eglCreateContext",
        fn(Display, Config, Handle, *const i32) -> Handle,
        display,
        config,
        none,
        version.as_ptr()
    );
    let current = make_current(egl, display, context)?;
    if count == 0 || context.is_null() || !current {
        return Err("EGL gives no context of OpenGL 3".to_owned());
    }
    Ok(context)
}

fn make_current(egl: &Library, display: Display, context: Handle) -> Result<bool, String> {
    let none = ptr::null_mut();
    let made = call!(
        egl,
        "eglMakeCurrent",
        fn(Display, Handle, Handle, Handle) -> u32,
        display,
        none,
        none,
        context
    );
    Ok(made != 0)
}
