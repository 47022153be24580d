//! Generators that keep their state on the device.

use std::fmt;
use std::marker::PhantomData;

use super::distribution::{Distribution, Moments, Source, Target};
use crate::error::Result;
use crate::gpuarray::engine::{Block, Family, Library, Untyped};
use crate::gpuarray::{Dtype, GpuArray, Placement};

/// How many generators there are, each in a stream of its own. It is the same for all devices, so that the numbers
/// are.
pub(crate) const STREAMS: usize = 1 << 14;
pub(crate) const THREADS: u32 = 256;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::super::xorwow::Xorwow {}
    impl Sealed for super::super::mrg32k3a::Mrg32k3a {}
}

/// A recursion of six words: [`Xorwow`](super::Xorwow) or [`Mrg32k3a`](super::Mrg32k3a).
pub trait Engine: sealed::Sealed {
    /// The kernels, one a distribution.
    #[doc(hidden)]
    const KERNELS: [&'static str; 7];
    /// The source that has them.
    #[doc(hidden)]
    const FAMILY: Kernels;

    /// The first states of all streams of a seed.
    #[doc(hidden)]
    fn seed(seed: u64) -> Vec<[u32; 6]>;

    /// Goes that many steps ahead.
    #[doc(hidden)]
    fn skip(states: &mut [[u32; 6]], steps: u64);

    /// Goes that many streams ahead.
    #[doc(hidden)]
    fn skip_streams(states: &mut [[u32; 6]], streams: u64);
}

/// Which source has an engine's kernels.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Kernels(pub(crate) Family);

/// Random numbers from 16384 generators on the device, each in a stream of its own.
///
/// Number `n` of all that are made is from generator `n` modulo 16384; where an item takes more than one word
/// (numbers of 64 bits, pairs of normal numbers), it is items that go round. So the numbers do not depend on the
/// device, and two calls give those of one that is as long as both.
pub struct KeptGenerator<E> {
    states: Untyped,
    cursor: u64,
    engine: PhantomData<E>,
}

impl<E: Engine> KeptGenerator<E> {
    /// Generators from a seed, in the current context.
    ///
    /// # Errors
    /// [`Code::InvalidContext`](crate::Code::InvalidContext) if there is none; those of the driver.
    pub fn new(seed: u64) -> Result<KeptGenerator<E>> {
        KeptGenerator::new_in(&Placement::current()?, seed)
    }

    /// Generators from a seed, in the stream or context given.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn new_in(placement: impl Into<Placement>, seed: u64) -> Result<KeptGenerator<E>> {
        Ok(KeptGenerator {
            states: GpuArray::from_slice_in(placement, &by_word(&E::seed(seed)))?.raw,
            cursor: 0,
            engine: PhantomData,
        })
    }

    /// Has each generator leave out `steps` words: PyCUDA's `call_skip_ahead`.
    ///
    /// It waits for the device, and takes some milliseconds of the host's time.
    ///
    /// # Errors
    /// The failure of work before it.
    pub fn skip_ahead(&mut self, steps: u64) -> Result<()> {
        self.change(|states| E::skip(states, steps))
    }

    /// Has each generator go `streams` streams ahead: PyCUDA's `call_skip_ahead_sequence`. Generator `n` is then
    /// where generator `n + streams` was at first, if none has made a number yet.
    ///
    /// # Errors
    /// The failure of work before it.
    pub fn skip_ahead_sequence(&mut self, streams: u64) -> Result<()> {
        self.change(|states| E::skip_streams(states, streams))
    }

    fn change(&mut self, change: impl FnOnce(&mut [[u32; 6]])) -> Result<()> {
        let mut array = GpuArray::<u32>::of(self.states.clone());
        let words = array.to_vec()?;
        let mut states: Vec<[u32; 6]> = (0..STREAMS)
            .map(|stream| std::array::from_fn(|word| words[word * STREAMS + stream]))
            .collect();
        change(&mut states);
        array.set_slice(&by_word(&states))
    }
}

/// All first words, then all second ones and so on: neighbouring threads read neighbouring words.
fn by_word(states: &[[u32; 6]]) -> Vec<u32> {
    (0..6)
        .flat_map(|word| states.iter().map(move |state| state[word]))
        .collect()
}

impl<E: Engine> Source for KeptGenerator<E> {
    fn placement(&self) -> Placement {
        self.states.placement()
    }

    fn fill(
        &mut self,
        call: &'static str,
        distribution: Distribution,
        Target(out): Target<'_>,
        moments: Moments,
    ) -> Result<()> {
        let items = items(out.len(), distribution.outputs());
        let mut block = Block::default();
        block.pointer(self.states.pointer());
        block.i32(STREAMS as i32);
        block.u64(self.cursor);
        block.pointer(out.pointer());
        block.u64(out.len() as u64);
        moments.push(&mut block);
        // One thread a generator: more would use one's state twice.
        let blocks = items.min(STREAMS as u64).div_ceil(u64::from(THREADS));
        launch(
            call,
            &self.states,
            out,
            E::FAMILY.0,
            E::KERNELS[distribution as usize],
            blocks as u32,
            &block,
        )?;
        self.cursor = (self.cursor + items) % STREAMS as u64;
        Ok(())
    }
}

impl<E> fmt::Debug for KeptGenerator<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptGenerator")
            .field("engine", &std::any::type_name::<E>())
            .field("next", &self.cursor)
            .finish_non_exhaustive()
    }
}

/// How many items it takes for `count` numbers.
pub(crate) fn items(count: usize, each: usize) -> u64 {
    count.div_ceil(each) as u64
}

/// Queues a kernel in the generator's stream, in order with the array's.
pub(crate) fn launch(
    call: &'static str,
    generator: &Untyped,
    out: &Untyped,
    family: Family,
    kernel: &'static str,
    blocks: u32,
    block: &Block,
) -> Result<()> {
    if out.len() == 0 {
        return Ok(());
    }
    let kernel = Library::kernel(generator.context(), family, Dtype::Bool, kernel)?;
    generator.in_order(call, [out].into_iter(), |stream| {
        kernel.launch(stream, blocks, THREADS, block)
    })
}
