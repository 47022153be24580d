//! The linker: several pieces of code become one module.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::backend::{JitOptions, LinkInput, LinkInputKind};
use crate::context::Context;
use crate::driver::Module;
use crate::error::{Code, Error, Result};

/// Links code that was compiled apart, such as with `--relocatable-device-code=true`. The emulated device links PTX only.
///
/// ```no_run
/// # use cuda::driver::Linker;
/// # fn link(main: &str, library: &str) -> cuda::Result<()> {
/// let context = cuda::autoinit()?;
/// let module = Linker::new(&context).add_ptx("main", main).add_ptx("library", library).link_module()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is linked until `link_module`"]
pub struct Linker {
    context: Context,
    options: JitOptions,
    inputs: Vec<LinkInput>,
}

impl Linker {
    /// A linker with nothing to link.
    pub fn new(context: &Context) -> Linker {
        Linker::with_options(context, JitOptions::default())
    }

    /// The same with options for the driver's compiler.
    pub fn with_options(context: &Context, options: JitOptions) -> Linker {
        Linker {
            context: context.clone(),
            options,
            inputs: Vec::new(),
        }
    }

    /// Adds PTX. Messages call it `name`.
    pub fn add_ptx(self, name: &str, ptx: &str) -> Linker {
        self.add_data(
            LinkInputKind::Ptx,
            name,
            ptx.trim_end_matches('\0').as_bytes().to_vec(),
        )
    }

    /// Adds code of any kind. Messages call it `name`.
    pub fn add_data(mut self, kind: LinkInputKind, name: &str, data: Vec<u8>) -> Linker {
        let name = name.to_owned();
        self.inputs.push(LinkInput { kind, name, data });
        self
    }

    /// Adds a file, such as the library `libcudadevrt.a`.
    ///
    /// # Errors
    /// [`Code::FileNotFound`] where it cannot be read.
    pub fn add_file(self, kind: LinkInputKind, path: impl AsRef<Path>) -> Result<Linker> {
        let path = path.as_ref();
        let data = fs::read(path).map_err(|error| {
            Error::new(Code::FileNotFound, "Linker::add_file")
                .on(path.display())
                .because(error)
        })?;
        Ok(self.add_data(kind, &path.display().to_string(), data))
    }

    /// Links and loads it.
    ///
    /// # Errors
    /// With what the linker said: [`Code::InvalidPtx`], or [`Code::InvalidImage`] for symbols that are missing or there
    /// twice.
    pub fn link_module(self) -> Result<Module> {
        self.context.check()?;
        let backend = self.context.backend();
        let (image, _) = backend.link(self.context.handle(), &self.inputs, &self.options)?;
        Module::from_bytes(&self.context, &image, &self.options)
    }
}

impl fmt::Debug for Linker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.inputs.iter().map(|input| &input.name).collect();
        f.debug_struct("Linker")
            .field("inputs", &names)
            .finish_non_exhaustive()
    }
}
