//! The element types of arrays, as values: sizes, kinds, names.

use std::fmt;

/// The type of an array's elements, as a value.
///
/// Where the type is known when a program is compiled, [`Element`](super::Element) says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// True or false, a byte.
    Bool,
    /// An integer of 8 bits with a sign.
    I8,
    /// An integer of 16 bits with a sign.
    I16,
    /// An integer of 32 bits with a sign.
    I32,
    /// An integer of 64 bits with a sign.
    I64,
    /// An integer of 8 bits without a sign.
    U8,
    /// An integer of 16 bits without a sign.
    U16,
    /// An integer of 32 bits without a sign.
    U32,
    /// An integer of 64 bits without a sign.
    U64,
    /// A floating-point number of 16 bits (IEEE binary16).
    F16,
    /// A floating-point number of 32 bits.
    F32,
    /// A floating-point number of 64 bits.
    F64,
    /// A complex number of two `f32`.
    C64,
    /// A complex number of two `f64`.
    C128,
}

/// What sort of number a [`Dtype`] is, in the order in which types are promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// True or false.
    Bool,
    /// Integers without a sign.
    Unsigned,
    /// Integers with a sign.
    Signed,
    /// Floating-point numbers.
    Float,
    /// Complex numbers.
    Complex,
}

impl Dtype {
    /// All types.
    pub const ALL: [Dtype; 14] = [
        Dtype::Bool,
        Dtype::I8,
        Dtype::I16,
        Dtype::I32,
        Dtype::I64,
        Dtype::U8,
        Dtype::U16,
        Dtype::U32,
        Dtype::U64,
        Dtype::F16,
        Dtype::F32,
        Dtype::F64,
        Dtype::C64,
        Dtype::C128,
    ];

    /// The bytes that an element takes, which is also what its address is a multiple of.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Dtype::Bool | Dtype::I8 | Dtype::U8 => 1,
            Dtype::I16 | Dtype::U16 | Dtype::F16 => 2,
            Dtype::I32 | Dtype::U32 | Dtype::F32 => 4,
            Dtype::I64 | Dtype::U64 | Dtype::F64 | Dtype::C64 => 8,
            Dtype::C128 => 16,
        }
    }

    /// What sort of number it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Dtype::Bool => Kind::Bool,
            Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => Kind::Signed,
            Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => Kind::Unsigned,
            Dtype::F16 | Dtype::F32 | Dtype::F64 => Kind::Float,
            Dtype::C64 | Dtype::C128 => Kind::Complex,
        }
    }

    /// The type of the sum of such elements: 64 bits for integers and `bool`.
    pub(crate) const fn sum_type(self) -> Dtype {
        match self.kind() {
            Kind::Bool | Kind::Signed => Dtype::I64,
            Kind::Unsigned => Dtype::U64,
            Kind::Float | Kind::Complex => self,
        }
    }

    /// The type of the parts of a complex number; of another number, the type itself.
    pub(crate) const fn real_type(self) -> Dtype {
        match self {
            Dtype::C64 => Dtype::F32,
            Dtype::C128 => Dtype::F64,
            other => other,
        }
    }

    /// NumPy's name of the type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Dtype::Bool => "bool",
            Dtype::I8 => "int8",
            Dtype::I16 => "int16",
            Dtype::I32 => "int32",
            Dtype::I64 => "int64",
            Dtype::U8 => "uint8",
            Dtype::U16 => "uint16",
            Dtype::U32 => "uint32",
            Dtype::U64 => "uint64",
            Dtype::F16 => "float16",
            Dtype::F32 => "float32",
            Dtype::F64 => "float64",
            Dtype::C64 => "complex64",
            Dtype::C128 => "complex128",
        }
    }

    /// The type's name in the sources of kernels (PyCUDA's `dtype_to_ctype`).
    ///
    /// `half` and `complex` are the types of this crate's own header, which the sources of
    /// [`ElementwiseKernel`](crate::elementwise::ElementwiseKernel) and its like include.
    #[must_use]
    pub const fn c_type(self) -> &'static str {
        match self {
            Dtype::Bool => "bool",
            Dtype::I8 => "signed char",
            Dtype::I16 => "short",
            Dtype::I32 => "int",
            Dtype::I64 => "long long",
            Dtype::U8 => "unsigned char",
            Dtype::U16 => "unsigned short",
            Dtype::U32 => "unsigned int",
            Dtype::U64 => "unsigned long long",
            Dtype::F16 => "half",
            Dtype::F32 => "float",
            Dtype::F64 => "double",
            Dtype::C64 => "complex<float>",
            Dtype::C128 => "complex<double>",
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
