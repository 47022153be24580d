//! Counts of a context's objects, by which a leak is found.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Buffer,
    HostBuffer,
    Array,
    Texture,
    Surface,
    Stream,
    Event,
    Module,
    Graph,
    MemoryPool,
    Graphics,
}

const NAMES: [&str; 11] = [
    "buffers",
    "host buffers",
    "arrays",
    "textures",
    "surfaces",
    "streams",
    "events",
    "modules",
    "graphs",
    "memory pools",
    "graphics resources",
];

#[derive(Debug, Default)]
pub(crate) struct Counts([AtomicUsize; NAMES.len()]);

impl Counts {
    pub(crate) fn add(&self, resource: Resource) {
        self.0[resource as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove(&self, resource: Resource) {
        self.0[resource as usize].fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn live(&self) -> Live {
        Live(self.0.each_ref().map(|count| count.load(Ordering::Relaxed)))
    }
}

/// How many objects of a context there are, of each kind.
///
/// `Display` lists those of which there are any.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Live([usize; NAMES.len()]);

impl Live {
    /// All of them together.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// Allocations of device memory, of any kind.
    #[must_use]
    pub fn buffers(&self) -> usize {
        self.of(Resource::Buffer)
    }

    /// Page-locked, registered and managed host memory.
    #[must_use]
    pub fn host_buffers(&self) -> usize {
        self.of(Resource::HostBuffer)
    }

    /// Streams, without the default one.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.of(Resource::Stream)
    }

    /// Events.
    #[must_use]
    pub fn events(&self) -> usize {
        self.of(Resource::Event)
    }

    /// Modules.
    #[must_use]
    pub fn modules(&self) -> usize {
        self.of(Resource::Module)
    }

    fn of(&self, resource: Resource) -> usize {
        self.0[resource as usize]
    }
}

impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.total() == 0 {
            return f.write_str("nothing");
        }
        let present = NAMES.iter().zip(self.0).filter(|(_, count)| *count > 0);
        for (position, (name, count)) in present.enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_of_is_listed() {
        let counts = Counts::default();
        assert_eq!(counts.live().to_string(), "nothing");
        counts.add(Resource::Buffer);
        counts.add(Resource::Graphics);
        counts.add(Resource::Buffer);
        assert_eq!(counts.live().to_string(), "2 buffers, 1 graphics resources");
        counts.remove(Resource::Buffer);
        assert_eq!((counts.live().total(), counts.live().buffers()), (2, 1));
    }
}
