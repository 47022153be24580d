//! Linear maps over the field of two elements, by which generators are skipped ahead.

/// The bits of a xorwow generator's register.
pub(crate) type Bits = [u32; 5];

const SIZE: usize = 160;

/// A linear map of 160 bits: what it makes of each single bit.
#[derive(Clone)]
pub(crate) struct Map(Box<[Bits; SIZE]>);

impl Map {
    /// The map that a function is, if it is linear.
    pub(crate) fn of(function: impl Fn(Bits) -> Bits) -> Map {
        let mut columns = Box::new([[0; 5]; SIZE]);
        for (bit, column) in columns.iter_mut().enumerate() {
            let mut single = [0; 5];
            single[bit / 32] = 1 << (bit % 32);
            *column = function(single);
        }
        Map(columns)
    }

    pub(crate) fn apply(&self, bits: &Bits) -> Bits {
        let mut result = [0; 5];
        for (word, columns) in bits.iter().zip(self.0.chunks(32)) {
            let mut left = *word;
            while left != 0 {
                let column = &columns[left.trailing_zeros() as usize];
                result
                    .iter_mut()
                    .zip(column)
                    .for_each(|(result, bits)| *result ^= bits);
                left &= left - 1;
            }
        }
        result
    }

    /// This map after `first`.
    pub(crate) fn after(&self, first: &Map) -> Map {
        let mut columns = Box::new([[0; 5]; SIZE]);
        columns
            .iter_mut()
            .zip(first.0.iter())
            .for_each(|(column, bits)| *column = self.apply(bits));
        Map(columns)
    }

    /// This map `2^exponent` times.
    pub(crate) fn squared(&self, exponent: u32) -> Map {
        (0..exponent).fold(self.clone(), |map, _| map.after(&map))
    }

    /// What this map makes of `bits` when it is applied `count` times.
    pub(crate) fn apply_times(&self, bits: &[Bits], mut count: u64) -> Vec<Bits> {
        let mut bits = bits.to_vec();
        let mut map = self.clone();
        while count != 0 {
            if count & 1 == 1 {
                bits.iter_mut().for_each(|bits| *bits = map.apply(bits));
            }
            count >>= 1;
            if count != 0 {
                map = map.after(&map);
            }
        }
        bits
    }
}
