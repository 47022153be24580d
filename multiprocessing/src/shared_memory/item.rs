//! What a list holds.

/// A value in a [`ShareableList`](super::ShareableList).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// Nothing.
    None,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($($type:ty: $item:expr;)*) => {$(
        impl From<$type> for Item {
            fn from(value: $type) -> Item {
                $item(value.into())
            }
        }
    )*};
}

from! {
    bool: Item::Bool;
    i64: Item::Int;
    i32: Item::Int;
    u32: Item::Int;
    u8: Item::Int;
    f64: Item::Float;
    f32: Item::Float;
    &str: Item::Str;
    String: Item::Str;
    &[u8]: Item::Bytes;
    Vec<u8>: Item::Bytes;
}

impl From<()> for Item {
    fn from((): ()) -> Item {
        Item::None
    }
}

/// What an item is, in three bits of its slot's state.
mod kind {
    pub(super) const NONE: u64 = 0;
    pub(super) const BOOL: u64 = 1;
    pub(super) const INT: u64 = 2;
    pub(super) const FLOAT: u64 = 3;
    pub(super) const STR: u64 = 4;
    pub(super) const BYTES: u64 = 5;
}

impl Item {
    pub(super) fn kind(&self) -> u64 {
        match self {
            Item::None => kind::NONE,
            Item::Bool(_) => kind::BOOL,
            Item::Int(_) => kind::INT,
            Item::Float(_) => kind::FLOAT,
            Item::Str(_) => kind::STR,
            Item::Bytes(_) => kind::BYTES,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Item::None => Vec::new(),
            Item::Bool(value) => vec![u8::from(*value)],
            Item::Int(value) => value.to_le_bytes().into(),
            Item::Float(value) => value.to_le_bytes().into(),
            Item::Str(value) => value.as_bytes().into(),
            Item::Bytes(value) => value.clone(),
        }
    }

    pub(super) fn of(kind: u64, bytes: Vec<u8>) -> Option<Item> {
        let word = |bytes: &[u8]| bytes.try_into().ok();
        match kind {
            kind::NONE => Some(Item::None),
            kind::BOOL => bytes.first().map(|byte| Item::Bool(*byte != 0)),
            kind::INT => word(&bytes).map(|bytes| Item::Int(i64::from_le_bytes(bytes))),
            kind::FLOAT => word(&bytes).map(|bytes| Item::Float(f64::from_le_bytes(bytes))),
            kind::STR => String::from_utf8(bytes).ok().map(Item::Str),
            kind::BYTES => Some(Item::Bytes(bytes)),
            _ => None,
        }
    }
}
