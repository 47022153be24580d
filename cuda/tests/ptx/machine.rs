//! Runs kernels from PTX.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cuda::emu::exec::{self, Checks, Fault, Heap, Launch, NoTextures, Stats};
use cuda::emu::memory::GlobalMemory;
use cuda::emu::program::{Image, Program};
use cuda::emu::ptx;
use parking_lot::Mutex;

/// A program in a memory.
pub(crate) struct Machine {
    pub(crate) memory: Arc<GlobalMemory>,
    pub(crate) heap: Heap,
    pub(crate) image: Image,
    pub(crate) printed: Mutex<String>,
    pub(crate) checks: Checks,
    pub(crate) shared_bytes: u32,
    /// One, so that no thread is started: a test that sets more runs guarded.
    pub(crate) workers: usize,
    pub(crate) cooperative: bool,
    pub(crate) cancel: AtomicBool,
}

impl Machine {
    pub(crate) fn new(text: &str) -> Machine {
        let tree = ptx::parse(text).unwrap();
        let program = Arc::new(Program::load(&tree).unwrap());
        let memory = Arc::new(GlobalMemory::new(1 << 30));
        let image = Image::place(program, memory.clone()).unwrap();
        Machine {
            memory,
            heap: Heap::new(1 << 20),
            image,
            printed: Mutex::new(String::new()),
            checks: Checks::ALL,
            shared_bytes: 0,
            workers: 1,
            cooperative: false,
            cancel: AtomicBool::new(false),
        }
    }

    /// Memory with these bytes.
    pub(crate) fn buffer(&self, bytes: &[u8]) -> u64 {
        let address = self.memory.alloc(bytes.len() as u64).unwrap();
        self.memory.write(address, bytes).unwrap();
        address
    }

    pub(crate) fn words(&self, words: &[u32]) -> u64 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.buffer(&bytes)
    }

    pub(crate) fn floats(&self, floats: &[f32]) -> u64 {
        let bits: Vec<u32> = floats.iter().map(|float| float.to_bits()).collect();
        self.words(&bits)
    }

    pub(crate) fn read_words(&self, address: u64, count: usize) -> Vec<u32> {
        let mut bytes = vec![0; count * 4];
        self.memory.read(address, &mut bytes).unwrap();
        bytes
            .as_chunks()
            .0
            .iter()
            .map(|word| u32::from_le_bytes(*word))
            .collect()
    }

    pub(crate) fn read_longs(&self, address: u64, count: usize) -> Vec<u64> {
        let mut bytes = vec![0; count * 8];
        self.memory.read(address, &mut bytes).unwrap();
        bytes
            .as_chunks()
            .0
            .iter()
            .map(|word| u64::from_le_bytes(*word))
            .collect()
    }

    pub(crate) fn read_floats(&self, address: u64, count: usize) -> Vec<f32> {
        self.read_words(address, count)
            .into_iter()
            .map(f32::from_bits)
            .collect()
    }

    /// Runs an entry whose parameters all have eight bytes.
    #[expect(clippy::result_large_err, reason = "as of `exec::launch`")]
    pub(crate) fn try_run(
        &self,
        entry: &str,
        grid: impl Into<Size>,
        block: impl Into<Size>,
        params: &[u64],
    ) -> Result<Stats, Fault> {
        let params: Vec<u8> = params
            .iter()
            .flat_map(|param| param.to_le_bytes())
            .collect();
        self.try_run_bytes(entry, grid.into(), block.into(), &params)
    }

    pub(crate) fn run(
        &self,
        entry: &str,
        grid: impl Into<Size>,
        block: impl Into<Size>,
        params: &[u64],
    ) -> Stats {
        match self.try_run(entry, grid, block, params) {
            Ok(stats) => stats,
            Err(fault) => panic!("{fault}"),
        }
    }

    #[expect(clippy::result_large_err, reason = "as of `exec::launch`")]
    pub(crate) fn try_run_bytes(
        &self,
        entry: &str,
        grid: Size,
        block: Size,
        params: &[u8],
    ) -> Result<Stats, Fault> {
        exec::launch(&Launch {
            image: &self.image,
            entry,
            grid: grid.0,
            block: block.0,
            shared_bytes: self.shared_bytes,
            params,
            memory: &self.memory,
            heap: &self.heap,
            textures: &NoTextures,
            printf: &self.printed,
            workers: self.workers,
            checks: self.checks,
            cancel: &self.cancel,
            cooperative: self.cooperative,
        })
    }
}

/// Blocks or threads.
#[derive(Clone, Copy)]
pub(crate) struct Size(pub(crate) [u32; 3]);

impl From<u32> for Size {
    fn from(x: u32) -> Size {
        Size([x, 1, 1])
    }
}

impl From<(u32, u32)> for Size {
    fn from((x, y): (u32, u32)) -> Size {
        Size([x, y, 1])
    }
}
