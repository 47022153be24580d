//! Tokens to a tree: the bodies of functions.

use super::error::PtxError;
use super::lexer::Kind;
use super::parser::{MAX_NESTING, Parser};
use super::tree::{Address, Instruction, Linkage, Operand, Registers, Statement};

type Result<T> = std::result::Result<T, PtxError>;

/// What a statement weighs at most, but for its operands.
const STATEMENT: u32 = 4;

impl<'a> Parser<'a> {
    /// After `{`, to the `}` that belongs to it.
    pub(super) fn body(&mut self) -> Result<Vec<Statement<'a>>> {
        let mut statements = Vec::new();
        let mut depth = 0;
        loop {
            self.weigh(STATEMENT)?;
            if self.take_sign(b'{') {
                depth += 1;
                if depth > MAX_NESTING {
                    return Err(self.unexpected("a body that nests less"));
                }
                statements.push(Statement::Open);
            } else if self.take_sign(b'}') {
                if depth == 0 {
                    return Ok(statements);
                }
                depth -= 1;
                statements.push(Statement::Close);
            } else {
                self.statement(&mut statements)?;
            }
        }
    }

    fn statement(&mut self, into: &mut Vec<Statement<'a>>) -> Result<()> {
        match self.peek().kind {
            Kind::Dotted => self.directive(into),
            Kind::Name if self.peek_second().kind == Kind::Sign(b':') => self.label(into),
            Kind::Name | Kind::Sign(b'@') => {
                let instruction = self.instruction()?;
                into.push(Statement::Instruction(instruction));
                Ok(())
            }
            Kind::Sign(b';') => {
                self.next();
                Ok(())
            }
            _ => Err(self.unexpected("an instruction")),
        }
    }

    fn directive(&mut self, into: &mut Vec<Statement<'a>>) -> Result<()> {
        match self.dotted() {
            Some("reg") => self.registers(into),
            Some("loc") => {
                let (file, line) = self.source_line()?;
                into.push(Statement::Source(file, line));
                Ok(())
            }
            Some("pragma") => {
                into.extend(self.pragma()?.and_then(used_bytes));
                Ok(())
            }
            _ => {
                let mut variables = Vec::new();
                self.variables(Linkage::Internal, &mut variables)?;
                into.extend(variables.into_iter().map(Statement::Variable));
                Ok(())
            }
        }
    }

    /// `.reg .b32 %r<5>, %x;`
    fn registers(&mut self, into: &mut Vec<Statement<'a>>) -> Result<()> {
        self.next();
        let mut ty = "";
        while let Some(word) = self.dotted() {
            self.next();
            ty = word;
        }
        loop {
            self.weigh(STATEMENT)?;
            let place = self.place();
            let name = self.expect_name("a register's name")?;
            let count = self.register_count()?;
            into.push(Statement::Registers(Registers {
                ty,
                name,
                count,
                place,
            }));
            if !self.take_sign(b',') {
                return self.expect_sign(b';');
            }
        }
    }

    fn register_count(&mut self) -> Result<Option<u64>> {
        if !self.take_sign(b'<') {
            return Ok(None);
        }
        let Kind::Int(count) = self.peek().kind else {
            return Err(self.unexpected("a number of registers"));
        };
        self.next();
        self.expect_sign(b'>')?;
        Ok(Some(count))
    }

    fn label(&mut self, into: &mut Vec<Statement<'a>>) -> Result<()> {
        let place = self.place();
        let name = self.next().text;
        self.next();
        match self.dotted() {
            Some("branchtargets") => {
                self.next();
                let labels = self.names()?;
                into.push(Statement::BranchTargets(name, labels, place));
            }
            // The possible callees are not needed: every function's address is good.
            Some("calltargets") => {
                self.next();
                self.names()?;
            }
            Some("callprototype") => {
                self.next();
                self.skip_prototype()?;
                into.push(Statement::CallPrototype(name, place));
            }
            _ => into.push(Statement::Label(name, place)),
        }
        Ok(())
    }

    /// `a, b;`
    fn names(&mut self) -> Result<Vec<&'a str>> {
        let mut names = vec![self.expect_name("a label")?];
        while self.take_sign(b',') {
            self.weigh(1)?;
            names.push(self.expect_name("a label")?);
        }
        self.expect_sign(b';')?;
        Ok(names)
    }

    /// `(.param .b32 _) _ (.param .b32 _);`
    fn skip_prototype(&mut self) -> Result<()> {
        self.params_if_any()?;
        self.expect_name("`_`")?;
        self.params_if_any()?;
        while self.dotted().is_some() {
            self.next();
        }
        self.expect_sign(b';')
    }

    fn instruction(&mut self) -> Result<Instruction<'a>> {
        let place = self.place();
        let guard = self.guard()?;
        let opcode = self.expect_name("an instruction")?;
        let mut modifiers = Vec::new();
        while let Some(word) = self.dotted() {
            self.weigh(1)?;
            self.next();
            modifiers.push(word);
        }
        let mut operands = Vec::new();
        while !self.take_sign(b';') {
            operands.push(self.operand(0)?);
            if !self.take_sign(b',') && !self.is_sign(b';') {
                return Err(self.unexpected("`,` or `;`"));
            }
        }
        Ok(Instruction {
            guard,
            opcode,
            modifiers,
            operands,
            place,
        })
    }

    fn guard(&mut self) -> Result<Option<(&'a str, bool)>> {
        if !self.take_sign(b'@') {
            return Ok(None);
        }
        let negated = self.take_sign(b'!');
        Ok(Some((self.expect_name("a predicate")?, negated)))
    }

    /// An operand, or two with a bar between.
    fn operand(&mut self, depth: usize) -> Result<Operand<'a>> {
        if depth > MAX_NESTING {
            return Err(self.unexpected("an operand that nests less"));
        }
        self.weigh(2)?;
        let first = self.single_operand(depth)?;
        if !self.take_sign(b'|') {
            return Ok(first);
        }
        let second = self.single_operand(depth)?;
        Ok(Operand::Pair(Box::new((first, second))))
    }

    fn single_operand(&mut self, depth: usize) -> Result<Operand<'a>> {
        match self.peek().kind {
            Kind::Name => self.named(),
            Kind::Int(value) => {
                self.next();
                Ok(Operand::Int(i128::from(value)))
            }
            Kind::Single(bits) => {
                self.next();
                Ok(Operand::Single(bits))
            }
            Kind::Double(bits) => {
                self.next();
                Ok(Operand::Double(bits))
            }
            Kind::Sign(b'-') => self.negative(),
            Kind::Sign(b'!') => {
                self.next();
                Ok(Operand::Not(self.expect_name("a predicate")?))
            }
            Kind::Sign(b'{') => Ok(Operand::Vector(self.list(b'}', depth)?)),
            Kind::Sign(b'(') => Ok(Operand::Group(self.list(b')', depth)?)),
            Kind::Sign(b'[') => self.address(depth),
            _ => Err(self.unexpected("an operand")),
        }
    }

    /// `name`, `name.x`, `name+4`
    fn named(&mut self) -> Result<Operand<'a>> {
        let name = self.next().text;
        if let Some(component) = self.dotted() {
            self.next();
            return Ok(Operand::Component(name, component));
        }
        match self.offset()? {
            0 => Ok(Operand::Name(name)),
            offset => Ok(Operand::Offset(name, offset)),
        }
    }

    fn negative(&mut self) -> Result<Operand<'a>> {
        self.next();
        let operand = match self.peek().kind {
            Kind::Int(value) => Operand::Int(-i128::from(value)),
            Kind::Single(bits) => Operand::Single(bits ^ 1 << 31),
            Kind::Double(bits) => Operand::Double(bits ^ 1 << 63),
            _ => return Err(self.unexpected("a number")),
        };
        self.next();
        Ok(operand)
    }

    fn list(&mut self, end: u8, depth: usize) -> Result<Vec<Operand<'a>>> {
        self.next();
        let mut operands = Vec::new();
        while !self.take_sign(end) {
            operands.push(self.operand(depth + 1)?);
            if !self.take_sign(b',') && !self.is_sign(end) {
                return Err(self.unexpected(&format!("`,` or `{}`", end as char)));
            }
        }
        Ok(operands)
    }

    /// `[base+offset]`, `[offset]`, `[object, {x, y}]`
    fn address(&mut self, depth: usize) -> Result<Operand<'a>> {
        self.next();
        let (base, offset) = match self.peek().kind {
            Kind::Name => (self.next().text, self.offset()?),
            Kind::Int(value) => {
                self.next();
                ("", value as i64)
            }
            _ => ("", self.offset()?),
        };
        let mut more = Vec::new();
        while self.take_sign(b',') {
            more.push(self.operand(depth + 1)?);
        }
        self.expect_sign(b']')?;
        Ok(Operand::Address(Box::new(Address { base, offset, more })))
    }
}

/// What a pragma says of the next load, if it does.
fn used_bytes<'a>(pragma: &str) -> Option<Statement<'a>> {
    let mask = pragma.strip_prefix("used_bytes_mask")?.trim();
    let mask = match mask.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => mask.parse(),
    };
    Some(Statement::UsedBytes(mask.ok()?))
}
