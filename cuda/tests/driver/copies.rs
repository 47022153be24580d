//! Copies of boxes, and copies that go on while the program does.

use std::sync::Arc;

use cuda::driver::{
    Array, ArrayDescriptor, DeviceBuffer, Memcpy3D, PinnedBuffer, PitchedBuffer, Stream,
    StreamFlags,
};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::ramp;

#[backend_test]
fn a_tile_out_of_an_image(context: &Context) -> cuda::Result<()> {
    let image: Vec<u8> = (0..10 * 8).collect();
    let device = DeviceBuffer::from_slice(context, &image)?;
    let mut tile = [0u8; 3 * 2];
    Memcpy3D::new(3, 2, 1)
        .from_device(device.as_slice(), 10)
        .from_origin(4, 5, 0)
        .to_host(&mut tile, 3)
        .run(context)?;
    assert_eq!(tile, [54, 55, 56, 64, 65, 66]);
    Ok(())
}

#[backend_test]
fn a_tile_into_an_image(context: &Context) -> cuda::Result<()> {
    let image = PitchedBuffer::from_slice(context, &[0u8; 6 * 4], 6, 4)?;
    Memcpy3D::new(2, 2, 1)
        .from_host(&[1u8, 2, 9, 3, 4, 9], 3)
        .to_pitched(&image)
        .to_origin(4, 1, 0)
        .run(context)?;
    let expected = [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0,
    ];
    assert_eq!(image.to_vec()?, expected);
    Ok(())
}

#[backend_test]
fn a_volume_between_device_and_array(context: &Context) -> cuda::Result<()> {
    let volume = ramp(4 * 3 * 2);
    let device = DeviceBuffer::from_slice(context, &volume)?;
    let array = Array::new(context, ArrayDescriptor::d3::<f32>(4, 3, 2))?;
    Memcpy3D::new(16, 3, 2)
        .from_device(device.as_slice(), 16)
        .to_array(&array)
        .run(context)?;
    assert_eq!(array.to_vec::<f32>()?, volume);

    let slice = DeviceBuffer::<f32>::zeroed(context, 12)?;
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    Memcpy3D::new(16, 3, 1)
        .from_array(&array)
        .from_origin(0, 0, 1)
        .to_device(slice.as_slice(), 16)
        .run_async(&stream)?;
    stream.synchronize()?;
    assert_eq!(slice.to_vec()?, volume[12..]);
    Ok(())
}

#[backend_test]
fn boxes_must_be_inside(context: &Context) -> cuda::Result<()> {
    let device = DeviceBuffer::<u8>::zeroed(context, 100)?;
    let array = Array::new(context, ArrayDescriptor::d2::<u8>(10, 10))?;
    let mut host = [0u8; 100];
    let whole = || Memcpy3D::new(10, 10, 1).from_device(device.as_slice(), 10);
    let refused = [
        whole().to_host(&mut host[..99], 10).run(context),
        whole().from_origin(1, 0, 0).to_array(&array).run(context),
        whole().from_origin(0, 1, 0).to_array(&array).run(context),
        whole().to_array(&array).to_origin(0, 0, 1).run(context),
        whole()
            .to_array(&array)
            .to_origin(usize::MAX, 0, 0)
            .run(context),
        Memcpy3D::new(11, 9, 1)
            .from_device(device.as_slice(), 10)
            .to_array(&array)
            .run(context),
        whole().run(context),
    ];
    for (case, result) in refused.into_iter().enumerate() {
        assert_eq!(
            result.unwrap_err().code(),
            Code::InvalidValue,
            "case {case}"
        );
    }
    let empty = Memcpy3D::new(0, 10, 1)
        .from_device(device.as_slice(), 10)
        .to_array(&array);
    empty.run(context)
}

#[backend_test]
fn host_memory_is_not_borrowed_for_later(context: &Context) -> cuda::Result<()> {
    let device = DeviceBuffer::<u8>::zeroed(context, 100)?;
    let copy = Memcpy3D::new(10, 10, 1)
        .from_host(&[0u8; 100], 10)
        .to_device(device.as_slice(), 10);
    assert!(
        copy.run_async(&context.default_stream())
            .unwrap_err()
            .is_not_supported()
    );
    Ok(())
}

#[backend_test]
fn a_copy_owns_its_memory_until_it_is_done(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let numbers = ramp(10_000);
    let device = DeviceBuffer::<f32>::uninit(context, numbers.len())?;
    let up = device
        .as_slice()
        .copy_from_async(numbers.clone(), &stream)?;
    let pinned = PinnedBuffer::<f32>::zeroed(context, numbers.len())?;
    let down = device.as_slice().copy_to_async(pinned, &stream)?;
    let back = down.wait()?;
    assert_eq!(back[..], numbers[..]);
    assert!(up.is_done()?);
    assert_eq!(up.wait()?, numbers);
    Ok(())
}

#[backend_test]
fn a_copy_reads_what_others_read_too(context: &Context) -> cuda::Result<()> {
    static WORDS: [u32; 3] = [3, 2, 1];
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let shared: Arc<[u32]> = Arc::from([1, 2, 3]);
    let device = DeviceBuffer::<u32>::uninit(context, 6)?;
    let first = device
        .slice(..3)?
        .copy_from_async(Arc::clone(&shared), &stream)?;
    let second = device.slice(3..)?.copy_from_async(&WORDS[..], &stream)?;
    assert_eq!(first.wait()?, shared);
    assert_eq!(second.wait()?, WORDS);
    assert_eq!(device.to_vec()?, [1, 2, 3, 3, 2, 1]);
    Ok(())
}

#[backend_test]
fn a_dropped_copy_is_waited_for(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let device = DeviceBuffer::<f32>::uninit(context, 100_000)?;
    drop(device.as_slice().copy_from_async(ramp(100_000), &stream)?);
    assert!(stream.is_done()?);
    assert_eq!(device.to_vec()?, ramp(100_000));
    Ok(())
}

#[backend_test]
fn a_scope_borrows_and_waits(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let input = ramp(50_000);
    let mut output = vec![0.0; input.len()];
    let device = DeviceBuffer::<f32>::uninit(context, input.len())?;
    stream.scope(|scope| {
        scope.copy_to_device(device.as_slice(), &input)?;
        scope.copy_to_host(&mut output, device.as_slice())
    })?;
    assert_eq!(output, input);
    Ok(())
}

#[backend_test]
fn a_scope_waits_when_it_panics(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let input = ramp(50_000);
    let device = DeviceBuffer::<f32>::uninit(context, input.len())?;
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        stream.scope::<()>(|scope| {
            scope.copy_to_device(device.as_slice(), &input)?;
            std::panic::resume_unwind(Box::new("on purpose"))
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"on purpose"));
    assert!(stream.is_done()?);
    assert_eq!(device.to_vec()?, input);
    Ok(())
}

#[backend_test]
fn a_copy_of_the_wrong_length_gives_nothing_to_the_device(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let device = DeviceBuffer::<f32>::uninit(context, 4)?;
    let error = device
        .as_slice()
        .copy_from_async(ramp(5), &stream)
        .unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    assert!(stream.is_done()?);
    Ok(())
}
