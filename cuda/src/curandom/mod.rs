//! Random numbers made on the device: Python's `curandom`.
//!
//! ```no_run
//! use cuda::curandom::{Generator, XorwowGenerator};
//!
//! # fn main() -> cuda::Result<()> {
//! let mut generator = XorwowGenerator::new(42)?;
//! let noise = generator.gen_normal::<f32>((1000, 1000))?;
//! assert!(noise.sum()?.item()?.abs() < 10_000.0);
//! # Ok(())
//! # }
//! ```
//!
//! | generator | what it is |
//! |---|---|
//! | [`XorwowGenerator`] | Marsaglia's xorwow, seeded as cuRAND's, with streams 2⁶⁷ apart |
//! | [`Mrg32k3aGenerator`] | L'Ecuyer's MRG32k3a, with streams 2⁷⁶ apart; the best spread of the three |
//! | [`PhiloxGenerator`] | Philox4x32-10: from a counter, no state, any place at once |
//! | [`Sobol32Generator`], [`Sobol64Generator`] | quasi-random points, scrambled if wanted |
//!
//! Sobol's initial direction numbers are those of S. Joe and F. Y. Kuo, copyright 2008, under the BSD licence of three clauses,
//! whose text is in the file `LICENSE-joe-kuo`: who gives a program with this crate to others gives them that notice too.
//!
//! The same seed gives the same numbers on every device, be it hardware or emulated: words and uniform numbers to the
//! last bit; normal, log-normal and Poisson ones but for the last places of logarithms, exponentials and the like,
//! which hardware may round otherwise (for Poisson that changes a number once in many millions).

mod directions;
mod distribution;
mod gf2;
mod kept;
mod mix;
mod mrg32k3a;
mod philox;
mod polynomials;
mod sobol;
mod xorwow;

pub use self::distribution::{Generator, Normal, Uniform};
pub use self::kept::{Engine, KeptGenerator};
pub use self::mrg32k3a::Mrg32k3a;
pub use self::philox::PhiloxGenerator;
pub use self::sobol::{SobolGenerator, SobolWord};
pub use self::xorwow::Xorwow;
use crate::error::Result;
use crate::gpuarray::{GpuArray, IntoShape};

/// Generators of Marsaglia's xorwow.
pub type XorwowGenerator = KeptGenerator<Xorwow>;
/// Generators of L'Ecuyer's MRG32k3a.
pub type Mrg32k3aGenerator = KeptGenerator<Mrg32k3a>;
/// Sobol's sequence in words of 32 bits.
pub type Sobol32Generator = SobolGenerator<u32>;
/// Sobol's sequence in words of 64 bits.
pub type Sobol64Generator = SobolGenerator<u64>;

/// An array of uniform numbers in the current context, other ones in each run of the program: PyCUDA's `rand`.
///
/// # Errors
/// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
pub fn rand<T: Uniform>(shape: impl IntoShape) -> Result<GpuArray<T>> {
    PhiloxGenerator::new(seed_getter_unique())?.gen_uniform(shape)
}

/// A seed that no call gave before, of this program or another: PyCUDA's `seed_getter_unique`.
#[must_use]
pub fn seed_getter_unique() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // The standard library keys its hashes by the system's random numbers.
    RandomState::new().hash_one(std::process::id())
}
