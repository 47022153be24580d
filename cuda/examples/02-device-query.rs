//! What devices there are, and what they can do. On a machine without a GPU:
//!
//! ```text
//! device 0: ...
//!   emulated, compute capability 8.0
//!   memory: ... MiB
//!   multiprocessors: ...
//!   threads: 32 in a warp, at most 1024 in a block
//!   shared memory: at most 48 KiB in a block
//!   grid: at most 2147483647 x 65535 x 65535 blocks
//!   reaches the memory of device 1: true
//! device 1: ...
//!   emulated, compute capability 8.0
//!   memory: ... MiB
//!   multiprocessors: ...
//!   threads: 32 in a warp, at most 1024 in a block
//!   shared memory: at most 48 KiB in a block
//!   grid: at most 2147483647 x 65535 x 65535 blocks
//!   reaches the memory of device 0: true
//! ```

use cuda::driver::{Device, DeviceAttribute};

fn main() -> cuda::Result<()> {
    let devices = Device::all()?;
    for device in &devices {
        describe(device)?;
        for peer in devices.iter().filter(|peer| *peer != device) {
            let reaches = device.can_access_peer(*peer)?;
            println!(
                "  reaches the memory of device {}: {reaches}",
                peer.ordinal()
            );
        }
    }
    Ok(())
}

fn describe(device: &Device) -> cuda::Result<()> {
    let of = |attribute| device.get_attribute(attribute);
    let (major, minor) = device.compute_capability()?;
    println!("device {}: {}", device.ordinal(), device.name()?);
    println!("  {}, compute capability {major}.{minor}", device.kind());
    println!("  memory: {} MiB", device.total_memory()? >> 20);
    println!(
        "  multiprocessors: {}",
        of(DeviceAttribute::MultiprocessorCount)?
    );
    println!(
        "  threads: {} in a warp, at most {} in a block",
        of(DeviceAttribute::WarpSize)?,
        of(DeviceAttribute::MaxThreadsPerBlock)?
    );
    let shared = of(DeviceAttribute::MaxSharedMemoryPerBlock)?;
    println!("  shared memory: at most {} KiB in a block", shared >> 10);
    println!(
        "  grid: at most {} x {} x {} blocks",
        of(DeviceAttribute::MaxGridDimX)?,
        of(DeviceAttribute::MaxGridDimY)?,
        of(DeviceAttribute::MaxGridDimZ)?
    );
    Ok(())
}
