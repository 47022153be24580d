//! The heap that `malloc` and `free` of kernels use.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::emu::memory::{GlobalMemory, MemoryError};

/// What kernels have allocated and not freed. It outlives them: one kernel may free what another allocated.
#[derive(Debug)]
pub struct Heap(Mutex<State>);

/// What an allocation takes is a multiple of it, as on a GPU: else the host had to keep account of as many as there are bytes.
const GRAIN: u64 = 128;

#[derive(Debug)]
struct State {
    limit: u64,
    used: u64,
    /// What each takes, by address.
    sizes: HashMap<u64, u64>,
}

impl Heap {
    /// An empty heap of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Heap {
        Heap(Mutex::new(State {
            limit,
            used: 0,
            sizes: HashMap::new(),
        }))
    }

    /// Changes the limit. What is allocated stays.
    pub fn set_limit(&self, limit: u64) {
        self.0.lock().limit = limit;
    }

    /// The address of so many bytes; 0 where there are none left, or none are wanted.
    pub(super) fn malloc(&self, memory: &GlobalMemory, bytes: u64) -> u64 {
        let mut state = self.0.lock();
        let taken = bytes.checked_next_multiple_of(GRAIN).unwrap_or(u64::MAX);
        if taken > state.limit.saturating_sub(state.used) {
            return 0;
        }
        let Ok(address) = memory.alloc(bytes) else {
            return 0;
        };
        state.used += taken;
        state.sizes.insert(address, taken);
        address
    }

    /// Frees what `malloc` gave. All else is an error, the host's memory too.
    pub(super) fn free(&self, memory: &GlobalMemory, address: u64) -> Result<(), MemoryError> {
        let mut state = self.0.lock();
        match state.sizes.remove(&address) {
            Some(bytes) => state.used -= bytes,
            None if memory.range_of(address).is_some() => {
                return Err(MemoryError::NotAnAllocation { address });
            }
            // The memory knows best what the address was.
            None => {}
        }
        memory.free(address)
    }

    /// Frees all that is left.
    pub fn free_all(&self, memory: &GlobalMemory) {
        let mut state = self.0.lock();
        for (address, _) in state.sizes.drain() {
            // It is there: nobody else frees it.
            let _ = memory.free(address);
        }
        state.used = 0;
    }
}
