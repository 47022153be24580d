//! What a compilation gives.

use super::arch::Arch;
use super::diagnostic::Diagnostic;

/// Code for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Image {
    /// Text in PTX, the assembly language of virtual architectures.
    Ptx(String),
    /// Machine code of a real architecture, as an ELF file.
    Cubin(Vec<u8>),
}

/// A compiled source, before it is loaded into a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    pub(crate) arch: Arch,
    pub(crate) image: Image,
    /// Name expressions with the names of what they denote.
    pub(crate) names: Vec<(String, String)>,
    pub(crate) log: String,
}

impl Compiled {
    /// What it was compiled for.
    #[must_use]
    pub fn arch(&self) -> Arch {
        self.arch
    }

    /// The code.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The code, if it is PTX.
    #[must_use]
    pub fn ptx(&self) -> Option<&str> {
        match &self.image {
            Image::Ptx(text) => Some(text),
            Image::Cubin(_) => None,
        }
    }

    /// The name, inside of the code, of what a name expression denotes: `_Z1kIfEvPT_` for `k<float>`. `None`
    /// for an expression that was not asked for.
    #[must_use]
    pub fn lowered_name(&self, expression: &str) -> Option<&str> {
        let pair = self.names.iter().find(|(known, _)| known == expression);
        pair.map(|(_, name)| name.as_str())
    }

    /// What the compiler said, warnings as a rule; empty if it had nothing to say.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.log
    }

    /// The warnings.
    #[must_use]
    pub fn warnings(&self) -> Vec<Diagnostic> {
        Diagnostic::all_in(&self.log)
    }

    /// About how much memory it takes.
    pub(crate) fn size(&self) -> usize {
        let image = match &self.image {
            Image::Ptx(text) => text.len(),
            Image::Cubin(bytes) => bytes.len(),
        };
        let names = self.names.iter();
        let names: usize = names.map(|(a, b)| a.len() + b.len()).sum();
        size_of::<Compiled>() + image + names + self.log.len()
    }
}
