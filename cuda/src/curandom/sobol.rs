//! Sobol's quasi-random sequences.

use std::fmt;
use std::marker::PhantomData;

use super::directions::{self, MAX_DIMENSIONS};
use super::distribution::{Distribution, Moments, Source, Target};
use super::kept::{THREADS, launch};
use super::mix::SplitMix;
use crate::error::Result;
use crate::gpuarray::engine::{Block, Family, Untyped};
use crate::gpuarray::shape::refuse;
use crate::gpuarray::{GpuArray, Integer, Placement};

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// The words of a sequence: `u32` or `u64`.
pub trait SobolWord: sealed::Sealed + Integer {
    /// The kernels, one a distribution; none where a distribution is of other words.
    #[doc(hidden)]
    const KERNELS: [Option<&'static str>; 7];

    /// The upper bits of a word.
    #[doc(hidden)]
    fn upper(word: u64) -> Self;
}

impl SobolWord for u32 {
    const KERNELS: [Option<&'static str>; 7] = [
        Some("sobol32_bits32"),
        None,
        Some("sobol32_uniform32"),
        Some("sobol32_uniform64"),
        Some("sobol32_normal32"),
        Some("sobol32_normal64"),
        Some("sobol32_poisson"),
    ];

    fn upper(word: u64) -> u32 {
        (word >> 32) as u32
    }
}

impl SobolWord for u64 {
    const KERNELS: [Option<&'static str>; 7] = [
        None,
        Some("sobol64_bits64"),
        Some("sobol64_uniform32"),
        Some("sobol64_uniform64"),
        Some("sobol64_normal32"),
        Some("sobol64_normal64"),
        Some("sobol64_poisson"),
    ];

    fn upper(word: u64) -> u64 {
        word
    }
}

/// Points that spread over a cube of many dimensions more evenly than random ones.
///
/// An array gets the points' first coordinates, then their second ones and so on; its size is a multiple of the
/// number of dimensions, and the natural shape is (dimensions, points). A later call goes on with the next points.
/// Numbers of other distributions are made by the inverse of their cumulative function, one of each coordinate.
///
/// The direction numbers are Joe and Kuo's (new-joe-kuo-6), for up to 21201 dimensions. Point 0 is the origin, or
/// what scrambling makes of it.
pub struct SobolGenerator<W> {
    directions: Untyped,
    scrambles: Untyped,
    dimensions: usize,
    position: u64,
    word: PhantomData<W>,
}

impl<W: SobolWord> SobolGenerator<W> {
    /// The sequence in so many dimensions, in the current context.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for no dimensions or more than 21201; those of the driver.
    pub fn new(dimensions: usize) -> Result<SobolGenerator<W>> {
        SobolGenerator::new_in(&Placement::current()?, dimensions, None)
    }

    /// The sequence with its digits scrambled, differently for each seed, in the current context: PyCUDA's
    /// `ScrambledSobol`.
    ///
    /// Digits are scrambled by Matoušek's linear scrambling and a random shift.
    ///
    /// # Errors
    /// As for [`new`](SobolGenerator::new).
    pub fn scrambled(dimensions: usize, seed: u64) -> Result<SobolGenerator<W>> {
        SobolGenerator::new_in(&Placement::current()?, dimensions, Some(seed))
    }

    /// The sequence, scrambled if there is a seed for that, in the stream or context given.
    ///
    /// # Errors
    /// As for [`new`](SobolGenerator::new).
    pub fn new_in(
        placement: impl Into<Placement>,
        dimensions: usize,
        seed: Option<u64>,
    ) -> Result<SobolGenerator<W>> {
        if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
            let why =
                format_args!("{dimensions} dimensions; there can be from 1 to {MAX_DIMENSIONS}");
            return Err(refuse("SobolGenerator::new", why));
        }
        let bits = 8 * size_of::<W>();
        let mut numbers = directions::directions(dimensions);
        let mut mixer = seed.map(SplitMix::new);
        let mut scramble = |numbers| match &mut mixer {
            Some(mixer) => W::upper(directions::scramble(numbers, mixer, bits as u32)),
            None => W::upper(0),
        };
        let scrambles: Vec<W> = numbers.iter_mut().map(&mut scramble).collect();
        let words: Vec<W> = numbers
            .iter()
            .flat_map(|numbers| numbers[..bits].iter().map(|word| W::upper(*word)))
            .collect();
        let placement = placement.into();
        Ok(SobolGenerator {
            directions: GpuArray::from_slice_in(&placement, &words)?.raw,
            scrambles: GpuArray::from_slice_in(&placement, &scrambles)?.raw,
            dimensions,
            position: 0,
            word: PhantomData,
        })
    }

    /// The number of dimensions.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The number of the point that comes next.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Leaves out `points` points. After 2 to the power of a word's bits the sequence begins again.
    pub fn skip_ahead(&mut self, points: u64) {
        self.position = self.position.wrapping_add(points);
    }
}

impl<W: SobolWord> Source for SobolGenerator<W> {
    fn placement(&self) -> Placement {
        self.directions.placement()
    }

    fn fill(
        &mut self,
        call: &'static str,
        distribution: Distribution,
        Target(out): Target<'_>,
        moments: Moments,
    ) -> Result<()> {
        let count = out.len();
        if count % self.dimensions != 0 {
            let why = format_args!(
                "{count} numbers are not points in {} dimensions",
                self.dimensions
            );
            return Err(
                refuse(call, why).advise("the array's size is to be a multiple of the dimensions")
            );
        }
        let kernel = W::KERNELS[distribution as usize].ok_or_else(|| {
            refuse(
                call,
                format_args!(
                    "a sequence of {} bits has no such integers",
                    8 * size_of::<W>()
                ),
            )
        })?;
        let points = (count / self.dimensions) as u64;
        let mut block = Block::default();
        block.pointer(self.directions.pointer());
        block.pointer(self.scrambles.pointer());
        block.u64(self.position);
        block.u64(points.max(1));
        block.pointer(out.pointer());
        block.u64(count as u64);
        moments.push(&mut block);
        let blocks = (count as u64).div_ceil(u64::from(THREADS)).min(1 << 16);
        launch(
            call,
            &self.directions,
            out,
            Family::Sobol,
            kernel,
            blocks as u32,
            &block,
        )?;
        self.position = self.position.wrapping_add(points);
        Ok(())
    }

    fn largest_mean(&self) -> f64 {
        500.0
    }
}

impl<W> fmt::Debug for SobolGenerator<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SobolGenerator")
            .field("dimensions", &self.dimensions)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
