//! Direction numbers of Sobol's sequence, by Joe and Kuo's initial numbers.

use super::mix::SplitMix;
use super::polynomials::primitive_polynomials;

/// How many dimensions there are numbers for.
pub(crate) const MAX_DIMENSIONS: usize = 21_201;

/// The initial numbers that S. Joe and F. Y. Kuo searched for ("Constructing Sobol sequences with better
/// two-dimensional projections", 2008; the set that they call new-joe-kuo-6). For each dimension after the first, m₂,
/// m₃ ... of its polynomial's degree; m₁ is 1. All are odd and mₖ is below 2ᵏ, so that k - 1 bits tell it: those
/// above the lowest, the lowest of them first. `LICENSE-joe-kuo` is their licence.
const INITIAL: &[u8] = include_bytes!("joe_kuo_6.bits");

/// Reads numbers of so many bits, one after another.
struct BitReader {
    next: usize,
}

impl BitReader {
    fn read(&mut self, bits: u32) -> u64 {
        let mut number = 0;
        for bit in 0..bits {
            number |= u64::from(INITIAL[self.next / 8] >> (self.next % 8) & 1) << bit;
            self.next += 1;
        }
        number
    }
}

/// The direction numbers of the first dimensions, 64 for each, of 64 bits. Those of 32 bits are the first 32 of a
/// dimension, their upper halves.
///
/// `dimensions` is not above [`MAX_DIMENSIONS`].
pub(crate) fn directions(dimensions: usize) -> Vec<[u64; 64]> {
    let mut reader = BitReader { next: 0 };
    let first = std::array::from_fn(|bit| 1_u64 << (63 - bit));
    let others = primitive_polynomials().map(|polynomial| dimension(polynomial, &mut reader));
    std::iter::once(first)
        .chain(others)
        .take(dimensions)
        .collect()
}

fn dimension(polynomial: u64, reader: &mut BitReader) -> [u64; 64] {
    let degree = polynomial.ilog2() as usize;
    let mut numbers = [0; 64];
    for k in 0..64 {
        numbers[k] = if k < degree {
            (reader.read(k as u32) << 1 | 1) << (63 - k)
        } else {
            recurrence(&numbers, polynomial, degree, k)
        };
    }
    numbers
}

fn recurrence(numbers: &[u64; 64], polynomial: u64, degree: usize, k: usize) -> u64 {
    let oldest = numbers[k - degree];
    let is_set = |back: &usize| polynomial >> (degree - back) & 1 == 1;
    let between = (1..degree).filter(is_set).map(|back| numbers[k - back]);
    between.fold(oldest ^ (oldest >> degree), |sum, number| sum ^ number)
}

/// Scrambles the digits of a dimension's points: each digit is changed by a random combination of the ones before it
/// (Matoušek's linear scrambling), and by a random word at the end, which is returned. Even spread and independence
/// of the dimensions stay.
///
/// Only the upper `bits` bits of the numbers are meant.
pub(crate) fn scramble(numbers: &mut [u64; 64], mixer: &mut SplitMix, bits: u32) -> u64 {
    // Row n tells which digits, counted from the first, digit n of the result is the sum of.
    let rows: Vec<u64> = (0..bits).map(|row| row_of(mixer, row)).collect();
    for number in numbers.iter_mut() {
        let digits = rows
            .iter()
            .enumerate()
            .map(|(row, mask)| u64::from((*number & mask).count_ones() & 1) << (63 - row));
        *number = digits.sum();
    }
    mixer.next()
}

/// Digit `row` itself, and any of the digits before it.
fn row_of(mixer: &mut SplitMix, row: u32) -> u64 {
    let before = if row == 0 { 0 } else { !0 << (64 - row) };
    (mixer.next() & before) | 1 << (63 - row)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Point `index` of a dimension, as a fraction of 2⁶⁴.
    fn point(numbers: &[u64; 64], index: u64) -> u64 {
        let gray = index ^ (index >> 1);
        (0..64)
            .filter(|bit| gray >> bit & 1 == 1)
            .fold(0, |sum, bit| sum ^ numbers[bit as usize])
    }

    #[test]
    fn all_of_the_table_is_used() {
        let mut reader = BitReader { next: 0 };
        let polynomials: Vec<u64> = primitive_polynomials().take(MAX_DIMENSIONS - 1).collect();
        polynomials.iter().for_each(|polynomial| {
            dimension(*polynomial, &mut reader);
        });
        assert_eq!(reader.next.div_ceil(8), INITIAL.len());
        assert_eq!(polynomials.last(), Some(&524_263));
    }

    /// The first points in three dimensions, as Joe and Kuo's own program prints them.
    #[test]
    fn the_first_points_are_joe_and_kuos() {
        let numbers = directions(3);
        let coordinates = |index| {
            [0, 1, 2]
                .map(|dimension: usize| point(&numbers[dimension], index) as f64 / 2_f64.powi(64))
        };
        assert_eq!(coordinates(0), [0.0, 0.0, 0.0]);
        assert_eq!(coordinates(1), [0.5, 0.5, 0.5]);
        assert_eq!(coordinates(2), [0.75, 0.25, 0.25]);
        assert_eq!(coordinates(3), [0.25, 0.75, 0.75]);
        assert_eq!(coordinates(4), [0.375, 0.375, 0.625]);
        assert_eq!(coordinates(5), [0.875, 0.875, 0.125]);
        assert_eq!(coordinates(6), [0.625, 0.125, 0.875]);
        assert_eq!(coordinates(7), [0.125, 0.625, 0.375]);
        assert_eq!(coordinates(8), [0.1875, 0.3125, 0.9375]);
    }

    fn fills_each_interval_once(numbers: &[u64; 64]) {
        let mut intervals: Vec<u64> = (0..256).map(|index| point(numbers, index) >> 56).collect();
        intervals.sort_unstable();
        assert!(intervals.iter().copied().eq(0..256));
    }

    #[test]
    fn points_spread_evenly_scrambled_or_not() {
        let mut mixer = SplitMix::new(1);
        for numbers in directions(40).iter_mut() {
            fills_each_interval_once(numbers);
            let before = *numbers;
            scramble(numbers, &mut mixer, 64);
            assert_ne!(*numbers, before);
            fills_each_interval_once(numbers);
        }
    }
}
