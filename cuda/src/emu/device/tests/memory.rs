use super::{Bench, block_of};
use crate::backend::calls::*;
use crate::backend::{DevicePtr, Fill, HostFlags, RegisterFlags};
use crate::error::Code;

#[test]
fn bytes_go_there_and_back() {
    let bench = Bench::new();
    let pointer = bench.upload(&[1, 2, 3, 4, 5]);
    assert_eq!(pointer.0 % 256, 0);
    assert_eq!(bench.download(pointer, 5), [1, 2, 3, 4, 5]);
    assert_eq!(bench.download(pointer.offset(2), 3), [3, 4, 5]);
    let range = bench
        .emulator
        .address_range(bench.context, pointer.offset(3));
    assert_eq!(range, Ok((pointer, 5)));
    let beyond = bench
        .emulator
        .copy_to_host(bench.context, &mut [0; 6], pointer)
        .unwrap_err();
    assert_eq!(beyond.code(), Code::InvalidValue);
    assert_eq!(bench.emulator.context_synchronize(bench.context), Ok(()));
}

#[test]
fn memory_is_freed_once() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let pointer = bench.upload(&[0; 64]);
    emulator.free(context, pointer).unwrap();
    let twice = emulator.free(context, pointer).unwrap_err();
    assert_eq!(twice.code(), Code::InvalidValue);
    assert_eq!(
        emulator.free(context, DevicePtr(64)).unwrap_err().code(),
        Code::InvalidValue
    );
    let late = emulator
        .copy_to_host(context, &mut [0; 4], pointer)
        .unwrap_err();
    assert!(late.to_string().contains("freed"), "{late}");
}

#[test]
fn freeing_waits_for_what_may_use_the_memory() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let stream = bench.stream(true);
    let pointer = bench.upload(&[0; 4]);
    let fill = fill(pointer, 7, 1, 4);
    let go = bench.block(stream);
    emulator.fill_async(context, &fill, stream).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| emulator.free(context, pointer).unwrap());
        go.send(()).unwrap();
    });
    emulator.stream_synchronize(context, stream).unwrap();
}

#[test]
fn stream_ordered_memory_is_freed_in_order() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    let pointer = emulator.alloc_async(context, 4, None, stream).unwrap();
    let go = bench.block(stream);
    emulator.free_async(context, pointer, stream).unwrap();
    emulator
        .copy_to_device(context, pointer, &[1, 2, 3, 4])
        .unwrap();
    drop(go);
    emulator.stream_synchronize(context, stream).unwrap();
    let late = emulator.copy_to_device(context, pointer, &[1]).unwrap_err();
    assert!(late.to_string().contains("freed"), "{late}");
    assert!(emulator.free_async(context, pointer, stream).is_err());
}

#[test]
fn free_memory_is_counted() {
    let bench = Bench::on(1);
    let (_, total) = bench.emulator.memory_info(bench.context).unwrap();
    assert_eq!(bench.emulator.device_total_memory(1), Ok(total));
    let most = bench.emulator.alloc(bench.context, total + 1).unwrap_err();
    assert!(most.is_out_of_memory());
}

#[test]
fn rows_have_a_pitch() {
    let bench = Bench::new();
    let (pointer, pitch) = bench
        .emulator
        .alloc_pitched(bench.context, 100, 3, 4)
        .unwrap();
    assert_eq!(pitch, 512);
    assert_eq!(
        bench.emulator.address_range(bench.context, pointer),
        Ok((pointer, 3 * 512))
    );
    let odd = bench
        .emulator
        .alloc_pitched(bench.context, 100, 3, 5)
        .unwrap_err();
    assert_eq!(odd.code(), Code::InvalidValue);
}

fn fill(to: DevicePtr, value: u32, element: u32, width: usize) -> Fill {
    Fill {
        to,
        pitch: 0,
        value,
        element,
        width,
        height: 1,
    }
}

#[test]
fn fills_repeat_one_two_or_four_bytes() {
    let bench = Bench::new();
    let pointer = bench.upload(&[9; 12]);
    let run = |fill: Fill| {
        bench.emulator.fill(bench.context, &fill).unwrap();
        bench.download(pointer, 12)
    };
    let value = 0x0403_0201;
    assert_eq!(
        run(fill(pointer, value, 1, 3)),
        [1, 1, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9]
    );
    assert_eq!(
        run(fill(pointer.offset(4), value, 2, 2))[4..9],
        [1, 2, 1, 2, 9]
    );
    assert_eq!(run(fill(pointer, value, 4, 3)), [1, 2, 3, 4].repeat(3));
    let rows = Fill {
        pitch: 4,
        height: 3,
        ..fill(pointer, 0, 1, 2)
    };
    assert_eq!(run(rows), [0, 0, 3, 4].repeat(3));
}

#[test]
fn pinned_memory_is_zero_and_reached_at_its_own_address() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let block = emulator
        .host_alloc(context, 16, HostFlags::default())
        .unwrap();
    let pointer = emulator.host_device_pointer(context, block).unwrap();
    assert_eq!(pointer.0, block.start().as_ptr() as u64);
    assert_eq!(bench.download(pointer, 16), [0; 16]);
    emulator.host_free(context, block).unwrap();
    assert!(emulator.host_free(context, block).is_err());
}

#[test]
fn managed_memory_is_one_for_host_and_kernels() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let (pointer, block) = emulator.alloc_managed(context, 64, true).unwrap();
    assert_eq!(pointer.0, block.start().as_ptr() as u64);
    let null = crate::backend::StreamHandle::NULL;
    let prefetch = |bytes| emulator.managed_prefetch(context, pointer, bytes, Some(1), null);
    prefetch(64).unwrap();
    assert_eq!(prefetch(65).unwrap_err().code(), Code::InvalidValue);
    emulator.free(context, pointer).unwrap();
    assert!(prefetch(64).is_err());
}

#[test]
fn registered_memory_is_reached_until_it_is_unregistered() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let data: Vec<u8> = (0..64).collect();
    let block = block_of(&data);
    let register = || emulator.host_register(context, block, RegisterFlags::default());
    register().unwrap();
    assert_eq!(
        register().unwrap_err().code(),
        Code::HostMemoryAlreadyRegistered
    );
    let pointer = emulator.host_device_pointer(context, block).unwrap();
    assert_eq!(bench.download(pointer.offset(60), 4), [60, 61, 62, 63]);
    emulator.host_unregister(context, block).unwrap();
    let twice = emulator.host_unregister(context, block).unwrap_err();
    assert_eq!(twice.code(), Code::HostMemoryNotRegistered);
    assert!(emulator.copy_to_host(context, &mut [0], pointer).is_err());
}
