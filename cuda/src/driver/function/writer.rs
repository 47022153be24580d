//! The parameter block of a call, checked while it is written.

use std::fmt;

use smallvec::SmallVec;

use super::KernelArg;
use super::argument::KernelValue;
use super::kernel::Kernel;
use super::prepared::Layout;
use crate::backend::{DevicePtr, Parameter, StreamHandle};
use crate::context::Context;
use crate::driver::{Allocator, DeviceAllocation};
use crate::error::{Code, Error, Result};

/// The arguments of one call, added one by one.
///
/// Each is checked when it is added: whether the kernel takes so many, and of this size, as far as the driver tells (CUDA
/// 12.4 and the emulated device do, and the text of a module that was loaded from PTX); and whether it takes a
/// floating-point number there or an integer, as far as that text tells. What a pointer points to is nowhere said.
pub struct ArgumentWriter<'a> {
    kernel: &'a Kernel,
    stream: StreamHandle,
    /// The parameter block, in words, for its alignment.
    block: SmallVec<[u64; 32]>,
    bytes: usize,
    count: usize,
    staged: SmallVec<[Staged<'a>; 4]>,
    /// Where they are, if only this knows.
    places: SmallVec<[Parameter; 16]>,
}

/// Host memory that is copied to the device for the call.
struct Staged<'a> {
    memory: DeviceAllocation,
    back: Option<&'a mut [u8]>,
}

impl<'a> ArgumentWriter<'a> {
    #[inline]
    pub(crate) fn new(kernel: &'a Kernel, stream: StreamHandle) -> ArgumentWriter<'a> {
        ArgumentWriter {
            kernel,
            stream,
            block: SmallVec::new(),
            bytes: 0,
            count: 0,
            staged: SmallVec::new(),
            places: SmallVec::new(),
        }
    }

    /// The context of the call.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.kernel.context()
    }

    /// Adds an argument of any kind.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if the kernel takes no more arguments, or one of another size or kind in this place.
    pub fn push(&mut self, argument: impl KernelArg + 'a) -> Result<()> {
        argument.push(self)
    }

    /// Adds a value that is copied byte for byte.
    ///
    /// # Errors
    /// As for [`push`](ArgumentWriter::push).
    #[inline]
    pub fn value<V: KernelValue>(&mut self, value: V) -> Result<()> {
        let position = self.count;
        let place = self.place(size_of::<V>(), align_of::<V>())?;
        self.kernel.takes(position, V::IS_FLOAT)?;
        value.write(&mut bytemuck::cast_slice_mut(&mut self.block)[place..place + size_of::<V>()]);
        Ok(())
    }

    /// Adds an address of device memory that belongs to `owner`.
    ///
    /// # Errors
    /// As for [`push`](ArgumentWriter::push); [`Code::InvalidContext`] if one is hardware and the other is emulated.
    pub fn memory(&mut self, owner: &Context, pointer: DevicePtr) -> Result<()> {
        if owner != self.context() {
            self.context().same_backend(owner, "an argument")?;
        }
        self.value(pointer)
    }

    /// Makes room for an argument, and gives the place.
    fn place(&mut self, size: usize, align: usize) -> Result<usize> {
        let expected = self.kernel.parameters();
        let offset = match expected.unwrap_or(&self.places).get(self.count) {
            Some(parameter) if parameter.size == size => parameter.offset,
            None if expected.is_none() => self.natural(size, align),
            other => return Err(self.kernel.misfit(self.count, size, other.copied())),
        };
        self.bytes = self.bytes.max(offset + size);
        self.count += 1;
        let words = self.bytes.div_ceil(8);
        if words > self.block.len() {
            self.block.resize(words, 0);
        }
        Ok(offset)
    }

    /// The next place of a structure in C with these members.
    fn natural(&mut self, size: usize, align: usize) -> usize {
        let offset = self.bytes.next_multiple_of(align);
        self.places.push(Parameter { offset, size });
        offset
    }

    pub(super) fn host_in(&mut self, from: &[u8]) -> Result<()> {
        let memory = self.stage(from.len())?;
        self.upload(&memory, from)?;
        self.keep(memory, None)
    }

    pub(super) fn host_out(&mut self, to: &'a mut [u8], upload: bool) -> Result<()> {
        let memory = self.stage(to.len())?;
        if upload {
            self.upload(&memory, to)?;
        }
        self.keep(memory, Some(to))
    }

    fn stage(&self, bytes: usize) -> Result<DeviceAllocation> {
        self.context().allocate(bytes)
    }

    /// The bytes are on the device when this returns, so that a stream which waits for no other finds them.
    fn upload(&self, memory: &DeviceAllocation, from: &[u8]) -> Result<()> {
        if from.is_empty() {
            return Ok(());
        }
        let context = self.context();
        context
            .backend()
            .copy_to_device(context.handle(), memory.ptr(), from)
    }

    fn keep(&mut self, memory: DeviceAllocation, back: Option<&'a mut [u8]>) -> Result<()> {
        self.value(memory.ptr())?;
        self.staged.push(Staged { memory, back });
        Ok(())
    }

    /// The parameter block, once it has all arguments.
    pub(crate) fn parameters(&self) -> Result<&[u8]> {
        match self.kernel.parameters() {
            Some(expected) if expected.len() != self.count => Err(self.kernel.too_few(self.count)),
            _ => Ok(&bytemuck::cast_slice(&self.block)[..self.bytes]),
        }
    }

    /// Waits for the call and copies back what is to be copied back.
    pub(crate) fn finish(self) -> Result<()> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let context = self.kernel.context();
        let waited = context
            .backend()
            .stream_synchronize(context.handle(), self.stream);
        waited.map_err(|error| error.in_kernel(self.kernel.name()))?;
        for Staged { memory, back } in self.staged {
            if let Some(back) = back.filter(|back| !back.is_empty()) {
                context
                    .backend()
                    .copy_to_host(context.handle(), back, memory.ptr())?;
            }
            memory.free()?;
        }
        Ok(())
    }

    /// Refuses host memory, in arguments that are used again.
    pub(super) fn only_lasting(&self) -> Result<()> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let error = Error::new(Code::InvalidValue, "the preparation of a call")
            .in_kernel(self.kernel.name());
        Err(error
            .because("In, Out and InOut are copied at each call")
            .advise("give device memory, which lasts from call to call"))
    }

    /// Goes on with arguments that were written before, at the one of that position.
    pub(super) fn resume(
        kernel: &'a Kernel,
        block: &[u64],
        layout: Layout,
        position: usize,
    ) -> ArgumentWriter<'a> {
        ArgumentWriter {
            block: SmallVec::from_slice(block),
            bytes: layout.bytes,
            count: position,
            places: layout.places,
            ..ArgumentWriter::new(kernel, StreamHandle::NULL)
        }
    }

    pub(super) fn into_block(self) -> (SmallVec<[u64; 32]>, Layout) {
        let layout = Layout {
            bytes: self.bytes,
            count: self.count,
            places: self.places,
        };
        (self.block, layout)
    }

    /// How many arguments there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

impl fmt::Debug for ArgumentWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ArgumentWriter");
        debug
            .field("kernel", &self.kernel.name())
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
