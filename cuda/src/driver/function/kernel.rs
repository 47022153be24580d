//! What is known of a kernel, and what can be said about a call that does not fit it.

use std::sync::Arc;

use crate::backend::{Dim3, FunctionAttribute, FunctionHandle, LaunchDescriptor, Parameter};
use crate::context::Context;
use crate::driver::Module;
use crate::error::{Code, Error, Result};

/// A function of a loaded module, with its parameters.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub(crate) module: Module,
    pub(crate) handle: FunctionHandle,
    pub(crate) name: Box<str>,
    pub(crate) parameters: Option<Box<[Parameter]>>,
    /// Whether parameters are floating-point numbers, as far as the text of the module tells; empty where there is none.
    pub(crate) floats: Box<[Option<bool>]>,
}

impl Kernel {
    #[inline]
    pub(crate) fn context(&self) -> &Context {
        self.module.context()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    pub(crate) fn parameters(&self) -> Option<&[Parameter]> {
        self.parameters.as_deref()
    }

    /// The error for an argument that the kernel does not take. `position` counts from 0.
    #[cold]
    pub(crate) fn misfit(
        &self,
        position: usize,
        size: usize,
        expected: Option<Parameter>,
    ) -> Error {
        let error = self.refused().on(format_args!("argument {}", position + 1));
        match expected {
            Some(Parameter { size: wanted, .. }) => error
                .because(format_args!(
                    "it has {size} bytes, and the kernel takes {wanted} there"
                ))
                .advise("give a value of exactly the declared type, such as 2_i32 for int"),
            None => error.because(format_args!("the kernel takes {}", self.arity())),
        }
    }

    /// Refuses an integer for a floating-point number, and the reverse: the kernel would take its bits for another number.
    #[inline]
    pub(crate) fn takes(&self, position: usize, is_float: Option<bool>) -> Result<()> {
        match (is_float, self.floats.get(position)) {
            (Some(given), Some(Some(declared))) if given != *declared => {
                Err(self.mistaken(position, given))
            }
            _ => Ok(()),
        }
    }

    #[cold]
    fn mistaken(&self, position: usize, is_float: bool) -> Error {
        let error = self.refused().on(format_args!("argument {}", position + 1));
        let (float, integer) = ("a floating-point number", "an integer or an address");
        let (given, taken) = match is_float {
            true => (float, integer),
            false => (integer, float),
        };
        error
            .because(format_args!(
                "it is {given}, and the kernel takes {taken} there"
            ))
            .advise("give a value of exactly the declared type, such as 2.0_f32 for float")
    }

    /// The error for arguments that are missing.
    #[cold]
    pub(crate) fn too_few(&self, given: usize) -> Error {
        self.refused()
            .on(format_args!("{given} arguments"))
            .because(format_args!("the kernel takes {}", self.arity()))
    }

    fn arity(&self) -> usize {
        self.parameters().map_or(0, <[Parameter]>::len)
    }

    fn refused(&self) -> Error {
        Error::new(Code::InvalidValue, "a call").in_kernel(&self.name)
    }

    #[inline]
    pub(crate) fn launch(self: &Arc<Kernel>, launch: &LaunchDescriptor<'_>) -> Result<()> {
        let context = self.context();
        context.kernels_in_captures().launching(self);
        let launched = context.backend().launch(context.handle(), launch);
        launched.map_err(|error| self.explain(error, launch))
    }

    /// Adds to the error of a launch what is wrong with it, as far as can be told.
    #[cold]
    pub(crate) fn explain(&self, error: Error, launch: &LaunchDescriptor<'_>) -> Error {
        let error = error.in_kernel(&self.name).on(shape(launch));
        if error.detail().is_some() {
            return error;
        }
        match self.fault_of(launch) {
            Some(fault) => error.because(fault),
            None => error,
        }
    }

    fn fault_of(&self, launch: &LaunchDescriptor<'_>) -> Option<String> {
        if launch.grid.count() == 0 || launch.block.count() == 0 {
            return Some("no dimension may be 0".to_owned());
        }
        let attribute = |attribute| {
            let value = self.context().backend().function_attribute(
                self.context().handle(),
                self.handle,
                attribute,
            );
            value.ok().and_then(|value| u64::try_from(value).ok())
        };
        let threads = attribute(FunctionAttribute::MaxThreadsPerBlock)?;
        if launch.block.count() > threads {
            return Some(format!("its blocks can have at most {threads} threads"));
        }
        let shared = attribute(FunctionAttribute::MaxDynamicSharedSizeBytes)?;
        (u64::from(launch.shared_bytes) > shared).then(|| {
            format!("its blocks can have at most {shared} bytes of dynamic shared memory unless an attribute asks for more")
        })
    }
}

fn shape(launch: &LaunchDescriptor<'_>) -> String {
    let text = |Dim3 { x, y, z }| format!("({x}, {y}, {z})");
    let (grid, block) = (text(launch.grid), text(launch.block));
    match launch.shared_bytes {
        0 => format!("grid {grid}, block {block}"),
        shared => format!("grid {grid}, block {block}, {shared} bytes of shared memory"),
    }
}
