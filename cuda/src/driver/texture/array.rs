//! Arrays: memory in the order that textures like.

use std::fmt;
use std::sync::Arc;

use bytemuck::Pod;

use crate::backend::{ArrayDescriptor, ArrayFormat, ArrayHandle, ArrayKind};
use crate::context::{Context, Resource};
use crate::driver::Memcpy3D;
use crate::error::{Code, Error, Result};

/// Memory of one, two or three dimensions, or in layers, which kernels read through textures and write through surfaces.
///
/// It is cheap to clone; the last clone, or texture or surface of it, frees it.
#[derive(Clone)]
pub struct Array(Arc<Inner>);

struct Inner {
    context: Context,
    handle: ArrayHandle,
    descriptor: ArrayDescriptor,
    /// It is OpenGL's.
    borrowed: bool,
}

/// What an element of an array can be: one, two or four numbers of a [format](ArrayFormat).
pub trait ArrayElement: Pod {
    /// What a channel is.
    const FORMAT: ArrayFormat;
    /// How many there are.
    const CHANNELS: u32;
}

macro_rules! elements {
    ($($type:ty: $format:ident;)*) => {$(
        impl ArrayElement for $type {
            const FORMAT: ArrayFormat = ArrayFormat::$format;
            const CHANNELS: u32 = 1;
        }

        impl ArrayElement for [$type; 2] {
            const FORMAT: ArrayFormat = ArrayFormat::$format;
            const CHANNELS: u32 = 2;
        }

        impl ArrayElement for [$type; 4] {
            const FORMAT: ArrayFormat = ArrayFormat::$format;
            const CHANNELS: u32 = 4;
        }
    )*};
}

elements! {
    u8: U8;
    u16: U16;
    u32: U32;
    i8: I8;
    i16: I16;
    i32: I32;
    half::f16: F16;
    f32: F32;
}

impl ArrayDescriptor {
    /// One dimension of `width` elements of type `T`.
    #[must_use]
    pub fn d1<T: ArrayElement>(width: usize) -> ArrayDescriptor {
        ArrayDescriptor::d3::<T>(width, 0, 0)
    }

    /// Two dimensions: `height` rows of `width` elements.
    #[must_use]
    pub fn d2<T: ArrayElement>(width: usize, height: usize) -> ArrayDescriptor {
        ArrayDescriptor::d3::<T>(width, height, 0)
    }

    /// Three dimensions: `depth` slices of `height` rows of `width` elements.
    #[must_use]
    pub fn d3<T: ArrayElement>(width: usize, height: usize, depth: usize) -> ArrayDescriptor {
        ArrayDescriptor {
            width,
            height,
            depth,
            format: T::FORMAT,
            channels: T::CHANNELS,
            kind: ArrayKind::Plain,
            surface: false,
            gather: false,
        }
    }

    /// `layers` layers of two dimensions; of one, where `height` is 0.
    #[must_use]
    pub fn layered<T: ArrayElement>(width: usize, height: usize, layers: usize) -> ArrayDescriptor {
        ArrayDescriptor {
            kind: ArrayKind::Layered,
            ..ArrayDescriptor::d3::<T>(width, height, layers)
        }
    }

    /// Six square faces.
    #[must_use]
    pub fn cubemap<T: ArrayElement>(width: usize) -> ArrayDescriptor {
        ArrayDescriptor {
            kind: ArrayKind::Cubemap,
            ..ArrayDescriptor::d3::<T>(width, width, 6)
        }
    }

    /// The same, which kernels can write through surfaces.
    #[must_use]
    pub fn for_surfaces(self) -> ArrayDescriptor {
        ArrayDescriptor {
            surface: true,
            ..self
        }
    }

    /// How many elements there are.
    fn len(&self) -> usize {
        self.width * self.height.max(1) * self.depth.max(1)
    }
}

impl Array {
    /// An array of undefined content.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for an impossible descriptor; [`Code::OutOfMemory`].
    pub fn new(context: &Context, descriptor: ArrayDescriptor) -> Result<Array> {
        context.check()?;
        let handle = context
            .backend()
            .array_create(context.handle(), &descriptor);
        let handle = handle.map_err(|error| error.on(format_args!("{descriptor:?}")))?;
        Ok(Array::of(context, handle, descriptor, false))
    }

    /// An array that OpenGL frees.
    pub(crate) fn borrowed(
        context: &Context,
        handle: ArrayHandle,
        descriptor: ArrayDescriptor,
    ) -> Array {
        Array::of(context, handle, descriptor, true)
    }

    fn of(
        context: &Context,
        handle: ArrayHandle,
        descriptor: ArrayDescriptor,
        borrowed: bool,
    ) -> Array {
        context.count(Resource::Array);
        Array(Arc::new(Inner {
            context: context.clone(),
            handle,
            descriptor,
            borrowed,
        }))
    }

    /// An array of two dimensions with the content of a matrix whose rows follow each other: Python's
    /// `matrix_to_array`. An element may have two or four channels.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if `values` are not `width * height`; [`Code::OutOfMemory`].
    pub fn from_matrix<T: ArrayElement>(
        context: &Context,
        values: &[T],
        width: usize,
        height: usize,
    ) -> Result<Array> {
        let array = Array::new(context, ArrayDescriptor::d2::<T>(width, height))?;
        array.copy_from(values)?;
        Ok(array)
    }

    /// The context that it is of.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// The driver's handle (`CUarray`), for other libraries: Python's `handle`. It is valid as long as this array; of an
    /// emulated device it is a number that means nothing elsewhere.
    #[must_use]
    pub fn as_raw(&self) -> u64 {
        self.0.handle.0
    }

    /// Its size and content.
    #[must_use]
    pub fn get_descriptor(&self) -> ArrayDescriptor {
        self.0.descriptor
    }

    /// Copies all elements, row by row and slice by slice, to the array, and waits for it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer, or of another type.
    pub fn copy_from<T: ArrayElement>(&self, values: &[T]) -> Result<()> {
        self.covers::<T>(values.len())?;
        let (row, rows, slices) = self.extent();
        Memcpy3D::new(row, rows, slices)
            .from_host(values, row)
            .to_array(self)
            .run(self.context())
    }

    /// Copies all elements to the host, and waits for it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer, or of another type.
    pub fn copy_to<T: ArrayElement>(&self, values: &mut [T]) -> Result<()> {
        self.covers::<T>(values.len())?;
        let (row, rows, slices) = self.extent();
        Memcpy3D::new(row, rows, slices)
            .from_array(self)
            .to_host(values, row)
            .run(self.context())
    }

    /// A copy in the host's memory.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if the elements are of another type.
    pub fn to_vec<T: ArrayElement>(&self) -> Result<Vec<T>> {
        let mut values = vec![T::zeroed(); self.0.descriptor.len()];
        self.copy_to(&mut values)?;
        Ok(values)
    }

    /// Bytes of a row, rows, slices.
    fn extent(&self) -> (usize, usize, usize) {
        let descriptor = self.0.descriptor;
        let row = descriptor.width * descriptor.element_size();
        (row, descriptor.height.max(1), descriptor.depth.max(1))
    }

    fn covers<T: ArrayElement>(&self, len: usize) -> Result<()> {
        let descriptor = self.0.descriptor;
        let same_type = (T::FORMAT, T::CHANNELS) == (descriptor.format, descriptor.channels);
        if same_type && len == descriptor.len() {
            return Ok(());
        }
        let (format, channels) = (T::FORMAT, T::CHANNELS);
        let error =
            Error::new(Code::InvalidValue, "a copy of an array").on(format_args!("{descriptor:?}"));
        Err(error.because(format_args!(
            "the other side has {len} elements of {channels} times {format:?}"
        )))
    }

    pub(crate) fn handle(&self) -> ArrayHandle {
        self.0.handle
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let freed = match self.borrowed {
            true => Ok(()),
            false => self
                .context
                .backend()
                .array_destroy(self.context.handle(), self.handle),
        };
        self.context.ended(Resource::Array, freed);
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array")
            .field("handle", &self.0.handle)
            .field("descriptor", &self.0.descriptor)
            .finish()
    }
}
