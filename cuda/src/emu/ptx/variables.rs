//! Tokens to a tree: variables and their initial values.

use super::error::PtxError;
use super::lexer::Kind;
use super::parser::{MAX_NESTING, Parser};
use super::tree::{Init, Linkage, Space, Variable};

type Result<T> = std::result::Result<T, PtxError>;

impl<'a> Parser<'a> {
    /// `.global .align 4 .f32 a, b[2];`
    pub(super) fn variables(
        &mut self,
        linkage: Linkage,
        into: &mut Vec<Variable<'a>>,
    ) -> Result<()> {
        let first = self.variable(linkage)?;
        let mut model = first.clone();
        into.push(first);
        while self.take_sign(b',') {
            self.declarator(&mut model)?;
            into.push(model.clone());
        }
        self.expect_sign(b';')
    }

    pub(super) fn variable(&mut self, linkage: Linkage) -> Result<Variable<'a>> {
        let space = self.space()?;
        let mut variable = Variable {
            linkage,
            space,
            align: None,
            ty: "",
            vector: 1,
            name: "",
            elements: Some(1),
            init: Vec::new(),
            place: self.place(),
        };
        self.qualifiers(&mut variable)?;
        self.declarator(&mut variable)?;
        Ok(variable)
    }

    fn space(&mut self) -> Result<Space> {
        let space = match self.dotted() {
            Some("global") => Space::Global,
            Some("const") => Space::Const,
            Some("shared") => Space::Shared,
            Some("local") => Space::Local,
            Some("param") => Space::Param,
            Some("tex") => {
                let message = "texture references are not supported: use texture objects";
                return Err(self.peek().error(message));
            }
            _ => return Err(self.unexpected("a state space")),
        };
        self.next();
        Ok(space)
    }

    /// Alignment, vector length, attributes and type, in any order.
    fn qualifiers(&mut self, variable: &mut Variable<'a>) -> Result<()> {
        while let Some(word) = self.dotted() {
            self.next();
            match word {
                "align" => variable.align = Some(self.expect_int("an alignment")?),
                "v2" => variable.vector = 2,
                "v4" => variable.vector = 4,
                "ptr" => self.skip_pointer_attributes(),
                "attribute" => self.skip_group()?,
                _ => variable.ty = word,
            }
        }
        if variable.ty.is_empty() {
            return Err(self.unexpected("a type"));
        }
        Ok(())
    }

    /// `.ptr .global`: the space that a pointer points to. The alignment after it would be taken for the pointer's own.
    fn skip_pointer_attributes(&mut self) {
        if matches!(self.dotted(), Some("global" | "const" | "shared" | "local")) {
            self.next();
        }
        if self.take_dotted("align") {
            self.next();
        }
    }

    pub(super) fn skip_group(&mut self) -> Result<()> {
        self.expect_sign(b'(')?;
        while !self.take_sign(b')') {
            if self.peek().kind == Kind::End {
                return Err(self.unexpected("`)`"));
            }
            self.next();
        }
        Ok(())
    }

    /// Name, dimensions and initial value.
    fn declarator(&mut self, variable: &mut Variable<'a>) -> Result<()> {
        self.weigh(4)?;
        variable.place = self.place();
        variable.name = self.expect_name("a variable's name")?;
        variable.elements = self.dimensions()?;
        variable.init = Vec::new();
        if self.take_sign(b'=') {
            self.initial_value(&mut variable.init, 0)?;
        }
        Ok(())
    }

    /// How many elements there are; none if a dimension is open.
    fn dimensions(&mut self) -> Result<Option<u64>> {
        let mut elements = Some(1u64);
        while self.is_sign(b'[') {
            let bracket = self.next();
            if self.take_sign(b']') {
                elements = None;
                continue;
            }
            let dimension = self.expect_int("a dimension")?;
            self.expect_sign(b']')?;
            if let Some(count) = elements {
                let product = count.checked_mul(dimension);
                elements = Some(product.ok_or_else(|| bracket.error("the array is too large"))?);
            }
        }
        Ok(elements)
    }

    fn initial_value(&mut self, into: &mut Vec<Init<'a>>, depth: usize) -> Result<()> {
        if depth > MAX_NESTING {
            return Err(self.unexpected("an initial value that nests less"));
        }
        self.weigh(2)?;
        if !self.take_sign(b'{') {
            let init = self.initial_element()?;
            into.push(init);
            return Ok(());
        }
        while !self.take_sign(b'}') {
            self.initial_value(into, depth + 1)?;
            if !self.take_sign(b',') && !self.is_sign(b'}') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        Ok(())
    }

    fn initial_element(&mut self) -> Result<Init<'a>> {
        let negative = self.take_sign(b'-');
        match self.peek().kind {
            Kind::Int(mask) if self.peek_second().kind == Kind::Sign(b'(') => {
                self.next();
                self.next();
                let address = self.initial_address(Some(mask))?;
                self.expect_sign(b')')?;
                Ok(address)
            }
            Kind::Int(value) => {
                self.next();
                let value = if negative {
                    value.wrapping_neg()
                } else {
                    value
                };
                Ok(Init::Bits(value))
            }
            Kind::Single(bits) => {
                self.next();
                Ok(Init::Float(
                    f64::from(f32::from_bits(bits)) * if negative { -1.0 } else { 1.0 },
                ))
            }
            Kind::Double(bits) => {
                self.next();
                Ok(Init::Float(
                    f64::from_bits(bits) * if negative { -1.0 } else { 1.0 },
                ))
            }
            _ => self.initial_address(None),
        }
    }

    /// `name`, `name+4`, `generic(name)+4`
    fn initial_address(&mut self, mask: Option<u64>) -> Result<Init<'a>> {
        let mut name = self.expect_name("an initial value")?;
        if name == "generic" && self.take_sign(b'(') {
            name = self.expect_name("a variable's name")?;
            self.expect_sign(b')')?;
        }
        let offset = self.offset()?;
        Ok(Init::Address { name, offset, mask })
    }

    /// `+4`, `-4`, `+-4` or nothing.
    pub(super) fn offset(&mut self) -> Result<i64> {
        let mut negative = false;
        let mut found = false;
        while self.is_sign(b'+') || self.is_sign(b'-') {
            found = true;
            negative ^= self.next().kind == Kind::Sign(b'-');
        }
        if !found {
            return Ok(0);
        }
        let value = self.expect_int("an offset")? as i64;
        Ok(if negative {
            value.wrapping_neg()
        } else {
            value
        })
    }
}
