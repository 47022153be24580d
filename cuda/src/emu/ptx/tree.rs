//! What a text says, name by name. Borrows from the text.

/// A parsed module.
#[derive(Debug, Clone, Default)]
pub struct Tree<'a> {
    pub(crate) version: (u32, u32),
    pub(crate) target: &'a str,
    pub(crate) files: Vec<(u64, &'a str)>,
    pub(crate) variables: Vec<Variable<'a>>,
    pub(crate) functions: Vec<Function<'a>>,
}

impl<'a> Tree<'a> {
    /// The version of PTX, major and minor.
    #[must_use]
    pub fn version(&self) -> (u32, u32) {
        self.version
    }

    /// The architecture that it was compiled for, as `sm_80`.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.target
    }
}

/// Where in the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Who sees a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Linkage {
    /// This module.
    #[default]
    Internal,
    Visible,
    Extern,
    Weak,
    /// Uninitialised, and one for all modules.
    Common,
}

/// Where a variable lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    Global,
    Const,
    Shared,
    Local,
    Param,
}

/// `.align 8 .b8 name[16] = {1, 2}`
#[derive(Debug, Clone)]
pub(crate) struct Variable<'a> {
    pub(crate) linkage: Linkage,
    pub(crate) space: Space,
    pub(crate) align: Option<u64>,
    /// The type's word, as `b8`.
    pub(crate) ty: &'a str,
    /// Elements of a vector type.
    pub(crate) vector: u64,
    pub(crate) name: &'a str,
    /// Elements in all; none for `[]`.
    pub(crate) elements: Option<u64>,
    pub(crate) init: Vec<Init<'a>>,
    pub(crate) place: Place,
}

/// One element of an initial value.
#[derive(Debug, Clone)]
pub(crate) enum Init<'a> {
    /// An integer or the bits of a float of the element's type.
    Bits(u64),
    /// The value of a decimal or `0d` number, to be rounded to the element's type.
    Float(f64),
    /// An address, or the byte of one that a mask picks.
    Address {
        name: &'a str,
        offset: i64,
        /// `0xFF()`, `0xFF00()`, ...: which bits of the address.
        mask: Option<u64>,
    },
}

/// A kernel or a device function.
#[derive(Debug, Clone)]
pub(crate) struct Function<'a> {
    pub(crate) linkage: Linkage,
    pub(crate) is_entry: bool,
    pub(crate) name: &'a str,
    pub(crate) returns: Vec<Variable<'a>>,
    pub(crate) params: Vec<Variable<'a>>,
    pub(crate) max_threads: Option<[u32; 3]>,
    pub(crate) required_threads: Option<[u32; 3]>,
    pub(crate) min_blocks: Option<u32>,
    pub(crate) body: Option<Vec<Statement<'a>>>,
    pub(crate) place: Place,
}

/// `.reg .b32 %r<5>`
#[derive(Debug, Clone)]
pub(crate) struct Registers<'a> {
    pub(crate) ty: &'a str,
    pub(crate) name: &'a str,
    /// For `%r<5>`; a plain name has none.
    pub(crate) count: Option<u64>,
    pub(crate) place: Place,
}

/// A line of a body.
#[derive(Debug, Clone)]
pub(crate) enum Statement<'a> {
    Label(&'a str, Place),
    Registers(Registers<'a>),
    Variable(Variable<'a>),
    Instruction(Instruction<'a>),
    /// `ts: .branchtargets a, b;`
    BranchTargets(&'a str, Vec<&'a str>, Place),
    /// `p: .callprototype (...) _ (...);` Of the prototype nothing is needed: a call says what it passes.
    CallPrototype(&'a str, Place),
    /// `.loc 1 12 3`: file and line.
    Source(u64, u32),
    /// `.pragma "used_bytes_mask 4095";`: of the bytes that the next instruction loads, those that matter, the first one's bit
    /// lowest.
    UsedBytes(u32),
    /// `{`
    Open,
    /// `}`
    Close,
}

/// `@!%p1 ld.global.f32 %f1, [%rd1+4];`
#[derive(Debug, Clone)]
pub(crate) struct Instruction<'a> {
    /// The predicate, and whether it is negated.
    pub(crate) guard: Option<(&'a str, bool)>,
    pub(crate) opcode: &'a str,
    pub(crate) modifiers: Vec<&'a str>,
    pub(crate) operands: Vec<Operand<'a>>,
    pub(crate) place: Place,
}

/// What an instruction works on.
#[derive(Debug, Clone)]
pub(crate) enum Operand<'a> {
    /// A register, label, variable or function, or `_`.
    Name(&'a str),
    /// `%tid.x`
    Component(&'a str, &'a str),
    /// `!%p1`
    Not(&'a str),
    Int(i128),
    Single(u32),
    Double(u64),
    /// `name+4` outside brackets.
    Offset(&'a str, i64),
    /// `{a, b}`
    Vector(Vec<Operand<'a>>),
    /// `(a, b)` of a call.
    Group(Vec<Operand<'a>>),
    /// `[base+offset]`
    Address(Box<Address<'a>>),
    /// `a|b`: two destinations.
    Pair(Box<(Operand<'a>, Operand<'a>)>),
}

/// What stands in brackets: `[base+offset]`, or `[object, {coordinates}]` of textures.
#[derive(Debug, Clone)]
pub(crate) struct Address<'a> {
    /// Empty for an address that is a number.
    pub(crate) base: &'a str,
    pub(crate) offset: i64,
    pub(crate) more: Vec<Operand<'a>>,
}
