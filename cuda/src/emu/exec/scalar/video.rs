//! Two or four small integers in a word: `vadd2`, `vabsdiff4` and their like.

use super::holds;
use crate::emu::program::op::Scalar;
use crate::emu::program::types::{Relation, Type};

/// What is done with each pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Each {
    Add,
    Subtract,
    Average,
    Distance,
    Min,
    Max,
    /// One if it holds.
    Set(Relation),
}

/// An instruction, but for its registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Video {
    each: Each,
    /// Bits of an element.
    width: u32,
    result_signed: bool,
    signed: [bool; 2],
    saturate: bool,
    /// Negative results become zero.
    relu: bool,
    /// The results are added to the third operand.
    accumulate: bool,
}

/// The relations of integers.
const RELATIONS: [Relation; 6] = [
    Relation::Eq,
    Relation::Ne,
    Relation::Lt,
    Relation::Le,
    Relation::Gt,
    Relation::Ge,
];

impl Video {
    /// The instruction of that name. None for those on a single value.
    pub(crate) fn parse(opcode: &str, words: &[&str]) -> Option<Video> {
        let (name, count) = opcode.split_at(opcode.len().checked_sub(1)?);
        let width = match count {
            "2" => 16,
            "4" => 8,
            _ => return None,
        };
        let types = words.iter().filter_map(|word| Type::parse(word));
        let mut signed: Vec<bool> = types.map(Type::is_signed).collect();
        let each = match name {
            "vadd" => Each::Add,
            "vsub" => Each::Subtract,
            "vavrg" => Each::Average,
            "vabsdiff" => Each::Distance,
            "vmin" => Each::Min,
            "vmax" => Each::Max,
            "vset" => {
                // It has no type of a result.
                signed.insert(0, false);
                let relation = words.iter().find_map(|word| Relation::parse(word))?;
                Each::Set(RELATIONS.into_iter().find(|known| *known == relation)?)
            }
            _ => return None,
        };
        let [result_signed, a, b] = signed.try_into().ok()?;
        Some(Video {
            each,
            width,
            result_signed,
            signed: [a, b],
            saturate: words.contains(&"sat"),
            relu: false,
            accumulate: words.contains(&"add"),
        })
    }

    /// `add`, `min` and `max` of two short integers.
    pub(crate) fn of_pairs(opcode: &str, words: &[&str]) -> Option<Video> {
        let signed = words.contains(&"s16x2");
        let each = match opcode {
            _ if !signed && !words.contains(&"u16x2") => return None,
            "add" => Each::Add,
            "min" => Each::Min,
            "max" => Each::Max,
            _ => return None,
        };
        Some(Video {
            each,
            width: 16,
            result_signed: signed,
            signed: [signed; 2],
            saturate: false,
            relu: words.contains(&"relu"),
            accumulate: false,
        })
    }

    /// As a number, which [`COMPUTE`] takes as its fourth operand.
    pub(crate) fn code(self) -> u32 {
        let each = match self.each {
            Each::Add => 0,
            Each::Subtract => 1,
            Each::Average => 2,
            Each::Distance => 3,
            Each::Min => 4,
            Each::Max => 5,
            Each::Set(relation) => {
                let index = RELATIONS.iter().position(|known| *known == relation);
                8 + index.unwrap_or(0) as u32
            }
        };
        let bit = |holds: bool, at: u32| u32::from(holds) << at;
        each | self.width << 4
            | bit(self.result_signed, 12)
            | bit(self.signed[0], 13)
            | bit(self.signed[1], 14)
            | bit(self.saturate, 15)
            | bit(self.accumulate, 16)
            | bit(self.relu, 17)
    }

    fn of_code(code: u64) -> Video {
        let bit = |at: u32| code >> at & 1 == 1;
        Video {
            each: match code & 15 {
                0 => Each::Add,
                1 => Each::Subtract,
                2 => Each::Average,
                3 => Each::Distance,
                4 => Each::Min,
                5 => Each::Max,
                set => Each::Set(RELATIONS[(set as usize - 8) % RELATIONS.len()]),
            },
            width: (code >> 4 & 0xff) as u32,
            result_signed: bit(12),
            signed: [bit(13), bit(14)],
            saturate: bit(15),
            accumulate: bit(16),
            relu: bit(17),
        }
    }

    fn compute(self, a: u64, b: u64, c: u64) -> u64 {
        let mut word = 0;
        let mut sum = c;
        for at in (0..32).step_by(self.width as usize) {
            let result = self.of_pair(
                self.element(a, at, self.signed[0]),
                self.element(b, at, self.signed[1]),
            );
            sum = sum.wrapping_add(result as u64);
            word |= (result as u64 & self.ones()) << at;
        }
        if self.accumulate { sum } else { word }
    }

    fn ones(self) -> u64 {
        (1 << self.width) - 1
    }

    fn element(self, word: u64, at: u32, signed: bool) -> i64 {
        let bits = (word >> at & self.ones()) as i64;
        if signed && bits >> (self.width - 1) == 1 {
            bits - (1 << self.width)
        } else {
            bits
        }
    }

    fn of_pair(self, a: i64, b: i64) -> i64 {
        let exact = match self.each {
            Each::Add => a + b,
            Each::Subtract => a - b,
            // Halves are rounded away from zero.
            Each::Average => (a + b + i64::from(a + b >= 0)) >> 1,
            Each::Distance => (a - b).abs(),
            Each::Min => a.min(b),
            Each::Max => a.max(b),
            Each::Set(relation) => holds(relation, [a < b, a == b, a > b]) as i64,
        };
        if self.relu {
            return exact.max(0);
        }
        if !self.saturate {
            return exact;
        }
        let most = self.ones() as i64;
        match self.result_signed {
            true => exact.clamp(-(most / 2) - 1, most / 2),
            false => exact.clamp(0, most),
        }
    }
}

/// Computes what the [`code`](Video::code) in the fourth operand says.
pub(crate) const COMPUTE: Scalar = |x| Video::of_code(x[3]).compute(x[0], x[1], x[2]);
