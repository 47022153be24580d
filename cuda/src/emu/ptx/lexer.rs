//! Text to tokens.

use super::error::PtxError;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// A name: of an instruction, register, label or variable.
    Name,
    /// A word after a dot: `.global`, `.f32`, `.L2::128B`. The text is without the dot.
    Dotted,
    /// An integer.
    Int(u64),
    /// `0f3F800000`
    Single(u32),
    /// `0d3FF0000000000000`, or a decimal fraction.
    Double(u64),
    /// Text in quotes, without them.
    Quoted,
    /// A character that stands for itself.
    Sign(u8),
    /// After the last.
    End,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Token<'_> {
    pub(crate) fn error(&self, message: impl Into<String>) -> PtxError {
        PtxError::new(self.line, self.column, message)
    }
}

/// A text that is read token by token: all of them at once would take several times as much memory as the text.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    line_start: usize,
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'%')
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Lexer<'a> {
        Lexer {
            text,
            at: 0,
            line: 1,
            line_start: 0,
        }
    }

    fn byte(&self, ahead: usize) -> u8 {
        let bytes = self.text.as_bytes();
        bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn error(&self, message: &str) -> PtxError {
        let column = self.at - self.line_start + 1;
        PtxError::new(self.line, column as u32, message)
    }

    /// The next token; behind the last, [`Kind::End`] for ever.
    pub(crate) fn token(&mut self) -> Result<Token<'a>, PtxError> {
        self.skip_blank()?;
        let (line, start) = (self.line, self.at);
        let column = (start - self.line_start + 1) as u32;
        let (kind, from, to) = self.scan(start)?;
        // All ends lie behind ASCII characters or quoted text, thus between characters.
        let text = self.text.get(from..to).unwrap_or_default();
        Ok(Token {
            kind,
            text,
            line,
            column,
        })
    }

    fn scan(&mut self, start: usize) -> Result<(Kind, usize, usize), PtxError> {
        if self.is_at_end() {
            return Ok((Kind::End, start, start));
        }
        let first = self.byte(0);
        if starts_name(first) {
            self.at += 1;
            self.skip_while(in_name);
            return Ok((Kind::Name, start, self.at));
        }
        if first == b'.' && in_name(self.byte(1)) {
            self.at += 1;
            self.skip_dotted();
            return Ok((Kind::Dotted, start + 1, self.at));
        }
        if first.is_ascii_digit() {
            let kind = self.number()?;
            return Ok((kind, start, self.at));
        }
        if first == b'"' {
            self.quoted()?;
            return Ok((Kind::Quoted, start + 1, self.at - 1));
        }
        if !first.is_ascii_graphic() {
            return Err(self.error("a character that does not belong into PTX"));
        }
        self.at += 1;
        Ok((Kind::Sign(first), start, self.at))
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while !self.is_at_end() && wanted(self.byte(0)) {
            self.at += 1;
        }
    }

    fn skip_dotted(&mut self) {
        self.skip_while(in_name);
        while self.byte(0) == b':' && self.byte(1) == b':' && in_name(self.byte(2)) {
            self.at += 2;
            self.skip_while(in_name);
        }
    }

    fn skip_blank(&mut self) -> Result<(), PtxError> {
        while !self.is_at_end() {
            match (self.byte(0), self.byte(1)) {
                (b'\n', _) => self.new_line(),
                (b' ' | b'\t' | b'\r', _) => self.at += 1,
                // NVRTC ends its texts so.
                (0, _) => self.at += 1,
                (b'/', b'/') => self.skip_while(|byte| byte != b'\n'),
                (b'/', b'*') => self.skip_comment()?,
                _ => break,
            }
        }
        Ok(())
    }

    fn new_line(&mut self) {
        self.at += 1;
        self.line += 1;
        self.line_start = self.at;
    }

    fn skip_comment(&mut self) -> Result<(), PtxError> {
        let unclosed = self.error("a comment that nothing ends");
        self.at += 2;
        while !(self.byte(0) == b'*' && self.byte(1) == b'/') {
            match self.byte(0) {
                _ if self.is_at_end() => return Err(unclosed),
                b'\n' => self.new_line(),
                _ => self.at += 1,
            }
        }
        self.at += 2;
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), PtxError> {
        let unclosed = self.error("quoted text that nothing ends");
        self.at += 1;
        self.skip_while(|byte| byte != b'"' && byte != b'\n');
        if self.byte(0) != b'"' {
            return Err(unclosed);
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<Kind, PtxError> {
        match (self.byte(0), self.byte(1)) {
            (b'0', b'x' | b'X') => self.radix(2, 16),
            (b'0', b'b' | b'B') => self.radix(2, 2),
            (b'0', b'f' | b'F') => Ok(Kind::Single(self.bits(8)? as u32)),
            (b'0', b'd' | b'D') => Ok(Kind::Double(self.bits(16)?)),
            _ => self.decimal(),
        }
    }

    /// Exactly so many digits after a prefix of two characters.
    fn bits(&mut self, digits: usize) -> Result<u64, PtxError> {
        let start = self.at + 2;
        let bits = self.text.get(start..start + digits);
        let bits = bits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let bits = bits.ok_or_else(|| self.error("bits of a number with too few digits"))?;
        self.at = start + digits;
        Ok(bits)
    }

    fn radix(&mut self, prefix: usize, radix: u32) -> Result<Kind, PtxError> {
        let start = self.at + prefix;
        self.at = start;
        self.skip_while(|byte| (byte as char).is_digit(radix));
        let digits = &self.text[start..self.at];
        let Ok(value) = u64::from_str_radix(digits, radix) else {
            self.at = start - prefix;
            return Err(self.error("an integer that is none of 64 bits"));
        };
        self.skip_unsigned();
        Ok(Kind::Int(value))
    }

    fn skip_unsigned(&mut self) {
        if matches!(self.byte(0), b'U' | b'u') {
            self.at += 1;
        }
    }

    fn decimal(&mut self) -> Result<Kind, PtxError> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        let is_fraction = self.byte(0) == b'.' && self.byte(1).is_ascii_digit();
        if is_fraction || matches!(self.byte(0), b'e' | b'E') {
            return self.fraction(start);
        }
        let is_octal = self.byte_at(start) == b'0' && self.at > start + 1;
        self.at = start;
        if is_octal {
            return self.radix(1, 8);
        }
        self.radix(0, 10)
    }

    fn byte_at(&self, at: usize) -> u8 {
        self.text.as_bytes()[at]
    }

    fn fraction(&mut self, start: usize) -> Result<Kind, PtxError> {
        self.skip_while(|byte| byte.is_ascii_digit() || byte == b'.');
        if matches!(self.byte(0), b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte(0), b'+' | b'-') {
                self.at += 1;
            }
            self.skip_while(|byte| byte.is_ascii_digit());
        }
        let value = self.text[start..self.at].parse::<f64>();
        let value = value.map_err(|_| self.error("no number"))?;
        Ok(Kind::Double(value.to_bits()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Lexer, PtxError, Token};

    /// All tokens of a text, and one [`Kind::End`].
    fn tokens(text: &str) -> Result<Vec<Token<'_>>, PtxError> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            let token = lexer.token()?;
            tokens.push(token);
            if token.kind == Kind::End {
                return Ok(tokens);
            }
        }
    }

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text)
            .unwrap()
            .iter()
            .map(|token| token.kind)
            .collect()
    }

    #[test]
    fn numbers_of_each_form() {
        assert_eq!(
            kinds("12 0x1fU 0b101 017 0 0f3F800000 0d3FF0000000000000 1.5 2e3"),
            [
                Kind::Int(12),
                Kind::Int(31),
                Kind::Int(5),
                Kind::Int(15),
                Kind::Int(0),
                Kind::Single(0x3f80_0000),
                Kind::Double(0x3ff0_0000_0000_0000),
                Kind::Double(1.5f64.to_bits()),
                Kind::Double(2e3f64.to_bits()),
                Kind::End,
            ]
        );
    }

    #[test]
    fn words_after_dots_keep_their_colons() {
        let tokens = tokens("ld.global.L2::128B.v2.f32 %fd1").unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(texts, ["ld", "global", "L2::128B", "v2", "f32", "%fd1", ""]);
    }

    #[test]
    fn errors_have_a_place() {
        let error = tokens("ok\n  /* never closed").unwrap_err();
        assert_eq!((error.line(), error.column()), (2, 3));
        let error = tokens("a\n\"half").unwrap_err();
        assert_eq!((error.line(), error.column()), (2, 1));
        assert!(tokens("0f12").is_err());
        assert!(tokens("99999999999999999999").is_err());
        assert!(tokens("é").is_err());
    }
}
