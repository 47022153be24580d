//! Modules: loaded code, with its kernels and variables.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytemuck::Pod;

use crate::backend::{Image, JitLog, JitOptions, ModuleHandle, Parameter};
use crate::context::{Context, Resource};
use crate::driver::function::Kernel;
use crate::driver::ptx_parameters::{self, Declared};
use crate::driver::{DeviceSlice, Function};
use crate::error::{Code, Error, Result};

/// Code that is loaded in a context. It is cheap to clone; the last clone, or function of it, unloads it.
#[derive(Clone)]
pub struct Module(Arc<Inner>);

struct Inner {
    context: Context,
    handle: ModuleHandle,
    log: JitLog,
    /// The text that it was loaded from, for what the driver cannot tell of its functions.
    ptx: Option<Box<str>>,
}

impl Module {
    /// Loads PTX, which the driver compiles for its device.
    ///
    /// # Errors
    /// [`Code::InvalidPtx`] with the compiler's log, [`Code::UnsupportedPtxVersion`],
    /// [`Code::NoBinaryForGpu`] where the PTX is for a newer device.
    pub fn from_ptx(context: &Context, ptx: &str) -> Result<Module> {
        Module::from_ptx_with(context, ptx, &JitOptions::default())
    }

    /// The same with options for the driver's compiler.
    ///
    /// # Errors
    /// As for [`from_ptx`](Module::from_ptx).
    pub fn from_ptx_with(context: &Context, ptx: &str, options: &JitOptions) -> Result<Module> {
        let ptx = ptx.trim_end_matches('\0');
        if ptx.contains('\0') {
            let error = Error::new(Code::InvalidPtx, "cuModuleLoadDataEx");
            return Err(error.because("the text has a NUL inside"));
        }
        Module::load(context, Image::Ptx(ptx), options, Some(ptx.into()))
    }

    /// Loads a cubin, a fatbin, or PTX: Python's `module_from_buffer`. The emulated device takes PTX only.
    ///
    /// # Errors
    /// As for [`from_ptx`](Module::from_ptx); [`Code::InvalidImage`] for what is none of them.
    pub fn from_bytes(context: &Context, image: &[u8], options: &JitOptions) -> Result<Module> {
        match std::str::from_utf8(image) {
            Ok(ptx) if ptx.contains(".version") && !ptx.starts_with("\x7fELF") => {
                Module::from_ptx_with(context, ptx, options)
            }
            _ => Module::load(context, Image::Binary(image), options, None),
        }
    }

    /// The same from a file.
    ///
    /// # Errors
    /// [`Code::FileNotFound`] where it cannot be read; otherwise as for [`from_bytes`](Module::from_bytes).
    pub fn from_file(context: &Context, path: impl AsRef<Path>) -> Result<Module> {
        let path = path.as_ref();
        let image = fs::read(path).map_err(|error| {
            Error::new(Code::FileNotFound, "Module::from_file")
                .on(path.display())
                .because(error)
        })?;
        let module = Module::from_bytes(context, &image, &JitOptions::default());
        module.map_err(|error| error.on(path.display()))
    }

    fn load(
        context: &Context,
        image: Image<'_>,
        options: &JitOptions,
        ptx: Option<Box<str>>,
    ) -> Result<Module> {
        context.check()?;
        let loaded = context
            .backend()
            .module_load(context.handle(), image, options)?;
        context.count(Resource::Module);
        Ok(Module(Arc::new(Inner {
            context: context.clone(),
            handle: loaded.module,
            log: loaded.log,
            ptx,
        })))
    }

    /// The context that it is loaded in.
    #[must_use]
    #[inline]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// What the driver's compiler said when it was loaded: nothing, unless it was asked to be verbose.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.0.log.info
    }

    /// A kernel, by the name that it has in the PTX.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub fn get_function(&self, name: &str) -> Result<Function> {
        let context = self.context();
        context.check()?;
        let handle = context
            .backend()
            .module_function(context.handle(), self.0.handle, name);
        let handle = handle.map_err(|error| self.missing(error, "kernel", name))?;
        let told = context
            .backend()
            .function_parameters(context.handle(), handle)?;
        let declared = self.declared(name);
        let places = |all: &Vec<Declared>| all.iter().map(|declared| declared.place).collect();
        let read: Option<Vec<Parameter>> = declared.as_ref().map(places);
        // A text that says otherwise than the driver was not understood.
        let is_understood = told.is_none() || told == read;
        let declared = declared.filter(|_| is_understood).unwrap_or_default();
        let parameters = told.or(read);
        Ok(Function::new(Kernel {
            module: self.clone(),
            handle,
            name: name.into(),
            parameters: parameters.map(Vec::into_boxed_slice),
            floats: declared.iter().map(|declared| declared.is_float).collect(),
        }))
    }

    /// What the text says of a kernel's parameters, if there is one.
    fn declared(&self, name: &str) -> Option<Vec<Declared>> {
        ptx_parameters::of(self.0.ptx.as_deref()?, name)
    }

    /// The bytes of a variable, declared `__device__` or `__constant__`. They are there as long as the module.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub fn get_global(&self, name: &str) -> Result<DeviceSlice<'_, u8>> {
        let context = self.context();
        context.check()?;
        let global = context
            .backend()
            .module_global(context.handle(), self.0.handle, name);
        let (pointer, size) = global.map_err(|error| self.missing(error, "variable", name))?;
        Ok(DeviceSlice::new(context, pointer, size))
    }

    /// A variable that is a `T`, or an array of them.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::InvalidValue`] where its size is no multiple of `T`'s.
    pub fn get_global_as<T: Pod>(&self, name: &str) -> Result<DeviceSlice<'_, T>> {
        self.get_global(name)?.cast()
    }

    fn missing(&self, error: Error, what: &str, name: &str) -> Error {
        let error = error.on(format_args!("{what} {name:?}"));
        match (error.code(), &self.0.ptx) {
            (Code::NotFound, Some(ptx)) if what == "kernel" => {
                let names = ptx_parameters::entries(ptx);
                let names = match names.is_empty() {
                    true => "no kernels".to_owned(),
                    false => names.join(", "),
                };
                error
                    .because(format_args!("the module has {names}"))
                    .advise("names of C++ are mangled unless the kernel is extern \"C\"")
            }
            _ => error,
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let unloaded = self
            .context
            .backend()
            .module_unload(self.context.handle(), self.handle);
        self.context.ended(Resource::Module, unloaded);
    }
}

impl PartialEq for Module {
    fn eq(&self, other: &Module) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Module {}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Module");
        debug
            .field("handle", &self.0.handle)
            .field("device", &self.context().device())
            .finish_non_exhaustive()
    }
}
