//! Adding encoded numbers, whose type is known by name only.

use std::any::type_name;

use manyways_wire::{decode, encode};

use crate::number::Number;
use crate::protocol::Refusal;

/// The sum of two encoded numbers of the type of that name; an absent one counts as zero.
pub(super) fn add(type_name: &str, old: Option<&[u8]>, amount: &[u8]) -> Result<Vec<u8>, Refusal> {
    let add = adder(type_name).ok_or_else(|| not_a_number(type_name))?;
    add(old, amount)
}

type Adder = fn(Option<&[u8]>, &[u8]) -> Result<Vec<u8>, Refusal>;

fn adder(type_name: &str) -> Option<Adder> {
    Some(match type_name {
        "i8" => add_as::<i8>,
        "i16" => add_as::<i16>,
        "i32" => add_as::<i32>,
        "i64" => add_as::<i64>,
        "i128" => add_as::<i128>,
        "isize" => add_as::<isize>,
        "u8" => add_as::<u8>,
        "u16" => add_as::<u16>,
        "u32" => add_as::<u32>,
        "u64" => add_as::<u64>,
        "u128" => add_as::<u128>,
        "usize" => add_as::<usize>,
        "f32" => add_as::<f32>,
        "f64" => add_as::<f64>,
        _ => return None,
    })
}

fn add_as<N: Number>(old: Option<&[u8]>, amount: &[u8]) -> Result<Vec<u8>, Refusal> {
    let number = |bytes| decode::<N>(bytes).map_err(|_| not_a_number(type_name::<N>()));
    let old = old.map_or(Ok(N::ZERO), number)?;
    let sum = old.sum(number(amount)?).ok_or(Refusal::Overflow)?;
    encode(&sum).map_err(|_| not_a_number(type_name::<N>()))
}

fn not_a_number(type_name: &str) -> Refusal {
    Refusal::NotANumber {
        type_name: type_name.to_owned(),
    }
}
