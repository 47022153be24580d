//! Copies of boxes: rows, planes and volumes out of larger ones.

mod side;

use std::fmt;
use std::marker::PhantomData;

use bytemuck::Pod;

use self::side::{Side, Size};
use super::cell::{block_of, block_of_mut, source_of_call, target_of_call};
use super::{DeviceSlice, PitchedBuffer};
use crate::backend::{Copy, HostBlock, Memory};
use crate::context::Context;
use crate::driver::{Array, Stream};
use crate::error::{Code, Error, Result};

/// A copy of a box of bytes between host, linear memory and arrays: Python's `Memcpy2D`, `Memcpy3D` and `Memcpy3DPeer`.
///
/// A box has rows of a width in bytes, a height in rows and a depth in slices; a copy in two dimensions has a depth of 1.
/// Each side says what it is in, how rows and slices lie there, and where the box begins. All of it is checked against the
/// memory before anything is copied.
///
/// ```no_run
/// # use cuda::driver::{DeviceBuffer, Memcpy3D};
/// # fn copy(image: &DeviceBuffer<u8>) -> cuda::Result<()> {
/// // A tile of 16 times 16 bytes out of the middle of an image of 640 times 480.
/// let mut tile = [0u8; 256];
/// Memcpy3D::new(16, 16, 1)
///     .from_device(image.as_slice(), 640).from_origin(312, 232, 0)
///     .to_host(&mut tile, 16)
///     .run(image.context())
/// # }
/// ```
#[must_use = "nothing is copied until it runs"]
pub struct Memcpy3D<'a> {
    width: usize,
    height: usize,
    depth: usize,
    from: Option<Side>,
    to: Option<Side>,
    borrowed: PhantomData<&'a mut [u8]>,
}

impl<'a> Memcpy3D<'a> {
    /// A box of `width` bytes, `height` rows and `depth` slices.
    pub fn new(width: usize, height: usize, depth: usize) -> Memcpy3D<'a> {
        Memcpy3D {
            width,
            height,
            depth,
            from: None,
            to: None,
            borrowed: PhantomData,
        }
    }

    /// From host memory, in which rows begin every `pitch` bytes. Slices follow each other, as high as the box unless
    /// [`from_rows`](Memcpy3D::from_rows) says otherwise.
    pub fn from_host<T: Pod>(self, values: &'a [T], pitch: usize) -> Memcpy3D<'a> {
        let block = block_of(values);
        self.with_from(
            Memory::Host(block),
            pitch,
            Size::Linear(block.bytes()),
            None,
        )
    }

    /// From device memory, in which rows begin every `pitch` bytes. It may be of another context of the same driver.
    pub fn from_device<T>(self, values: DeviceSlice<'a, T>, pitch: usize) -> Memcpy3D<'a> {
        let (memory, size) = (Memory::Device(values.ptr()), Size::Linear(values.size()));
        self.with_from(memory, pitch, size, Some(values.context()))
    }

    /// From pitched memory.
    pub fn from_pitched<T>(self, buffer: &'a PitchedBuffer<T>) -> Memcpy3D<'a> {
        let size = Size::Linear(buffer.pitch() * buffer.height());
        self.with_from(
            Memory::Device(buffer.ptr()),
            buffer.pitch(),
            size,
            Some(buffer.context()),
        )
    }

    /// From an array.
    pub fn from_array(self, array: &'a Array) -> Memcpy3D<'a> {
        self.with_from(
            Memory::Array(array.handle()),
            0,
            Size::of_array(array),
            Some(array.context()),
        )
    }

    /// Where the box begins in what it comes from: bytes, rows, slices.
    pub fn from_origin(mut self, x: usize, y: usize, z: usize) -> Memcpy3D<'a> {
        if let Some(from) = &mut self.from {
            from.origin = (x, y, z);
        }
        self
    }

    /// How many rows a slice has in what it comes from.
    pub fn from_rows(mut self, rows: usize) -> Memcpy3D<'a> {
        if let Some(from) = &mut self.from {
            from.rows = rows;
        }
        self
    }

    /// To host memory, in which rows begin every `pitch` bytes.
    pub fn to_host<T: Pod>(self, values: &'a mut [T], pitch: usize) -> Memcpy3D<'a> {
        let block = block_of_mut(values);
        self.with_to(
            Memory::Host(block),
            pitch,
            Size::Linear(block.bytes()),
            None,
        )
    }

    /// To device memory, in which rows begin every `pitch` bytes. It may be of another context of the same driver.
    pub fn to_device<T>(self, values: DeviceSlice<'a, T>, pitch: usize) -> Memcpy3D<'a> {
        let (memory, size) = (Memory::Device(values.ptr()), Size::Linear(values.size()));
        self.with_to(memory, pitch, size, Some(values.context()))
    }

    /// To pitched memory.
    pub fn to_pitched<T>(self, buffer: &'a PitchedBuffer<T>) -> Memcpy3D<'a> {
        let size = Size::Linear(buffer.pitch() * buffer.height());
        self.with_to(
            Memory::Device(buffer.ptr()),
            buffer.pitch(),
            size,
            Some(buffer.context()),
        )
    }

    /// To an array.
    pub fn to_array(self, array: &'a Array) -> Memcpy3D<'a> {
        self.with_to(
            Memory::Array(array.handle()),
            0,
            Size::of_array(array),
            Some(array.context()),
        )
    }

    /// Where the box begins in what it goes to: bytes, rows, slices.
    pub fn to_origin(mut self, x: usize, y: usize, z: usize) -> Memcpy3D<'a> {
        if let Some(to) = &mut self.to {
            to.origin = (x, y, z);
        }
        self
    }

    /// How many rows a slice has in what it goes to.
    pub fn to_rows(mut self, rows: usize) -> Memcpy3D<'a> {
        if let Some(to) = &mut self.to {
            to.rows = rows;
        }
        self
    }

    fn with_from(
        mut self,
        memory: Memory<HostBlock>,
        pitch: usize,
        size: Size,
        context: Option<&Context>,
    ) -> Self {
        self.from = Some(self.side(memory, pitch, size, context));
        self
    }

    fn with_to(
        mut self,
        memory: Memory<HostBlock>,
        pitch: usize,
        size: Size,
        context: Option<&Context>,
    ) -> Self {
        self.to = Some(self.side(memory, pitch, size, context));
        self
    }

    fn side(
        &self,
        memory: Memory<HostBlock>,
        pitch: usize,
        size: Size,
        context: Option<&Context>,
    ) -> Side {
        Side {
            memory,
            pitch,
            rows: self.height,
            size,
            origin: (0, 0, 0),
            context: context.cloned(),
        }
    }

    /// Copies, and waits for it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] where a side is missing, or the box is not inside of it.
    pub fn run(self, context: &Context) -> Result<()> {
        context.check()?;
        match self.checked(context)? {
            Some(copy) => context.backend().copy(context.handle(), &copy),
            None => Ok(()),
        }
    }

    /// Copies in the order of `stream`. Neither side may be host memory, which [`run`](Memcpy3D::run) takes.
    ///
    /// # Errors
    /// As for [`run`](Memcpy3D::run); [`Code::NotSupported`] for host memory.
    pub fn run_async(self, stream: &Stream) -> Result<()> {
        let context = stream.context();
        context.check()?;
        self.refuse_host("cuMemcpy3DAsync")?;
        match self.checked(context)? {
            Some(copy) => context
                .backend()
                .copy_async(context.handle(), &copy, stream.handle()),
            None => Ok(()),
        }
    }

    pub(crate) fn refuse_host(&self, call: &'static str) -> Result<()> {
        let sides = [&self.from, &self.to];
        if !sides
            .into_iter()
            .flatten()
            .any(|side| matches!(side.memory, Memory::Host(_)))
        {
            return Ok(());
        }
        let error = Error::new(Code::NotSupported, call)
            .because("host memory is borrowed only until the call returns");
        Err(error.advise("copy it with run, or through device memory"))
    }

    /// The copy, if it is of anything, with everything checked.
    pub(crate) fn checked(&self, context: &Context) -> Result<Option<Copy>> {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            return Err(refused("it lacks a side to copy from, or one to copy to"));
        };
        self.fits(from, context, "the side that is copied from")?;
        self.fits(to, context, "the side that is copied to")?;
        if self.width == 0 || self.height == 0 || self.depth == 0 {
            return Ok(None);
        }
        Ok(Some(Copy {
            from: from.place(context, source_of_call),
            to: to.place(context, target_of_call),
            width: self.width,
            height: self.height,
            depth: self.depth,
        }))
    }

    fn fits(&self, side: &Side, context: &Context, which: &str) -> Result<()> {
        if let Some(owner) = &side.context {
            context.same_backend(owner, "a copy")?;
        }
        match side.holds(self.width, self.height, self.depth) {
            Some(true) => Ok(()),
            _ => Err(refused(&format!("the box is not inside of {which}")).on(self)),
        }
    }
}

fn refused(reason: &str) -> Error {
    Error::new(Code::InvalidValue, "a copy of a box").because(reason)
}

impl fmt::Display for Memcpy3D<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes, {} rows, {} slices",
            self.width, self.height, self.depth
        )
    }
}

impl fmt::Debug for Memcpy3D<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memcpy3D({self})")
    }
}
