//! Device memory, its views, and what is written to it.

use cuda::driver::{DeviceAllocation, DeviceBuffer, DevicePtr, PitchedBuffer, Stream, StreamFlags};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::ramp;

#[backend_test]
fn memory(context: &Context) -> cuda::Result<()> {
    let numbers = ramp(1000);
    let buffer = DeviceBuffer::from_slice(context, &numbers)?;
    assert_eq!((buffer.len(), buffer.size()), (1000, 4000));
    assert_eq!(buffer.to_vec()?, numbers);
    assert_eq!(context.live().buffers(), 1);
    buffer.free()?;
    assert_eq!(context.live().buffers(), 0);
    Ok(())
}

#[backend_test]
fn no_values_need_no_memory(context: &Context) -> cuda::Result<()> {
    let none = DeviceBuffer::<f64>::uninit(context, 0)?;
    assert!(none.is_empty() && none.ptr().is_null());
    none.copy_from(&[])?;
    none.fill(1.0)?;
    assert_eq!(none.to_vec()?, []);
    assert_eq!(context.live().buffers(), 0);
    Ok(())
}

#[backend_test]
fn memory_that_was_asked_for_zeroed_is_zero(context: &Context) -> cuda::Result<()> {
    assert_eq!(DeviceBuffer::<u16>::zeroed(context, 77)?.to_vec()?, [0; 77]);
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let in_stream = DeviceBuffer::<u64>::zeroed(&stream, 77)?;
    stream.synchronize()?;
    assert_eq!(in_stream.to_vec()?, [0; 77]);
    Ok(())
}

#[backend_test]
fn memory_in_the_order_of_a_stream_is_used_in_it(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let values = DeviceBuffer::<u32>::uninit(&stream, 100)?;
    values.as_slice().fill_async(7, &stream)?;
    let copy = DeviceBuffer::<u32>::uninit(&stream, 100)?;
    copy.as_slice()
        .copy_from_device_async(&values.as_slice(), &stream)?;
    drop(values);
    let host = copy
        .as_slice()
        .copy_to_async(vec![0; 100], &stream)?
        .wait()?;
    assert_eq!(host, [7; 100]);
    Ok(())
}

#[backend_test]
fn slices_are_parts(context: &Context) -> cuda::Result<()> {
    let buffer = DeviceBuffer::from_slice(context, &[0u32, 1, 2, 3, 4, 5, 6, 7])?;
    assert_eq!(buffer.slice(2..=3)?.to_vec()?, [2, 3]);
    assert_eq!(buffer.slice(6..)?.to_vec()?, [6, 7]);
    let middle = buffer.slice(2..6)?;
    assert_eq!(middle.slice(..2)?.to_vec()?, [2, 3]);
    assert_eq!(middle.ptr(), buffer.ptr().offset(8));
    middle.copy_from(&[20, 30, 40, 50])?;
    assert_eq!(buffer.to_vec()?, [0, 1, 20, 30, 40, 50, 6, 7]);
    assert!(buffer.slice(8..)?.is_empty());
    Ok(())
}

#[backend_test]
fn slices_must_be_inside(context: &Context) -> cuda::Result<()> {
    let buffer = DeviceBuffer::<u8>::zeroed(context, 8)?;
    #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    let ranges = [0..9, 9..9, 5..4];
    for range in ranges {
        let error = buffer.slice(range.clone()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidValue, "{range:?}");
    }
    assert!(buffer.slice(0..=usize::MAX).is_err());
    Ok(())
}

#[backend_test]
fn the_same_bytes_are_values_of_another_type(context: &Context) -> cuda::Result<()> {
    let buffer = DeviceBuffer::from_slice(context, &[1.0f32, -2.0, 3.0])?;
    let bits = buffer.as_slice().cast::<u32>()?;
    assert_eq!(bits.to_vec()?, [1.0f32, -2.0, 3.0].map(f32::to_bits));
    let error = buffer.as_slice().cast::<u64>().unwrap_err();
    assert!(error.to_string().contains("8 bytes"), "{error}");
    assert!(
        buffer
            .as_slice()
            .cast::<u8>()?
            .slice(1..9)?
            .cast::<u32>()
            .is_err()
    );
    Ok(())
}

#[backend_test]
fn fills_of_all_widths(context: &Context) -> cuda::Result<()> {
    let bytes = DeviceBuffer::<u8>::zeroed(context, 16)?;
    bytes.slice(1..15)?.fill(0xab)?;
    bytes.as_slice().cast::<u16>()?.slice(2..3)?.fill(0x1234)?;
    let mut expected = [0xab; 16];
    (expected[0], expected[15], expected[4], expected[5]) = (0, 0, 0x34, 0x12);
    assert_eq!(bytes.to_vec()?, expected);

    let words = DeviceBuffer::<f32>::zeroed(context, 5)?;
    words.fill(1.5)?;
    assert_eq!(words.to_vec()?, [1.5; 5]);
    Ok(())
}

#[backend_test]
fn fills_of_wide_values(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let wide = DeviceBuffer::<f64>::zeroed(context, 5)?;
    wide.fill(std::f64::consts::PI)?;
    assert_eq!(wide.to_vec()?, [std::f64::consts::PI; 5]);
    // All bytes of -1 are the same, so the device can fill with it.
    let whole = DeviceBuffer::<i64>::zeroed(context, 5)?;
    whole.as_slice().fill_async(-1, &stream)?;
    stream.synchronize()?;
    assert_eq!(whole.to_vec()?, [-1; 5]);
    let error = wide.as_slice().fill_async(0.1, &stream).unwrap_err();
    assert!(error.is_not_supported(), "{error}");
    Ok(())
}

#[backend_test]
fn copies_between_buffers(context: &Context) -> cuda::Result<()> {
    let from = DeviceBuffer::from_slice(context, &ramp(64))?;
    let to = DeviceBuffer::<f32>::zeroed(context, 32)?;
    to.as_slice().copy_from_device(&from.slice(32..)?)?;
    assert_eq!(to.to_vec()?, ramp(64)[32..]);
    assert_eq!(from.try_clone()?.to_vec()?, ramp(64));
    Ok(())
}

#[backend_test]
fn copies_of_different_lengths_are_refused(context: &Context) -> cuda::Result<()> {
    let buffer = DeviceBuffer::<u32>::zeroed(context, 4)?;
    let error = buffer.copy_from(&[1, 2, 3]).unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    assert!(
        error.to_string().contains("4 values") && error.to_string().contains('3'),
        "{error}"
    );
    assert!(buffer.copy_to(&mut [0; 5]).is_err());
    assert!(
        buffer
            .as_slice()
            .copy_from_device(&buffer.slice(..3)?)
            .is_err()
    );
    assert_eq!(buffer.to_vec()?, [0; 4]);
    Ok(())
}

#[backend_test]
fn an_allocation_without_a_type(context: &Context) -> cuda::Result<()> {
    let memory = DeviceAllocation::new(context, 10)?;
    assert_eq!(memory.size(), 10);
    let buffer = DeviceBuffer::<u32>::from_allocation(memory);
    assert_eq!(buffer.len(), 2);
    buffer.copy_from(&[5, 6])?;
    let memory = buffer.into_allocation();
    assert_ne!(memory.ptr(), DevicePtr::NULL);
    memory.free()
}

#[backend_test]
fn too_much_memory_is_an_error(context: &Context) -> cuda::Result<()> {
    let error = DeviceBuffer::<f64>::uninit(context, usize::MAX / 8).unwrap_err();
    assert!(error.is_out_of_memory(), "{error}");
    let (_, total) = context.memory_info()?;
    let error = DeviceBuffer::<u8>::uninit(context, total.saturating_mul(2)).unwrap_err();
    assert!(error.is_out_of_memory(), "{error}");
    assert!(error.to_string().contains("bytes"), "{error}");
    Ok(())
}

/// How much is free changes with whatever else uses the device.
#[backend_test]
fn memory_info_is_of_the_device(context: &Context) -> cuda::Result<()> {
    let (free, total) = context.memory_info()?;
    assert!(0 < free && free <= total);
    assert_eq!(total, context.device().total_memory()?);
    Ok(())
}

#[backend_test]
fn rows_with_a_pitch(context: &Context) -> cuda::Result<()> {
    let image: Vec<u16> = (0..7 * 5).collect();
    let pitched = PitchedBuffer::from_slice(context, &image, 7, 5)?;
    assert!(pitched.pitch() >= 14);
    assert_eq!((pitched.width(), pitched.height()), (7, 5));
    assert_eq!(pitched.to_vec()?, image);
    assert!(pitched.copy_from(&image[1..]).is_err());
    pitched.fill_async(3, &context.default_stream())?;
    assert_eq!(pitched.to_vec()?, [3; 35]);
    pitched.fill(9)?;
    assert_eq!(pitched.to_vec()?, [9; 35]);
    assert!(PitchedBuffer::<u8>::uninit(context, 0, 3).is_err());
    Ok(())
}

#[backend_test]
fn an_address_is_of_its_allocation(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::<f32>::zeroed(context, 100)?;
    let inside = memory.slice(10..)?.ptr();
    let (begin, bytes) = context.address_range(inside)?;
    assert_eq!(begin, memory.ptr());
    assert!(bytes >= 400, "{bytes}");
    let error = context.address_range(DevicePtr(8)).unwrap_err();
    assert!(error.to_string().contains("0x8"), "{error}");
    Ok(())
}
