//! How names, numbers and times are written.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::Serializer;

/// Bytes as text that no terminal and no parser stumbles over, and from which the bytes can be
/// told.
///
/// UTF-8 stays as it is. Control characters, a backslash, and bytes that are not UTF-8 are written
/// as in a Rust literal: `\n`, `\u{1b}`, `\\`, `\xff`.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if char.is_control() || is_bidi_control(char) || char == '\\' {
                text.extend(char.escape_default());
            } else {
                text.push(char);
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// These reorder what follows them, so that a file name could make a line say something else.
fn is_bidi_control(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// [`escaped`] for a path.
pub(crate) fn escaped_path(path: &Path) -> String {
    escaped(path.as_os_str().as_bytes())
}

pub(crate) fn bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&escaped(bytes))
}

pub(crate) fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&escaped_path(path))
}

pub(crate) fn paths<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| escaped_path(path)))
}

/// A count with its digits in groups of three: `1 204 113`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// So many of them, in words: `1 file`, `1 204 files`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// A size to three digits: `1.21 MB`. Powers of a thousand, as disks are sold.
pub(crate) fn size(bytes: u64) -> String {
    let (value, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (bytes as f64 / 1e3, "kB"),
        1_000_000..1_000_000_000 => (bytes as f64 / 1e6, "MB"),
        _ => (bytes as f64 / 1e9, "GB"),
    };
    format!("{} {unit}", three_digits(value))
}

/// A time to three digits: `12.3 ms`.
pub(crate) fn time(nanoseconds: u64) -> String {
    let (value, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds} ns"),
        1_000..1_000_000 => (nanoseconds as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => (nanoseconds as f64 / 1e6, "ms"),
        _ => (nanoseconds as f64 / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

fn three_digits(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_and_everything_else_is_escaped() {
        assert_eq!(escaped("naïve <b> 日本".as_bytes()), "naïve <b> 日本");
        assert_eq!(escaped(b"\xff\xfe."), "\\xff\\xfe.");
        assert_eq!(escaped(b"a\n\x1b[31m\\"), "a\\n\\u{1b}[31m\\\\");
        assert_eq!(escaped("\u{9b}\u{202e}".as_bytes()), "\\u{9b}\\u{202e}");
        assert_eq!(escaped("cut é".split_at(4).0.as_bytes()), "cut ");
        assert_eq!(escaped(&"é".as_bytes()[..1]), "\\xc3");
    }

    #[test]
    fn numbers_are_grouped() {
        let plain = |number| count(number).replace('\u{202f}', " ");
        assert_eq!(plain(0), "0");
        assert_eq!(plain(999), "999");
        assert_eq!(plain(1_000), "1 000");
        assert_eq!(plain(u64::MAX), "18 446 744 073 709 551 615");
    }

    #[test]
    fn one_is_not_several() {
        assert_eq!(counted(0, "file"), "0 files");
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(counted(2, "file"), "2 files");
    }

    #[test]
    fn sizes_and_times_have_three_digits() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_205_000), "1.21 MB");
        assert_eq!(size(64 << 30), "68.7 GB");
        assert_eq!(time(17), "17 ns");
        assert_eq!(time(12_300_000), "12.3 ms");
        assert_eq!(time(123_000_000_000), "123 s");
    }
}
