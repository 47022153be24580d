//! Texture objects and surface objects.

use std::fmt;
use std::marker::PhantomData;

use super::{Array, ArrayElement};
use crate::backend::{
    SurfaceHandle, TextureDescriptor, TextureHandle, TextureRequest, TextureResource,
};
use crate::context::{Context, Resource};
use crate::driver::{ArgumentWriter, DeviceSlice, KernelArg, PitchedBuffer};
use crate::error::{Code, Error, Result};

/// How a kernel reads memory by coordinates: an argument of type `cudaTextureObject_t`.
///
/// It keeps its array alive, or borrows its memory.
pub struct TextureObject<'a> {
    context: Context,
    handle: TextureHandle,
    array: Option<Array>,
    memory: PhantomData<&'a ()>,
}

impl<'a> TextureObject<'a> {
    /// A texture of an array.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for a way of reading that the elements do not allow.
    pub fn new(array: &Array, descriptor: TextureDescriptor) -> Result<TextureObject<'static>> {
        let resource = TextureResource::Array(array.handle(), array.get_descriptor());
        TextureObject::of(array.context(), resource, descriptor, Some(array.clone()))
    }

    /// A texture of one dimension in linear memory, which `tex1Dfetch` reads.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for memory that is too long, or not aligned.
    pub fn linear<T: ArrayElement>(
        memory: DeviceSlice<'a, T>,
        descriptor: TextureDescriptor,
    ) -> Result<TextureObject<'a>> {
        let resource = TextureResource::Linear {
            pointer: memory.ptr(),
            bytes: memory.size(),
            format: T::FORMAT,
            channels: T::CHANNELS,
        };
        TextureObject::of(memory.context(), resource, descriptor, None)
    }

    /// A texture of two dimensions in pitched memory.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for memory that is too large.
    pub fn pitched<T: ArrayElement>(
        memory: &'a PitchedBuffer<T>,
        descriptor: TextureDescriptor,
    ) -> Result<TextureObject<'a>> {
        let resource = TextureResource::Pitched {
            pointer: memory.ptr(),
            format: T::FORMAT,
            channels: T::CHANNELS,
            width: memory.width(),
            height: memory.height(),
            pitch: memory.pitch(),
        };
        TextureObject::of(memory.context(), resource, descriptor, None)
    }

    fn of(
        context: &Context,
        resource: TextureResource,
        descriptor: TextureDescriptor,
        array: Option<Array>,
    ) -> Result<TextureObject<'a>> {
        context.check()?;
        let request = TextureRequest {
            resource,
            descriptor,
        };
        let handle = context.backend().texture_create(context.handle(), &request);
        let handle = handle.map_err(|error| error.on(format_args!("{descriptor:?}")))?;
        context.count(Resource::Texture);
        Ok(TextureObject {
            context: context.clone(),
            handle,
            array,
            memory: PhantomData,
        })
    }

    /// The array that it reads, if it is one.
    #[must_use]
    pub fn array(&self) -> Option<&Array> {
        self.array.as_ref()
    }
}

impl KernelArg for &TextureObject<'_> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        of_same_driver(arguments, &self.context)?;
        arguments.value(self.handle.0)
    }
}

fn of_same_driver(arguments: &ArgumentWriter<'_>, context: &Context) -> Result<()> {
    match arguments.context() == context {
        true => Ok(()),
        false => Err(Error::new(Code::InvalidContext, "an argument")
            .because("the object is of another context")),
    }
}

impl Drop for TextureObject<'_> {
    fn drop(&mut self) {
        let destroyed = self
            .context
            .backend()
            .texture_destroy(self.context.handle(), self.handle);
        self.context.ended(Resource::Texture, destroyed);
    }
}

impl fmt::Debug for TextureObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextureObject")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

/// How a kernel reads and writes an array by coordinates: an argument of type `cudaSurfaceObject_t`. The x coordinate is in
/// bytes.
pub struct SurfaceObject {
    array: Array,
    handle: SurfaceHandle,
}

impl SurfaceObject {
    /// A surface of an array that was made [for surfaces](crate::driver::ArrayDescriptor::for_surfaces).
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for other arrays.
    pub fn new(array: &Array) -> Result<SurfaceObject> {
        let context = array.context();
        context.check()?;
        if !array.get_descriptor().surface {
            let error = Error::new(Code::InvalidValue, "cuSurfObjectCreate")
                .because("the array is not for surfaces");
            return Err(error.advise("make it with ArrayDescriptor::for_surfaces"));
        }
        let handle = context
            .backend()
            .surface_create(context.handle(), array.handle())?;
        context.count(Resource::Surface);
        Ok(SurfaceObject {
            array: array.clone(),
            handle,
        })
    }

    /// The array that it is of.
    #[must_use]
    pub fn array(&self) -> &Array {
        &self.array
    }
}

impl KernelArg for &SurfaceObject {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        of_same_driver(arguments, self.array.context())?;
        arguments.value(self.handle.0)
    }
}

impl Drop for SurfaceObject {
    fn drop(&mut self) {
        let context = self.array.context();
        let destroyed = context
            .backend()
            .surface_destroy(context.handle(), self.handle);
        context.ended(Resource::Surface, destroyed);
    }
}

impl fmt::Debug for SurfaceObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SurfaceObject")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}
