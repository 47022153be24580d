//! Beside the encoder and decoder of all values.

use manyways_testkit::guarded;
use manyways_wire as wire;
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Short;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(i16),
    Tuple(u8, Option<bool>),
    Struct { size: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Whole {
    unit: (),
    kind: Kind,
    array: [i8; 2],
}

fn short(bytes: &[u8]) -> Short {
    let mut word = [0xAA; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    Short::new(word, bytes.len() as u8)
}

/// A simple value's encoding is the other's, and its decoding is the value. A NaN is no obstacle.
fn travels<T: DeserializeOwned + Serialize>(value: &T) -> Result<(), TestCaseError> {
    let known = wire::encode(value).unwrap();
    let encoded = Short::encode(value);
    prop_assert_eq!(encoded.is_some(), known.len() <= 8);
    if let Some(encoded) = encoded {
        prop_assert_eq!(encoded, short(&known));
        let decoded: T = encoded.decode().unwrap();
        prop_assert_eq!(wire::encode(&decoded).unwrap(), known);
    }
    Ok(())
}

/// What it makes of any bytes is what the other makes of them, or nothing.
fn agrees<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Some(value) = short(bytes).decode::<T>() {
        let known = wire::decode::<T>(bytes);
        let known = known.map(|known| wire::encode(&known).unwrap());
        prop_assert_eq!(known.ok(), Some(wire::encode(&value).unwrap()));
    }
    Ok(())
}

#[test]
fn it_agrees_with_the_other_decoder() {
    guarded(|| {
        proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..9))| {
            agrees::<(u8, u16)>(&bytes)?;
            agrees::<(u16, i16)>(&bytes)?;
            agrees::<u32>(&bytes)?;
            agrees::<(i32, i8)>(&bytes)?;
            agrees::<u64>(&bytes)?;
            agrees::<(u64,)>(&bytes)?;
            agrees::<i64>(&bytes)?;
            agrees::<(f32, bool)>(&bytes)?;
            agrees::<f64>(&bytes)?;
            agrees::<Option<Kind>>(&bytes)?;
            agrees::<Whole>(&bytes)?;
            agrees::<Vec<u8>>(&bytes)?;
            agrees::<String>(&bytes)?;
            agrees::<()>(&bytes)?;
            agrees::<char>(&bytes)?;
        });
    });
}

#[test]
fn simple_values_travel() {
    guarded(|| {
        proptest!(|(
            number in (any::<u64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift),
            signed in any::<i32>(), small in any::<(i8, bool)>(), floats in any::<(f32, f64)>(),
        )| {
            travels(&number)?;
            travels(&(number as u16, number as u8, signed as i16))?;
            travels(&(number as u32, small))?;
            travels(&signed)?;
            travels(&-number.cast_signed())?;
            travels(&floats.0)?;
            travels(&floats.1)?;
            travels(&Some((signed, small.1)))?;
            let kinds = (Kind::Unit, Some(Kind::Newtype(signed as i16)), Kind::Tuple(1, None));
            travels(&kinds)?;
            let kind = Kind::Struct { size: signed.unsigned_abs() };
            travels(&Whole { unit: (), kind, array: [small.0, 1] })?;
        });
    });
}

#[test]
fn bytes_of_any_length_are_taken_whole() {
    let bytes = [0x81, 0x92, 0xA3, 0xB4, 0xC5, 0xD6, 0xE7, 0xF8, 0x09];
    for length in 0..=8 {
        let expected = short(&bytes[..length]);
        assert_eq!(Short::from_slice(&bytes[..length]), Some(expected));
    }
    assert_eq!(Short::from_slice(&bytes), None);
}

#[test]
fn what_is_not_whole_or_not_all_is_refused() {
    assert_eq!(short(&[0x80]).decode::<u64>(), None);
    assert_eq!(short(&[0xFF; 8]).decode::<u64>(), None);
    assert_eq!(short(&[1, 1]).decode::<u64>(), None);
    assert_eq!(short(&[]).decode::<u64>(), None);
    assert_eq!(short(&[]).decode::<()>(), Some(()));
    assert_eq!(Short::encode(&u64::MAX), None);
    assert_eq!(Short::encode("text"), None);
    assert_eq!(Short::encode(&[1_u8; 3][..]), None);
    assert_eq!(Short::encode(&()), Some(short(&[])));
}
