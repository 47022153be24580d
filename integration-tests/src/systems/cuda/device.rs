//! A device with room for one block of text.

use bytemuck::{Pod, Zeroable};
use cuda::compiler::SourceModule;
use cuda::driver::{DeviceBuffer, Function, Launch, Stream, StreamFlags};
use cuda::{Context, Result};

use crate::job::{FoundWord, TextDevice};

/// The longest block of text.
const BLOCK: usize = 1024 * 1024;
/// In a block, every second byte may begin a word.
const WORDS: usize = BLOCK / 2 + 1;
const THREADS: u32 = 256;
/// How many blocks of threads share the counting.
const COUNTERS: usize = 64;

/// A word as the kernel writes it.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
struct Word {
    start: u32,
    length: u32,
    hash: u64,
}

/// What one thread needs to have blocks examined.
#[derive(Debug)]
pub(super) struct Device {
    stream: Stream,
    histogram: Function,
    find_words: Function,
    text: DeviceBuffer<u8>,
    /// How often each byte occurs, and then how many words there are.
    counts: DeviceBuffer<u32>,
    words: DeviceBuffer<Word>,
}

impl Device {
    pub(super) fn new(context: &Context, module: &SourceModule) -> Result<Device> {
        Ok(Device {
            stream: Stream::new(context, StreamFlags::NON_BLOCKING)?,
            histogram: module.get_function("histogram")?,
            find_words: module.get_function("find_words")?,
            text: DeviceBuffer::uninit(context, BLOCK)?,
            counts: DeviceBuffer::uninit(context, 256 + 1)?,
            words: DeviceBuffer::uninit(context, WORDS)?,
        })
    }

    fn launch(&self, length: usize) -> Result<()> {
        let text = self.text.slice(..length)?;
        let (counts, found) = (self.counts.slice(..256)?, self.counts.slice(256..)?);
        let threads = Launch::for_items(length, THREADS).stream(&self.stream);
        let few = Launch::for_items(length.min(COUNTERS * THREADS as usize), THREADS);
        let few = few.stream(&self.stream);
        self.histogram.call((&text, length as u32, &counts), few)?;
        let arguments = (&text, length as u32, &found, &self.words);
        self.find_words.call(arguments, threads)
    }
}

impl TextDevice for Device {
    type Error = cuda::Error;

    fn examine(&mut self, block: &[u8], found: &mut Vec<FoundWord>) -> Result<u64> {
        let mut counts = [0; 257];
        self.stream.scope(|scope| {
            scope.copy_to_device(self.text.slice(..block.len())?, block)?;
            self.counts.as_slice().fill_async(0, &self.stream)?;
            self.launch(block.len())?;
            scope.copy_to_host(&mut counts, self.counts.as_slice())
        })?;
        let count = counts[256] as usize;
        let mut words = vec![Word::default(); count];
        let written = self.words.slice(..count)?;
        self.stream
            .scope(|scope| scope.copy_to_host(&mut words, written))?;
        found.extend(words.iter().map(|word| FoundWord {
            start: word.start,
            length: word.length,
            hash: word.hash,
        }));
        Ok(u64::from(counts[usize::from(b'\n')]))
    }
}
