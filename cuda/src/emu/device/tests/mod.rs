//! The emulated devices through the trait, as the public objects use them.

mod captures;
mod devices;
mod events;
mod kernels;
mod memory;
mod streams;
mod sys;
mod transfers;

use std::ptr::NonNull;
use std::sync::mpsc;
use std::time::Duration;

use manyways_testkit::Watchdog;

use super::Emulator;
use crate::backend::calls::*;
use crate::backend::{ContextHandle, DevicePtr, HostBlock, StreamHandle};

/// A context of its own, which is destroyed at the end.
struct Bench {
    emulator: &'static Emulator,
    context: ContextHandle,
    _watchdog: Watchdog,
}

impl Bench {
    fn new() -> Bench {
        Bench::on(0)
    }

    fn on(device: u32) -> Bench {
        let emulator = Emulator::current();
        Bench {
            emulator,
            context: emulator.context_create(device, 0).unwrap(),
            _watchdog: Watchdog::arm(Duration::from_secs(60)),
        }
    }

    fn stream(&self, non_blocking: bool) -> StreamHandle {
        self.emulator
            .stream_create(self.context, non_blocking, 0)
            .unwrap()
    }

    fn upload(&self, bytes: &[u8]) -> DevicePtr {
        let pointer = self.emulator.alloc(self.context, bytes.len()).unwrap();
        self.emulator
            .copy_to_device(self.context, pointer, bytes)
            .unwrap();
        pointer
    }

    fn download(&self, pointer: DevicePtr, bytes: usize) -> Vec<u8> {
        let mut data = vec![0xee; bytes];
        self.emulator
            .copy_to_host(self.context, &mut data, pointer)
            .unwrap();
        data
    }

    /// Keeps a stream busy until the sender is dropped or sends.
    fn block(&self, stream: StreamHandle) -> mpsc::Sender<()> {
        let (go, gate) = mpsc::channel();
        let wait = Box::new(move || {
            let _ = gate.recv();
        });
        self.emulator
            .stream_host_callback(self.context, stream, wait)
            .unwrap();
        go
    }

    /// Has a stream send a word when it comes to it.
    fn say(&self, stream: StreamHandle, to: &mpsc::Sender<&'static str>, word: &'static str) {
        let to = to.clone();
        let say = Box::new(move || {
            let _ = to.send(word);
        });
        self.emulator
            .stream_host_callback(self.context, stream, say)
            .unwrap();
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.emulator.context_destroy(self.context).unwrap();
    }
}

fn block_of(bytes: &[u8]) -> HostBlock {
    HostBlock::new(NonNull::from(bytes).cast(), bytes.len())
}

fn block_of_mut(bytes: &mut [u8]) -> HostBlock {
    HostBlock::new(NonNull::from(&mut *bytes).cast(), bytes.len())
}
