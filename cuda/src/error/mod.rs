//! The one error of this crate.

mod code;

use std::{error, fmt, result};

pub use self::code::Code;

/// What every call here returns.
pub type Result<T, E = Error> = result::Result<T, E>;

/// What a call of the driver, of the run-time compiler or of this crate could not do.
///
/// It has the [`code`](Error::code), the call that failed, on what, in which kernel where there is one, and what more
/// is known: the log of a compiler, the fault of a kernel with its thread and source line. `Display` says all of it.
///
/// A failure of something asynchronous is told by a later call, whichever it is: then the call named is the later one.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Report>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Report {
    code: Code,
    call: &'static str,
    subject: Option<String>,
    kernel: Option<String>,
    detail: Option<String>,
    advice: Option<String>,
}

impl Error {
    /// `call` failed with `code`.
    pub(crate) fn new(code: Code, call: &'static str) -> Error {
        Error(Box::new(Report {
            code,
            call,
            subject: None,
            kernel: None,
            detail: None,
            advice: None,
        }))
    }

    /// What it was tried on. The first that says so knows best.
    #[must_use]
    pub(crate) fn on(mut self, subject: impl fmt::Display) -> Error {
        self.0.subject.get_or_insert_with(|| subject.to_string());
        self
    }

    /// The kernel that was launched.
    #[must_use]
    pub(crate) fn in_kernel(mut self, kernel: &str) -> Error {
        self.0.kernel.get_or_insert_with(|| kernel.to_owned());
        self
    }

    /// Why, or what more is known.
    #[must_use]
    pub(crate) fn because(mut self, detail: impl fmt::Display) -> Error {
        self.0.detail = Some(detail.to_string());
        self
    }

    /// What to do about it.
    #[must_use]
    pub(crate) fn advise(mut self, advice: impl fmt::Display) -> Error {
        self.0.advice = Some(advice.to_string());
        self
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The call that failed: the driver's, such as `cuMemAlloc`, or what this crate was asked to do.
    #[must_use]
    pub fn call(&self) -> &str {
        self.0.call
    }

    /// What the call was tried on.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// The kernel that was launched, or that failed.
    #[must_use]
    pub fn kernel(&self) -> Option<&str> {
        self.0.kernel.as_deref()
    }

    /// What more is known: a log, or a fault.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// Whether memory ran out.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        self.code() == Code::OutOfMemory
    }

    /// Whether there is no device, or no driver.
    #[must_use]
    pub fn is_no_device(&self) -> bool {
        matches!(self.code(), Code::NoDevice | Code::StubLibrary)
    }

    /// Whether a kernel failed while it ran. On NVIDIA hardware its context is lost then: see [`Code::is_sticky`].
    #[must_use]
    pub fn is_kernel_failure(&self) -> bool {
        self.code().is_sticky()
    }

    /// Whether the driver, the device or the backend lacks what was asked for.
    #[must_use]
    pub fn is_not_supported(&self) -> bool {
        self.code() == Code::NotSupported
    }

    /// Whether a source did not compile; the log is the [`detail`](Error::detail).
    #[must_use]
    pub fn is_compilation(&self) -> bool {
        self.code() == Code::Compilation
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &*self.0;
        f.write_str(report.call)?;
        if let Some(subject) = &report.subject {
            write!(f, " of {subject}")?;
        }
        if let Some(kernel) = &report.kernel {
            write!(f, " (kernel {kernel})")?;
        }
        write!(f, " failed: {} ({})", report.code.text(), report.code)?;
        if let Some(detail) = &report.detail {
            write!(f, ": {detail}")?;
        }
        match &report.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `main` returns is shown like this, and a compiler's log in quotes cannot be read.
        match f.alternate() {
            true => fmt::Debug::fmt(&self.0, f),
            false => fmt::Display::fmt(self, f),
        }
    }
}

impl error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_known_is_said() {
        let error = Error::new(Code::OutOfMemory, "cuMemAlloc")
            .on("16 bytes on device 0")
            .because("3 bytes are free")
            .advise("free something");
        assert_eq!(
            error.to_string(),
            "cuMemAlloc of 16 bytes on device 0 failed: not enough memory (CUDA_ERROR_OUT_OF_MEMORY): 3 bytes are \
             free; free something"
        );
        assert!(error.is_out_of_memory() && !error.is_kernel_failure());
    }

    #[test]
    fn a_kernel_is_named_by_who_knew_it_first() {
        let error = Error::new(Code::LaunchFailed, "cuLaunchKernel")
            .in_kernel("saxpy")
            .in_kernel("other");
        assert_eq!(error.kernel(), Some("saxpy"));
        assert!(error.is_kernel_failure());
    }
}
