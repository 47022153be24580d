//! Which type the result has when two types meet: NumPy's rules.

use half::f16;
use num_complex::Complex;

use super::Element;
use super::dtype::{Dtype, Kind};

/// The type that two types meet in: the smallest that holds every value of both, where there is one.
///
/// These are NumPy's rules (`numpy.result_type` of two arrays): integers with and without a sign meet in the
/// next larger one with a sign, 64 bits of both in `float64`; an integer of more than 8 bits meets `float16` in
/// `float32`, one of more than 16 bits meets all floating-point numbers in `float64`.
///
/// ```
/// use cuda::gpuarray::{Dtype, result_type};
///
/// assert_eq!(result_type(Dtype::U16, Dtype::I8), Dtype::I32);
/// assert_eq!(result_type(Dtype::I32, Dtype::F32), Dtype::F64);
/// assert_eq!(result_type(Dtype::I16, Dtype::C64), Dtype::C64);
/// ```
#[must_use]
pub const fn result_type(a: Dtype, b: Dtype) -> Dtype {
    let (low, high) = if (a.kind() as u8) <= (b.kind() as u8) {
        (a, b)
    } else {
        (b, a)
    };
    if low.kind() as u8 == high.kind() as u8 {
        return if low.size() > high.size() { low } else { high };
    }
    match (low.kind(), high.kind()) {
        (Kind::Bool, _) => high,
        (Kind::Unsigned, Kind::Signed) => signed_for(low.size(), high.size()),
        (_, Kind::Float) => float_of(max(float_size_for(low), high.size())),
        // A complex number is as precise as its parts.
        _ => complex_of(max(float_size_for(low), high.size() / 2)),
    }
}

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// The integer with a sign for `unsigned` bytes without and `signed` bytes with one.
const fn signed_for(unsigned: usize, signed: usize) -> Dtype {
    match max(2 * unsigned, signed) {
        2 => Dtype::I16,
        4 => Dtype::I32,
        8 => Dtype::I64,
        _ => Dtype::F64,
    }
}

/// The bytes of the floating-point number in which a number that is not complex goes.
const fn float_size_for(dtype: Dtype) -> usize {
    match (dtype.kind(), dtype.size()) {
        (Kind::Float, size) => size,
        (_, 1) => 2,
        (_, 2) => 4,
        _ => 8,
    }
}

const fn float_of(size: usize) -> Dtype {
    match size {
        2 => Dtype::F16,
        4 => Dtype::F32,
        _ => Dtype::F64,
    }
}

const fn complex_of(part: usize) -> Dtype {
    if part <= 4 { Dtype::C64 } else { Dtype::C128 }
}

/// The type in which elements of two types meet, when the program is compiled; see [`result_type`].
pub trait Promote<Rhs: Element>: Element {
    /// The common type.
    type Output: Element;
}

/// A row for each type: what it becomes with each of the others, in the order of the heading.
macro_rules! promotions {
    (@row $row:ty, [$($column:ty),*], [$($output:ty),*]) => {
        $(impl Promote<$column> for $row {
            type Output = $output;
        })*
    };
    ($columns:tt $($row:ty => $outputs:tt;)*) => {
        $(promotions!(@row $row, $columns, $outputs);)*
    };
}

type C64 = Complex<f32>;
type C128 = Complex<f64>;

promotions! {
            [bool, i8,   i16,  i32,  i64,  u8,   u16,  u32,  u64,  f16,  f32,  f64,  C64,  C128]
    bool => [bool, i8,   i16,  i32,  i64,  u8,   u16,  u32,  u64,  f16,  f32,  f64,  C64,  C128];
    i8   => [i8,   i8,   i16,  i32,  i64,  i16,  i32,  i64,  f64,  f16,  f32,  f64,  C64,  C128];
    i16  => [i16,  i16,  i16,  i32,  i64,  i16,  i32,  i64,  f64,  f32,  f32,  f64,  C64,  C128];
    i32  => [i32,  i32,  i32,  i32,  i64,  i32,  i32,  i64,  f64,  f64,  f64,  f64,  C128, C128];
    i64  => [i64,  i64,  i64,  i64,  i64,  i64,  i64,  i64,  f64,  f64,  f64,  f64,  C128, C128];
    u8   => [u8,   i16,  i16,  i32,  i64,  u8,   u16,  u32,  u64,  f16,  f32,  f64,  C64,  C128];
    u16  => [u16,  i32,  i32,  i32,  i64,  u16,  u16,  u32,  u64,  f32,  f32,  f64,  C64,  C128];
    u32  => [u32,  i64,  i64,  i64,  i64,  u32,  u32,  u32,  u64,  f64,  f64,  f64,  C128, C128];
    u64  => [u64,  f64,  f64,  f64,  f64,  u64,  u64,  u64,  u64,  f64,  f64,  f64,  C128, C128];
    f16  => [f16,  f16,  f32,  f64,  f64,  f16,  f32,  f64,  f64,  f16,  f32,  f64,  C64,  C128];
    f32  => [f32,  f32,  f32,  f64,  f64,  f32,  f32,  f64,  f64,  f32,  f32,  f64,  C64,  C128];
    f64  => [f64,  f64,  f64,  f64,  f64,  f64,  f64,  f64,  f64,  f64,  f64,  f64,  C128, C128];
    C64  => [C64,  C64,  C64,  C128, C128, C64,  C64,  C128, C128, C64,  C64,  C128, C64,  C128];
    C128 => [C128, C128, C128, C128, C128, C128, C128, C128, C128, C128, C128, C128, C128, C128];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What NumPy 2 answers to `np.result_type(row, column).char`, rows and columns in the order of `Dtype::ALL`.
    const NUMPY: [&str; 14] = [
        "?bhilBHILefdFD",
        "bbhilhildefdFD",
        "hhhilhildffdFD",
        "iiiiliilddddDD",
        "llllllllddddDD",
        "BhhilBHILefdFD",
        "HiiilHHILffdFD",
        "IllllIIILdddDD",
        "LddddLLLLdddDD",
        "eefddefddefdFD",
        "fffddffddffdFD",
        "ddddddddddddDD",
        "FFFDDFFDDFFDFD",
        "DDDDDDDDDDDDDD",
    ];

    fn letter(dtype: Dtype) -> char {
        let at = Dtype::ALL.iter().position(|other| *other == dtype).unwrap();
        "?bhilBHILefdFD".chars().nth(at).unwrap()
    }

    #[test]
    fn types_meet_as_numpys_do() {
        for (row, expected) in Dtype::ALL.iter().zip(NUMPY) {
            let got: String = Dtype::ALL
                .iter()
                .map(|column| letter(result_type(*row, *column)))
                .collect();
            assert_eq!(got, expected, "{row}");
        }
    }

    fn check<A: Promote<B>, B: Element>() {
        assert_eq!(
            A::Output::DTYPE,
            result_type(A::DTYPE, B::DTYPE),
            "{} and {}",
            A::DTYPE,
            B::DTYPE
        );
    }

    macro_rules! check_all {
        (@row $row:ty: [$($column:ty),*]) => { $(check::<$row, $column>();)* };
        ($columns:tt: $($row:ty),*) => { $(check_all!(@row $row: $columns);)* };
    }

    #[test]
    fn the_compiler_knows_the_same_table() {
        check_all!([bool, i8, i16, i32, i64, u8, u16, u32, u64, f16, f32, f64, C64, C128]:
            bool, i8, i16, i32, i64, u8, u16, u32, u64, f16, f32, f64, C64, C128);
    }
}
