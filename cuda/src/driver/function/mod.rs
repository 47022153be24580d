//! Kernels, their arguments, and their calls.

mod argument;
mod kernel;
mod launch;
mod prepared;
mod writer;

use std::fmt;
use std::sync::Arc;

pub use self::argument::{Arguments, In, InOut, KernelArg, KernelValue, Out};
pub(crate) use self::kernel::Kernel;
pub use self::launch::Launch;
pub use self::prepared::PreparedFunction;
pub use self::writer::ArgumentWriter;
use crate::backend::{CachePreference, FunctionAttribute, LaunchDescriptor};
use crate::context::Context;
use crate::driver::{EventFlags, Module};
use crate::error::Result;

/// A kernel of a loaded module. It is cheap to clone, and keeps its module loaded.
#[derive(Clone)]
pub struct Function(Arc<Kernel>);

impl Function {
    pub(crate) fn new(kernel: Kernel) -> Function {
        Function(Arc::new(kernel))
    }

    pub(crate) fn kernel(&self) -> &Arc<Kernel> {
        &self.0
    }

    /// Its name in the module.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The module that it is of.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.0.module
    }

    /// The context that it is of.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.0.context()
    }

    /// Size in bytes of each argument that it takes, where the driver or the module's PTX tells.
    #[must_use]
    pub fn parameter_sizes(&self) -> Option<Vec<usize>> {
        Some(
            self.0
                .parameters()?
                .iter()
                .map(|parameter| parameter.size)
                .collect(),
        )
    }

    /// Calls it with a tuple of arguments.
    ///
    /// The call returns once the kernel is queued, and what fails in it is told later. With [`In`], [`Out`] or [`InOut`]
    /// among the arguments it returns when all is done and copied back: whatever the stream, unlike Python, where the copies
    /// do not wait for a stream that is non-blocking.
    ///
    /// A kernel is outside of Rust's rules: it can write wherever its device can. On the emulated device every access is
    /// checked.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) where number, sizes or kinds of the arguments are not the kernel's
    /// (see [`ArgumentWriter`] for what is known), or the grid is impossible; then nothing runs. The failure of the kernel where the call waits for it.
    pub fn call(&self, arguments: impl Arguments, launch: Launch<'_>) -> Result<()> {
        let descriptor = self.described(&launch)?;
        let mut writer = ArgumentWriter::new(&self.0, descriptor.stream);
        arguments.push_all(&mut writer)?;
        self.run(&writer, descriptor)?;
        writer.finish()
    }

    /// Calls it with arguments that are added one by one.
    ///
    /// ```no_run
    /// # use cuda::driver::{Function, Launch};
    /// # fn sum(function: Function, numbers: &[f32]) -> cuda::Result<()> {
    /// function.call_with(Launch::block(1), |arguments| {
    ///     for number in numbers {
    ///         arguments.push(*number)?;
    ///     }
    ///     Ok(())
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`call`](Function::call), and those that `add` gives.
    pub fn call_with<'a>(
        &'a self,
        launch: Launch<'_>,
        add: impl FnOnce(&mut ArgumentWriter<'a>) -> Result<()>,
    ) -> Result<()> {
        let descriptor = self.described(&launch)?;
        let mut writer = ArgumentWriter::new(&self.0, descriptor.stream);
        add(&mut writer)?;
        self.run(&writer, descriptor)?;
        writer.finish()
    }

    /// Calls it, waits for it, and tells how many milliseconds it took on the device.
    ///
    /// # Errors
    /// As for [`call`](Function::call).
    pub fn time_call(&self, arguments: impl Arguments, launch: Launch<'_>) -> Result<f32> {
        let default_stream = self.context().default_stream();
        let stream = launch.get_stream().unwrap_or(&default_stream);
        let start = stream.record(EventFlags::DEFAULT)?;
        self.call(arguments, launch)?;
        let end = stream.record(EventFlags::DEFAULT)?;
        end.synchronize()
            .map_err(|error| error.in_kernel(self.name()))?;
        end.time_since(&start)
    }

    /// Checks and keeps arguments, for a call that is made often: [`PreparedFunction::call`] only launches.
    ///
    /// ```no_run
    /// # use cuda::driver::{DeviceBuffer, Function, Launch};
    /// # fn often(step: Function, state: &DeviceBuffer<f32>) -> cuda::Result<()> {
    /// let mut step = step.prepare((state, 0_i32), Launch::block(256).grid(64))?;
    /// for n in 0..1000 {
    ///     step.set(1, n)?;
    ///     step.call()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`call`](Function::call); also for [`In`], [`Out`] and [`InOut`], which are copied at each call.
    pub fn prepare<'a>(
        &self,
        arguments: impl Arguments + 'a,
        launch: Launch<'_>,
    ) -> Result<PreparedFunction<'a>> {
        let descriptor = self.described(&launch)?;
        let stream = launch.get_stream().cloned();
        PreparedFunction::new(Arc::clone(&self.0), stream, descriptor, arguments)
    }

    /// How to launch it, without arguments.
    #[inline]
    fn described(&self, launch: &Launch<'_>) -> Result<LaunchDescriptor<'static>> {
        let context = self.context();
        context.check()?;
        let mut descriptor = launch.describe(self.0.handle);
        if let Some(stream) = launch.get_stream() {
            descriptor.stream = context.stream_handle(stream, "cuLaunchKernel")?;
        }
        Ok(descriptor)
    }

    /// Launches it with a parameter block that is laid out already.
    pub(crate) fn launch_block(&self, launch: Launch<'_>, parameters: &[u8]) -> Result<()> {
        let descriptor = self.described(&launch)?;
        self.0.launch(&LaunchDescriptor {
            parameters,
            ..descriptor
        })
    }

    #[inline]
    fn run(&self, writer: &ArgumentWriter<'_>, descriptor: LaunchDescriptor<'_>) -> Result<()> {
        let parameters = writer.parameters()?;
        self.0.launch(&LaunchDescriptor {
            parameters,
            ..descriptor
        })
    }

    /// The kernel as a node of a graph takes it.
    pub(crate) fn with_descriptor<R>(
        &self,
        arguments: impl Arguments,
        launch: Launch<'_>,
        then: impl FnOnce(&LaunchDescriptor<'_>) -> Result<R>,
    ) -> Result<R> {
        let descriptor = self.described(&launch)?;
        let mut writer = ArgumentWriter::new(&self.0, descriptor.stream);
        arguments.push_all(&mut writer)?;
        writer.only_lasting()?;
        let parameters = writer.parameters()?;
        let descriptor = LaunchDescriptor {
            parameters,
            ..descriptor
        };
        then(&descriptor).map_err(|error| self.0.explain(error, &descriptor))
    }

    /// One of its attributes.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn get_attribute(&self, attribute: FunctionAttribute) -> Result<i32> {
        let context = self.context();
        context.check()?;
        let value =
            context
                .backend()
                .function_attribute(context.handle(), self.0.handle, attribute);
        value.map_err(|error| {
            error
                .on(format_args!("{attribute:?}"))
                .in_kernel(self.name())
        })
    }

    /// Sets an attribute: those of which [`FunctionAttribute`] says that they can be.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for the others, and for values beyond the device.
    pub fn set_attribute(&self, attribute: FunctionAttribute, value: i32) -> Result<()> {
        let context = self.context();
        context.check()?;
        let set = context.backend().function_set_attribute(
            context.handle(),
            self.0.handle,
            attribute,
            value,
        );
        set.map_err(|error| {
            error
                .on(format_args!("{attribute:?} to {value}"))
                .in_kernel(self.name())
        })
    }

    /// Says what it would rather have.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn set_cache_config(&self, preference: CachePreference) -> Result<()> {
        let context = self.context();
        context.check()?;
        let set = context.backend().function_set_cache_preference(
            context.handle(),
            self.0.handle,
            preference,
        );
        set.map_err(|error| error.in_kernel(self.name()))
    }
}

impl Function {
    /// How many blocks of so many threads and bytes of dynamic shared memory run on one multiprocessor at once.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn max_active_blocks_per_multiprocessor(
        &self,
        threads: u32,
        shared_bytes: usize,
    ) -> Result<u32> {
        let context = self.context();
        context.check()?;
        let blocks = context.backend().occupancy_blocks(
            context.handle(),
            self.0.handle,
            threads,
            shared_bytes,
        );
        blocks.map_err(|error| error.in_kernel(self.name()))
    }

    /// The smallest grid, and the block size, that keep the device busiest: `(blocks, threads)`.
    ///
    /// A block has `shared_bytes` of dynamic shared memory, and at most `limit` threads; 0 is no limit.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn max_potential_block_size(&self, shared_bytes: usize, limit: u32) -> Result<(u32, u32)> {
        let context = self.context();
        context.check()?;
        let sizes = context.backend().occupancy_block_size(
            context.handle(),
            self.0.handle,
            shared_bytes,
            limit,
        );
        sizes.map_err(|error| error.in_kernel(self.name()))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Function");
        debug
            .field("name", &self.name())
            .field("parameters", &self.parameter_sizes())
            .finish_non_exhaustive()
    }
}
