//! Memory of devices, and memory of the host that devices use.

mod allocation;
mod buffer;
mod cell;
mod host;
mod managed;
mod memcpy;
mod pending;
mod pitched;
mod scope;
mod slice;

pub use self::allocation::{Allocator, DeviceAllocation};
pub(crate) use self::allocation::{Reclaim, Release, allocate_in_stream};
pub use self::buffer::DeviceBuffer;
pub(crate) use self::buffer::bytes_of;
pub use self::cell::{HostMemory, HostMemoryMut};
pub(crate) use self::host::ReclaimHost;
pub use self::host::{PinnedBuffer, RegisteredHostMemory};
pub use self::managed::{AttachFlags, ManagedBuffer};
pub use self::memcpy::Memcpy3D;
pub use self::pending::Pending;
pub use self::pitched::PitchedBuffer;
pub use self::scope::StreamScope;
pub use self::slice::DeviceSlice;
