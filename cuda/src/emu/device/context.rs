//! Contexts: what belongs together on a device, and fails together.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Mutex, RwLock};

use super::allocations::Allocations;
use super::emulator::{Device, Emulator};
use super::event::Event;
use super::failure::Failure;
use super::graph::{Graph, GraphExec};
use super::graphics::SharedBuffer;
use super::module::{Function, Module};
use super::specs::{THREADS_PER_MULTIPROCESSOR, cores};
use super::stream::Stream;
use super::table::Table;
use super::work::Work;
use crate::backend::{CachePreference, Limit, StreamHandle};
use crate::emu::exec::Heap;
use crate::emu::memory::GlobalMemory;
use crate::emu::texture::{Image, TextureObjects};
use crate::error::{Code, Error, Result};

#[derive(Debug)]
pub(super) struct Context {
    pub(super) emulator: &'static Emulator,
    pub(super) device: u32,
    default_stream: Arc<Stream>,
    pub(super) streams: Table<Stream>,
    pub(super) events: Table<Event>,
    pub(super) modules: Table<Module>,
    pub(super) functions: Table<Function>,
    pub(super) arrays: Table<Image>,
    /// Replaced as a whole at each change, so that a launch takes what there is without a copy.
    pub(super) objects: RwLock<Arc<TextureObjects>>,
    pub(super) graphs: Table<Graph>,
    pub(super) graph_execs: Table<GraphExec>,
    pub(super) allocations: Allocations,
    /// Buffers of OpenGL's.
    pub(super) shared: Table<SharedBuffer>,
    /// Handles of the contexts whose memory kernels reach.
    pub(super) peers: Mutex<Vec<u64>>,
    settings: Mutex<Settings>,
    failure: Mutex<Option<Failure>>,
    failed: AtomicBool,
    /// What kernels allocate.
    pub(super) heap: Heap,
    /// Destroyed streams, which others wait for as before, and their threads, which end when their work is done.
    ending: Mutex<Vec<(Arc<Stream>, JoinHandle<()>)>>,
}

/// What was asked for and is kept for who asks again. The emulated device has no caches to prefer.
#[derive(Debug, Default)]
struct Settings {
    limits: HashMap<Limit, usize>,
    cache: CachePreference,
}

impl Context {
    pub(super) fn new(emulator: &'static Emulator, device: u32) -> Context {
        Context {
            emulator,
            device,
            default_stream: Arc::new(Stream::new(false, 0)),
            streams: Table::new("stream"),
            events: Table::new("event"),
            modules: Table::new("module"),
            functions: Table::new("function"),
            arrays: Table::new("array"),
            objects: RwLock::default(),
            graphs: Table::new("graph"),
            graph_execs: Table::new("executable graph"),
            allocations: Allocations::default(),
            shared: Table::new("graphics resource"),
            peers: Mutex::default(),
            settings: Mutex::default(),
            failure: Mutex::new(None),
            failed: AtomicBool::new(false),
            heap: Heap::new(DEFAULT_HEAP),
            ending: Mutex::default(),
        }
    }

    pub(super) fn device(&self) -> &'static Device {
        &self.emulator.devices[self.device as usize]
    }

    /// The memory that its kernels see.
    pub(super) fn memory(&self) -> &'static Arc<GlobalMemory> {
        &self.device().memory
    }

    pub(super) fn default_stream(&self) -> &Arc<Stream> {
        &self.default_stream
    }

    pub(super) fn stream(&self, handle: StreamHandle, call: &'static str) -> Result<Arc<Stream>> {
        match handle {
            StreamHandle::NULL => Ok(Arc::clone(&self.default_stream)),
            StreamHandle(handle) => self.streams.get(handle, call),
        }
    }

    /// Gives work to a stream, or to the graph that the stream is being captured into.
    pub(super) fn submit(
        self: &Arc<Context>,
        stream: &Stream,
        work: Work,
        call: &'static str,
    ) -> Result<()> {
        self.refuse_implicit_capture(stream, call)?;
        if stream.is_capturing() {
            return stream.capture(work, call);
        }
        let context = Arc::clone(self);
        let task = Box::new(move || context.attempt(|| work.run(&context)));
        self.enqueue(stream, Vec::new(), task, call).map(drop)
    }

    /// Does something in the default stream and returns when it is done.
    pub(super) fn synchronously(
        &self,
        call: &'static str,
        work: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<()> {
        self.refuse_implicit_capture(&self.default_stream, call)?;
        let done = self.turn(|| match self.has_failed() {
            true => Ok(()),
            false => work(),
        });
        self.report_failure(call)?;
        done.map_err(|failure| failure.in_call(call))
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Keeps the first failure.
    pub(super) fn fail(&self, failure: Failure) {
        self.failure.lock().get_or_insert(failure);
        self.failed.store(true, Ordering::Release);
    }

    /// The failure that was kept, as an error of this call. The context can be used again after it.
    pub(super) fn report_failure(&self, call: &'static str) -> Result<()> {
        if !self.has_failed() {
            return Ok(());
        }
        let mut kept = self.failure.lock();
        self.failed.store(false, Ordering::Release);
        match kept.take() {
            Some(failure) => Err(failure.in_call(call)),
            None => Ok(()),
        }
    }

    pub(super) fn limit(&self, limit: Limit) -> Result<usize> {
        let default = default_limit(limit).ok_or_else(|| no_limit("cuCtxGetLimit"))?;
        let set = self.settings.lock().limits.get(&limit).copied();
        Ok(set.unwrap_or(default))
    }

    pub(super) fn set_limit(&self, limit: Limit, value: usize) -> Result<()> {
        let call = "cuCtxSetLimit";
        default_limit(limit).ok_or_else(|| no_limit(call))?;
        self.check_limit(limit, value as u64, call)?;
        if limit == Limit::MallocHeapSize {
            self.heap.set_limit(value as u64);
        }
        self.settings.lock().limits.insert(limit, value);
        Ok(())
    }

    /// Refuses what could never be had. The stacks of all threads that run at once lie in the device's memory, as do the buffer
    /// of `printf` and the heap; here, too, they may not be larger than it is, though they take no more of it than is used.
    fn check_limit(&self, limit: Limit, value: u64, call: &'static str) -> Result<()> {
        if limit == Limit::StackSize && value > MAX_STACK {
            return Err(Error::new(Code::InvalidValue, call).because(format_args!(
                "a stack of {value} bytes; {MAX_STACK} are the limit of a thread"
            )));
        }
        let each = match limit {
            Limit::StackSize => cores() as u64 * u64::from(THREADS_PER_MULTIPROCESSOR),
            _ => 1,
        };
        let (_, most) = self.device().memory_info();
        if value.saturating_mul(each) <= most as u64 {
            return Ok(());
        }
        Err(Error::new(Code::OutOfMemory, call).because(format_args!(
            "{value} bytes for each of {each}; the device has {most} bytes of memory"
        )))
    }

    pub(super) fn cache_preference(&self) -> CachePreference {
        self.settings.lock().cache
    }

    pub(super) fn set_cache_preference(&self, preference: CachePreference) {
        self.settings.lock().cache = preference;
    }

    /// Lets a stream go. Its thread ends when its work is done, and is joined with the context.
    pub(super) fn destroy_stream(&self, handle: StreamHandle) -> Result<()> {
        let mut ending = self.ending.lock();
        let stream = self.streams.remove(handle.0, "cuStreamDestroy")?;
        ending.retain(|(_, thread)| !thread.is_finished());
        let thread = stream.close();
        ending.extend(thread.map(|thread| (stream, thread)));
        Ok(())
    }

    /// All streams that may have work left, but for the default one.
    pub(super) fn streams_at_work(&self) -> Vec<Arc<Stream>> {
        // Under one lock with the end of streams, so that none is between the two.
        let ending = self.ending.lock();
        let mut streams = self.streams.all();
        streams.extend(ending.iter().map(|(stream, _)| Arc::clone(stream)));
        streams
    }

    /// Ends all streams when their work is done, and frees all that is left.
    pub(super) fn end(&self) {
        let ending = std::mem::take(&mut *self.ending.lock());
        let mut threads: Vec<_> = ending.into_iter().map(|(_, thread)| thread).collect();
        let streams = self.streams.take_all();
        threads.extend(streams.iter().filter_map(|stream| stream.close()));
        threads.extend(self.default_stream.close());
        for thread in threads {
            // Its body catches panics, and the work of others is no reason to panic here.
            let _ = thread.join();
        }
        self.free_all();
        self.heap.free_all(self.memory());
        self.free_arrays();
        self.unshare_all();
        drop(self.modules.take_all());
        drop(self.functions.take_all());
    }
}

const DEFAULT_HEAP: u64 = 8 << 20;
/// Bytes of local memory of a thread, in which its stack is.
const MAX_STACK: u64 = 512 << 10;

/// The sizes that a GPU starts with. Those that concern caches and kernels that launch kernels it has not.
fn default_limit(limit: Limit) -> Option<usize> {
    match limit {
        Limit::StackSize => Some(1024),
        Limit::PrintfFifoSize => Some(1 << 20),
        Limit::MallocHeapSize => Some(DEFAULT_HEAP as usize),
        Limit::DevRuntimePendingLaunchCount
        | Limit::MaxL2FetchGranularity
        | Limit::PersistingL2CacheSize => None,
    }
}

fn no_limit(call: &'static str) -> Error {
    Error::new(Code::UnsupportedLimit, call).because("the emulated device has nothing of the kind")
}
