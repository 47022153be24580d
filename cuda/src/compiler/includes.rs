//! Finds what a source includes, so that the key of the cache holds it, and the headers of our own
//! that the compiler must be given.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::headers;

/// Files beyond this number, or bytes beyond [`MAX_BYTES`], are not looked at, and nothing is kept
/// of a compilation that may have read them.
const MAX_FILES: usize = 5_000;
const MAX_BYTES: usize = 64 << 20;

/// What a source includes, directly or through others.
///
/// It is what may be included: conditions are not evaluated, and what is found nowhere is left to the
/// compiler to miss. Header texts by name stand above files, as NVRTC has it, and the headers of our own below.
#[derive(Debug, Default)]
pub(crate) struct Includes {
    /// Every text by the name under which it was asked for, or by its path.
    found: BTreeMap<String, String>,
    /// Names of those that are no files: the compiler is given them.
    named: BTreeSet<String>,
    /// Whether something may have been overlooked.
    is_incomplete: bool,
    bytes: usize,
}

impl Includes {
    /// Follows the includes of `source`. `given` are texts by name.
    pub(crate) fn of(source: &str, given: &[(String, String)], dirs: &[PathBuf]) -> Includes {
        let mut includes = Includes::default();
        // The folder in which the compiler believes the source to stand does not exist.
        let mut open = vec![(source.to_owned(), None)];
        while let Some((text, folder)) = open.pop() {
            for directive in directives(&text) {
                match directive {
                    Directive::Computed => includes.is_incomplete = true,
                    Directive::Named { name, is_quoted } => {
                        let folder: Option<&PathBuf> = folder.as_ref().filter(|_| is_quoted);
                        let places = Places {
                            given,
                            dirs,
                            folder,
                        };
                        open.extend(includes.follow(name, &places));
                    }
                }
            }
        }
        includes
    }

    /// All texts, by name or path, in order of these.
    pub(crate) fn found(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let entries = self.found.iter();
        entries.map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Those that the compiler must be given, because they are no files.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.found().filter(|(name, _)| self.named.contains(*name))
    }

    /// Whether [`found`](Self::found) is all that a compilation can read, so that its result may be kept.
    pub(crate) fn is_complete(&self) -> bool {
        !self.is_incomplete
    }

    /// Whether files take part.
    pub(crate) fn has_files(&self) -> bool {
        self.named.len() < self.found.len()
    }

    /// The text to look through next, with its folder, unless it is known already or nowhere.
    fn follow(&mut self, name: &str, places: &Places<'_>) -> Option<(String, Option<PathBuf>)> {
        let header = places.find(name)?;
        let is_named = matches!(header, Header::Named(_));
        let (at, text, path) = match header {
            // To the compiler it stands where its name says, seen from the program's own folder.
            Header::Named(text) => (name.to_owned(), text, Path::new(".").join(name)),
            Header::File { path, text } => (path.to_string_lossy().into_owned(), text, path),
        };
        if self.found.contains_key(&at) {
            return None;
        }
        self.bytes += text.len();
        if self.found.len() >= MAX_FILES || self.bytes > MAX_BYTES {
            self.is_incomplete = true;
            return None;
        }
        if is_named {
            self.named.insert(at.clone());
        }
        self.found.insert(at, text.clone());
        Some((text, path.parent().map(Path::to_owned)))
    }
}

/// Where an include is looked for.
struct Places<'a> {
    given: &'a [(String, String)],
    dirs: &'a [PathBuf],
    /// The folder of the file that includes with quotes.
    folder: Option<&'a PathBuf>,
}

enum Header {
    Named(String),
    File { path: PathBuf, text: String },
}

impl Places<'_> {
    fn find(&self, name: &str) -> Option<Header> {
        let given = self.given.iter().find(|(given, _)| given == name);
        given
            .map(|(_, text)| Header::Named(text.clone()))
            .or_else(|| self.file(name))
            .or_else(|| headers::find(name).map(|text| Header::Named(text.to_owned())))
    }

    fn file(&self, name: &str) -> Option<Header> {
        let dirs = self.folder.into_iter().chain(self.dirs);
        let mut paths = dirs.map(|dir| dir.join(name));
        paths.find_map(|path| {
            let bytes = read(&path).ok()?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Some(Header::File { path, text })
        })
    }
}

/// A file's bytes, one more than may be looked at if there are more. Pipes and devices, which may have no end or never
/// begin, are no headers.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(Debug, PartialEq, Eq)]
enum Directive<'a> {
    Named {
        name: &'a str,
        is_quoted: bool,
    },
    /// A macro names the header, or it is written in a way that is not understood here.
    Computed,
}

/// The include directives of a text. Those in comments and in branches that are not taken count too.
fn directives(text: &str) -> impl Iterator<Item = Directive<'_>> {
    text.lines().filter_map(directive)
}

fn directive(line: &str) -> Option<Directive<'_>> {
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix('#') else {
        // After a comment, or with a digraph.
        let is_hidden = !line.starts_with("//") && (line.contains('#') || line.contains("%:"));
        return (is_hidden && line.contains("include")).then_some(Directive::Computed);
    };
    let rest = rest.trim_start();
    let Some(rest) = rest.strip_prefix("include") else {
        let is_other = ["import", "embed", "/*"]
            .iter()
            .any(|word| rest.starts_with(word));
        return is_other.then_some(Directive::Computed);
    };
    let after = rest.trim_start();
    let (close, is_quoted) = match after.chars().next()? {
        '<' => ('>', false),
        '"' => ('"', true),
        // A macro's name stands apart from the word, unlike the rest of a longer word.
        _ => {
            let is_computed = after.len() < rest.len() || rest.starts_with("_next");
            return is_computed.then_some(Directive::Computed);
        }
    };
    let (name, _) = after[1..].split_once(close)?;
    // The compiler finds these without our help.
    if Path::new(name).is_absolute() {
        return Some(Directive::Computed);
    }
    Some(Directive::Named { name, is_quoted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_told_from_what_looks_like_them() {
        let text = "#include <a.h>\n  #  include\t\"b/c.h\" // d\n#include FILE\n#includes\n// #include <e.h>\nint include;";
        let named = |name, is_quoted| Directive::Named { name, is_quoted };
        let expected = [
            named("a.h", false),
            named("b/c.h", true),
            Directive::Computed,
        ];
        assert_eq!(directives(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_not_understood_is_not_kept() {
        let odd = [
            "#include_next <a.h>",
            "#import \"a.h\"",
            "/* */ #include \"a.h\"",
            "#/* */include \"a.h\"",
            "%:include \"a.h\"",
            "#include \"/usr/include/a.h\"",
        ];
        for text in odd {
            assert!(!Includes::of(text, &[], &[]).is_complete(), "{text}");
        }
        assert!(Includes::of("// #include <a.h>\nint include_next;", &[], &[]).is_complete());
    }

    #[test]
    fn the_programs_folder_is_that_of_headers_and_not_of_the_source() {
        for source in ["#include \"Cargo.toml\"\n", "#include <Cargo.toml>\n"] {
            let includes = Includes::of(source, &[], &[]);
            assert!(!includes.has_files(), "{includes:?}");
        }
        let files = |name: &str, text: &str| {
            let given = [(name.to_owned(), text.to_owned())];
            Includes::of(&format!("#include <{name}>\n"), &given, &[]).has_files()
        };
        assert!(files("a.h", "#include \"Cargo.toml\"\n"));
        assert!(files("src/a.h", "#include \"lib.rs\"\n"));
        assert!(!files("src/a.h", "#include \"Cargo.toml\"\n"));
        assert!(!files("a.h", "#include <Cargo.toml>\n"));
    }

    #[test]
    fn what_is_no_file_is_no_header() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.h");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.h")).unwrap();
        let source = "#include \"pipe.h\"\n#include \"zero.h\"\n";
        let includes = Includes::of(source, &[], &[folder.path().to_owned()]);
        assert_eq!(includes.found().len(), 0);
    }

    #[test]
    fn given_texts_come_before_files_and_files_before_our_own_headers() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub/first.h"), "#include \"second.h\"\n").unwrap();
        fs::write(folder.path().join("sub/second.h"), "#include <stdint.h>\n").unwrap();
        fs::write(folder.path().join("given.h"), "not this").unwrap();
        let source = "#include \"sub/first.h\"\n#include \"given.h\"\n#include <nowhere.h>\n";
        let given = [("given.h".to_owned(), "this".to_owned())];
        let includes = Includes::of(source, &given, &[folder.path().to_owned()]);
        let named: Vec<&str> = includes.named().map(|(name, _)| name).collect();
        assert_eq!(named, ["given.h", "stdint.h"]);
        assert_eq!(includes.found().len(), 4);
        assert!(includes.is_complete() && includes.has_files());

        fs::write(folder.path().join("stdint.h"), "mine").unwrap();
        let includes = Includes::of(source, &given, &[folder.path().to_owned()]);
        assert_eq!(
            includes.named().count(),
            1,
            "a file replaces our own header"
        );
    }

    #[test]
    fn a_circle_ends_and_a_computed_include_is_noticed() {
        let given = [(
            "a.h".to_owned(),
            "#include \"a.h\"\n#include NEXT\n".to_owned(),
        )];
        let includes = Includes::of("#include <a.h>\n", &given, &[]);
        assert_eq!(includes.found().len(), 1);
        assert!(!includes.is_complete());
    }
}
