//! Sources and their PTX as the repository keeps them: text that a person can read and a diff can show.

use std::fmt::Write;

use crate::compiler::arch::Arch;
use crate::compiler::compiled::{Compiled, Image};
use crate::compiler::headers;
use crate::compiler::includes::Includes;
use crate::compiler::request::{Request, Shelf};

/// The source with all that its compilation needs, besides the headers of this crate.
pub(super) fn write_source(request: &Request) -> String {
    let mut text = String::from("// A source whose PTX is kept; see the README in cuda/ptx.\n");
    let mut line = |tag: &str, value: &str| {
        let _ = writeln!(text, "// {tag} {value}");
    };
    line("name", &request.name);
    line("linkage", linkage(request.is_extern_c));
    for flag in &request.flags {
        line("option", flag);
    }
    for expression in &request.expressions {
        line("expression", expression);
    }
    let given = given(request);
    for (name, header) in &given {
        line("header", &format!("{} {name}", header.len()));
    }
    line("source", &request.source.len().to_string());
    for (_, header) in given {
        text.push_str(header);
        text.push('\n');
    }
    text.push_str(&request.source);
    text.push('\n');
    text
}

/// Headers that came with the source.
fn given(request: &Request) -> Vec<(&str, &str)> {
    let named = request.includes.named();
    named
        .filter(|(name, text)| headers::find(name) != Some(*text))
        .collect()
}

const fn linkage(is_extern_c: bool) -> &'static str {
    if is_extern_c { "C" } else { "C++" }
}

/// The request that was written, or what is wrong with the text.
pub(super) fn read_source(text: &str, shelf: Shelf) -> Result<Request, String> {
    let mut reader = Reader { rest: text };
    reader.line().ok_or("it is empty")?;
    let name = reader.tagged("name").ok_or("there is no name")?;
    let is_extern_c = reader.tagged("linkage") == Some("C");
    let flags = reader.all_tagged("option");
    let expressions = reader.all_tagged("expression");
    let header = |line: &str| {
        let (length, name) = line.split_once(' ')?;
        Some((name.to_owned(), length.parse().ok()?))
    };
    let headers: Option<Vec<(String, usize)>> = reader
        .all_tagged("header")
        .iter()
        .map(|line| header(line))
        .collect();
    let headers = headers.ok_or("a header has no length")?;
    let length = reader
        .tagged("source")
        .and_then(|length| length.parse().ok());
    let length = length.ok_or("the source has no length")?;
    let mut given = Vec::new();
    for (name, length) in headers {
        let text = reader.text(length).ok_or("a header is cut off")?;
        given.push((name, text.to_owned()));
    }
    let source = reader.text(length).ok_or("the source is cut off")?;
    Ok(Request {
        name: name.to_owned(),
        source: source.to_owned(),
        is_extern_c,
        includes: Includes::of(source, &given, &[]),
        include_dirs: Vec::new(),
        flags,
        expressions,
        arch: Arch::EMULATED,
        shelf,
    })
}

/// PTX after what else the compiler said, in comments.
pub(super) fn write_ptx(compiled: &Compiled) -> Option<String> {
    let mut text = String::new();
    for (expression, name) in &compiled.names {
        let _ = writeln!(text, "// expression {name} {expression}");
    }
    for line in compiled.log.lines() {
        let _ = writeln!(text, "// log {line}");
    }
    text.push_str("// ptx\n");
    text.push_str(compiled.ptx()?);
    Some(text)
}

/// What was written, or `None` if it is something else.
pub(super) fn read_ptx(text: &str) -> Option<Compiled> {
    let mut reader = Reader { rest: text };
    let pairs = reader.all_tagged("expression");
    let pair = |line: &String| {
        let (name, expression) = line.split_once(' ')?;
        Some((expression.to_owned(), name.to_owned()))
    };
    let names = pairs.iter().map(pair).collect::<Option<_>>()?;
    let log = reader.all_tagged("log").join("\n");
    (reader.line()? == "// ptx").then(|| Compiled {
        arch: Arch::EMULATED,
        image: Image::Ptx(reader.rest.to_owned()),
        names,
        log,
    })
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn line(&mut self) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line)
    }

    /// The value of the next line, if it has this tag.
    fn tagged(&mut self, tag: &str) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n')?;
        let value = line.strip_prefix("// ")?.strip_prefix(tag)?;
        let value = value.strip_prefix(' ')?;
        self.rest = rest;
        Some(value)
    }

    fn all_tagged(&mut self, tag: &str) -> Vec<String> {
        std::iter::from_fn(|| self.tagged(tag).map(str::to_owned)).collect()
    }

    /// That many bytes, and the end of the line after them.
    fn text(&mut self, length: usize) -> Option<&'a str> {
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest.strip_prefix('\n')?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::cache::entry::tests::{compiled, request};

    #[test]
    fn a_source_is_read_as_it_was_written() {
        let source = "#include <stdint.h>\n#include \"mine.h\"\n// source 3\nvoid k() {}";
        let given = [("mine.h".to_owned(), "int x;\n// header\n".to_owned())];
        let written = Request {
            is_extern_c: false,
            includes: Includes::of(source, &given, &[]),
            flags: vec!["-DA=b c".to_owned(), "-lineinfo".to_owned()],
            expressions: vec!["k<a, b>".to_owned()],
            ..request(source)
        };
        let text = write_source(&written);
        let read = read_source(&text, Shelf::Programs).unwrap();
        assert_eq!(read.key(), written.key());
        assert_eq!(write_source(&read), text);
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(read_source(&text[..end], Shelf::Programs).is_err(), "{end}");
        }
    }

    #[test]
    fn ptx_is_read_as_it_was_written() {
        let mut with_all = compiled("//\n// log\n.version 8.8\n");
        with_all.names = vec![("k<float, 2>".to_owned(), "_Zk".to_owned())];
        with_all.log = "kernel.cu(1): warning: w\n  text\n\nend".to_owned();
        let text = write_ptx(&with_all).unwrap();
        assert_eq!(read_ptx(&text), Some(with_all));
        assert_eq!(read_ptx(".version 8.8\n"), None);
    }
}
