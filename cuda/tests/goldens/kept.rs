//! The kernels that are kept.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A source and its PTX.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What its cases are called after: the file's name in the library, which stays when the source changes, or the
    /// beginning of the key.
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) ptx: String,
    pub(crate) entries: Vec<Entry>,
}

/// A kernel in PTX.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) parameters: usize,
    /// How many threads its blocks are to have at most, if it says so.
    pub(crate) most_threads: Option<u32>,
    /// All of it, and of the functions of the file if it calls some.
    pub(crate) text: String,
}

/// All, in order of their keys.
pub(crate) fn all() -> Vec<Kept> {
    // Cargo sets it while it runs tests; who carried this program to another machine may do so too.
    let folder =
        env::var_os("CARGO_MANIFEST_DIR").map_or(env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let shelves = ["library", "programs"].map(|shelf| folder.join("ptx").join(shelf));
    let mut paths: Vec<PathBuf> = shelves.iter().flat_map(|shelf| ptx_in(shelf)).collect();
    paths.sort();
    paths.iter().map(|path| Kept::read(path)).collect()
}

fn ptx_in(shelf: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(shelf).unwrap_or_else(|error| panic!("{}: {error}", shelf.display()));
    let paths = entries.map(|entry| entry.expect("an entry of the folder").path());
    paths
        .filter(|path| path.extension() == Some(OsStr::new("ptx")))
        .collect()
}

impl Kept {
    fn read(path: &Path) -> Kept {
        let text = |path: &Path| fs::read_to_string(path).expect("a kept file is text");
        let (source, ptx) = (text(&path.with_extension("cu")), text(path));
        let stem = path
            .file_stem()
            .and_then(OsStr::to_str)
            .expect("its name is a key");
        let name = source
            .lines()
            .find_map(|line| line.strip_prefix("// name "));
        let is_library = path
            .parent()
            .is_some_and(|shelf| shelf.ends_with("library"));
        let name = match name {
            Some(name) if is_library => name.trim_end_matches(".cu"),
            _ => &stem[..8],
        };
        Kept {
            name: name.to_owned(),
            entries: entries(&ptx),
            source,
            ptx,
        }
    }

    /// What a kernel of it is called.
    pub(crate) fn title(&self, entry: &str) -> String {
        format!("{}/{entry}", self.name)
    }

    /// What `T` is in a source of the library.
    pub(crate) fn element(&self) -> Option<&str> {
        self.name.split_once('_').map(|(_, element)| element)
    }

    /// Constants that the program is to set.
    pub(crate) fn constants(&self) -> Vec<&str> {
        let lines = self
            .ptx
            .lines()
            .filter(|line| line.contains(".const ") && !line.contains('='));
        let names = lines.filter_map(|line| line.trim_end_matches(';').split_whitespace().last());
        names
            .map(|name| name.split('[').next().unwrap_or(name))
            .collect()
    }
}

fn entries(ptx: &str) -> Vec<Entry> {
    let starts: Vec<usize> = ptx.match_indices(".entry ").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([ptx.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Entry::parse(&ptx[*start..end], ptx))
        .collect()
}

impl Entry {
    fn parse(text: &str, ptx: &str) -> Entry {
        let (head, rest) = text.split_once('(').expect("a kernel has parameters");
        let parameters = rest
            .split(')')
            .next()
            .unwrap_or_default()
            .matches(".param")
            .count();
        let before_body = rest.split('{').next().unwrap_or_default();
        let bound = before_body
            .split_once(".maxntid ")
            .and_then(|(_, bound)| bound.split([',', '\n']).next()?.trim().parse().ok());
        let calls = text.contains("call");
        Entry {
            name: head.trim_start_matches(".entry ").trim().to_owned(),
            parameters,
            most_threads: bound,
            text: if calls { ptx } else { text }.to_owned(),
        }
    }
}
