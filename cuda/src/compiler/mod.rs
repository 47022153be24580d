//! CUDA C++ to code for a device, inside of this process.

mod arch;
mod builder;
mod cache;
mod compiled;
mod diagnostic;
mod error;
mod headers;
mod includes;
mod nvrtc;
mod options;
mod request;
mod source_module;
mod target;

pub use self::arch::Arch;
pub use self::builder::SourceModuleBuilder;
#[doc(hidden)]
pub use self::cache::{Drift, verify};
pub use self::compiled::{Compiled, Image};
pub use self::diagnostic::{Diagnostic, Severity};
pub use self::error::CompileError;
pub use self::options::{CompileOptions, Standard};
pub use self::source_module::SourceModule;
