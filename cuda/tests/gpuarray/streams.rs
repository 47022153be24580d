//! Arrays in several streams.

use std::sync::mpsc;

use cuda::driver::{Context, PinnedBuffer, Stream, StreamFlags};
use cuda::gpuarray::{GpuArray, Slice, concatenate, to_gpu_async};
use cuda::{Code, Result};
use cuda_macros::backend_test;

use crate::array;

/// A stream that does not wait for the default one, and which goes on when the sender says so.
fn held(context: &Context) -> Result<(Stream, mpsc::Sender<()>)> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let (release, released) = mpsc::channel();
    stream.add_callback(move || {
        let _ = released.recv();
    })?;
    Ok((stream, release))
}

#[backend_test]
fn work_in_one_stream_waits_for_what_it_needs_of_another(context: &Context) -> Result<()> {
    // What is to be loaded is loaded before a stream is held: the driver may wait for all of them then.
    assert_eq!(
        (&array(context, &[1_i32])? + &GpuArray::full_in(context, 1, 2_i32)?).item()?,
        3
    );
    let (slow, release) = held(context)?;
    let fast = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let late = GpuArray::full_in(&slow, 1000, 2_i32)?;
    let sum = &GpuArray::full_in(&fast, 1000, 1_i32)? + &late;
    assert_eq!(sum.stream(), &fast);
    assert!(!fast.is_done()?);
    release.send(()).expect("the stream waits");
    assert_eq!(sum.to_vec()?, [3; 1000]);
    Ok(())
}

#[backend_test]
fn what_another_stream_reads_is_not_overwritten(context: &Context) -> Result<()> {
    let warm = GpuArray::full_in(context, 3, 1_i32)?;
    assert_eq!(
        concatenate(&[&warm.copy()?, &(&warm + &warm)], 0)?.size(),
        6
    );
    let (reader, release) = held(context)?;
    let owner = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let mut shared = GpuArray::full_in(&owner, 1000, 1_i32)?;
    let copies: Vec<GpuArray<i32>> = (0..3)
        .map(|_| shared.on(&reader)?.copy())
        .collect::<Result<_>>()?;
    let first = GpuArray::full_in(&reader, 1000, 0_i32)?;
    let sum = &first + &shared;
    shared.fill(9)?;
    drop(shared);
    release.send(()).expect("the stream waits");
    let all = concatenate(&[&copies[0], &copies[2], &sum], 0)?;
    assert_eq!(all.to_vec()?, [1; 3000]);
    Ok(())
}

#[backend_test]
fn copies_to_and_from_the_host_wait_for_nothing(context: &Context) -> Result<()> {
    // Loaded before a stream is held.
    assert_eq!((2_i32 * &array(context, &[1_i32])?).item()?, 2);
    let (slow, release) = held(context)?;
    let values = PinnedBuffer::from_slice(context, &[1_i32, 2, 3, 4, 5, 6])?;
    let (numbers, going) = to_gpu_async(&slow, (2, 3), values)?;
    let doubled = 2_i32 * &numbers;
    let coming = doubled.get_async(PinnedBuffer::zeroed(context, 6)?)?;
    assert!(!going.is_done()? && !coming.is_done()?);
    release.send(()).expect("the stream waits");
    assert_eq!(*coming.wait()?, [2, 4, 6, 8, 10, 12]);
    assert_eq!(*going.wait()?, [1, 2, 3, 4, 5, 6]);
    Ok(())
}

#[backend_test]
fn asynchronous_copies_go_in_cs_order_whatever_the_strides(context: &Context) -> Result<()> {
    let table = array(context, &[1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0])?.reshape((2, 3))?;
    let mut turned = table.t();
    let read = turned.get_async(vec![0.0; 6])?.wait()?;
    assert_eq!(read, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let _ = turned
        .set_async(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?
        .wait()?;
    assert_eq!(table.to_vec()?, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    assert_eq!(turned.as_device_slice()?.to_vec()?, table.to_vec()?);

    let gaps = table.slice((.., Slice::new(None, None, 2)))?;
    assert_eq!(
        gaps.as_device_slice().unwrap_err().code(),
        Code::InvalidValue
    );
    let error = turned.get_async(vec![0.0; 5]).unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    Ok(())
}
