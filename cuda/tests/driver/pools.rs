//! Pools of memory.

use std::sync::mpsc;

use cuda::driver::{Allocator, DeviceBuffer, HostFlags, MemoryPool, Stream, StreamFlags};
use cuda::tools::{DeviceData, DeviceMemoryPool, OccupancyRecord, PageLockedMemoryPool};
use cuda::{Code, Context};
use cuda_macros::backend_test;

#[backend_test]
fn mempool(context: &Context) -> cuda::Result<()> {
    let pool = DeviceMemoryPool::new(context);
    let mut blocks = Vec::new();
    for exponent in 0..10 {
        for _ in 0..5 {
            blocks.push(pool.allocate(1000 << exponent)?);
        }
    }
    assert_eq!((pool.active_blocks(), pool.held_blocks()), (50, 0));
    assert_eq!(pool.active_bytes(), pool.managed_bytes());
    blocks.truncate(20);
    assert_eq!((pool.active_blocks(), pool.held_blocks()), (20, 30));
    pool.free_held()?;
    assert_eq!((pool.active_blocks(), pool.held_blocks()), (20, 0));
    pool.stop_holding()?;
    blocks.clear();
    assert_eq!(
        (
            pool.active_blocks(),
            pool.held_blocks(),
            pool.managed_bytes()
        ),
        (0, 0, 0)
    );
    Ok(())
}

/// The list of sizes is what matters: none may cost much more than it needs.
#[backend_test]
fn mempool_2(context: &Context) -> cuda::Result<()> {
    let pool = DeviceMemoryPool::new(context);
    let mut size = 1;
    while size < 1 << 22 {
        let block = pool.allocate(size)?;
        assert!(pool.active_bytes() >= size);
        assert!(
            size < 256 || (pool.active_bytes() - size) * 8 <= pool.active_bytes(),
            "{size}"
        );
        drop(block);
        size += size / 3 + 1;
    }
    assert_eq!(pool.active_bytes(), 0);
    Ok(())
}

#[backend_test]
fn a_block_is_used_again(context: &Context) -> cuda::Result<()> {
    let pool = DeviceMemoryPool::new(context);
    let first = DeviceBuffer::<f32>::zeroed(&pool, 1000)?;
    let address = first.ptr();
    drop(first);
    let second = DeviceBuffer::<u64>::from_slice(&pool, &[3; 500])?;
    assert_eq!(second.ptr(), address);
    assert_eq!(second.to_vec()?, [3; 500]);
    let third = DeviceBuffer::<u64>::uninit(&pool, 500)?;
    assert_ne!(third.ptr(), address);
    Ok(())
}

/// A kernel or copy that still uses the block must be done before another stream writes to it.
#[backend_test]
fn another_stream_waits_for_the_blocks_own(context: &Context) -> cuda::Result<()> {
    let pool = DeviceMemoryPool::new(context);
    let first = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let second = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let copy = DeviceBuffer::<u32>::zeroed(context, 1000)?;

    let block = DeviceBuffer::<u32>::uninit(pool.in_stream(&first), 1000)?;
    let address = block.ptr();
    block.as_slice().fill_async(1, &first)?;
    let (open, closed) = mpsc::channel::<()>();
    first.add_callback(move || {
        // It ends when the sender does, which is an error for the receiver.
        let _ = closed.recv();
    })?;
    copy.as_slice()
        .copy_from_device_async(&block.as_slice(), &first)?;
    drop(block);

    let again = DeviceBuffer::<u32>::uninit(pool.in_stream(&second), 1000)?;
    assert_eq!(again.ptr(), address);
    again.as_slice().fill_async(2, &second)?;
    assert!(!second.is_done()?);
    drop(open);
    second.synchronize()?;
    assert_eq!(
        (copy.to_vec()?, again.to_vec()?),
        (vec![1; 1000], vec![2; 1000])
    );
    Ok(())
}

#[backend_test]
fn a_pool_refuses_streams_of_other_contexts(context: &Context) -> cuda::Result<()> {
    let other = Context::create(context.device(), Default::default())?;
    let stream = Stream::new(&other, StreamFlags::DEFAULT)?;
    let error = DeviceMemoryPool::new(context)
        .in_stream(&stream)
        .allocate(100)
        .unwrap_err();
    assert_eq!(error.code(), Code::InvalidContext);
    Ok(())
}

#[backend_test]
fn what_is_held_is_given_up_for_what_is_needed(context: &Context) -> cuda::Result<()> {
    let (_, total) = context.memory_info()?;
    let pool = DeviceMemoryPool::new(context);
    drop([pool.allocate(1000)?, pool.allocate(100_000)?]);
    assert_eq!(pool.held_blocks(), 2);
    let error = pool.allocate(total.saturating_mul(2)).unwrap_err();
    assert!(error.is_out_of_memory(), "{error}");
    assert_eq!((pool.held_blocks(), pool.managed_bytes()), (0, 0));
    Ok(())
}

#[backend_test]
fn page_locked_memory_is_used_again(context: &Context) -> cuda::Result<()> {
    let pool = PageLockedMemoryPool::new(context, HostFlags::default());
    let mut first = pool.zeroed::<u32>(1000)?;
    first.fill(7);
    let address = first.as_ptr().addr();
    drop(first);
    assert_eq!((pool.active_blocks(), pool.held_blocks()), (0, 1));
    let second = pool.zeroed::<u64>(500)?;
    assert_eq!(second.as_ptr().addr(), address);
    assert_eq!(second[..], [0; 500]);
    pool.stop_holding()?;
    drop(second);
    assert_eq!(
        (
            pool.active_blocks(),
            pool.held_blocks(),
            pool.managed_bytes()
        ),
        (0, 0, 0)
    );
    Ok(())
}

#[backend_test]
fn the_drivers_pool_counts(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let pool = MemoryPool::new(context, 0)?;
    pool.set_release_threshold(u64::MAX)?;
    assert_eq!(pool.release_threshold()?, u64::MAX);
    let buffer = DeviceBuffer::<u8>::zeroed(pool.in_stream(&stream), 1 << 20)?;
    let (used, most) = pool.used()?;
    assert!(used >= 1 << 20 && most >= used);
    drop(buffer);
    stream.synchronize()?;
    assert_eq!(pool.used()?.0, 0);
    pool.trim(0)?;
    assert_eq!(pool.reserved()?.0, 0);
    pool.reset_peaks()?;
    assert_eq!(pool.used()?, (0, 0));
    Ok(())
}

#[backend_test]
fn occupancy_is_computed_from_the_devices_numbers(context: &Context) -> cuda::Result<()> {
    let data = DeviceData::new(context.device())?;
    assert_eq!(data.warp_size, 32);
    let record = OccupancyRecord::new(&data, data.warp_size, 0, 16)?;
    assert!(
        record.tb_per_mp >= 1 && record.occupancy > 0.0 && record.occupancy <= 1.0,
        "{record:?}"
    );
    Ok(())
}
