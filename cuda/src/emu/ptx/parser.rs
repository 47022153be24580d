//! Tokens to a tree: what stands outside of bodies.

use super::error::PtxError;
use super::lexer::{Kind, Lexer, Token};
use super::tree::{Function, Linkage, Place, Tree, Variable};

/// Texts above this length are refused.
pub(super) const MAX_TEXT: usize = 64 << 20;
/// `{` and `(` nest so deep at most.
pub(super) const MAX_NESTING: usize = 64;

/// What a tree may weigh, in units of 32 bytes: 1 GiB. A text of [`MAX_TEXT`] that a compiler wrote makes two thirds of it.
const MAX_WEIGHT: u32 = 1 << 25;

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next two tokens.
    ahead: [Token<'a>; 2],
    /// What ended the tokens early.
    broken: Option<PtxError>,
    /// What the tree may grow by.
    left: u32,
}

type Result<T> = std::result::Result<T, PtxError>;

/// Parses a module.
///
/// # Errors
///
/// If the text is not PTX, or is longer than 64 MiB. Names and types are not looked at here.
pub fn parse(text: &str) -> Result<Tree<'_>> {
    if text.len() > MAX_TEXT {
        return Err(PtxError::new(1, 1, "the text is longer than 64 MiB"));
    }
    parse_within(text, MAX_WEIGHT)
}

/// Parses a text whose tree may weigh so much.
pub(super) fn parse_within(text: &str, most: u32) -> Result<Tree<'_>> {
    let mut parser = Parser::new(text, most);
    let parsed = parser.module();
    match (parser.broken, parsed) {
        (None, parsed) => parsed,
        (Some(broken), Err(error)) if error.is_before(&broken) => Err(error),
        (Some(broken), _) => Err(broken),
    }
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, most: u32) -> Parser<'a> {
        let end = Token {
            kind: Kind::End,
            text: "",
            line: 1,
            column: 1,
        };
        let mut parser = Parser {
            lexer: Lexer::new(text),
            ahead: [end; 2],
            broken: None,
            left: most,
        };
        parser.next();
        parser.next();
        parser
    }

    /// Counts what the tree grows by.
    ///
    /// # Errors
    ///
    /// If it has grown too large.
    pub(super) fn weigh(&mut self, weight: u32) -> Result<()> {
        match self.left.checked_sub(weight) {
            Some(left) => self.left = left,
            None => {
                return Err(self
                    .peek()
                    .error("the text says too much: link smaller modules"));
            }
        }
        Ok(())
    }

    // The tokens, one after the other.

    pub(super) fn peek(&self) -> Token<'a> {
        self.ahead[0]
    }

    /// The token after the next.
    pub(super) fn peek_second(&self) -> Token<'a> {
        self.ahead[1]
    }

    /// Takes a token. The last, `End`, is given for ever.
    pub(super) fn next(&mut self) -> Token<'a> {
        let [token, next] = self.ahead;
        self.ahead = [next, self.following(next)];
        token
    }

    /// The token that the text has next. Where it has none that is one, the tokens end.
    fn following(&mut self, before: Token<'a>) -> Token<'a> {
        let end = Token {
            kind: Kind::End,
            text: "",
            ..before
        };
        if self.broken.is_some() {
            return end;
        }
        self.lexer.token().unwrap_or_else(|error| {
            let (line, column) = (error.line(), error.column());
            self.broken = Some(error);
            Token {
                line,
                column,
                ..end
            }
        })
    }

    pub(super) fn place(&self) -> Place {
        let token = self.peek();
        Place {
            line: token.line,
            column: token.column,
        }
    }

    pub(super) fn is_sign(&self, sign: u8) -> bool {
        self.peek().kind == Kind::Sign(sign)
    }

    pub(super) fn take_sign(&mut self, sign: u8) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect_sign(&mut self, sign: u8) -> Result<()> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{}`", sign as char)))
    }

    pub(super) fn unexpected(&self, wanted: &str) -> PtxError {
        let token = self.peek();
        match token.kind {
            Kind::End => token.error(format!("{wanted} expected, but the text ends here")),
            _ => token.error(format!("{wanted} expected, not `{}`", token.text)),
        }
    }

    pub(super) fn expect_name(&mut self, what: &str) -> Result<&'a str> {
        match self.peek().kind {
            Kind::Name => Ok(self.next().text),
            _ => Err(self.unexpected(what)),
        }
    }

    pub(super) fn expect_int(&mut self, what: &str) -> Result<u64> {
        match self.peek().kind {
            Kind::Int(value) => {
                self.next();
                Ok(value)
            }
            _ => Err(self.unexpected(what)),
        }
    }

    pub(super) fn dotted(&self) -> Option<&'a str> {
        let token = self.peek();
        (token.kind == Kind::Dotted).then_some(token.text)
    }

    pub(super) fn take_dotted(&mut self, word: &str) -> bool {
        let found = self.dotted() == Some(word);
        if found {
            self.next();
        }
        found
    }

    // The module.

    fn module(&mut self) -> Result<Tree<'a>> {
        let mut tree = Tree::default();
        while self.peek().kind != Kind::End {
            self.item(&mut tree)?;
        }
        if tree.version == (0, 0) {
            return Err(self.unexpected("`.version`"));
        }
        Ok(tree)
    }

    fn item(&mut self, tree: &mut Tree<'a>) -> Result<()> {
        match self.dotted() {
            Some("version") => tree.version = self.version()?,
            Some("target") => tree.target = self.target()?,
            Some("address_size") => self.address_size()?,
            Some("file") => tree.files.push(self.file()?),
            Some("loc") => {
                self.source_line()?;
            }
            Some("section") => self.section()?,
            Some("pragma") => drop(self.pragma()?),
            Some("alias") => return Err(self.peek().error("aliases are not supported")),
            Some(_) => self.definition(tree)?,
            None if self.take_sign(b';') => {}
            None => return Err(self.unexpected("a directive")),
        }
        Ok(())
    }

    fn version(&mut self) -> Result<(u32, u32)> {
        self.next();
        let Kind::Double(bits) = self.peek().kind else {
            return Err(self.unexpected("a version as `8.0`"));
        };
        let text = self.next().text;
        let parts = text.split_once('.').and_then(|(major, minor)| {
            let (major, minor) = (major.parse().ok()?, minor.parse().ok()?);
            Some((major, minor))
        });
        Ok(parts.unwrap_or((f64::from_bits(bits) as u32, 0)))
    }

    fn target(&mut self) -> Result<&'a str> {
        self.next();
        let target = self.expect_name("an architecture")?;
        while self.take_sign(b',') {
            self.expect_name("an option of the target")?;
        }
        Ok(target)
    }

    fn address_size(&mut self) -> Result<()> {
        self.next();
        let size = self.peek();
        match self.expect_int("64")? {
            64 => Ok(()),
            _ => Err(size.error("only addresses of 64 bits are supported")),
        }
    }

    fn file(&mut self) -> Result<(u64, &'a str)> {
        self.next();
        let index = self.expect_int("a file's number")?;
        if self.peek().kind != Kind::Quoted {
            return Err(self.unexpected("a file's name"));
        }
        let name = self.next().text;
        while self.take_sign(b',') {
            self.expect_int("time or size of a file")?;
        }
        Ok((index, name))
    }

    /// `.loc 1 12 3` with what may follow, to the end of its line.
    pub(super) fn source_line(&mut self) -> Result<(u64, u32)> {
        let start = self.next().line;
        let file = self.expect_int("a file's number")?;
        let line = self.expect_int("a line")?;
        while self.peek().line == start && self.peek().kind != Kind::End {
            self.next();
        }
        Ok((file, u32::try_from(line).unwrap_or(u32::MAX)))
    }

    /// Debugging information is not read.
    fn section(&mut self) -> Result<()> {
        while !self.is_sign(b'{') {
            if self.peek().kind == Kind::End {
                return Err(self.unexpected("`{`"));
            }
            self.next();
        }
        while !self.take_sign(b'}') {
            if self.peek().kind == Kind::End {
                return Err(self.unexpected("`}`"));
            }
            self.next();
        }
        Ok(())
    }

    /// The last text of a pragma.
    pub(super) fn pragma(&mut self) -> Result<Option<&'a str>> {
        let mut last = None;
        while !self.take_sign(b';') {
            match self.peek().kind {
                Kind::End => return Err(self.unexpected("`;`")),
                Kind::Quoted => last = Some(self.peek().text),
                _ => {}
            }
            self.next();
        }
        Ok(last)
    }

    fn definition(&mut self, tree: &mut Tree<'a>) -> Result<()> {
        let linkage = self.linkage();
        if matches!(self.dotted(), Some("entry" | "func")) {
            let function = self.function(linkage)?;
            tree.functions.push(function);
            return Ok(());
        }
        self.variables(linkage, &mut tree.variables)
    }

    fn linkage(&mut self) -> Linkage {
        let linkage = match self.dotted() {
            Some("visible") => Linkage::Visible,
            Some("extern") => Linkage::Extern,
            Some("weak") => Linkage::Weak,
            Some("common") => Linkage::Common,
            _ => return Linkage::Internal,
        };
        self.next();
        linkage
    }

    // Functions.

    fn function(&mut self, linkage: Linkage) -> Result<Function<'a>> {
        self.weigh(8)?;
        let is_entry = self.next().text == "entry";
        self.skip_function_attributes()?;
        let returns = self.params_if_any()?;
        let place = self.place();
        let name = self.expect_name("a function's name")?;
        let params = self.params_if_any()?;
        let mut function = Function {
            linkage,
            is_entry,
            name,
            returns,
            params,
            max_threads: None,
            required_threads: None,
            min_blocks: None,
            body: None,
            place,
        };
        self.function_directives(&mut function)?;
        if self.take_sign(b';') {
            return Ok(function);
        }
        self.expect_sign(b'{')?;
        function.body = Some(self.body()?);
        Ok(function)
    }

    fn skip_function_attributes(&mut self) -> Result<()> {
        while self.take_dotted("attribute") {
            self.skip_group()?;
        }
        Ok(())
    }

    /// `(.param .b64 a, .param .b32 b)`, or nothing.
    pub(super) fn params_if_any(&mut self) -> Result<Vec<Variable<'a>>> {
        let mut params = Vec::new();
        if !self.take_sign(b'(') {
            return Ok(params);
        }
        while !self.take_sign(b')') {
            if self.dotted() == Some("reg") {
                let message = "parameters in registers are not supported";
                return Err(self.peek().error(message));
            }
            let param = self.variable(Linkage::Internal)?;
            params.push(param);
            if !self.take_sign(b',') && !self.is_sign(b')') {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(params)
    }

    fn function_directives(&mut self, function: &mut Function<'a>) -> Result<()> {
        while let Some(word) = self.dotted() {
            match word {
                "maxntid" => function.max_threads = Some(self.three()?),
                "reqntid" => function.required_threads = Some(self.three()?),
                "minnctapersm" => function.min_blocks = Some(self.three()?[0]),
                "pragma" => drop(self.pragma()?),
                "maxnreg" | "maxnctapersm" | "noreturn" | "abi_preserve" | "reqnctapercluster"
                | "explicitcluster" | "maxclusterrank" | "blocksareclusters" => {
                    self.three()?;
                }
                _ => return Err(self.unexpected("a directive of a function")),
            }
        }
        Ok(())
    }

    /// A directive and up to three numbers; those that are missing are 1.
    fn three(&mut self) -> Result<[u32; 3]> {
        self.next();
        let mut numbers = [1; 3];
        for (index, number) in numbers.iter_mut().enumerate() {
            let Kind::Int(value) = self.peek().kind else {
                break;
            };
            let token = self.next();
            *number = u32::try_from(value).map_err(|_| token.error("the number is too large"))?;
            if index == 2 || !self.take_sign(b',') {
                break;
            }
        }
        Ok(numbers)
    }
}
