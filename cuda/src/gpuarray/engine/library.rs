//! The kernels of this crate, compiled and loaded when they are first used, once a context.

use std::collections::HashMap;
use std::fmt;

use parking_lot::Mutex;

use super::super::dtype::{Dtype, Kind};
use super::block::Block;
use crate::backend::{
    Backend, ContextHandle, Dim3, FunctionHandle, Image, JitOptions, LaunchDescriptor, ModuleHandle,
};
use crate::compiler::{self, SourceModule};
use crate::context::Context;
use crate::driver::Stream;
use crate::error::Result;

/// A source, of which there is one for each element type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    Arithmetic,
    Comparison,
    /// From all types to the one.
    Cast,
    /// Whatever the type.
    Copy,
    Functions,
    Reduction,
    // Random numbers, whatever the type.
    Xorwow,
    Mrg32k3a,
    Philox,
    Sobol,
}

/// The parts of the sources.
pub(crate) mod sources {
    pub(crate) const TYPES: &str = include_str!("../kernels/types.cuh");
    pub(crate) const LOOPS: &str = include_str!("../kernels/loops.cuh");
    pub(crate) const OPERATIONS: &str = include_str!("../kernels/operations.cuh");
    pub(crate) const ARITHMETIC: &str = include_str!("../kernels/arithmetic.cu");
    pub(crate) const COMPARISON: &str = include_str!("../kernels/comparison.cu");
    pub(crate) const CAST: &str = include_str!("../kernels/cast.cu");
    pub(crate) const COPY: &str = include_str!("../kernels/copy.cu");
    pub(crate) const REDUCE: &str = include_str!("../kernels/reduce.cu");
    pub(crate) const FUNCTIONS: &str = include_str!("../../cumath/cumath.cu");
    pub(crate) const REDUCTION: &str = include_str!("../../reduction/reduction.cuh");
    pub(crate) const GENERATORS: &str = include_str!("../../curandom/generators.cuh");
    pub(crate) const SOBOL: &str = include_str!("../../curandom/sobol.cu");
}

impl Family {
    fn source(self, dtype: Dtype) -> String {
        use sources::*;
        let definitions = definitions(dtype);
        let parts: &[&str] = match self {
            Family::Arithmetic => &[TYPES, LOOPS, OPERATIONS, &definitions, ARITHMETIC],
            Family::Comparison => &[TYPES, LOOPS, OPERATIONS, &definitions, COMPARISON],
            Family::Cast => &[TYPES, LOOPS, &definitions, CAST],
            Family::Copy => &[TYPES, LOOPS, COPY],
            Family::Functions => &[TYPES, LOOPS, OPERATIONS, &definitions, FUNCTIONS],
            Family::Reduction => &[TYPES, LOOPS, OPERATIONS, &definitions, REDUCTION, REDUCE],
            Family::Xorwow => &[GENERATORS, "FILLS(xorwow, Xorwow)\n"],
            Family::Mrg32k3a => &[GENERATORS, "FILLS(mrg32k3a, Mrg32k3a)\n"],
            Family::Philox => &[GENERATORS, "FILLS(philox, Philox)\n"],
            Family::Sobol => &[GENERATORS, SOBOL],
        };
        parts.concat()
    }

    /// What messages call the source.
    fn name(self, dtype: Dtype) -> String {
        match self {
            Family::Arithmetic
            | Family::Comparison
            | Family::Cast
            | Family::Functions
            | Family::Reduction => format!("{self:?}_{dtype}.cu").to_lowercase(),
            _ => format!("{self:?}.cu").to_lowercase(),
        }
    }
}

/// What the sources know of their element type `T`.
fn definitions(dtype: Dtype) -> String {
    let is = |kinds: &[Kind]| u8::from(kinds.contains(&dtype.kind()));
    format!(
        "typedef {} T;\ntypedef {} SUM;\n#define REAL {}\n#define IS_BOOL {}\n#define IS_INTEGER {}\n\
         #define IS_HALF {}\n#define IS_COMPLEX {}\n",
        dtype.c_type(),
        dtype.sum_type().c_type(),
        dtype.real_type().c_type(),
        is(&[Kind::Bool]),
        is(&[Kind::Signed, Kind::Unsigned]),
        u8::from(dtype == Dtype::F16),
        is(&[Kind::Complex]),
    )
}

/// A kernel that is loaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LibraryKernel {
    name: &'static str,
    handle: FunctionHandle,
}

/// What a context has loaded of this crate's kernels.
///
/// It lives in the context and holds handles only: modules would hold the context, which would never end.
#[derive(Default)]
pub(crate) struct Library {
    loaded: Mutex<Loaded>,
}

#[derive(Default)]
struct Loaded {
    modules: HashMap<(Family, Dtype), ModuleHandle>,
    kernels: HashMap<(Family, Dtype, &'static str), LibraryKernel>,
}

impl Library {
    /// A kernel, compiled and loaded if it was not yet.
    pub(crate) fn kernel(
        context: &Context,
        family: Family,
        dtype: Dtype,
        name: &'static str,
    ) -> Result<LibraryKernel> {
        let mut loaded = context.library().loaded.lock();
        if let Some(kernel) = loaded.kernels.get(&(family, dtype, name)) {
            return Ok(*kernel);
        }
        let module = match loaded.modules.get(&(family, dtype)) {
            Some(module) => *module,
            None => load(context, family, dtype)?,
        };
        loaded.modules.insert((family, dtype), module);
        let handle = context
            .backend()
            .module_function(context.handle(), module, name);
        let handle = handle
            .map_err(|error| error.on(format_args!("kernel {name} of {}", family.name(dtype))))?;
        let kernel = LibraryKernel { name, handle };
        loaded.kernels.insert((family, dtype, name), kernel);
        Ok(kernel)
    }

    /// Unloads all. The context is about to end, so that nobody is left to hear of a failure.
    pub(crate) fn unload(&self, backend: &dyn Backend, context: ContextHandle) {
        let mut loaded = self.loaded.lock();
        loaded.kernels.clear();
        for (_, module) in loaded.modules.drain() {
            let _ = backend.module_unload(context, module);
        }
    }
}

fn load(context: &Context, family: Family, dtype: Dtype) -> Result<ModuleHandle> {
    let builder = SourceModule::builder(family.source(dtype)).name(family.name(dtype));
    let compiled = builder.no_extern_c().of_library().compile_in(context)?;
    let image = match compiled.image() {
        compiler::Image::Ptx(text) => Image::Ptx(text),
        compiler::Image::Cubin(bytes) => Image::Binary(bytes),
    };
    let loaded = context
        .backend()
        .module_load(context.handle(), image, &JitOptions::default());
    Ok(loaded.map_err(|error| error.on(family.name(dtype)))?.module)
}

impl LibraryKernel {
    /// Queues it in a stream.
    pub(crate) fn launch(
        self,
        stream: &Stream,
        blocks: u32,
        threads: u32,
        parameters: &Block,
    ) -> Result<()> {
        let context = stream.context();
        let launched = context.backend().launch(
            context.handle(),
            &LaunchDescriptor {
                function: self.handle,
                grid: Dim3::from(blocks),
                block: Dim3::from(threads),
                shared_bytes: 0,
                stream: stream.handle(),
                cooperative: false,
                parameters: parameters.bytes(),
            },
        );
        launched.map_err(|error| error.in_kernel(self.name))
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.loaded.lock().modules.keys())
            .finish()
    }
}

/// The operations that a source enumerates, without underscores and in small letters.
#[cfg(test)]
pub(crate) fn names_of_operations(family: Family) -> Vec<String> {
    let source = family.source(Dtype::I32);
    let (_, list) = source.split_once("enum {").expect("an enumeration");
    let (list, _) = list.split_once('}').expect("its end");
    list.split(',')
        .map(|name| name.trim().replace('_', "").to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_know_their_type() {
        let definitions = definitions(Dtype::C64);
        for line in [
            "typedef complex<float> T;",
            "#define REAL float",
            "#define IS_COMPLEX 1",
            "#define IS_INTEGER 0",
        ] {
            assert!(definitions.contains(line), "{definitions}");
        }
        assert!(super::definitions(Dtype::U8).contains("typedef unsigned long long SUM;"));
        assert_eq!(Family::Reduction.name(Dtype::F16), "reduction_float16.cu");
        assert_eq!(Family::Sobol.name(Dtype::F16), "sobol.cu");
    }
}
