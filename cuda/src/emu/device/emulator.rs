//! The devices of this process, and who may use them.

use std::cell::Cell;
use std::process;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use super::context::Context;
use super::pool::Pool;
use super::printf::{Printer, Printers};
use super::specs::{self, DEVICES};
use super::table::Table;
use crate::backend::{ContextHandle, PoolHandle};
use crate::emu::exec::Checks;
use crate::emu::memory::GlobalMemory;
use crate::error::{Code, Error, Result};

/// All emulated devices of a process.
///
/// A forked child has a copy of its parent's, without the threads that do its streams' work; calls on that copy are
/// errors, and the child gets devices of its own.
#[derive(Debug)]
pub(crate) struct Emulator {
    process: u32,
    pub(super) devices: Vec<Device>,
    /// Page-locked, registered and managed memory, which kernels of all devices reach.
    pub(super) host: Arc<GlobalMemory>,
    contexts: Table<Context>,
    pools: Table<Pool>,
    pub(super) printers: Printers,
    settings: RwLock<Settings>,
    /// The devices of a child that was forked from the process of these.
    of_child: OnceLock<Box<Emulator>>,
}

#[derive(Debug)]
pub(super) struct Device {
    pub(super) memory: Arc<GlobalMemory>,
    /// Of arrays, which lie elsewhere and count for the same limit.
    pub(super) array_bytes: AtomicU64,
    primary: Mutex<Option<Primary>>,
    pub(super) default_pool: PoolHandle,
    /// For each device, how many contexts let kernels reach its memory.
    peers: Mutex<[usize; DEVICES as usize]>,
}

#[derive(Debug)]
struct Primary {
    context: ContextHandle,
    users: usize,
}

/// How kernels are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Threads that run the blocks of a kernel.
    pub(crate) workers: usize,
    /// Errors that are looked for.
    pub(crate) checks: Checks,
    /// How long a kernel may run.
    pub(crate) time_limit: Option<Duration>,
}

thread_local! {
    /// Whether a host callback of a stream runs on this thread.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

/// Runs a host callback. Calls of this crate from inside are refused: they could wait for the stream that runs it.
pub(super) fn call_back(callback: impl FnOnce()) {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            IN_CALLBACK.set(false);
        }
    }
    IN_CALLBACK.set(true);
    let _leave = Leave;
    callback();
}

impl Emulator {
    /// The devices of this process.
    pub(crate) fn current() -> &'static Emulator {
        static FIRST: OnceLock<Box<Emulator>> = OnceLock::new();
        let mut emulator = FIRST.get_or_init(Emulator::new);
        while emulator.process != process::id() {
            emulator = emulator.of_child.get_or_init(Emulator::new);
        }
        emulator
    }

    /// Itself, as what lives as long as the process, which contexts need.
    pub(super) fn lasting(&self, call: &'static str) -> Result<&'static Emulator> {
        self.check_caller(call)?;
        Ok(Emulator::current())
    }

    fn new() -> Box<Emulator> {
        let host = Arc::new(GlobalMemory::new(0));
        let pools = Table::new("memory pool");
        let device = |ordinal| {
            let memory = Arc::new(GlobalMemory::new(memory_of_a_device()));
            memory.enable_peer(&host);
            Device {
                memory,
                array_bytes: AtomicU64::new(0),
                primary: Mutex::new(None),
                default_pool: PoolHandle(pools.insert(Pool::new(ordinal, 0))),
                peers: Mutex::default(),
            }
        };
        let devices = (0..DEVICES).map(device).collect();
        Box::new(Emulator {
            process: process::id(),
            devices,
            host,
            contexts: Table::new("context"),
            pools,
            printers: Printers::default(),
            settings: RwLock::new(Settings {
                workers: specs::cores(),
                checks: Checks::default(),
                time_limit: None,
            }),
            of_child: OnceLock::new(),
        })
    }

    /// Has kernels print there; `None` is standard output.
    pub(crate) fn set_printer(&self, printer: Option<Printer>) {
        self.printers.set(printer);
    }

    /// Changes how kernels are run from their next launch on.
    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.write());
    }

    pub(super) fn settings(&self) -> Settings {
        *self.settings.read()
    }

    /// Refuses a call in a forked child, or from a callback.
    pub(super) fn check_caller(&self, call: &'static str) -> Result<()> {
        if self.process != process::id() {
            return Err(Error::new(Code::NotInitialized, call)
                .because("it belongs to the process that this one was forked from")
                .advise("make contexts, streams and buffers in the process that uses them"));
        }
        if IN_CALLBACK.get() {
            return Err(Error::new(Code::NotPermitted, call)
                .because("a host callback of a stream must not call the driver"));
        }
        Ok(())
    }

    pub(super) fn device(&self, device: u32, call: &'static str) -> Result<&Device> {
        self.check_caller(call)?;
        self.devices.get(device as usize).ok_or_else(|| {
            Error::new(Code::InvalidDevice, call).because(format_args!(
                "there are {DEVICES} emulated devices, from 0 on"
            ))
        })
    }

    pub(super) fn context(
        &self,
        handle: ContextHandle,
        call: &'static str,
    ) -> Result<Arc<Context>> {
        self.check_caller(call)?;
        let found = self.contexts.find(handle.0);
        found.ok_or_else(|| Error::new(Code::ContextIsDestroyed, call))
    }

    pub(super) fn contexts(&self) -> Vec<Arc<Context>> {
        self.contexts.all()
    }

    pub(super) fn pool(&self, pool: PoolHandle, call: &'static str) -> Result<Arc<Pool>> {
        self.check_caller(call)?;
        self.pools.get(pool.0, call)
    }

    pub(super) fn create_pool(&self, device: u32, maximum: usize) -> Result<PoolHandle> {
        self.device(device, "cuMemPoolCreate")?;
        Ok(PoolHandle(self.pools.insert(Pool::new(device, maximum))))
    }

    /// What was taken from the pool keeps it alive.
    pub(super) fn destroy_pool(&self, pool: PoolHandle) -> Result<()> {
        let call = "cuMemPoolDestroy";
        self.check_caller(call)?;
        if self
            .devices
            .iter()
            .any(|device| device.default_pool == pool)
        {
            return Err(Error::new(Code::InvalidValue, call)
                .because("a device's default pool cannot be destroyed"));
        }
        self.pools.remove(pool.0, call).map(drop)
    }

    pub(super) fn create_context(
        &'static self,
        device: u32,
        call: &'static str,
    ) -> Result<ContextHandle> {
        self.device(device, call)?;
        Ok(ContextHandle(
            self.contexts.insert(Context::new(self, device)),
        ))
    }

    pub(super) fn destroy_context(&self, handle: ContextHandle) -> Result<()> {
        let context = self.context(handle, "cuCtxDestroy")?;
        for peer in std::mem::take(&mut *context.peers.lock()) {
            self.disconnect(&context, ContextHandle(peer));
        }
        context.end();
        self.contexts.remove(handle.0, "cuCtxDestroy").map(drop)
    }

    pub(super) fn retain_primary(&'static self, device: u32) -> Result<ContextHandle> {
        let call = "cuDevicePrimaryCtxRetain";
        let mut primary = self.device(device, call)?.primary.lock();
        if let Some(primary) = &mut *primary {
            primary.users += 1;
            return Ok(primary.context);
        }
        let context = self.create_context(device, call)?;
        *primary = Some(Primary { context, users: 1 });
        Ok(context)
    }

    pub(super) fn release_primary(&self, device: u32) -> Result<()> {
        let call = "cuDevicePrimaryCtxRelease";
        let mut primary = self.device(device, call)?.primary.lock();
        let Some(Primary { context, users }) = &mut *primary else {
            return Err(Error::new(Code::InvalidContext, call).because("nobody retains it"));
        };
        *users -= 1;
        let context = *context;
        if *users == 0 {
            *primary = None;
            drop(primary);
            self.destroy_context(context)?;
        }
        Ok(())
    }

    /// Lets kernels of one device reach the memory of another.
    pub(super) fn connect(&self, context: &Context, peer: ContextHandle) -> Result<()> {
        let call = "cuCtxEnablePeerAccess";
        let other = self.context(peer, call)?;
        if other.device == context.device {
            return Err(Error::new(Code::PeerAccessUnsupported, call)
                .because("both contexts are of one device"));
        }
        let mut known = context.peers.lock();
        if known.contains(&peer.0) {
            return Err(Error::new(Code::PeerAccessAlreadyEnabled, call));
        }
        known.push(peer.0);
        let device = context.device();
        device.peers.lock()[other.device as usize] += 1;
        device.memory.enable_peer(other.memory());
        Ok(())
    }

    pub(super) fn cut(&self, context: &Context, peer: ContextHandle) -> Result<()> {
        let mut known = context.peers.lock();
        let place = known.iter().position(|known| *known == peer.0);
        let place = place
            .ok_or_else(|| Error::new(Code::PeerAccessNotEnabled, "cuCtxDisablePeerAccess"))?;
        known.swap_remove(place);
        self.disconnect(context, peer);
        Ok(())
    }

    /// The last context of a device that lets go of another's memory puts it out of reach.
    fn disconnect(&self, context: &Context, peer: ContextHandle) {
        // With two devices the peer is the other one, even if its context is gone.
        let other = self.contexts.find(peer.0);
        let other = other.map_or(DEVICES - 1 - context.device, |other| other.device);
        let mut counts = context.device().peers.lock();
        let count = &mut counts[other as usize];
        *count = count.saturating_sub(1);
        if *count == 0 {
            context
                .memory()
                .disable_peer(&self.devices[other as usize].memory);
        }
    }
}

/// A quarter of the host's memory: two devices leave half of it.
fn memory_of_a_device() -> u64 {
    let host = rustix::system::sysinfo();
    let total = u64::from(host.mem_unit) * host.totalram as u64;
    (total / 4).max(64 << 20)
}
