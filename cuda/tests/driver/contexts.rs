//! Devices and contexts.

use std::thread;

use cuda::driver::{
    BackendKind, CachePreference, ContextFlags, Device, DeviceAttribute, DeviceBuffer, Limit,
    Stream, StreamFlags,
};
use cuda::{Code, Context};
use cuda_macros::backend_test;

#[backend_test]
fn a_device_says_what_it_is(context: &Context) -> cuda::Result<()> {
    let device = context.device();
    assert!(!device.name()?.is_empty());
    assert!(context.to_string().contains(&device.name()?), "{context}");
    assert!(device.total_memory()? > 0);
    assert!(device.compute_capability()? >= (3, 0));
    assert_eq!(device.get_attribute(DeviceAttribute::WarpSize)?, 32);
    assert!(device.get_attribute(DeviceAttribute::MaxThreadsPerBlock)? >= 512);
    let all = device.get_attributes();
    assert!(
        all.iter()
            .any(|(attribute, _)| *attribute == DeviceAttribute::MultiprocessorCount)
    );
    Ok(())
}

#[backend_test]
fn a_device_is_found_by_its_place(context: &Context) -> cuda::Result<()> {
    let device = context.device();
    assert_eq!(Device::from_pci_bus_id(&device.pci_bus_id()?)?, device);
    assert_eq!(
        Device::from_pci_bus_id("ffff:ff:1f.7").unwrap_err().code(),
        Code::InvalidDevice
    );
    Ok(())
}

#[backend_test]
fn devices_are_numbered(context: &Context) -> cuda::Result<()> {
    let all = Device::all()?;
    let same_kind: Vec<_> = all
        .iter()
        .filter(|device| device.kind() == context.kind())
        .collect();
    assert!(
        same_kind
            .iter()
            .enumerate()
            .all(|(ordinal, device)| device.ordinal() as usize == ordinal)
    );
    let uuids: Vec<_> = all
        .iter()
        .map(|device| device.uuid())
        .collect::<cuda::Result<_>>()?;
    assert!(
        uuids
            .iter()
            .enumerate()
            .all(|(position, uuid)| !uuids[..position].contains(uuid))
    );
    let beyond = u32::try_from(same_kind.len()).expect("few devices");
    let missing = match context.kind() {
        BackendKind::Emulated => Device::emulated(beyond),
        _ => Device::cuda(beyond),
    };
    assert_eq!(missing.unwrap_err().code(), Code::InvalidDevice);
    Ok(())
}

#[backend_test]
fn multi_context(context: &Context) -> cuda::Result<()> {
    let other = Context::create(context.device(), ContextFlags::SchedBlockingSync)?;
    assert_ne!(*context, other);
    let here = DeviceBuffer::from_slice(context, &[1u32; 100])?;
    let there = DeviceBuffer::from_slice(&other, &[2u32; 100])?;
    assert_eq!(
        (here.to_vec()?, there.to_vec()?),
        (vec![1; 100], vec![2; 100])
    );
    assert_eq!((context.live().buffers(), other.live().buffers()), (1, 1));
    there.as_slice().copy_from_device(&here.as_slice())?;
    assert_eq!(there.to_vec()?, [1; 100]);
    Ok(())
}

#[backend_test]
fn additional_primary_context(context: &Context) -> cuda::Result<()> {
    let first = context.device().retain_primary_context()?;
    let second = context.device().retain_primary_context()?;
    assert_eq!(first, second);
    assert!(first.is_primary() && !context.is_primary());
    let buffer = DeviceBuffer::from_slice(&first, &[5u8; 10])?;
    drop((first, second));
    assert_eq!(buffer.to_vec()?, [5; 10]);
    Ok(())
}

#[backend_test]
fn objects_keep_their_context(context: &Context) -> cuda::Result<()> {
    let other = Context::create(context.device(), ContextFlags::default())?;
    let stream = Stream::new(&other, StreamFlags::DEFAULT)?;
    drop(other);
    let buffer = DeviceBuffer::<u32>::zeroed(&stream, 10)?;
    stream.synchronize()?;
    assert_eq!(buffer.to_vec()?, [0; 10]);
    Ok(())
}

#[backend_test]
fn objects_may_be_used_and_dropped_in_any_thread(context: &Context) -> cuda::Result<()> {
    let buffer = DeviceBuffer::from_slice(context, &[1u32; 1000])?;
    let sums: Vec<u32> = thread::scope(|scope| {
        let sum = || buffer.to_vec().map(|values| values.iter().sum::<u32>());
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(sum)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect::<cuda::Result<_>>()
    })?;
    assert_eq!(sums, [1000; 4]);
    thread::spawn(move || drop(buffer))
        .join()
        .expect("no panic");
    assert_eq!(context.live().buffers(), 0);
    context.check()
}

#[backend_test]
fn a_current_context_is_this_threads(context: &Context) -> cuda::Result<()> {
    let other = Context::create(context.device(), ContextFlags::default())?;
    let outer = context.make_current();
    assert_eq!(Context::current()?, *context);
    let inner = other.make_current();
    assert_eq!(Context::current()?, other);
    thread::scope(|scope| {
        let elsewhere = scope.spawn(|| Context::current().map_err(|error| error.code()));
        assert_eq!(
            elsewhere.join().expect("no panic"),
            Err(Code::InvalidContext)
        );
    });
    drop(inner);
    assert_eq!(Context::current()?, *context);
    drop(outer);
    assert!(Context::current().is_err());
    Ok(())
}

#[backend_test]
fn guards_may_be_dropped_in_any_order(context: &Context) -> cuda::Result<()> {
    let other = Context::create(context.device(), ContextFlags::default())?;
    let (first, second) = (context.make_current(), other.make_current());
    drop(first);
    assert_eq!(Context::current()?, other, "the second guard still lives");
    let third = context.make_current();
    drop(second);
    assert_eq!(Context::current()?, *context, "the third guard still lives");
    drop(third);
    assert!(Context::current().is_err());
    Ok(())
}

#[backend_test]
fn limits_and_preferences_are_kept(context: &Context) -> cuda::Result<()> {
    context.set_limit(Limit::MallocHeapSize, 16 << 20)?;
    assert!(context.get_limit(Limit::MallocHeapSize)? >= 16 << 20);
    assert!(context.get_limit(Limit::StackSize)? > 0);
    context.set_cache_config(CachePreference::Shared)?;
    assert_eq!(context.get_cache_config()?, CachePreference::Shared);
    Ok(())
}

#[backend_test]
fn what_is_of_another_context_is_refused(context: &Context) -> cuda::Result<()> {
    let other = Context::create(context.device(), ContextFlags::default())?;
    let stream = Stream::new(&other, StreamFlags::DEFAULT)?;
    let buffer = DeviceBuffer::<u32>::zeroed(context, 4)?;
    let error = buffer.as_slice().fill_async(1, &stream).unwrap_err();
    assert_eq!(error.code(), Code::InvalidContext);
    assert!(error.to_string().contains("stream"), "{error}");
    Ok(())
}

/// What one device must say of another: an error, or true access.
#[backend_test]
fn peers(context: &Context) -> cuda::Result<()> {
    let kind = context.kind();
    let others = Device::all()?
        .into_iter()
        .filter(|device| device.kind() == kind && *device != context.device());
    for device in others {
        let peer = Context::create(device, ContextFlags::default())?;
        let here = DeviceBuffer::from_slice(context, &[7u32; 1000])?;
        let there = DeviceBuffer::<u32>::zeroed(&peer, 1000)?;
        there.as_slice().copy_from_device(&here.as_slice())?;
        assert_eq!(there.to_vec()?, [7; 1000]);
        if context.device().can_access_peer(device)? {
            context.enable_peer_access(&peer)?;
            let again = context.enable_peer_access(&peer).unwrap_err();
            assert_eq!(again.code(), Code::PeerAccessAlreadyEnabled);
            context.disable_peer_access(&peer)?;
        }
        let never = context.disable_peer_access(&peer).unwrap_err();
        assert_eq!(never.code(), Code::PeerAccessNotEnabled);
    }
    Ok(())
}
