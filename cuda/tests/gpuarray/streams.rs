//! Arrays in several streams.

use std::sync::mpsc;

use cuda::Result;
use cuda::driver::{Context, Stream, StreamFlags};
use cuda::gpuarray::{GpuArray, concatenate};
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
