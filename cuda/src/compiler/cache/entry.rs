//! A result as a file: its parts with their lengths, and a checksum before them. The first part is the key, so that a file
//! that was given another's name is none.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::compiler::arch::Arch;
use crate::compiler::compiled::{Compiled, Image};
use crate::compiler::request::Key;

const MAGIC: &str = "manyways-cuda-2";

/// The bytes to write.
pub(super) fn encode(key: Key, compiled: &Compiled) -> Vec<u8> {
    let mut parts = Vec::new();
    part(&mut parts, "key", key.stem().as_bytes());
    part(&mut parts, "log", compiled.log.as_bytes());
    for (expression, name) in &compiled.names {
        part(&mut parts, "expression", expression.as_bytes());
        part(&mut parts, "name", name.as_bytes());
    }
    match &compiled.image {
        Image::Ptx(text) => part(&mut parts, "ptx", text.as_bytes()),
        Image::Cubin(bytes) => part(&mut parts, "cubin", bytes),
    }
    let mut bytes = format!("{MAGIC} {}\n", checksum(&parts)).into_bytes();
    bytes.extend(parts);
    bytes
}

/// What was written, or `None` if these are not the bytes of this key's result: cut off, changed, another's, of another
/// version of this crate.
pub(super) fn decode(bytes: &[u8], key: Key, arch: Arch) -> Option<Compiled> {
    let (head, parts) = split_line(bytes)?;
    let sum = head.strip_prefix(MAGIC)?.trim();
    if checksum(parts) != sum {
        return None;
    }
    let mut reader = parts;
    if read_part(&mut reader, "key")? != key.stem().as_bytes() {
        return None;
    }
    let log = text(read_part(&mut reader, "log")?)?;
    let mut names = Vec::new();
    while let Some(expression) = read_part(&mut reader, "expression") {
        let name = read_part(&mut reader, "name")?;
        names.push((text(expression)?, text(name)?));
    }
    let image = if arch.is_ptx() {
        Image::Ptx(text(read_part(&mut reader, "ptx")?)?)
    } else {
        Image::Cubin(read_part(&mut reader, "cubin")?.to_owned())
    };
    Some(Compiled {
        arch,
        image,
        names,
        log,
    })
}

fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn part(bytes: &mut Vec<u8>, tag: &str, content: &[u8]) {
    bytes.extend(format!("{tag} {}\n", content.len()).into_bytes());
    bytes.extend(content);
    bytes.push(b'\n');
}

/// The next part, if it has this tag. The reader moves on only then.
fn read_part<'a>(reader: &mut &'a [u8], tag: &str) -> Option<&'a [u8]> {
    let (head, rest) = split_line(reader)?;
    let length = head.strip_prefix(tag)?.strip_prefix(' ')?;
    let (content, rest) = rest.split_at_checked(length.parse().ok()?)?;
    *reader = rest.strip_prefix(b"\n")?;
    Some(content)
}

fn split_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&bytes[..end]).ok()?;
    Some((line, &bytes[end + 1..]))
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_owned()).ok()
}

#[cfg(test)]
pub(in crate::compiler) mod tests {
    use super::*;
    use crate::compiler::includes::Includes;
    use crate::compiler::request::{Request, Shelf};

    /// PTX that says only this.
    pub(in crate::compiler) fn compiled(ptx: &str) -> Compiled {
        Compiled {
            arch: Arch::EMULATED,
            image: Image::Ptx(ptx.to_owned()),
            names: Vec::new(),
            log: String::new(),
        }
    }

    pub(in crate::compiler) fn request(source: &str) -> Request {
        Request {
            name: "kernel.cu".to_owned(),
            source: source.to_owned(),
            is_extern_c: true,
            includes: Includes::of(source, &[], &[]),
            include_dirs: Vec::new(),
            flags: vec!["--std=c++17".to_owned()],
            expressions: Vec::new(),
            arch: Arch::EMULATED,
            shelf: Shelf::Programs,
        }
    }

    fn key() -> Key {
        request("void k() {}").key()
    }

    fn decode(bytes: &[u8], arch: Arch) -> Option<Compiled> {
        super::decode(bytes, key(), arch)
    }

    #[test]
    fn a_result_survives() {
        let mut with_all = compiled("ptx\n\n");
        with_all.names = vec![("k<a\n>".to_owned(), "_Zk".to_owned())];
        with_all.log = "a warning\nname 3\n".to_owned();
        let bytes = encode(key(), &with_all);
        assert_eq!(decode(&bytes, Arch::EMULATED), Some(with_all));
        let cubin = Compiled {
            arch: Arch::cubin(9, 0),
            image: Image::Cubin(vec![0, 10, 255]),
            ..compiled("")
        };
        assert_eq!(decode(&encode(key(), &cubin), cubin.arch), Some(cubin));
    }

    #[test]
    fn no_byte_may_be_missing_or_another() {
        let bytes = encode(key(), &compiled("some ptx"));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end], Arch::EMULATED), None, "{end} bytes");
        }
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1;
            assert_eq!(decode(&wrong, Arch::EMULATED), None, "byte {at}");
        }
    }

    #[test]
    fn a_length_that_lies_costs_nothing() {
        let stem = key().stem();
        let parts = format!("key {}\n{stem}\nlog 18446744073709551615\nx", stem.len());
        let bytes = format!("{MAGIC} {}\n{parts}", checksum(parts.as_bytes()));
        assert_eq!(decode(bytes.as_bytes(), Arch::EMULATED), None);
    }

    #[test]
    fn the_result_of_another_source_is_none() {
        let bytes = encode(request("void other() {}").key(), &compiled("other"));
        assert_eq!(decode(&bytes, Arch::EMULATED), None);
    }
}
