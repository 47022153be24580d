//! What to compile for.

use std::fmt;

/// An architecture to compile for: PTX for a virtual one (`compute_80`), which every device of that
/// compute capability or a later one can run, or machine code for a real one (`sm_90`).
///
/// ```
/// use cuda::compiler::Arch;
///
/// assert_eq!(Arch::ptx(8, 0).to_string(), "compute_80");
/// assert_eq!(Arch::cubin(9, 0).to_string(), "sm_90");
/// assert_eq!(Arch::cubin(9, 0).with_suffix('a').to_string(), "sm_90a");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arch {
    is_ptx: bool,
    major: u32,
    minor: u32,
    suffix: Option<char>,
}

impl Arch {
    /// What the emulated device runs, and what `cuda/ptx` keeps.
    pub const EMULATED: Arch = Arch::ptx(8, 0);

    /// PTX for devices of this compute capability and all later ones.
    #[must_use]
    pub const fn ptx(major: u32, minor: u32) -> Arch {
        Arch {
            is_ptx: true,
            major,
            minor,
            suffix: None,
        }
    }

    /// Machine code for devices of this compute capability, and of higher minor versions of it.
    #[must_use]
    pub const fn cubin(major: u32, minor: u32) -> Arch {
        Arch {
            is_ptx: false,
            major,
            minor,
            suffix: None,
        }
    }

    /// With the features of one architecture (`'a'`) or of one family (`'f'`) only.
    #[must_use]
    pub const fn with_suffix(self, suffix: char) -> Arch {
        Arch {
            suffix: Some(suffix),
            ..self
        }
    }

    /// Whether the result is PTX, as text.
    #[must_use]
    pub const fn is_ptx(self) -> bool {
        self.is_ptx
    }

    /// The compute capability, major and minor.
    #[must_use]
    pub const fn compute_capability(self) -> (u32, u32) {
        (self.major, self.minor)
    }

    /// As NVRTC counts: 80 for 8.0.
    pub(crate) const fn number(self) -> u32 {
        self.major * 10 + self.minor
    }

    /// The virtual architecture for a number as NVRTC counts.
    pub(crate) const fn ptx_of_number(number: u32) -> Arch {
        Arch::ptx(number / 10, number % 10)
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_ptx { "compute" } else { "sm" };
        write!(f, "{kind}_{}{}", self.major, self.minor)?;
        self.suffix.map_or(Ok(()), |suffix| write!(f, "{suffix}"))
    }
}
