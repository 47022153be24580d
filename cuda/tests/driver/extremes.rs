//! The largest, the smallest and the emptiest that can be asked for: an error that says so, or nothing to do.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cuda::driver::{
    Allocator, Array, ArrayDescriptor, Device, DeviceBuffer, DevicePtr, DeviceSlice,
    FunctionAttribute, Graph, In, Launch, ManagedBuffer, Memcpy3D, Out, PinnedBuffer,
    PitchedBuffer, Stream, StreamFlags,
};
use cuda::tools::DeviceMemoryPool;
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::{DOUBLE, kernel, ramp};

const MOST: usize = usize::MAX;

#[backend_test]
fn sizes_that_no_memory_has_are_errors(context: &Context) -> cuda::Result<()> {
    for len in [MOST, MOST / 8, isize::MAX as usize, 1 << 52] {
        assert!(DeviceBuffer::<u64>::uninit(context, len).is_err(), "{len}");
        assert!(PinnedBuffer::<u64>::zeroed(context, len).is_err(), "{len}");
        assert!(ManagedBuffer::<u64>::zeroed(context, len).is_err(), "{len}");
        for (width, height) in [(len, 2), (2, len), (len, len)] {
            assert!(PitchedBuffer::<u64>::uninit(context, width, height).is_err());
            let descriptor = ArrayDescriptor::d3::<[f32; 4]>(width, height, len);
            assert!(Array::new(context, descriptor).is_err(), "{descriptor:?}");
        }
        let pool = DeviceMemoryPool::new(context);
        assert!(pool.allocate(len).is_err(), "{len}");
    }
    Ok(())
}

#[backend_test]
fn boxes_that_no_memory_has_are_refused(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::<u8>::zeroed(context, 64)?;
    let copy = |size: (usize, usize, usize), origin: (usize, usize, usize), pitch: usize| {
        let mut host = [0_u8; 64];
        Memcpy3D::new(size.0, size.1, size.2)
            .from_device(memory.as_slice(), pitch)
            .from_origin(origin.0, origin.1, origin.2)
            .from_rows(MOST)
            .to_host(&mut host, 8)
            .run(context)
    };
    for large in [MOST, MOST / 2, 65] {
        for size in [(large, 1, 1), (1, large, 1), (1, 1, large)] {
            assert!(copy(size, (0, 0, 0), 8).is_err(), "{size:?}");
        }
        for origin in [(large, 0, 0), (0, large, 0), (0, 0, large)] {
            assert!(copy((1, 1, 1), origin, MOST).is_err(), "{origin:?}");
        }
    }
    copy((8, 8, 1), (0, 0, 0), 8)
}

#[backend_test]
fn launches_that_no_device_can_do_are_refused(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    for launch in [
        Launch::for_items(MOST, 1),
        Launch::block(u32::MAX),
        Launch::block((1025, 1, 1)),
        Launch::block((1, 1, 65)),
        Launch::block(1).grid(0),
        Launch::block(1).grid((1, 65_536)),
        Launch::block(1).grid((u32::MAX, u32::MAX, u32::MAX)),
        Launch::block(1).shared(u32::MAX),
        Launch::block(1).grid((1 << 20, 1 << 10)).cooperative(),
    ] {
        let error = doublify.call((&memory, 10), launch).unwrap_err();
        assert_eq!(error.kernel(), Some("doublify"), "{launch:?}");
    }
    let attribute = FunctionAttribute::MaxDynamicSharedSizeBytes;
    for bytes in [-1, i32::MIN, i32::MAX] {
        assert!(doublify.set_attribute(attribute, bytes).is_err(), "{bytes}");
    }
    doublify.call((&memory, 10), Launch::block(10))?;
    let expected: Vec<f32> = ramp(10).iter().map(|number| number * 2.0).collect();
    assert_eq!(memory.to_vec()?, expected);
    Ok(())
}

#[backend_test]
fn nothing_is_copied_as_arguments(context: &Context) -> cuda::Result<()> {
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let mut nothing: [f32; 0] = [];
    doublify.call((Out(&mut nothing), 0), Launch::block(1))?;
    doublify.call((In(&nothing), 0), Launch::block(1))
}

#[backend_test]
fn copies_onto_themselves_are_refused_unless_nothing_moves(context: &Context) -> cuda::Result<()> {
    let numbers = DeviceBuffer::from_slice(context, &ramp(10))?;
    let (first, second) = (numbers.slice(..6)?, numbers.slice(4..)?);
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    for error in [
        first.copy_from_device(&second).unwrap_err(),
        second.copy_from_device_async(&first, &stream).unwrap_err(),
        Graph::new(context)?
            .add_copy(&[], first, second)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::InvalidValue);
        assert!(error.to_string().contains("overlap"), "{error}");
    }
    first.copy_from_device(&first)?;
    numbers.slice(..5)?.copy_from_device(&numbers.slice(5..)?)?;
    assert_eq!(numbers.to_vec()?, [&ramp(10)[5..], &ramp(10)[5..]].concat());
    Ok(())
}

#[backend_test]
fn addresses_that_are_made_up_fail_in_copies(context: &Context) -> cuda::Result<()> {
    let slice = DeviceSlice::<u64>::from_raw(context, DevicePtr(1 << 20), 1 << 59);
    assert_eq!(slice.to_vec().unwrap_err().code(), Code::OutOfMemory);
    let error = slice.fill(u64::from_le_bytes(*b"12345678")).unwrap_err();
    assert_eq!(error.code(), Code::OutOfMemory);
    let end = DevicePtr(u64::MAX);
    for (pointer, len) in [(DevicePtr(8), MOST), (end, 1)] {
        let made = catch_unwind(AssertUnwindSafe(|| {
            let _ = DeviceSlice::<u64>::from_raw(context, pointer, len);
        }));
        assert!(made.is_err(), "{pointer:?}, {len}");
    }
    Ok(())
}

#[backend_test]
fn names_that_nothing_has_are_not_found(context: &Context) -> cuda::Result<()> {
    let module = kernel(context, DOUBLE, "doublify")?.module().clone();
    for name in ["", "doublify ", "double\0", "\u{e4}", &"x".repeat(1 << 16)] {
        assert!(module.get_function(name).is_err(), "{name:?}");
        assert!(module.get_global(name).is_err(), "{name:?}");
    }
    for id in ["", ":", "ffff:ff:1f.7", "0000:00:00.0.0"] {
        assert_eq!(
            Device::from_pci_bus_id(id).unwrap_err().code(),
            Code::InvalidDevice,
            "{id}"
        );
    }
    assert!(Device::emulated(u32::MAX).is_err());
    Ok(())
}

#[backend_test]
fn a_graph_of_nothing_does_nothing(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let graph = Graph::new(context)?;
    graph.instantiate()?.launch(&stream)?;
    let inner = stream.capture(|stream| stream.capture(|_| Ok(())).map(drop));
    assert!(inner.is_err(), "a capture is no place for another");
    let error = context.default_stream().capture(|_| Ok(())).unwrap_err();
    assert!(!error.to_string().is_empty());
    stream.synchronize()
}
