//! The types that can be added up in the share.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A number that [`StubShare::add`](crate::StubShare::add) adds up: the integers and floats of Rust.
pub trait Number: Sum + Copy + Serialize + DeserializeOwned {}

impl<N: Sum + Copy + Serialize + DeserializeOwned> Number for N {}

/// Outside of this crate nobody can name it, so the list of numbers is the one below.
pub trait Sum: Sized {
    /// What a missing number counts as.
    const ZERO: Self;

    /// The sum, unless it is out of the type's range.
    fn sum(self, other: Self) -> Option<Self>;
}

macro_rules! integers {
    ($($integer:ty)*) => {
        $(impl Sum for $integer {
            const ZERO: Self = 0;
            fn sum(self, other: Self) -> Option<Self> {
                self.checked_add(other)
            }
        })*
    };
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

macro_rules! floats {
    ($($float:ty)*) => {
        $(impl Sum for $float {
            const ZERO: Self = 0.0;
            fn sum(self, other: Self) -> Option<Self> {
                Some(self + other)
            }
        })*
    };
}

floats!(f32 f64);
