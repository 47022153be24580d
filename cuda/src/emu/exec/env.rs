//! What all blocks of a launch have in common.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::fault::{Fault, FaultKind, SourceLine};
use super::trouble::Trouble;
use super::{Launch, SHARED_LIMIT};
use crate::emu::program::{Function, Kernel, Program};

/// Blocks of a cooperative launch at most: all of them exist at once.
const MAX_COOPERATIVE: u64 = 1024;
/// Blocks of a grid at most, as on NVIDIA hardware.
const MAX_GRID_X: u32 = i32::MAX as u32;
const MAX_GRID_YZ: u32 = 65_535;
/// Threads of a block at most.
const MAX_THREADS: u32 = 1024;

pub(super) struct Env<'a> {
    pub(super) launch: &'a Launch<'a>,
    pub(super) program: &'a Program,
    pub(super) kernel: &'a Kernel,
    /// Where dynamic shared memory begins.
    pub(super) dynamic_base: u32,
    pub(super) shared_len: usize,
    /// The address of what the grid barrier of cooperative launches counts in.
    pub(super) grid_barrier: u64,
    /// A worker has found a fault: the others may stop.
    pub(super) has_failed: AtomicBool,
    start: Instant,
}

impl<'a> Env<'a> {
    #[expect(clippy::result_large_err, reason = "as of `launch`")]
    pub(super) fn new(launch: &'a Launch<'a>, grid_barrier: u64) -> Result<Env<'a>, Fault> {
        let program: &Program = launch.image.program();
        let invalid = |detail: String| Fault {
            kind: FaultKind::InvalidLaunch,
            detail,
            kernel: launch.entry.to_owned(),
            function: None,
            block: [0; 3],
            thread: [0; 3],
            address: None,
            allocation: None,
            ptx_line: 0,
            source: None,
        };
        let kernel = program.kernel(launch.entry);
        let kernel = kernel.ok_or_else(|| invalid("there is no such kernel".to_owned()))?;
        check(launch, kernel).map_err(invalid)?;
        let dynamic_base = kernel.static_shared.next_multiple_of(16);
        let shared_len = match launch.shared_bytes {
            0 => kernel.static_shared,
            bytes => dynamic_base + bytes as usize,
        };
        if shared_len > SHARED_LIMIT {
            let detail =
                format!("{shared_len} bytes of shared memory, {SHARED_LIMIT} are the limit");
            return Err(invalid(detail));
        }
        Ok(Env {
            launch,
            program,
            kernel,
            dynamic_base: dynamic_base as u32,
            shared_len,
            grid_barrier,
            has_failed: AtomicBool::new(false),
            start: Instant::now(),
        })
    }

    pub(super) fn function(&self, index: u32) -> &'a Function {
        &self.program.functions()[index as usize]
    }

    pub(super) fn nanoseconds(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    pub(super) fn time_of_day(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(0, |now| now.as_nanos() as u64)
    }

    /// Threads of a block.
    pub(super) fn threads(&self) -> usize {
        let [x, y, z] = self.launch.block;
        (x * y * z) as usize
    }

    /// Blocks of the grid.
    pub(super) fn blocks(&self) -> u64 {
        self.launch
            .grid
            .iter()
            .map(|blocks| u64::from(*blocks))
            .product()
    }

    /// The index of a thread, from its number in the block.
    pub(super) fn thread_index(&self, thread: usize) -> [u32; 3] {
        let [x, y, _] = self.launch.block;
        let thread = thread as u32;
        [thread % x, thread / x % y, thread / x / y]
    }

    /// The index of a block, from its number in the grid.
    pub(super) fn block_index(&self, block: u64) -> [u32; 3] {
        let [x, y, _] = self.launch.grid.map(u64::from);
        [block % x, block / x % y, block / x / y].map(|index| index as u32)
    }

    /// Whether the launch is to end early.
    pub(super) fn must_stop(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed) || self.launch.cancel.load(Ordering::Relaxed)
    }

    /// An error with all that is known about it. `first` is the number of the warp's first thread.
    pub(super) fn fault(
        &self,
        trouble: Trouble,
        block: [u32; 3],
        first: usize,
        function: u32,
        pc: u32,
    ) -> Box<Fault> {
        let place = self.function(function);
        let origin = place.origins.get(pc as usize).copied().unwrap_or_default();
        let file = self.program.file(origin.source.0);
        Box::new(Fault {
            kind: trouble.kind,
            detail: trouble.detail,
            kernel: self.kernel.name.clone(),
            function: (function != self.kernel.function()).then(|| place.name.clone()),
            block,
            thread: self.thread_index(first + trouble.lane),
            address: trouble.address,
            allocation: trouble.allocation,
            ptx_line: origin.line,
            source: file.map(|file| SourceLine {
                file: file.to_owned(),
                line: origin.source.1,
            }),
        })
    }
}

/// Whether a launch fits its kernel.
fn check(launch: &Launch<'_>, kernel: &Kernel) -> Result<(), String> {
    let [x, y, z] = launch.block;
    let threads = x.checked_mul(y).and_then(|threads| threads.checked_mul(z));
    match threads {
        Some(1..=MAX_THREADS) => {}
        _ => {
            return Err(format!(
                "blocks of {x}x{y}x{z} threads; 1 to {MAX_THREADS} are allowed"
            ));
        }
    }
    let [x, y, z] = launch.grid;
    if launch.grid.contains(&0) || x > MAX_GRID_X || y > MAX_GRID_YZ || z > MAX_GRID_YZ {
        return Err(format!(
            "a grid of {x}x{y}x{z} blocks; 1 to {MAX_GRID_X}x{MAX_GRID_YZ}x{MAX_GRID_YZ} are allowed"
        ));
    }
    let blocks: u64 = launch
        .grid
        .iter()
        .map(|blocks| u64::from(*blocks))
        .product();
    if launch.cooperative && blocks > MAX_COOPERATIVE {
        return Err(format!(
            "a cooperative grid of {blocks} blocks; {MAX_COOPERATIVE} are allowed"
        ));
    }
    if let Some([x, y, z]) = kernel.max_threads
        && threads.unwrap_or(0) > x.saturating_mul(y).saturating_mul(z)
    {
        return Err(format!(
            "blocks of {:?} threads; the kernel was made for {x}x{y}x{z} at most",
            launch.block
        ));
    }
    if kernel
        .required_threads
        .is_some_and(|required| required != launch.block)
    {
        return Err(format!(
            "blocks of {:?} threads; the kernel requires {:?}",
            launch.block, kernel.required_threads
        ));
    }
    if launch.params.len() < kernel.params_size {
        return Err(format!(
            "{} bytes of parameters; the kernel takes {}",
            launch.params.len(),
            kernel.params_size
        ));
    }
    Ok(())
}
