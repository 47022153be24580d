//! Objects of a server that hold values. Each method is one indivisible step.

mod array;
mod cell;
mod dict;
mod list;
mod namespace;
mod set;

pub(crate) use self::{
    array::Array,
    cell::Cell,
    dict::{Dict, entries_of},
    list::List,
    namespace::Namespace,
    set::Set,
};

use super::fault::{Fault, FaultKind};
use super::object::Args;
use super::value::Value;

/// The place that an index means in a sequence of this length; negative ones count from the end.
fn place(index: i64, length: usize) -> Result<usize, Fault> {
    let from_start = match index < 0 {
        true => index.checked_add_unsigned(length as u64),
        false => Some(index),
    };
    let place = from_start.and_then(|index| usize::try_from(index).ok());
    place.filter(|place| *place < length).ok_or_else(|| {
        let why = format!("there is no item {index} among {length}");
        Fault::new(FaultKind::Index, why)
    })
}

/// The range that two indices of a slice mean, as in Python: cut to what is there.
fn slice(from: Option<i64>, to: Option<i64>, length: usize) -> std::ops::Range<usize> {
    let clamp = |index: i64| {
        let from_start = match index < 0 {
            true => index.saturating_add_unsigned(length as u64),
            false => index,
        };
        usize::try_from(from_start.max(0)).map_or(length, |place| place.min(length))
    };
    let from = from.map_or(0, clamp);
    let to = to.map_or(length, clamp);
    from..to.max(from)
}

/// A copy of the part of a sequence that the arguments mean, two indices of a slice.
fn cut(items: &[Value], mut args: Args) -> Result<Value, Fault> {
    let (from, to) = (args.take()?, args.take()?);
    args.done()?;
    Ok(Value::List(items[slice(from, to, items.len())].to_vec()))
}

/// The sum of two numbers.
fn add(one: &Value, other: &Value) -> Result<Value, Fault> {
    #[allow(clippy::cast_precision_loss)]
    let sum = match (one, other) {
        (Value::Int(one), Value::Int(other)) => one.checked_add(*other).map(Value::Int),
        (Value::Float(one), Value::Float(other)) => Some(Value::Float(one + other)),
        (Value::Float(one), Value::Int(other)) => Some(Value::Float(one + *other as f64)),
        (Value::Int(one), Value::Float(other)) => Some(Value::Float(*one as f64 + other)),
        (number, Value::Int(_) | Value::Float(_)) => {
            return Err(Fault::wrong_type("number", number));
        }
        (_, number) => return Err(Fault::wrong_type("number", number)),
    };
    sum.ok_or_else(|| Fault::new(FaultKind::Value, "the sum does not fit into 128 bits"))
}

/// Replaces a value if it is the expected one, and says whether it was.
fn compare_exchange(place: &mut Value, expected: &Value, new: Value) -> Value {
    let equal = place == expected;
    if equal {
        *place = new;
    }
    equal.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_count_from_both_ends() {
        assert_eq!(
            [0, 2, -1, -3].map(|index| place(index, 3).unwrap()),
            [0, 2, 2, 0]
        );
        for index in [3, -4, i64::MIN, i64::MAX] {
            assert_eq!(place(index, 3).unwrap_err().kind(), FaultKind::Index);
        }
    }

    #[test]
    fn slices_are_cut_to_what_is_there() {
        for (from, to, expected) in [
            (None, None, 0..5),
            (Some(2), Some(10), 2..5),
            (Some(-2), None, 3..5),
            (None, Some(-1), 0..4),
            (Some(4), Some(2), 4..4),
            (Some(i64::MIN), Some(i64::MAX), 0..5),
        ] {
            assert_eq!(slice(from, to, 5), expected);
        }
    }

    #[test]
    fn sums_keep_their_type_and_do_not_wrap() {
        assert_eq!(add(&1.into(), &2.into()).unwrap(), Value::Int(3));
        let two_to_the_64 = add(&u64::MAX.into(), &1.into()).unwrap();
        assert_eq!(two_to_the_64, Value::Int(1 << 64));
        assert_eq!(add(&1.into(), &0.5.into()).unwrap(), Value::Float(1.5));
        assert_eq!(
            add(&i128::MAX.into(), &1.into()).unwrap_err().kind(),
            FaultKind::Value
        );
        assert_eq!(
            add(&"a".into(), &1.into()).unwrap_err().kind(),
            FaultKind::Type
        );
    }
}
