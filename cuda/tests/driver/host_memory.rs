//! Page-locked, registered and managed memory.

use cuda::driver::{
    AttachFlags, Device, DeviceBuffer, HostFlags, Launch, ManagedBuffer, MemoryAdvice,
    PinnedBuffer, RegisterFlags, RegisteredHostMemory, Stream, StreamFlags,
};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::{DOUBLE, kernel, ramp};

#[backend_test]
fn pinned_memory_is_a_slice(context: &Context) -> cuda::Result<()> {
    let mut pinned = PinnedBuffer::<u32>::zeroed(context, 100)?;
    assert_eq!(pinned[..], [0; 100]);
    pinned[99] = 7;
    assert_eq!(pinned.iter().sum::<u32>(), 7);
    assert_eq!(context.live().host_buffers(), 1);
    let device = DeviceBuffer::from_slice(context, &pinned)?;
    assert_eq!(device.to_vec()?, pinned[..]);
    Ok(())
}

#[backend_test]
fn no_pinned_values(context: &Context) -> cuda::Result<()> {
    assert!(PinnedBuffer::<f64>::zeroed(context, 0)?.is_empty());
    assert!(ManagedBuffer::<f64>::zeroed(context, 0)?.is_empty());
    let none = RegisteredHostMemory::<u8>::register(context, Vec::new(), RegisterFlags::default())?;
    assert_eq!(none.unregister()?, []);
    Ok(())
}

#[backend_test]
fn kernels_reach_mapped_memory(context: &Context) -> cuda::Result<()> {
    let flags = HostFlags {
        device_map: true,
        ..HostFlags::default()
    };
    let mut pinned = PinnedBuffer::<f32>::with_flags(context, 100, flags)?;
    pinned.copy_from_slice(&ramp(100));
    kernel(context, DOUBLE, "doublify")?.call((pinned.ptr()?, 100), Launch::for_items(100, 64))?;
    context.synchronize()?;
    assert!(
        pinned
            .iter()
            .zip(ramp(100))
            .all(|(twice, once)| *twice == 2.0 * once)
    );
    Ok(())
}

#[backend_test]
fn register_host_memory(context: &Context) -> cuda::Result<()> {
    let flags = RegisterFlags {
        device_map: true,
        ..RegisterFlags::default()
    };
    // Whole pages, which nothing else has a part of.
    let numbers = ramp(4096);
    let registered = RegisteredHostMemory::register(context, numbers.clone(), flags)?;
    assert_eq!(registered[..], numbers[..]);
    let doublify = kernel(context, DOUBLE, "doublify")?;
    doublify.call(
        (registered.get_device_pointer()?, 4096),
        Launch::for_items(4096, 256),
    )?;
    let twice = registered.unregister()?;
    assert!(
        twice
            .iter()
            .zip(numbers)
            .all(|(twice, once)| *twice == 2.0 * once)
    );
    assert_eq!(context.live().host_buffers(), 0);
    Ok(())
}

#[backend_test]
fn registered_memory_is_copied_from_and_to(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let device = DeviceBuffer::<f32>::uninit(context, 4096)?;
    let registered = RegisteredHostMemory::register(context, ramp(4096), RegisterFlags::default())?;
    let registered = device
        .as_slice()
        .copy_from_async(registered, &stream)?
        .wait()?;
    assert_eq!(device.to_vec()?, registered[..]);
    Ok(())
}

#[backend_test]
fn managed_memory_is_reached_from_both_sides(context: &Context) -> cuda::Result<()> {
    let mut managed = ManagedBuffer::from_slice(context, &ramp(1000))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    doublify.call((&managed, 1000), Launch::for_items(1000, 128))?;
    assert_eq!(managed.as_slice()?[999], 2.0 * ramp(1000)[999]);
    managed.as_mut_slice()?[0] = 10.0;
    doublify.call((&managed, 1000), Launch::for_items(1000, 128))?;
    assert_eq!(managed.as_slice()?[0], 20.0);
    assert_eq!(managed.device().slice(..1)?.to_vec()?, [20.0]);
    Ok(())
}

#[backend_test]
fn managed_memory_is_attached_to_a_stream(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let managed = ManagedBuffer::<u32>::zeroed(context, 100)?;
    managed.attach(AttachFlags::Single, &stream)?;
    managed.device().fill_async(3, &stream)?;
    assert_eq!(managed.as_slice()?, [3; 100]);
    managed.attach(AttachFlags::Global, &stream)?;
    stream.synchronize()
}

#[backend_test]
fn managed_memory_is_moved_to_devices_of_its_driver(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let managed = ManagedBuffer::from_slice(context, &ramp(100))?;
    for device in [Some(context.device()), None] {
        managed.advise(MemoryAdvice::SetPreferredLocation, device)?;
        managed.prefetch(device, &stream)?;
    }
    let emulated = Device::emulated(0)?;
    if context.kind() != emulated.kind() {
        let error = managed.prefetch(Some(emulated), &stream).unwrap_err();
        assert_eq!(error.code(), Code::InvalidDevice);
    }
    assert_eq!(managed.as_slice()?, ramp(100));
    stream.synchronize()
}

#[backend_test]
fn too_much_host_memory_is_an_error(context: &Context) -> cuda::Result<()> {
    let error = PinnedBuffer::<u64>::zeroed(context, usize::MAX / 8).unwrap_err();
    assert_eq!(error.code(), Code::OutOfMemory);
    let error = ManagedBuffer::<u64>::zeroed(context, usize::MAX / 4).unwrap_err();
    assert_eq!(error.code(), Code::OutOfMemory);
    assert_eq!(context.live().host_buffers(), 0);
    Ok(())
}
