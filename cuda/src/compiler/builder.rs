//! Says how a source is to be compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arch::Arch;
use super::cache;
use super::compiled::{Compiled, Image};
use super::error::CompileError;
use super::includes::Includes;
use super::options::CompileOptions;
use super::request::{Request, Shelf};
use super::source_module::SourceModule;
use super::target;
use crate::Result;
use crate::context::Context;
use crate::driver::{JitOptions, Module};

/// Flags that this crate gives itself, and what sets them.
const OWN_FLAGS: [(&str, &str); 9] = [
    ("--gpu-architecture", "the device decides, or `compile`"),
    ("-arch", "the device decides, or `compile`"),
    ("--include-path", "use `include_dir`"),
    ("-I", "use `include_dir`"),
    ("--pre-include", "write it as `#include` into the source"),
    ("-include", "write it as `#include` into the source"),
    // What these make is neither PTX nor a cubin.
    (
        "-dlto",
        "use `CompileOptions::relocatable` and `driver::Linker`",
    ),
    (
        "--dlink-time-opt",
        "use `CompileOptions::relocatable` and `driver::Linker`",
    ),
    (
        "--gen-opt-lto",
        "use `CompileOptions::relocatable` and `driver::Linker`",
    ),
];

/// A source with all that its compilation depends on. Made by
/// [`SourceModule::builder`](super::SourceModule::builder).
#[derive(Debug, Clone)]
#[must_use = "it does nothing until it is built or compiled"]
pub struct SourceModuleBuilder {
    source: String,
    name: String,
    headers: Vec<(String, String)>,
    include_dirs: Vec<PathBuf>,
    options: CompileOptions,
    expressions: Vec<String>,
    is_extern_c: bool,
    keep: Option<PathBuf>,
    shelf: Shelf,
}

impl SourceModuleBuilder {
    pub(crate) fn new(source: impl Into<String>) -> SourceModuleBuilder {
        SourceModuleBuilder {
            source: source.into(),
            name: "kernel.cu".to_owned(),
            headers: Vec::new(),
            include_dirs: Vec::new(),
            options: CompileOptions::new(),
            expressions: Vec::new(),
            is_extern_c: true,
            keep: None,
            shelf: Shelf::Programs,
        }
    }

    /// What messages call the source; `kernel.cu` unless it is set.
    pub fn name(mut self, name: impl Into<String>) -> SourceModuleBuilder {
        self.name = name.into();
        self
    }

    /// The options of the compilation, in place of those before.
    pub fn options(mut self, options: CompileOptions) -> SourceModuleBuilder {
        self.options = options;
        self
    }

    /// One more option, as NVRTC takes it.
    pub fn option(mut self, flag: impl Into<String>) -> SourceModuleBuilder {
        self.options = self.options.option(flag);
        self
    }

    /// A header as text, under the name by which it is included. It is found before any file.
    pub fn header(
        mut self,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> SourceModuleBuilder {
        self.headers.push((name.into(), text.into()));
        self
    }

    /// A folder in which included files are looked for, after those named before. A change of a file
    /// there makes a new compilation.
    ///
    /// A file found there replaces the crate's own header of that name: with the folder of an installed
    /// toolkit, `cuda_fp16.h` is NVIDIA's.
    pub fn include_dir(mut self, folder: impl AsRef<Path>) -> SourceModuleBuilder {
        self.include_dirs.push(folder.as_ref().to_owned());
        self
    }

    /// Asks for an instance of a template, or for anything else that has a C++ name: `scale<float>`,
    /// `image::blur`, `&table<3>`. It is then found under this expression. C++ names need C++ linkage, so this implies
    /// [`no_extern_c`](Self::no_extern_c), and functions that are no templates must be asked for too.
    pub fn name_expression(mut self, expression: impl Into<String>) -> SourceModuleBuilder {
        self.expressions.push(expression.into());
        self.no_extern_c()
    }

    /// Leaves the source as it is. Otherwise it is put into `extern "C" { ... }`, so that kernels can be
    /// found under their names.
    pub fn no_extern_c(mut self) -> SourceModuleBuilder {
        self.is_extern_c = false;
        self
    }

    /// Writes what the compiler reads and what it makes into a folder, for a debugger or for curiosity.
    /// It is made if it does not exist, and files in it are replaced. Where that fails, so does the compilation, with
    /// [`Code::OperatingSystem`](crate::Code::OperatingSystem).
    pub fn keep(mut self, folder: impl AsRef<Path>) -> SourceModuleBuilder {
        self.keep = Some(folder.as_ref().to_owned());
        self
    }

    /// Marks a kernel of this crate, whose PTX is to be part of every program.
    pub(crate) fn of_library(mut self) -> SourceModuleBuilder {
        self.shelf = Shelf::Library;
        self
    }

    /// Compiles for an architecture, without a device. What was compiled before, by whichever process of
    /// this user, is not compiled again.
    ///
    /// # Errors
    /// If there are errors in the source or the options, or there is neither a kept result nor NVRTC.
    pub fn compile(&self, arch: Arch) -> Result<Arc<Compiled>, CompileError> {
        let request = self.request(arch);
        self.check(&request)?;
        let compiled = cache::compile(&request)?;
        if let Some(folder) = &self.keep {
            keep(folder, &request, &compiled)?;
        }
        Ok(compiled)
    }

    /// Compiles for the device of the current context and loads it there. See
    /// [`SourceModule::new`](super::SourceModule::new).
    ///
    /// # Errors
    /// As for [`SourceModule::new`](super::SourceModule::new).
    pub fn build(&self) -> Result<SourceModule> {
        self.build_in(&Context::current()?)
    }

    /// Compiles for the device of a context and loads it there.
    ///
    /// # Errors
    /// As for [`SourceModule::new`](super::SourceModule::new).
    pub fn build_in(&self, context: &Context) -> Result<SourceModule> {
        let compiled = self.compile_in(context)?;
        let module = match &compiled.image {
            Image::Ptx(text) => Module::from_ptx(context, text),
            Image::Cubin(bytes) => Module::from_bytes(context, bytes, &JitOptions::default()),
        };
        let module = module.map_err(|error| error.on(&self.name))?;
        Ok(SourceModule::of(module, compiled))
    }

    /// Compiles for the device of a context, without loading it there: to be linked with other code.
    ///
    /// # Errors
    /// [`Code::Compilation`](crate::Code::Compilation), [`Code::Compiler`](crate::Code::Compiler).
    pub fn compile_in(&self, context: &Context) -> Result<Arc<Compiled>> {
        let archs = target::for_device(context, self.options.is_relocatable())?;
        Ok(target::best_of(&archs, |arch| self.compile(arch))?)
    }

    fn request(&self, arch: Arch) -> Request {
        Request {
            name: self.name.clone(),
            source: self.source.clone(),
            is_extern_c: self.is_extern_c,
            includes: Includes::of(&self.source, &self.headers, &self.include_dirs),
            include_dirs: self.include_dirs.clone(),
            flags: self.options.flags(),
            expressions: self.expressions.clone(),
            arch,
            shelf: self.shelf,
        }
    }

    fn check(&self, request: &Request) -> Result<(), CompileError> {
        let is_odd = |text: &str| text.is_empty() || text.contains(['"', '\\', '\n', '\0']);
        if is_odd(&self.name) || self.name.contains('/') {
            let what = format!("{:?} is no name for a source", self.name);
            return Err(CompileError::invalid(request, what));
        }
        if let Some(odd) = self.expressions.iter().find(|text| is_odd(text)) {
            let what = format!("{odd:?} is no name expression");
            return Err(CompileError::invalid(request, what));
        }
        for flag in &request.flags {
            let own = OWN_FLAGS.iter().find(|(own, _)| flag.starts_with(own));
            if let Some((own, instead)) = own {
                let what = format!("the option {own} is not for `options`: {instead}");
                return Err(CompileError::invalid(request, what));
            }
        }
        Ok(())
    }
}

fn keep(folder: &Path, request: &Request, compiled: &Compiled) -> Result<(), CompileError> {
    let failed = |attempted, path: &Path| {
        let path = path.to_owned();
        move |error| CompileError::io(request, attempted, path, error)
    };
    fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    let stem = request.name.trim_end_matches(".cu");
    let (extension, bytes) = match &compiled.image {
        Image::Ptx(text) => ("ptx", text.as_bytes()),
        Image::Cubin(bytes) => ("cubin", bytes.as_slice()),
    };
    let text = request.text();
    let files = [
        ("cu", text.as_bytes()),
        ("log", compiled.log.as_bytes()),
        (extension, bytes),
    ];
    for (extension, bytes) in files {
        let path = folder.join(format!("{stem}.{extension}"));
        fs::write(&path, bytes).map_err(failed("write", &path))?;
    }
    Ok(())
}
