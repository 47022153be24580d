//! Why a source was not compiled.

use std::path::PathBuf;
use std::{error, fmt, io};

use super::diagnostic::{Diagnostic, Severity};
use super::nvrtc::{Absent, VARIABLE};
use super::request::Request;
use crate::error::{Code, Error};

/// Why there is no code for a source.
#[derive(Debug)]
pub struct CompileError {
    /// The source's name.
    name: String,
    /// What it was compiled for.
    arch: String,
    flags: Vec<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// The compiler found errors.
    Refused { log: String },
    /// There is no compiler, and the result is not kept.
    Absent(Absent),
    /// A call failed for another reason.
    Nvrtc { call: &'static str, status: String },
    /// What is kept in the program itself cannot be read.
    Damaged(String),
    /// It makes no sense to begin.
    Invalid(String),
    /// A file could not be written.
    Io {
        attempted: &'static str,
        path: PathBuf,
        error: io::Error,
    },
}

impl CompileError {
    fn of(request: &Request, kind: Kind) -> CompileError {
        CompileError {
            name: request.name.clone(),
            arch: request.arch.to_string(),
            flags: request.flags.clone(),
            kind,
        }
    }

    pub(crate) fn refused(request: &Request, log: String) -> CompileError {
        CompileError::of(request, Kind::Refused { log })
    }

    pub(crate) fn absent(request: &Request, absent: Absent) -> CompileError {
        CompileError::of(request, Kind::Absent(absent))
    }

    pub(crate) fn nvrtc(request: &Request, call: &'static str, status: &str) -> CompileError {
        let status = status.to_owned();
        CompileError::of(request, Kind::Nvrtc { call, status })
    }

    pub(crate) fn invalid(request: &Request, what: impl Into<String>) -> CompileError {
        CompileError::of(request, Kind::Invalid(what.into()))
    }

    pub(crate) fn damaged(request: &Request, what: String) -> CompileError {
        CompileError::of(request, Kind::Damaged(what))
    }

    pub(crate) fn io(
        request: &Request,
        attempted: &'static str,
        path: impl Into<PathBuf>,
        error: io::Error,
    ) -> CompileError {
        let path = path.into();
        let kind = Kind::Io {
            attempted,
            path,
            error,
        };
        CompileError::of(request, kind)
    }

    /// Whether the compiler found errors in the source or the options; [`log`](Self::log) has them.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.kind, Kind::Refused { .. })
    }

    /// Whether there is no compiler and no kept result. The message says what to install.
    #[must_use]
    pub fn is_compiler_missing(&self) -> bool {
        matches!(self.kind, Kind::Absent(_))
    }

    /// The options of the compilation.
    #[must_use]
    pub fn options(&self) -> &[String] {
        &self.flags
    }

    /// Everything that the compiler said, with the lines that it is about. Empty if it was not asked.
    #[must_use]
    pub fn log(&self) -> &str {
        match &self.kind {
            Kind::Refused { log } => log,
            _ => "",
        }
    }

    /// What is in the log, errors and warnings, in its order.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        Diagnostic::all_in(self.log())
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, arch) = (&self.name, &self.arch);
        write!(f, "could not compile {name} for {arch}: {}", Reason(self))
    }
}

/// What an error says besides the names.
struct Reason<'a>(&'a CompileError);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Refused { log } => show_log(f, log, &self.0.flags),
            Kind::Absent(absent) => show_absent(f, absent),
            Kind::Nvrtc { call, status } => write!(f, "{call} returned {status}"),
            Kind::Damaged(what) => write!(
                f,
                "the PTX of this kernel, which is part of the program, is damaged ({what}). The program's file is not \
                 what was built: build it anew"
            ),
            Kind::Invalid(what) => f.write_str(what),
            Kind::Io {
                attempted,
                path,
                error,
            } => write!(f, "could not {attempted} {}: {error}", path.display()),
        }
    }
}

impl From<CompileError> for Error {
    fn from(error: CompileError) -> Error {
        let code = match error.kind {
            Kind::Refused { .. } | Kind::Invalid(_) => Code::Compilation,
            Kind::Io { .. } => Code::OperatingSystem,
            _ => Code::Compiler,
        };
        let call = match error.kind {
            Kind::Nvrtc { call, .. } => call,
            Kind::Io { .. } => "SourceModuleBuilder::keep",
            _ => "nvrtcCompileProgram",
        };
        let reason = Reason(&error);
        Error::new(code, call)
            .on(format_args!("{} for {}", error.name, error.arch))
            .because(reason)
    }
}

fn show_log(f: &mut fmt::Formatter<'_>, log: &str, flags: &[String]) -> fmt::Result {
    let all = Diagnostic::all_in(log);
    let errors = all.iter().filter(|one| one.severity() == Severity::Error);
    match errors.count() {
        0 => write!(f, "NVRTC refused it with the options {}", flags.join(" "))?,
        1 => f.write_str("there is an error in it")?,
        count => write!(f, "there are {count} errors in it")?,
    }
    write!(f, "\n{}", log.trim())?;
    // NVRTC has no headers of its own, which surprises who comes from nvcc.
    if log.contains("open source file") {
        f.write_str(
            "\nHeaders are looked for among those of this crate (see cuda::compiler) and those that were given: give the \
             folder with include_dir, such as /usr/local/cuda/include, or the text with header.",
        )?;
    }
    Ok(())
}

fn show_absent(f: &mut fmt::Formatter<'_>, absent: &Absent) -> fmt::Result {
    write!(
        f,
        "there is no NVRTC library, and no kept result for this source with these options. Install NVRTC \
         (`pip install nvidia-cuda-nvrtc-cu12`; it needs no GPU and no other part of CUDA) or name the file of \
         the library in {VARIABLE}. Tried: {}",
        absent.tried.join("; ")
    )
}

impl error::Error for CompileError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            Kind::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::cache::tests::request;

    #[test]
    fn a_folder_that_cannot_be_made_is_no_fault_of_the_compilers() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let error = CompileError::io(
            &request("void k() {}"),
            "make the folder",
            "/proc/no",
            missing,
        );
        let error = Error::from(error);
        assert_eq!(error.code(), Code::OperatingSystem);
        let text = error.to_string();
        assert!(
            text.contains("could not make the folder /proc/no"),
            "{text}"
        );
        assert!(!text.contains("NVRTC"), "{text}");
    }
}
