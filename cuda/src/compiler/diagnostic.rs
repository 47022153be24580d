//! The messages in a compiler's log.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Advice.
    Remark,
    /// The result may not be what was meant.
    Warning,
    /// There is no result.
    Error,
}

/// One message about one line of a source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    file: String,
    line: u32,
    severity: Severity,
    message: String,
    source_line: String,
}

impl Diagnostic {
    /// All messages in a log, in its order. What does not begin with `FILE(LINE): ` is left out.
    pub(crate) fn all_in(log: &str) -> Vec<Diagnostic> {
        let mut lines = log.lines().peekable();
        let mut all = Vec::new();
        while let Some(line) = lines.next() {
            if let Some(mut found) = Diagnostic::parse(line) {
                // The compiler quotes the line, indented, and points to the place under it.
                let quoted = lines.next_if(|next| next.starts_with("  "));
                found.source_line = quoted.unwrap_or_default().trim().to_owned();
                all.push(found);
            }
        }
        all
    }

    /// `kernel.cu(3): error: identifier "x" is undefined`, or `... warning #177-D: ...`.
    fn parse(line: &str) -> Option<Diagnostic> {
        let (place, rest) = line.split_once("): ")?;
        let (file, number) = place.rsplit_once('(')?;
        let (kind, message) = rest.split_once(": ")?;
        let kind = kind.trim_start_matches("catastrophic ");
        let severity = match kind.split(' ').next()? {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            "remark" => Severity::Remark,
            _ => return None,
        };
        Some(Diagnostic {
            file: file.to_owned(),
            line: number.parse().ok()?,
            severity,
            message: message.to_owned(),
            source_line: String::new(),
        })
    }

    /// The file, by the name that the source or header has.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line's text, without the space around it; empty where the compiler does not quote it.
    #[must_use]
    pub fn source_line(&self) -> &str {
        &self.source_line
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Remark => "remark",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let (file, line, message) = (&self.file, self.line, &self.message);
        write!(f, "{file}({line}): {severity}: {message}")?;
        match self.source_line.as_str() {
            "" => Ok(()),
            text => write!(f, ": {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_with_their_lines() {
        let log = "kernel.cu(2): warning #177-D: variable \"u\" was declared\n    int u = 3;\n        ^\n\n\
                   Remark: The warnings can be suppressed\n\nlib/a(b).h(13): error: expected a \";\"\n    a b\n      ^\n\
                   k.cu(1): catastrophic error: cannot open source file \"q.h\"\n\n1 error detected\n\
                   nvrtc: error: unrecognized option --bogus found\n";
        let all = Diagnostic::all_in(log);
        let shown: Vec<String> = all.iter().map(Diagnostic::to_string).collect();
        let expected = [
            "kernel.cu(2): warning: variable \"u\" was declared: int u = 3;",
            "lib/a(b).h(13): error: expected a \";\": a b",
            "k.cu(1): error: cannot open source file \"q.h\"",
        ];
        assert_eq!(shown, expected);
        assert_eq!((all[1].file(), all[1].line()), ("lib/a(b).h", 13));
    }
}
