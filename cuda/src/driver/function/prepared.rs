//! Calls that are made often.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use smallvec::SmallVec;

use super::argument::{Arguments, KernelArg};
use super::kernel::Kernel;
use super::writer::ArgumentWriter;
use crate::backend::LaunchDescriptor;
use crate::driver::Stream;
use crate::error::{Code, Error, Result};

/// A kernel with its arguments, grid and stream, ready to be launched: nothing is checked, packed or allocated again.
///
/// It borrows the memory that it was given, so that nothing is freed that it uses.
pub struct PreparedFunction<'a> {
    kernel: Arc<Kernel>,
    descriptor: LaunchDescriptor<'static>,
    /// Keeps the stream alive whose handle the descriptor has.
    stream: Option<Stream>,
    block: SmallVec<[u64; 32]>,
    layout: Layout,
    borrowed: PhantomData<&'a ()>,
}

/// Where the arguments are in the block.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) bytes: usize,
    pub(super) count: usize,
    pub(super) places: SmallVec<[crate::backend::Parameter; 16]>,
}

impl<'a> PreparedFunction<'a> {
    pub(super) fn new(
        kernel: Arc<Kernel>,
        stream: Option<Stream>,
        descriptor: LaunchDescriptor<'static>,
        arguments: impl Arguments + 'a,
    ) -> Result<PreparedFunction<'a>> {
        let mut writer = ArgumentWriter::new(&kernel, descriptor.stream);
        arguments.push_all(&mut writer)?;
        writer.only_lasting()?;
        writer.parameters()?;
        let (block, layout) = writer.into_block();
        Ok(PreparedFunction {
            kernel,
            descriptor,
            stream,
            block,
            layout,
            borrowed: PhantomData,
        })
    }

    /// Its name in the module.
    #[must_use]
    pub fn name(&self) -> &str {
        self.kernel.name()
    }

    /// Launches it. The call returns once the kernel is queued.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] and others where the grid is impossible.
    #[inline]
    pub fn call(&self) -> Result<()> {
        self.kernel.context().check()?;
        self.kernel.launch(&LaunchDescriptor {
            parameters: &bytemuck::cast_slice(&self.block)[..self.layout.bytes],
            ..self.descriptor
        })
    }

    /// Launches it in another stream.
    ///
    /// # Errors
    /// As for [`call`](PreparedFunction::call); [`Code::InvalidContext`] for a stream of another context.
    pub fn call_in(&self, stream: &Stream) -> Result<()> {
        let context = self.kernel.context();
        context.check()?;
        self.kernel.launch(&LaunchDescriptor {
            parameters: &bytemuck::cast_slice(&self.block)[..self.layout.bytes],
            stream: context.stream_handle(stream, "cuLaunchKernel")?,
            ..self.descriptor
        })
    }

    /// Gives another argument in one place; the first is 0.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if there is no such argument, or it is of another size.
    pub fn set(&mut self, position: usize, argument: impl KernelArg + 'a) -> Result<()> {
        if position >= self.layout.count {
            let error =
                Error::new(Code::InvalidValue, "PreparedFunction::set").in_kernel(self.name());
            let error = error.on(format_args!("argument {}", position + 1));
            return Err(error.because(format_args!("there are {}", self.layout.count)));
        }
        let kernel = Arc::clone(&self.kernel);
        let mut writer =
            ArgumentWriter::resume(&kernel, &self.block, self.layout.clone(), position);
        argument.push(&mut writer)?;
        writer.only_lasting()?;
        if writer.count() != position + 1 {
            return Err(kernel.misfit(
                position,
                0,
                kernel
                    .parameters()
                    .and_then(|all| all.get(position))
                    .copied(),
            ));
        }
        self.block = writer.into_block().0;
        Ok(())
    }

    /// The stream that it was prepared for, if it is not the default one.
    #[must_use]
    pub fn stream(&self) -> Option<&Stream> {
        self.stream.as_ref()
    }
}

impl fmt::Debug for PreparedFunction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PreparedFunction");
        debug
            .field("name", &self.name())
            .field("launch", &self.descriptor)
            .finish_non_exhaustive()
    }
}
