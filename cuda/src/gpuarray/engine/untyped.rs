//! Arrays without their elements' type.

use std::fmt;
use std::sync::Arc;

use super::super::dtype::Dtype;
use super::super::layout::Layout;
use super::super::placement::Placement;
use super::super::shape::{Dims, refuse};
use crate::backend::DevicePtr;
use crate::context::Context;
use crate::driver::{DeviceAllocation, DeviceSlice, EventFlags, Stream};
use crate::error::Result;

/// Device memory that arrays share, and where the memory of what is computed from them comes from.
pub(crate) struct Memory {
    allocation: DeviceAllocation,
    placement: Placement,
}

/// An array whose elements' type is a value.
#[derive(Clone)]
pub(crate) struct Untyped {
    /// Before the memory, so that this is dropped first.
    lane: Lane,
    memory: Arc<Memory>,
    layout: Layout,
    dtype: Dtype,
}

/// The stream in which all is done that is done with an array.
#[derive(Clone)]
struct Lane {
    stream: Stream,
    /// The stream in whose order the memory is freed.
    home: Stream,
}

/// What is still to be done in another stream comes before the memory is freed.
impl Drop for Lane {
    fn drop(&mut self) {
        self.home.context().keep(follow(&self.home, &self.stream));
    }
}

impl Untyped {
    /// Memory that nobody has written yet, with room for `layout`.
    pub(crate) fn uninit(placement: &Placement, dtype: Dtype, layout: Layout) -> Result<Untyped> {
        let allocation = placement.allocate(layout.len() * dtype.size())?;
        Ok(Untyped::of(allocation, placement.clone(), dtype, layout))
    }

    /// An array in memory that exists, and which is large enough for `layout`.
    pub(crate) fn of(
        allocation: DeviceAllocation,
        placement: Placement,
        dtype: Dtype,
        layout: Layout,
    ) -> Untyped {
        let stream = placement.stream();
        let lane = Lane {
            stream: stream.clone(),
            home: stream.clone(),
        };
        let memory = Arc::new(Memory {
            allocation,
            placement,
        });
        Untyped {
            lane,
            memory,
            layout,
            dtype,
        }
    }

    /// Memory for a result of this array's: of the same origin, in this array's stream.
    pub(crate) fn result(&self, dtype: Dtype, layout: Layout) -> Result<Untyped> {
        Untyped::uninit(&self.placement(), dtype, layout)
    }

    /// The same memory seen otherwise. All of `layout` lies within it.
    pub(crate) fn view(&self, dtype: Dtype, layout: Layout) -> Untyped {
        Untyped {
            layout,
            dtype,
            ..self.clone()
        }
    }

    /// The same memory, used in another stream from now on: after all that this one has queued.
    pub(crate) fn on(&self, stream: &Stream) -> Result<Untyped> {
        self.context().stream_handle(stream, "GpuArray::on")?;
        follow(stream, self.stream())?;
        let lane = Lane {
            stream: stream.clone(),
            home: self.lane.home.clone(),
        };
        Ok(Untyped {
            lane,
            ..self.clone()
        })
    }

    pub(crate) fn placement(&self) -> Placement {
        self.memory.placement.on(self.stream())
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    pub(crate) fn shape_owned(&self) -> Dims<usize> {
        Dims::from_slice(self.shape())
    }

    pub(crate) fn len(&self) -> usize {
        self.layout.len()
    }

    pub(crate) fn dtype(&self) -> Dtype {
        self.dtype
    }

    pub(crate) fn stream(&self) -> &Stream {
        &self.lane.stream
    }

    pub(crate) fn context(&self) -> &Context {
        self.memory.allocation.context()
    }

    /// The address of the first element.
    pub(crate) fn pointer(&self) -> DevicePtr {
        match self.memory.allocation.size() {
            0 => DevicePtr::NULL,
            _ => self
                .memory
                .allocation
                .ptr()
                .offset(self.layout.offset() * self.dtype.size()),
        }
    }

    /// The bytes of an array that is one piece of memory without gaps.
    pub(crate) fn bytes(&self) -> DeviceSlice<'_, u8> {
        DeviceSlice::new(
            self.context(),
            self.pointer(),
            self.len() * self.dtype.size(),
        )
    }

    /// Whether the two may have memory in common.
    pub(crate) fn overlaps(&self, other: &Untyped) -> bool {
        let (a, b) = (self.extent(), other.extent());
        Arc::ptr_eq(&self.memory, &other.memory) && a.0 < b.1 && b.0 < a.1
    }

    /// The first byte of the memory that belongs to an element, and the first after all of them.
    fn extent(&self) -> (usize, usize) {
        if self.len() == 0 {
            return (0, 0);
        }
        let (mut low, mut high) = (self.layout.offset(), self.layout.offset());
        for (length, stride) in self.shape().iter().zip(self.layout.strides()) {
            let reach = (length - 1) * stride.unsigned_abs();
            if *stride < 0 {
                low -= reach;
            } else {
                high += reach;
            }
        }
        (low * self.dtype.size(), (high + 1) * self.dtype.size())
    }

    /// Has `work` done in this array's stream after what is queued in the streams of `others`, and has those wait for
    /// it.
    pub(crate) fn in_order<'a>(
        &self,
        call: &'static str,
        others: impl Iterator<Item = &'a Untyped> + Clone,
        work: impl FnOnce(&Stream) -> Result<()>,
    ) -> Result<()> {
        self.context().check()?;
        for other in others.clone() {
            if other.context() != self.context() {
                let why = format_args!(
                    "one array is on {} and the other on {}",
                    self.context(),
                    other.context()
                );
                return Err(refuse(call, why).advise("copy one of them to the other's device"));
            }
            follow(self.stream(), other.stream())?;
        }
        work(self.stream())?;
        others
            .into_iter()
            .try_for_each(|other| follow(other.stream(), self.stream()))
    }
}

/// `later` waits for all that `earlier` has queued.
pub(crate) fn follow(later: &Stream, earlier: &Stream) -> Result<()> {
    if later == earlier {
        return Ok(());
    }
    later.wait_for_event(&earlier.record(EventFlags::DISABLE_TIMING)?)
}

impl fmt::Debug for Untyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpuArray")
            .field("dtype", &self.dtype)
            .field("shape", &self.shape())
            .field("strides", &self.layout.strides())
            .field("ptr", &self.pointer())
            .field("device", &self.context().device())
            .finish_non_exhaustive()
    }
}
