//! L'Ecuyer's MRG32k3a on the host: seeds, and ways ahead by powers of its matrices.

use super::kept::{Engine, Kernels, STREAMS};
use super::mix::SplitMix;
use crate::gpuarray::engine::Family;

const M1: u64 = 4_294_967_087;
const M2: u64 = 4_294_944_443;
/// The distance of two streams is two to the power of this, as of the substreams of L'Ecuyer's `RngStreams`.
const STREAM_BITS: u32 = 76;

type Vector = [u64; 3];

/// A step of one of the two recursions, or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Matrix {
    rows: [Vector; 3],
    modulus: u64,
}

const FIRST: Matrix = Matrix {
    rows: [[0, 1, 0], [0, 0, 1], [M1 - 810_728, 1_403_580, 0]],
    modulus: M1,
};

const SECOND: Matrix = Matrix {
    rows: [[0, 1, 0], [0, 0, 1], [M2 - 1_370_589, 0, 527_612]],
    modulus: M2,
};

impl Matrix {
    const fn identity(modulus: u64) -> Matrix {
        Matrix {
            rows: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            modulus,
        }
    }

    fn apply(&self, vector: Vector) -> Vector {
        self.rows.map(|row| {
            let products = row
                .iter()
                .zip(vector)
                .map(|(a, b)| u128::from(*a) * u128::from(b));
            (products.sum::<u128>() % u128::from(self.modulus)) as u64
        })
    }

    /// This one after `first`.
    fn after(&self, first: &Matrix) -> Matrix {
        let column =
            |at: usize| self.apply([first.rows[0][at], first.rows[1][at], first.rows[2][at]]);
        let columns = [column(0), column(1), column(2)];
        Matrix {
            rows: [0, 1, 2].map(|row| columns.map(|column| column[row])),
            modulus: self.modulus,
        }
    }

    /// This one `2^exponent` times.
    fn squared(self, exponent: u32) -> Matrix {
        (0..exponent).fold(self, |matrix, _| matrix.after(&matrix))
    }

    /// This one `times` times.
    fn power(self, mut times: u64) -> Matrix {
        let (mut result, mut base) = (Matrix::identity(self.modulus), self);
        while times != 0 {
            if times & 1 == 1 {
                result = base.after(&result);
            }
            base = base.after(&base);
            times >>= 1;
        }
        result
    }
}

/// The engine of [`Mrg32k3aGenerator`](super::Mrg32k3aGenerator).
#[derive(Debug, Clone, Copy)]
pub struct Mrg32k3a;

impl Engine for Mrg32k3a {
    const KERNELS: [&'static str; 7] = [
        "mrg32k3a_bits32",
        "mrg32k3a_bits64",
        "mrg32k3a_uniform32",
        "mrg32k3a_uniform64",
        "mrg32k3a_normal32",
        "mrg32k3a_normal64",
        "mrg32k3a_poisson",
    ];

    const FAMILY: Kernels = Kernels(Family::Mrg32k3a);

    fn seed(seed: u64) -> Vec<[u32; 6]> {
        streams_from(first_state(seed))
    }

    fn skip(states: &mut [[u32; 6]], steps: u64) {
        advance(states, FIRST.power(steps), SECOND.power(steps));
    }

    fn skip_streams(states: &mut [[u32; 6]], streams: u64) {
        let [first, second] =
            [FIRST, SECOND].map(|matrix| matrix.squared(STREAM_BITS).power(streams));
        advance(states, first, second);
    }
}

/// Six words of the mixer, below the moduli; neither half is all zeros.
fn first_state(seed: u64) -> [u32; 6] {
    let mut mixer = SplitMix::new(seed);
    let mut state = [0; 6];
    for (at, word) in state.iter_mut().enumerate() {
        let modulus = if at < 3 { M1 } else { M2 };
        *word = (1 + mixer.next() % (modulus - 1)) as u32;
    }
    state
}

fn streams_from(first: [u32; 6]) -> Vec<[u32; 6]> {
    let (one, two) = (FIRST.squared(STREAM_BITS), SECOND.squared(STREAM_BITS));
    let ahead = |state: &[u32; 6]| Some(moved(*state, &one, &two));
    std::iter::successors(Some(first), ahead)
        .take(STREAMS)
        .collect()
}

fn advance(states: &mut [[u32; 6]], first: Matrix, second: Matrix) {
    states
        .iter_mut()
        .for_each(|state| *state = moved(*state, &first, &second));
}

fn moved([a, b, c, d, e, f]: [u32; 6], first: &Matrix, second: &Matrix) -> [u32; 6] {
    let [a, b, c] = first.apply([a, b, c].map(u64::from));
    let [d, e, f] = second.apply([d, e, f].map(u64::from));
    [a, b, c, d, e, f].map(|word| word as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(state: &mut [u32; 6]) -> u64 {
        *state = moved(*state, &FIRST, &SECOND);
        let (p, q) = (u64::from(state[2]), u64::from(state[5]));
        if p >= q { p - q } else { p + M1 - q }
    }

    /// The first numbers of `RngStreams` with its default seed, 12345 six times.
    #[test]
    fn the_first_numbers_are_lecuyers() {
        let mut state = [12_345; 6];
        let got: Vec<f64> = (0..3)
            .map(|_| next(&mut state) as f64 * 2.328_306_549_295_728e-10)
            .collect();
        let published = [
            0.127_011_122_046_577_14,
            0.318_527_565_396_794_5,
            0.309_186_015_583_270_1,
        ];
        for (got, published) in got.iter().zip(published) {
            assert!((got - published).abs() < 1e-15, "{got} {published}");
        }
    }

    /// The matrices by which `RngStreams` goes to the next substream.
    #[test]
    fn the_way_to_the_next_stream_is_lecuyers() {
        let first = FIRST.squared(STREAM_BITS);
        let second = SECOND.squared(STREAM_BITS);
        assert_eq!(first.rows[0], [82_758_667, 1_871_391_091, 4_127_413_238]);
        assert_eq!(
            second.rows[0],
            [1_511_326_704, 3_759_209_742, 1_610_795_712]
        );
    }

    #[test]
    fn skipping_is_as_good_as_stepping() {
        let mut stepped = Mrg32k3a::seed(42)[..3].to_vec();
        let mut skipped = stepped.clone();
        for state in &mut stepped {
            (0..1000).for_each(|_| {
                next(state);
            });
        }
        Mrg32k3a::skip(&mut skipped, 1000);
        assert_eq!(skipped, stepped);
        let streams = Mrg32k3a::seed(42);
        Mrg32k3a::skip_streams(&mut stepped, 0);
        let mut first = streams[..1].to_vec();
        Mrg32k3a::skip_streams(&mut first, 3);
        assert_eq!(first[0], streams[3]);
    }
}
