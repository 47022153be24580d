//! The calls of [`Backend`], each handed to what does it.
//!
//! Every call begins by finding its context, which refuses it in a forked child and from a host callback.

mod contexts;
mod copies;
mod devices;
mod graphics;
mod graphs;
mod memory;
mod modules;
mod processes;
mod streams;
mod textures;

use std::sync::Arc;

use super::context::Context;
use super::emulator::{Emulator, call_back};
use super::event::Event;
use super::graph::Graph;
use super::stream::Stream;
use super::transfer::{Rows, Transfer};
use super::work::Work;
use super::{ipc, module, specs};
use crate::backend::{
    ArrayDescriptor, ArrayHandle, Backend, BackendKind, CachePreference, CaptureStatus,
    ContextHandle, Copy, DeviceAttribute, DevicePtr, EventHandle, Fill, FunctionAttribute,
    FunctionHandle, GraphExecHandle, GraphHandle, GraphNodeHandle, GraphicsHandle, HostBlock,
    HostCallback, HostFlags, HostSource, HostTarget, Image, IpcBytes, JitLog, JitOptions,
    LaunchDescriptor, Limit, LinkInput, Loaded, MemoryAdvice, ModuleHandle, Parameter,
    PeerAttribute, PoolAttribute, PoolHandle, RegisterFlags, StreamHandle, SurfaceHandle,
    TextureHandle, TextureRequest,
};
use crate::error::{Code, Error, Result};

impl Emulator {
    /// An event of this context or of another: streams may wait for other devices.
    fn event(
        &self,
        context: &Context,
        event: EventHandle,
        call: &'static str,
    ) -> Result<Arc<Event>> {
        if let Some(event) = context.events.find(event.0) {
            return Ok(event);
        }
        let contexts = self.contexts();
        let elsewhere = contexts
            .iter()
            .find_map(|context| context.events.find(event.0));
        elsewhere.map_or_else(|| context.events.get(event.0, call), Ok)
    }
}

impl Context {
    fn submit_callback(
        self: &Arc<Context>,
        stream: &Stream,
        callback: HostCallback,
        call: &'static str,
    ) -> Result<()> {
        let context = Arc::clone(self);
        let run = move || {
            context.attempt(|| {
                call_back(callback);
                Ok(())
            });
        };
        self.enqueue_call(stream, Box::new(run), call).map(drop)
    }

    /// Refuses to wait for everything while a stream is being captured.
    fn refuse_any_capture(&self, call: &'static str) -> Result<()> {
        let streams = self.streams.all();
        streams
            .iter()
            .try_for_each(|stream| stream.refuse_capture(call))
    }
}

impl Backend for Emulator {}
