//! Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).

use super::distribution::{Distribution, Moments, Source, Target};
use crate::error::Result;
use crate::gpuarray::engine::{Block, Family, Untyped};
use crate::gpuarray::{GpuArray, Placement};

use super::kept::{THREADS, items, launch};

const KERNELS: [&str; 7] = [
    "philox_bits32",
    "philox_bits64",
    "philox_uniform32",
    "philox_uniform64",
    "philox_normal32",
    "philox_normal64",
    "philox_poisson",
];

/// Random numbers from a counter and a key: nothing is kept on the device but the key, and any place in the sequence
/// is reached at once.
///
/// A seed has 2³² subsequences of 2⁶⁴ positions. A position gives four words of 32 bits: four numbers of 32 bits, or
/// two of 64, or two of the Poisson distribution. The kernel's numbers depend on seed, subsequence and position
/// alone.
#[derive(Debug)]
pub struct PhiloxGenerator {
    key: Untyped,
    position: u64,
}

impl PhiloxGenerator {
    /// Subsequence 0 of a seed, in the current context.
    ///
    /// # Errors
    /// [`Code::InvalidContext`](crate::Code::InvalidContext) if there is none; those of the driver.
    pub fn new(seed: u64) -> Result<PhiloxGenerator> {
        PhiloxGenerator::new_in(&Placement::current()?, seed, 0)
    }

    /// A subsequence of a seed, in the stream or context given.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn new_in(
        placement: impl Into<Placement>,
        seed: u64,
        subsequence: u32,
    ) -> Result<PhiloxGenerator> {
        let words = [seed as u32, (seed >> 32) as u32, subsequence];
        let key = GpuArray::from_slice_in(placement, &words)?.raw;
        Ok(PhiloxGenerator { key, position: 0 })
    }

    /// Goes `positions` ahead, around the end.
    pub fn skip_ahead(&mut self, positions: u64) {
        self.position = self.position.wrapping_add(positions);
    }

    /// The position that comes next.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Source for PhiloxGenerator {
    fn placement(&self) -> Placement {
        self.key.placement()
    }

    fn fill(
        &mut self,
        call: &'static str,
        distribution: Distribution,
        Target(out): Target<'_>,
        moments: Moments,
    ) -> Result<()> {
        let items = items(out.len(), distribution.outputs_of_four_words());
        let mut block = Block::default();
        block.pointer(self.key.pointer());
        block.i32(1);
        block.u64(self.position);
        block.pointer(out.pointer());
        block.u64(out.len() as u64);
        moments.push(&mut block);
        let blocks = items.div_ceil(u64::from(THREADS)).min(1 << 16);
        launch(
            call,
            &self.key,
            out,
            Family::Philox,
            KERNELS[distribution as usize],
            blocks as u32,
            &block,
        )?;
        self.position = self.position.wrapping_add(items);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    /// The function of the paper, as the kernel has it.
    fn philox(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
        let multiply = |a: u32, b: u32| {
            (
                ((u64::from(a) * u64::from(b)) >> 32) as u32,
                a.wrapping_mul(b),
            )
        };
        for _ in 0..10 {
            let (high0, low0) = multiply(0xd251_1f53, c[0]);
            let (high1, low1) = multiply(0xcd9e_8d57, c[2]);
            c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0];
            k = [
                k[0].wrapping_add(0x9e37_79b9),
                k[1].wrapping_add(0xbb67_ae85),
            ];
        }
        c
    }

    /// The known answers that the authors publish with their library Random123.
    #[test]
    fn answers_are_the_published_ones() {
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([!0; 4], [!0; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let key = [0xa409_3822, 0x299f_31d0];
        assert_eq!(
            philox(counter, key),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
