//! Packs the kept PTX of this crate's own kernels, which becomes part of every program: `src/compiler/cache/library.rs`
//! unpacks what is asked for.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use miniz_oxide::deflate::compress_to_vec_zlib;

/// The one that packs best: it costs a second or two when the kept PTX has changed.
const LEVEL: u8 = 10;

fn main() -> io::Result<()> {
    let folder = cargo_folder("CARGO_MANIFEST_DIR")
        .join("ptx")
        .join("library");
    println!("cargo::rerun-if-changed={}", folder.display());
    let (mut packed, mut entries) = (Vec::new(), String::from("&[\n"));
    for file in kept(&folder)? {
        let text = fs::read(&file)?;
        let begin = packed.len();
        packed.extend(compress_to_vec_zlib(&text, LEVEL));
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let (end, size) = (packed.len(), text.len());
        let entry = format!("Entry {{ stem: {stem:?}, begin: {begin}, end: {end}, size: {size} }}");
        writeln!(entries, "    {entry},").expect("a String can be written to");
    }
    entries.push(']');
    let out = cargo_folder("OUT_DIR");
    fs::write(out.join("library.zlib"), packed)?;
    fs::write(out.join("library.rs"), entries)
}

fn cargo_folder(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).expect("cargo sets it"))
}

/// The files with PTX, in the order of their names.
fn kept(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ptx") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
