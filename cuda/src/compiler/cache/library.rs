//! The PTX of this crate's own kernels, which is part of every program. `build.rs` packs it, to an eighth of its size, and a
//! kernel is unpacked when it is first asked for: the memory of the process keeps it from then on.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// The kernels of this crate.
pub(super) static LIBRARY: Library<'static> = Library {
    entries: include!(concat!(env!("OUT_DIR"), "/library.rs")),
    packed: include_bytes!(concat!(env!("OUT_DIR"), "/library.zlib")),
};

/// Texts, packed one by one.
#[derive(Debug)]
pub(super) struct Library<'a> {
    /// In the order of the stems.
    entries: &'a [Entry<'a>],
    packed: &'a [u8],
}

/// One text, in the format of zlib, which has a checksum.
#[derive(Debug, Clone)]
struct Entry<'a> {
    stem: &'a str,
    /// Where it lies in what is packed.
    begin: usize,
    end: usize,
    /// In bytes, unpacked.
    size: usize,
}

impl Library<'_> {
    /// The text of that name, if there is one; or what is wrong with it.
    pub(super) fn find(&self, stem: &str) -> Option<Result<String, String>> {
        let at = self.entries.binary_search_by(|entry| entry.stem.cmp(stem));
        Some(self.unpack(&self.entries[at.ok()?]))
    }

    fn unpack(&self, entry: &Entry<'_>) -> Result<String, String> {
        let packed = self.packed.get(entry.begin..entry.end);
        let packed = packed.ok_or("it is cut off")?;
        let text = decompress_to_vec_zlib_with_limit(packed, entry.size);
        let text = text.map_err(|error| error.to_string())?;
        if text.len() != entry.size {
            return Err(format!("{} bytes are {}", entry.size, text.len()));
        }
        String::from_utf8(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;
    use crate::compiler::cache::kept;

    #[test]
    fn the_library_is_in_order_and_readable() {
        assert!(LIBRARY.entries.is_sorted_by(|a, b| a.stem < b.stem));
        for entry in LIBRARY.entries {
            let text = LIBRARY.find(entry.stem).expect("it is there").unwrap();
            assert!(kept::read_ptx(&text).is_some(), "{}", entry.stem);
        }
    }

    #[test]
    fn the_library_has_what_the_repository_has() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/ptx/library");
        for entry in LIBRARY.entries {
            let file = std::fs::read_to_string(format!("{folder}/{}.ptx", entry.stem)).unwrap();
            assert!(
                LIBRARY.find(entry.stem).unwrap().unwrap() == file,
                "{}",
                entry.stem
            );
        }
    }

    #[test]
    fn texts_are_found_by_their_names() {
        let texts = [("a", "one"), ("b", ""), ("d", "three")];
        let (mut packed, mut entries) = (Vec::new(), Vec::new());
        for (stem, text) in texts {
            let begin = packed.len();
            packed.extend(compress_to_vec_zlib(text.as_bytes(), 10));
            let (end, size) = (packed.len(), text.len());
            entries.push(Entry {
                stem,
                begin,
                end,
                size,
            });
        }
        let library = Library {
            entries: &entries,
            packed: &packed,
        };
        for (stem, text) in texts {
            assert_eq!(library.find(stem), Some(Ok(text.to_owned())));
        }
        for stem in ["", "aa", "c", "e"] {
            assert_eq!(library.find(stem), None);
        }
    }

    #[test]
    fn what_is_damaged_is_told() {
        let text = "mov.u32 %r1, %tid.x;\n".repeat(20);
        let packed = compress_to_vec_zlib(text.as_bytes(), 10);
        let entry = Entry {
            stem: "a",
            begin: 0,
            end: packed.len(),
            size: text.len(),
        };
        let find = |packed: &[u8], entry: &Entry<'_>| {
            let entries = std::slice::from_ref(entry);
            Library { entries, packed }.find("a").expect("it is there")
        };
        assert_eq!(find(&packed, &entry), Ok(text.clone()));
        for end in 0..packed.len() {
            assert!(find(&packed[..end], &entry).is_err(), "{end} bytes");
            let short = Entry {
                end,
                ..entry.clone()
            };
            assert!(find(&packed, &short).is_err(), "{end} bytes");
        }
        let mut unused = 0;
        for bit in 0..8 * packed.len() {
            let mut wrong = packed.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            match find(&wrong, &entry) {
                Ok(found) => {
                    assert!(found == text, "bit {bit} makes another text");
                    unused += 1;
                }
                Err(what) => assert!(!what.is_empty()),
            }
        }
        // Those that fill the last byte before the checksum.
        assert!(unused < 8, "{unused}");
        for size in [0, text.len() - 1, text.len() + 1] {
            let wrong = Entry {
                size,
                ..entry.clone()
            };
            assert!(find(&packed, &wrong).is_err(), "{size}");
        }
    }
}
