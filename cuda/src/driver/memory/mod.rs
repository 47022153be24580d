//! Memory of devices, and memory of the host that devices use.

mod allocation;
mod buffer;
mod slice;

pub use self::allocation::{Allocator, DeviceAllocation};
pub(crate) use self::allocation::{Reclaim, Release, allocate_in_stream};
pub use self::buffer::DeviceBuffer;
pub(crate) use self::buffer::bytes_of;
pub use self::slice::DeviceSlice;
