//! Buffers and images that are OpenGL's, used by kernels.
//!
//! OpenGL's context must be current in the thread, and be the same device's. Register a buffer once; then, for each use, map
//! it, have kernels work on it, and unmap it, which dropping the mapping does. Between, it is OpenGL's again.
//!
//! ```no_run
//! use cuda::gl::{GraphicsMapFlags, RegisteredBuffer};
//! # fn draw(context: &cuda::Context, vertices: u32, kernel: &cuda::driver::Function) -> cuda::Result<()> {
//! let buffer = RegisteredBuffer::new(context, vertices, GraphicsMapFlags::None)?;
//! let mapping = buffer.map(&context.default_stream())?;
//! kernel.call((mapping.memory::<f32>()?,), cuda::driver::Launch::block(256))?;
//! mapping.unmap()?;
//! # Ok(())
//! # }
//! ```
//!
//! The emulated device shares buffers with whatever OpenGL is current in the thread, Mesa's that needs no GPU among them: it copies
//! them when they are mapped, unless they are [write-only](GraphicsMapFlags::WriteDiscard), and back when they are unmapped, unless
//! they are [read-only](GraphicsMapFlags::ReadOnly). Images are `NotSupported` there.

use std::fmt;

use bytemuck::Pod;

use crate::backend::{ArrayDescriptor, GraphicsHandle};
use crate::context::{Context, Resource};
use crate::driver::{Array, DeviceSlice, Stream};
use crate::error::Result;

/// What kernels do with what is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u32)]
pub enum GraphicsMapFlags {
    /// They may read and write it.
    #[default]
    None = 0,
    /// They only read it.
    ReadOnly = 1,
    /// They write all of it, and do not read what was there.
    WriteDiscard = 2,
}

/// A registered object of OpenGL's; it is unregistered when this is dropped.
struct Registered {
    context: Context,
    handle: GraphicsHandle,
}

impl Registered {
    fn adopt(context: &Context, handle: GraphicsHandle) -> Registered {
        context.count(Resource::Graphics);
        Registered {
            context: context.clone(),
            handle,
        }
    }

    fn map(&self, stream: &Stream) -> Result<Mapped<'_>> {
        self.context.check()?;
        let handle = self
            .context
            .stream_handle(stream, "cuGraphicsMapResources")?;
        self.context
            .backend()
            .graphics_map(self.context.handle(), self.handle, handle)?;
        Ok(Mapped {
            resource: self,
            stream: stream.clone(),
            mapped: true,
        })
    }

    fn set_map_flags(&self, flags: GraphicsMapFlags) -> Result<()> {
        self.context.check()?;
        self.context.backend().graphics_set_map_flags(
            self.context.handle(),
            self.handle,
            flags as u32,
        )
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let ended = self
            .context
            .backend()
            .graphics_unregister(self.context.handle(), self.handle);
        self.context.ended(Resource::Graphics, ended);
    }
}

/// An object while it is mapped.
struct Mapped<'a> {
    resource: &'a Registered,
    stream: Stream,
    mapped: bool,
}

impl Mapped<'_> {
    fn unmap(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.mapped) {
            return Ok(());
        }
        let context = &self.resource.context;
        context.backend().graphics_unmap(
            context.handle(),
            self.resource.handle,
            self.stream.handle(),
        )
    }
}

impl Drop for Mapped<'_> {
    fn drop(&mut self) {
        let unmapped = self.unmap();
        self.resource.context.keep(unmapped);
    }
}

/// A buffer of OpenGL's that kernels can use.
pub struct RegisteredBuffer(Registered);

impl RegisteredBuffer {
    /// Registers the buffer of that name.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for a name of no buffer, and others of the driver.
    pub fn new(
        context: &Context,
        buffer: u32,
        flags: GraphicsMapFlags,
    ) -> Result<RegisteredBuffer> {
        context.check()?;
        let handle =
            context
                .backend()
                .gl_register_buffer(context.handle(), buffer, flags as u32)?;
        Ok(RegisteredBuffer(Registered::adopt(context, handle)))
    }

    /// Takes it from OpenGL, after what it was given to do, until the mapping is dropped.
    ///
    /// # Errors
    /// [`Code::AlreadyMapped`](crate::Code::AlreadyMapped).
    pub fn map(&self, stream: &Stream) -> Result<BufferMapping<'_>> {
        Ok(BufferMapping(self.0.map(stream)?))
    }

    /// Says what kernels will do with it at the next mapping.
    ///
    /// # Errors
    /// [`Code::AlreadyMapped`](crate::Code::AlreadyMapped).
    pub fn set_map_flags(&self, flags: GraphicsMapFlags) -> Result<()> {
        self.0.set_map_flags(flags)
    }
}

/// A buffer while kernels can use it.
pub struct BufferMapping<'a>(Mapped<'a>);

impl BufferMapping<'_> {
    /// Its memory, as values of type `T`.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) where its size is no multiple of `T`'s.
    pub fn memory<T: Pod>(&self) -> Result<DeviceSlice<'_, T>> {
        let context = &self.0.resource.context;
        context.check()?;
        let (pointer, size) = context
            .backend()
            .graphics_mapped_pointer(context.handle(), self.0.resource.handle)?;
        DeviceSlice::<u8>::new(context, pointer, size).cast()
    }

    /// Gives it back to OpenGL, and tells whether that failed.
    ///
    /// # Errors
    /// The failure of work on it.
    pub fn unmap(mut self) -> Result<()> {
        self.0.unmap()
    }
}

/// A texture or renderbuffer of OpenGL's that kernels can use.
pub struct RegisteredImage(Registered);

impl RegisteredImage {
    /// Registers the image of that name. `target` is OpenGL's, such as `GL_TEXTURE_2D`.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for a name of no such image, or a format that CUDA lacks.
    pub fn new(
        context: &Context,
        image: u32,
        target: u32,
        flags: GraphicsMapFlags,
    ) -> Result<RegisteredImage> {
        context.check()?;
        let handle =
            context
                .backend()
                .gl_register_image(context.handle(), image, target, flags as u32)?;
        Ok(RegisteredImage(Registered::adopt(context, handle)))
    }

    /// Takes it from OpenGL, after what it was given to do, until the mapping is dropped.
    ///
    /// # Errors
    /// [`Code::AlreadyMapped`](crate::Code::AlreadyMapped).
    pub fn map(&self, stream: &Stream) -> Result<ImageMapping<'_>> {
        Ok(ImageMapping(self.0.map(stream)?))
    }

    /// Says what kernels will do with it at the next mapping.
    ///
    /// # Errors
    /// [`Code::AlreadyMapped`](crate::Code::AlreadyMapped).
    pub fn set_map_flags(&self, flags: GraphicsMapFlags) -> Result<()> {
        self.0.set_map_flags(flags)
    }
}

/// An image while kernels can use it.
pub struct ImageMapping<'a>(Mapped<'a>);

impl ImageMapping<'_> {
    /// Its array, whose size and format OpenGL's program knows and says. It must not be used after the mapping.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn array(&self, index: u32, level: u32, descriptor: ArrayDescriptor) -> Result<Array> {
        let context = &self.0.resource.context;
        context.check()?;
        let resource = self.0.resource.handle;
        let array =
            context
                .backend()
                .graphics_mapped_array(context.handle(), resource, index, level)?;
        Ok(Array::borrowed(context, array, descriptor))
    }

    /// Gives it back to OpenGL, and tells whether that failed.
    ///
    /// # Errors
    /// The failure of work on it.
    pub fn unmap(mut self) -> Result<()> {
        self.0.unmap()
    }
}

macro_rules! debug {
    ($($name:ident $(<$life:lifetime>)?: $handle:expr;)*) => {$(
        impl fmt::Debug for $name $(<$life>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let handle: fn(&Self) -> GraphicsHandle = $handle;
                f.debug_tuple(stringify!($name)).field(&handle(self)).finish()
            }
        }
    )*};
}

debug! {
    RegisteredBuffer: |own| own.0.handle;
    RegisteredImage: |own| own.0.handle;
    BufferMapping<'_>: |own| own.0.resource.handle;
    ImageMapping<'_>: |own| own.0.resource.handle;
}
