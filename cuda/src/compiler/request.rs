//! One compilation, complete: nothing that the result depends on is outside of it.

use std::fmt::Write;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::arch::Arch;
use super::includes::Includes;

/// Grows when the same request must no longer give what older versions kept.
const FORMAT: u64 = 1;

/// What NVRTC is asked for.
#[derive(Debug)]
pub(crate) struct Request {
    /// The name of the source in messages.
    pub(crate) name: String,
    /// The source as the user gave it.
    pub(crate) source: String,
    /// Whether functions keep their names, as C's do.
    pub(crate) is_extern_c: bool,
    pub(crate) includes: Includes,
    /// Where NVRTC looks for files.
    pub(crate) include_dirs: Vec<PathBuf>,
    /// Without architecture and include directories.
    pub(crate) flags: Vec<String>,
    /// The name expressions.
    pub(crate) expressions: Vec<String>,
    pub(crate) arch: Arch,
    pub(crate) shelf: Shelf,
}

/// Where in the repository of PTX a kernel is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// Kernels of this crate, which are part of every program.
    Library,
    /// Kernels of tests, examples and other programs in this workspace.
    Programs,
}

impl Request {
    /// What the compiler reads. Line numbers and the name in messages are the user's, and the folder in
    /// which relative includes are looked for is none that exists.
    pub(crate) fn text(&self) -> String {
        let line = format!("#line 1 \"{}\"\n", self.name);
        if self.is_extern_c {
            format!("extern \"C\" {{\n{line}{}\n}}\n", self.source)
        } else {
            format!("{line}{}\n", self.source)
        }
    }

    /// All that decides about the result, but the version of NVRTC. Includes count with their texts,
    /// wherever they come from.
    pub(crate) fn key(&self) -> Key {
        let mut hash = Hash(Sha256::new());
        hash.number(FORMAT);
        hash.text(&self.name);
        hash.text(&self.text());
        hash.text(&self.arch.to_string());
        hash.texts(&self.flags);
        hash.texts(&self.expressions);
        hash.number(self.includes.found().len() as u64);
        for (name, text) in self.includes.found() {
            hash.text(name);
            hash.text(text);
        }
        Key(hash.0.finalize().into())
    }
}

/// SHA-256 over fields whose lengths are hashed too, so that no two requests run into one another.
struct Hash(Sha256);

impl Hash {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text);
    }

    fn texts(&mut self, texts: &[String]) {
        self.number(texts.len() as u64);
        texts.iter().for_each(|text| self.text(text));
    }
}

/// The name of a request, the same on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The first half in hexadecimal, which names files: 128 bits keep any two sources apart.
    pub(crate) fn stem(self) -> String {
        self.0[..16].iter().fold(String::new(), |mut stem, byte| {
            let _ = write!(stem, "{byte:02x}");
            stem
        })
    }
}
