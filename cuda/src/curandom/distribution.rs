//! Distributions, and what all generators can do with them.

use super::super::gpuarray::shape::refuse;
use crate::error::Result;
use crate::gpuarray::engine::{Block, Untyped};
use crate::gpuarray::{Element, Float, GpuArray, IntoShape, Number, Order, Placement};

/// What the numbers are like, by the places of the kernels in the generators' tables.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    Bits32,
    Bits64,
    Uniform32,
    Uniform64,
    Normal32,
    Normal64,
    Poisson,
}

impl Distribution {
    /// How many numbers one item has.
    pub(crate) fn outputs(self) -> usize {
        match self {
            Distribution::Normal32 | Distribution::Normal64 => 2,
            _ => 1,
        }
    }

    /// How many numbers four words make.
    pub(crate) fn outputs_of_four_words(self) -> usize {
        match self {
            Distribution::Bits32 | Distribution::Uniform32 | Distribution::Normal32 => 4,
            _ => 2,
        }
    }
}

/// Mean and standard deviation, of the number or of its logarithm.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    pub(crate) is_log: bool,
}

impl Moments {
    const STANDARD: Moments = Moments {
        mean: 0.0,
        deviation: 1.0,
        is_log: false,
    };

    /// Adds `struct Shape`.
    pub(crate) fn push(&self, block: &mut Block) {
        block.u64(self.mean.to_bits());
        block.u64(self.deviation.to_bits());
        block.i32(i32::from(self.is_log));
        block.i32(0);
    }
}

/// An array to fill.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Target<'a>(pub(crate) &'a Untyped);

/// What a generator must have.
#[doc(hidden)]
pub trait Source {
    /// Where it lives.
    fn placement(&self) -> Placement;

    /// Fills an array that is contiguous in C's order.
    #[doc(hidden)]
    fn fill(
        &mut self,
        call: &'static str,
        distribution: Distribution,
        out: Target<'_>,
        moments: Moments,
    ) -> Result<()>;

    /// The largest mean of the Poisson distribution.
    fn largest_mean(&self) -> f64 {
        2_147_483_648.0
    }
}

/// Numbers that can be of the uniform distribution.
pub trait Uniform: Number {
    #[doc(hidden)]
    const DISTRIBUTION: Distribution;
}

macro_rules! uniform {
    ($($type:ty: $distribution:ident),*) => {
        $(impl Uniform for $type {
            const DISTRIBUTION: Distribution = Distribution::$distribution;
        })*
    };
}

uniform!(u32: Bits32, i32: Bits32, u64: Bits64, i64: Bits64, f32: Uniform32, f64: Uniform64);

/// Numbers that can be of the normal distribution.
pub trait Normal: Float {
    #[doc(hidden)]
    const DISTRIBUTION: Distribution;
}

impl Normal for f32 {
    const DISTRIBUTION: Distribution = Distribution::Normal32;
}

impl Normal for f64 {
    const DISTRIBUTION: Distribution = Distribution::Normal64;
}

/// What all generators do: fill arrays with random numbers, and make such arrays.
///
/// Numbers go into an array in C's order. The work is done in the generator's stream, and the array's stream is kept
/// in order with it.
pub trait Generator: Source {
    /// Fills an array with uniform numbers: above 0 and up to 1, including 1 (as cuRAND's), or, of integers, with all
    /// values.
    ///
    /// # Errors
    /// Those of the launch.
    fn fill_uniform<T: Uniform>(&mut self, array: &mut GpuArray<T>) -> Result<()> {
        fill(
            self,
            "fill_uniform",
            T::DISTRIBUTION,
            array,
            Moments::STANDARD,
        )
    }

    /// An array of uniform numbers; see [`fill_uniform`](Generator::fill_uniform).
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    fn gen_uniform<T: Uniform>(&mut self, shape: impl IntoShape) -> Result<GpuArray<T>> {
        let mut array = GpuArray::empty_in(self.placement(), shape, Order::C)?;
        self.fill_uniform(&mut array)?;
        Ok(array)
    }

    /// Fills an array with numbers of the normal distribution with this mean and standard deviation.
    ///
    /// # Errors
    /// Those of the launch.
    fn fill_normal<T: Normal>(
        &mut self,
        array: &mut GpuArray<T>,
        mean: f64,
        deviation: f64,
    ) -> Result<()> {
        let is_log = false;
        fill(
            self,
            "fill_normal",
            T::DISTRIBUTION,
            array,
            Moments {
                mean,
                deviation,
                is_log,
            },
        )
    }

    /// An array of numbers of the normal distribution with mean 0 and standard deviation 1.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    fn gen_normal<T: Normal>(&mut self, shape: impl IntoShape) -> Result<GpuArray<T>> {
        let mut array = GpuArray::empty_in(self.placement(), shape, Order::C)?;
        self.fill_normal(&mut array, 0.0, 1.0)?;
        Ok(array)
    }

    /// Fills an array with numbers whose logarithms are of the normal distribution with this mean and standard
    /// deviation.
    ///
    /// # Errors
    /// Those of the launch.
    fn fill_log_normal<T: Normal>(
        &mut self,
        array: &mut GpuArray<T>,
        mean: f64,
        deviation: f64,
    ) -> Result<()> {
        let is_log = true;
        fill(
            self,
            "fill_log_normal",
            T::DISTRIBUTION,
            array,
            Moments {
                mean,
                deviation,
                is_log,
            },
        )
    }

    /// An array of such numbers.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    fn gen_log_normal<T: Normal>(
        &mut self,
        shape: impl IntoShape,
        mean: f64,
        deviation: f64,
    ) -> Result<GpuArray<T>> {
        let mut array = GpuArray::empty_in(self.placement(), shape, Order::C)?;
        self.fill_log_normal(&mut array, mean, deviation)?;
        Ok(array)
    }

    /// Fills an array with numbers of events of which `mean` are expected: the Poisson distribution.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for a mean that is below 0, not a number, or above what the
    /// generator can do: 2³¹, and for quasi-random numbers 500. Those of the launch.
    fn fill_poisson(&mut self, array: &mut GpuArray<u32>, mean: f64) -> Result<()> {
        let largest = self.largest_mean();
        if !(0.0..=largest).contains(&mean) {
            return Err(refuse("fill_poisson", format_args!("a mean of {mean}"))
                .advise(format_args!("it can be from 0 to {largest}")));
        }
        let moments = Moments {
            mean,
            ..Moments::STANDARD
        };
        fill(self, "fill_poisson", Distribution::Poisson, array, moments)
    }

    /// An array of such numbers.
    ///
    /// # Errors
    /// As for [`fill_poisson`](Generator::fill_poisson); [`Code::OutOfMemory`](crate::Code::OutOfMemory).
    fn gen_poisson(&mut self, shape: impl IntoShape, mean: f64) -> Result<GpuArray<u32>> {
        let mut array = GpuArray::empty_in(self.placement(), shape, Order::C)?;
        self.fill_poisson(&mut array, mean)?;
        Ok(array)
    }
}

impl<S: Source> Generator for S {}

fn fill<T: Element>(
    source: &mut (impl Source + ?Sized),
    call: &'static str,
    distribution: Distribution,
    array: &mut GpuArray<T>,
    moments: Moments,
) -> Result<()> {
    if array.is_c_contiguous() {
        return source.fill(call, distribution, Target(&array.raw), moments);
    }
    let packed = GpuArray::empty_in(array.placement(), array.shape(), Order::C)?;
    source.fill(call, distribution, Target(&packed.raw), moments)?;
    array.assign(&packed)
}
