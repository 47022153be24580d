//! Launching kernels.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::context::Context;
use super::failure::Failure;
use super::module::Function;
use super::specs::{MAX_BLOCK, MAX_GRID, cores};
use crate::backend::{Dim3, LaunchDescriptor};
use crate::emu::exec::{self, Launch};
use crate::emu::texture::TextureObjects;
use crate::error::{Code, Error, Result};

/// A kernel with all that it needs to run.
#[derive(Debug)]
pub(super) struct Grid {
    function: Arc<Function>,
    grid: [u32; 3],
    block: [u32; 3],
    shared_bytes: u32,
    parameters: Box<[u8]>,
    objects: Arc<TextureObjects>,
    cooperative: bool,
}

impl Grid {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        match context.emulator.settings().time_limit {
            None => self.run_until(context, &AtomicBool::new(false)),
            Some(limit) => self.run_within(context, limit),
        }
    }

    /// Runs with a second thread that ends the kernel when its time is over.
    fn run_within(&self, context: &Context, limit: Duration) -> Result<(), Failure> {
        let cancel = &AtomicBool::new(false);
        thread::scope(|scope| {
            let (done, over) = mpsc::channel::<()>();
            let watch = move || {
                if over.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                    cancel.store(true, Ordering::Relaxed);
                }
            };
            let watcher = thread::Builder::new().name("cuda-time-limit".to_owned());
            let started = watcher.spawn_scoped(scope, watch);
            started.map_err(|error| Failure::new(Code::OperatingSystem, error.to_string()))?;
            let ran = self.run_until(context, cancel);
            drop(done);
            ran
        })
    }

    fn run_until(&self, context: &Context, cancel: &AtomicBool) -> Result<(), Failure> {
        let settings = context.emulator.settings();
        let launch = Launch {
            image: &self.function.module.image,
            entry: &self.function.kernel.name,
            grid: self.grid,
            block: self.block,
            shared_bytes: self.shared_bytes,
            params: &self.parameters,
            memory: context.memory(),
            heap: &context.heap,
            textures: &*self.objects,
            printf: &context.emulator.printers,
            workers: settings.workers,
            checks: settings.checks,
            cancel,
            cooperative: self.cooperative,
        };
        exec::launch(&launch)?;
        Ok(())
    }
}

impl Context {
    /// Checks a launch and takes what it needs, so that it can be done later.
    pub(super) fn prepare(
        &self,
        launch: &LaunchDescriptor<'_>,
        call: &'static str,
    ) -> Result<Grid> {
        let function = self.functions.get(launch.function.0, call)?;
        let checked = check(&function, launch, call);
        checked.map_err(|error| error.in_kernel(&function.kernel.name))?;
        Ok(Grid {
            grid: sizes(launch.grid),
            block: sizes(launch.block),
            shared_bytes: launch.shared_bytes,
            parameters: launch.parameters.into(),
            objects: Arc::clone(&self.objects.read()),
            cooperative: launch.cooperative,
            function,
        })
    }
}

fn sizes(dim: Dim3) -> [u32; 3] {
    [dim.x, dim.y, dim.z]
}

fn check(function: &Function, launch: &LaunchDescriptor<'_>, call: &'static str) -> Result<()> {
    let invalid = |why: String| Err(Error::new(Code::InvalidValue, call).because(why));
    let (grid, block) = (sizes(launch.grid), sizes(launch.block));
    let kernel = &function.kernel;
    if !fits(grid, MAX_GRID) {
        return invalid(format!(
            "a grid of {grid:?} blocks; from 1 to {MAX_GRID:?} are possible"
        ));
    }
    let most = function.max_threads();
    if !fits(block, MAX_BLOCK) || launch.block.count() > u64::from(most) {
        return invalid(format!(
            "a block of {block:?} threads; from 1 to {MAX_BLOCK:?} are possible, and {most} in all"
        ));
    }
    if let Some(required) = kernel
        .required_threads
        .filter(|required| *required != block)
    {
        return invalid(format!(
            "a block of {block:?} threads; the kernel requires {required:?}"
        ));
    }
    let (wanted, limit) = (launch.shared_bytes, function.dynamic_shared_limit());
    if wanted > limit {
        return Err(Error::new(Code::InvalidValue, call)
            .because(format_args!(
                "{wanted} bytes of dynamic shared memory; {limit} are allowed"
            ))
            .advise("raise the function's MaxDynamicSharedSizeBytes"));
    }
    let (given, size) = (launch.parameters.len(), kernel.params_size);
    if given != size {
        return invalid(format!(
            "{given} bytes of arguments; the kernel takes {size}"
        ));
    }
    check_cooperative(function, launch, call)
}

/// The blocks of a cooperative launch wait for each other, so all of them must have room.
fn check_cooperative(
    function: &Function,
    launch: &LaunchDescriptor<'_>,
    call: &'static str,
) -> Result<()> {
    if !launch.cooperative {
        return Ok(());
    }
    let threads = launch.block.count() as u32;
    let each = function.blocks_at_once(threads, launch.shared_bytes as usize);
    let most = u64::from(each) * cores() as u64;
    if launch.grid.count() <= most {
        return Ok(());
    }
    Err(
        Error::new(Code::CooperativeLaunchTooLarge, call).because(format_args!(
            "{} blocks must run at once, and {most} can",
            launch.grid.count()
        )),
    )
}

fn fits(sizes: [u32; 3], limits: [u32; 3]) -> bool {
    sizes
        .iter()
        .zip(limits)
        .all(|(size, limit)| (1..=limit).contains(size))
}
