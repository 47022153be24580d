//! The options of a compilation.

use std::fmt;

/// The version of C++ that the source is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standard {
    /// C++11.
    Cpp11,
    /// C++14.
    Cpp14,
    /// C++17, the default.
    #[default]
    Cpp17,
    /// C++20, from NVRTC 12 on.
    Cpp20,
}

impl Standard {
    const fn flag(self) -> &'static str {
        match self {
            Standard::Cpp11 => "--std=c++11",
            Standard::Cpp14 => "--std=c++14",
            Standard::Cpp17 => "--std=c++17",
            Standard::Cpp20 => "--std=c++20",
        }
    }
}

/// How to compile: the options of NVRTC that have a name here, and any other as text.
///
/// What is not set is as NVRTC has it, but for line information, which is kept: it costs nothing when
/// the kernel runs, and lets the emulated device name the line of a wrong access.
///
/// ```
/// use cuda::compiler::CompileOptions;
///
/// let options = CompileOptions::new().define("BLOCK", "256").fast_math(true).option("--fmad=false");
/// assert_eq!(
///     options.flags(),
///     ["--std=c++17", "-lineinfo", "-DBLOCK=256", "--use_fast_math", "--fmad=false"],
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CompileOptions {
    standard: Standard,
    line_info: bool,
    flags: Vec<String>,
}

impl Default for CompileOptions {
    fn default() -> CompileOptions {
        CompileOptions {
            standard: Standard::default(),
            line_info: true,
            flags: Vec::new(),
        }
    }
}

impl CompileOptions {
    /// C++17 with line information, and nothing else.
    #[must_use]
    pub fn new() -> CompileOptions {
        CompileOptions::default()
    }

    /// The version of C++.
    #[must_use]
    pub fn standard(mut self, standard: Standard) -> CompileOptions {
        self.standard = standard;
        self
    }

    /// Whether to keep which instruction came from which line (`-lineinfo`). True unless it is set.
    #[must_use]
    pub fn line_info(mut self, keep: bool) -> CompileOptions {
        self.line_info = keep;
        self
    }

    /// Defines a macro: `-DNAME=VALUE`.
    #[must_use]
    pub fn define(self, name: &str, value: impl fmt::Display) -> CompileOptions {
        self.option(format!("-D{name}={value}"))
    }

    /// Undefines a macro: `-UNAME`.
    #[must_use]
    pub fn undefine(self, name: &str) -> CompileOptions {
        self.option(format!("-U{name}"))
    }

    /// Approximate functions and divisions, denormals as zero, fused multiply-add: `--use_fast_math`.
    #[must_use]
    pub fn fast_math(self, on: bool) -> CompileOptions {
        if on {
            self.option("--use_fast_math")
        } else {
            self
        }
    }

    /// Whether `a * b + c` may become one rounding instead of two. NVRTC does it unless told not to.
    #[must_use]
    pub fn fused_multiply_add(self, on: bool) -> CompileOptions {
        self.option(format!("--fmad={on}"))
    }

    /// Whether `float`s too small for a full mantissa become zero.
    #[must_use]
    pub fn flush_to_zero(self, on: bool) -> CompileOptions {
        self.option(format!("--ftz={on}"))
    }

    /// Whether `float` divisions and reciprocals are correctly rounded.
    #[must_use]
    pub fn precise_division(self, on: bool) -> CompileOptions {
        self.option(format!("--prec-div={on}"))
    }

    /// Whether `float` square roots are correctly rounded.
    #[must_use]
    pub fn precise_square_root(self, on: bool) -> CompileOptions {
        self.option(format!("--prec-sqrt={on}"))
    }

    /// At most that many registers a thread; what does not fit is spilt to local memory.
    #[must_use]
    pub fn max_registers(self, count: u32) -> CompileOptions {
        self.option(format!("--maxrregcount={count}"))
    }

    /// Unoptimised, with what a debugger needs: `--device-debug`.
    #[must_use]
    pub fn debug(self, on: bool) -> CompileOptions {
        if on {
            self.option("--device-debug")
        } else {
            self
        }
    }

    /// Code to be linked with other modules: functions and variables may be `extern`.
    #[must_use]
    pub fn relocatable(self, on: bool) -> CompileOptions {
        self.option(format!("--relocatable-device-code={on}"))
    }

    /// No message for the warning of this number (`177` for `#177-D`).
    #[must_use]
    pub fn suppress_warning(self, number: u32) -> CompileOptions {
        self.option(format!("--diag-suppress={number}"))
    }

    /// An error for the warning of this number.
    #[must_use]
    pub fn deny_warning(self, number: u32) -> CompileOptions {
        self.option(format!("--diag-error={number}"))
    }

    /// Any option of NVRTC, as it takes it. Include directories belong to the module's builder, which
    /// watches the files in them; the architecture comes from the device.
    #[must_use]
    pub fn option(mut self, flag: impl Into<String>) -> CompileOptions {
        self.flags.push(flag.into());
        self
    }

    /// What NVRTC is given.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        let mut all = vec![self.standard.flag().to_owned()];
        if self.line_info {
            all.push("-lineinfo".to_owned());
        }
        all.extend(self.flags.iter().cloned());
        all
    }

    /// Whether the code is still to be linked.
    pub(crate) fn is_relocatable(&self) -> bool {
        let sets = |flag: &&String| {
            flag.starts_with("--relocatable-device-code")
                || flag.starts_with("-rdc")
                || *flag == "-dc"
        };
        let last = self.flags.iter().rfind(sets);
        last.is_some_and(|flag| !flag.ends_with("=false"))
    }
}
