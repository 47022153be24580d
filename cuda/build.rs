//! Makes a table of the kept PTX of this crate's own kernels, which becomes part of every program.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("ptx")
        .join("library");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(&folder).expect("the folder ptx/library is part of the crate");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of ptx/library").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ptx"))
        .collect();
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let stem = file.file_stem().expect("it has an extension");
        let stem = stem.to_string_lossy();
        writeln!(table, "    ({stem:?}, include_str!({file:?})),").expect("memory");
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("library.rs"), table).expect("OUT_DIR can be written to");
}
