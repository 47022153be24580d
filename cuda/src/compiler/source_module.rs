//! A source, compiled and loaded.

use std::sync::Arc;

use bytemuck::Pod;

use super::builder::SourceModuleBuilder;
use super::compiled::Compiled;
use super::diagnostic::Diagnostic;
use crate::Result;
use crate::context::Context;
use crate::driver::{DeviceSlice, Function, Module};

/// CUDA C++, compiled for a context's device and loaded there.
///
/// ```no_run
/// use cuda::compiler::SourceModule;
/// use cuda::driver::{In, Launch, Out};
///
/// # fn main() -> cuda::Result<()> {
/// let module = SourceModule::new("__global__ void twice(int *to, int *from) {
///     to[threadIdx.x] = 2 * from[threadIdx.x];
/// }")?;
/// let mut doubled = [0; 4];
/// let twice = module.get_function("twice")?;
/// twice.call((Out(&mut doubled), In(&[1, 2, 3, 4])), Launch::block(4))?;
/// assert_eq!(doubled, [2, 4, 6, 8]);
/// # Ok(())
/// # }
/// ```
///
/// The source is put into `extern "C" { ... }`, so that kernels are found under their names.
/// [`builder`](Self::builder) has the options. It is cheap to clone; the last clone, or function of it, unloads it.
#[derive(Debug, Clone)]
pub struct SourceModule {
    module: Module,
    compiled: Arc<Compiled>,
}

impl SourceModule {
    /// Compiles and loads a source into the current context: the thread's, else that of
    /// [`autoinit`](crate::autoinit).
    ///
    /// # Errors
    /// [`Code::Compilation`](crate::Code::Compilation) with the compiler's log if there are errors in the source;
    /// [`Code::Compiler`](crate::Code::Compiler) if it was never compiled before and there is no compiler: the
    /// message says what to install; and the driver's if there is no context or the code cannot be loaded.
    pub fn new(source: impl Into<String>) -> Result<SourceModule> {
        SourceModule::builder(source).build()
    }

    /// Compiles and loads a source into a context.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn new_in(context: &Context, source: impl Into<String>) -> Result<SourceModule> {
        SourceModule::builder(source).build_in(context)
    }

    /// Begins with a source, to say how it is to be compiled.
    pub fn builder(source: impl Into<String>) -> SourceModuleBuilder {
        SourceModuleBuilder::new(source)
    }

    pub(crate) fn of(module: Module, compiled: Arc<Compiled>) -> SourceModule {
        SourceModule { module, compiled }
    }

    /// A kernel: by its name, or by the name expression that was asked for when it was built.
    ///
    /// # Errors
    /// [`Code::NotFound`](crate::Code::NotFound) if there is none; the message lists those that there are.
    pub fn get_function(&self, name: &str) -> Result<Function> {
        self.module.get_function(self.lowered(name))
    }

    /// The bytes of a `__device__` or `__constant__` variable: by its name, or by its name expression (`&table`).
    ///
    /// # Errors
    /// [`Code::NotFound`](crate::Code::NotFound) if there is none.
    pub fn get_global(&self, name: &str) -> Result<DeviceSlice<'_, u8>> {
        self.module.get_global(self.lowered(name))
    }

    /// A variable that is a `T`, or an array of them.
    ///
    /// # Errors
    /// [`Code::NotFound`](crate::Code::NotFound) if there is none;
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if its size is no multiple of `T`'s.
    pub fn get_global_as<T: Pod>(&self, name: &str) -> Result<DeviceSlice<'_, T>> {
        self.module.get_global_as(self.lowered(name))
    }

    fn lowered<'a>(&'a self, name: &'a str) -> &'a str {
        self.compiled.lowered_name(name).unwrap_or(name)
    }

    /// The loaded module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The code that was loaded.
    #[must_use]
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// What the compiler warned of.
    #[must_use]
    pub fn warnings(&self) -> Vec<Diagnostic> {
        self.compiled.warnings()
    }
}
