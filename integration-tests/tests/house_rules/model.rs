//! What the rules look at.

use std::path::Path;

/// The workspace.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the workspace's root.
    pub(crate) folder: String,
    /// To other members only.
    pub(crate) edges: Vec<Edge>,
    /// The parsed Cargo.toml.
    pub(crate) manifest: toml::Table,
    pub(crate) sources: Vec<Source>,
}

/// A dependency on another member.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) to: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Development,
    Build,
}

/// A Rust source file of a member: of its library, programs, tests, examples and benchmarks.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the workspace's root.
    pub(crate) path: String,
    pub(crate) safety: Safety,
}

/// What a source file says about `unsafe`, outside of comments and strings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Safety {
    /// Lines with the keyword `unsafe`.
    pub(crate) unsafe_lines: Vec<usize>,
    /// Lines where an attribute softens the lint `unsafe_code`.
    pub(crate) allowing_lines: Vec<usize>,
}

/// Where in the house a package stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    Foundation(&'a str),
    System(&'a str),
    /// The procedural macros of a system, in a folder of its own inside the system's.
    Macros(&'a str),
    /// `integration-tests`, where systems meet.
    Meeting,
    /// `bench`, which runs the systems' programs and knows none of them.
    Measuring,
    /// No such place in the plan.
    Unknown,
}

impl House {
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl Source {
    pub(crate) fn file_name(&self) -> &str {
        let name = Path::new(&self.path).file_name();
        name.and_then(|name| name.to_str()).unwrap_or_default()
    }
}
