//! PTX that is kept with the sources of this crate, so that its tests, its examples and its own kernels need
//! no compiler: `cuda/ptx`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use super::kept;
use super::library::LIBRARY;
use crate::compiler::arch::Arch;
use crate::compiler::compiled::Compiled;
use crate::compiler::error::CompileError;
use crate::compiler::nvrtc::nvrtc;
use crate::compiler::request::{Request, Shelf};

/// Set to 1, it makes every compilation for the emulated device come from NVRTC and be written to the
/// repository.
const RECORD_VARIABLE: &str = "MANYWAYS_PTX_RECORD";

/// The only compiler whose PTX is kept. So a difference is one of the sources.
const COMPILER: &str = "V12.9.86";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ptx"))
}

impl Shelf {
    const ALL: [Shelf; 2] = [Shelf::Library, Shelf::Programs];

    fn name(self) -> &'static str {
        match self {
            Shelf::Library => "library",
            Shelf::Programs => "programs",
        }
    }
}

/// What is kept for a request.
pub(super) fn find(request: &Request) -> Result<Option<Compiled>, CompileError> {
    if request.arch != Arch::EMULATED {
        return Ok(None);
    }
    let stem = request.key().stem();
    match LIBRARY.find(&stem) {
        Some(text) => read(request, text).map(Some),
        None => Ok(find_file(&stem)),
    }
}

/// A text of the library. It is as it was built into the program, or the program is damaged.
fn read(request: &Request, text: Result<String, String>) -> Result<Compiled, CompileError> {
    let compiled = text.and_then(|text| kept::read_ptx(&text).ok_or("it is no PTX".to_owned()));
    compiled.map_err(|what| CompileError::damaged(request, what))
}

/// The library's shelf too: it may have grown since this program was built.
fn find_file(stem: &str) -> Option<Compiled> {
    Shelf::ALL.iter().find_map(|shelf| {
        let path = folder().join(shelf.name()).join(stem);
        let text = fs::read_to_string(path.with_extension("ptx")).ok()?;
        kept::read_ptx(&text)
    })
}

/// Whether results are to be written to the repository.
pub(super) fn is_recording(request: &Request) -> bool {
    request.arch == Arch::EMULATED && env::var_os(RECORD_VARIABLE).is_some_and(|value| value == "1")
}

/// Writes a result and its source.
pub(super) fn record(request: &Request, compiled: &Compiled) -> Result<(), CompileError> {
    if request.includes.has_files() {
        let what = "a source that is kept has no include directories; give it its headers as texts";
        return Err(CompileError::invalid(request, what));
    }
    let ptx = kept::write_ptx(compiled).filter(|text| text.contains(COMPILER));
    let Some(ptx) = ptx else {
        let what = format!("{RECORD_VARIABLE} is set, and NVRTC is not {COMPILER}");
        return Err(CompileError::invalid(request, what));
    };
    let path = folder()
        .join(request.shelf.name())
        .join(request.key().stem());
    for (extension, text) in [("cu", kept::write_source(request)), ("ptx", ptx)] {
        let path = path.with_extension(extension);
        let written = replace(&path, &text);
        written.map_err(|error| CompileError::io(request, "write", path, error))?;
    }
    Ok(())
}

/// At once, since tests run at the same time and share sources.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(parent)?;
    fs::write(file.path(), text)?;
    file.persist(path)?;
    Ok(())
}

/// A kept file that is not what the compiler makes today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    path: PathBuf,
    what: String,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.what)
    }
}

/// Compiles every kept source again and compares. Returns how many there are, and what is not as it is kept.
///
/// # Errors
/// If NVRTC is missing or another one than the one whose results are kept, or the folder cannot be read.
#[doc(hidden)]
pub fn verify() -> io::Result<(usize, Vec<Drift>)> {
    let (mut count, mut drifts) = (0, Vec::new());
    for shelf in Shelf::ALL {
        let folder = folder().join(shelf.name());
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let other = match path.extension().and_then(OsStr::to_str) {
                Some("cu") => path.with_extension("ptx"),
                Some("ptx") => path.with_extension("cu"),
                _ => continue,
            };
            let outcome = if other.exists() {
                count += 1;
                check(&path, shelf)
            } else {
                Err(format!("{} is missing", other.display()))
            };
            drifts.extend(outcome.err().map(|what| Drift { path, what }));
        }
    }
    Ok((count / 2, drifts))
}

/// One of the two files of a source; all is checked with the one that holds the source.
fn check(path: &Path, shelf: Shelf) -> Result<(), String> {
    if path.extension() != Some(OsStr::new("cu")) {
        return Ok(());
    }
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| error.to_string());
    let request = kept::read_source(&read(path)?, shelf)?;
    let stem = request.key().stem();
    if path.file_stem() != Some(OsStr::new(&stem)) {
        return Err(format!(
            "its key is {stem} now; a header of this crate has changed, or the file"
        ));
    }
    let nvrtc = nvrtc().map_err(|absent| absent.tried.join("; "))?;
    let compiled = nvrtc.compile(&request).map_err(|error| error.to_string())?;
    let now = kept::write_ptx(&compiled).unwrap_or_default();
    if !now.contains(COMPILER) {
        return Err(format!("NVRTC is not {COMPILER}"));
    }
    match first_difference(&read(&path.with_extension("ptx"))?, &now) {
        None => Ok(()),
        Some(difference) => Err(difference),
    }
}

fn first_difference(kept: &str, now: &str) -> Option<String> {
    if kept == now {
        return None;
    }
    let pairs = kept.lines().zip(now.lines()).enumerate();
    let different = pairs.into_iter().find(|(_, (kept, now))| kept != now);
    Some(match different {
        Some((at, (kept, now))) => format!("line {} is {kept:?}, and now {now:?}", at + 1),
        None => "one is longer than the other".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::cache::entry::tests::request;
    use crate::error::{Code, Error};

    #[test]
    fn a_damaged_library_is_an_error_that_says_what_to_do() {
        let request = request("__global__ void k() {}");
        for text in [Err("checksum".to_owned()), Ok("no such thing".to_owned())] {
            let error = read(&request, text).unwrap_err();
            assert!(!error.is_compiler_missing() && !error.is_refused());
            let error = Error::from(error);
            assert_eq!(error.code(), Code::Compiler);
            assert!(error.to_string().contains("build it anew"), "{error}");
        }
    }

    #[test]
    fn every_kept_source_has_the_key_that_it_is_kept_under() {
        for shelf in Shelf::ALL {
            for entry in fs::read_dir(folder().join(shelf.name())).unwrap() {
                let path = entry.unwrap().path();
                if path.extension() == Some(OsStr::new("cu")) {
                    let text = fs::read_to_string(&path).unwrap();
                    let request = kept::read_source(&text, shelf).unwrap();
                    assert_eq!(path.file_stem().unwrap(), &*request.key().stem());
                    assert!(find(&request).unwrap().is_some(), "{}", path.display());
                }
            }
        }
    }

    #[test]
    fn the_first_difference_is_told() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        let told = first_difference("a\nb\n", "a\nc\n").unwrap();
        assert!(told.contains("line 2"), "{told}");
        assert!(
            first_difference("a\n", "a\nb\n")
                .unwrap()
                .contains("longer")
        );
    }
}
