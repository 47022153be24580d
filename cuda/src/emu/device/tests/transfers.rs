use super::Bench;
use super::sys::{source, target};
use crate::backend::calls::*;
use crate::backend::{
    ArrayDescriptor, ArrayFormat, ArrayHandle, ArrayKind, Copy, Memory, Place, StreamHandle,
};
use crate::error::Code;

fn place<H>(memory: Memory<H>, start: [usize; 3], pitch: usize, height: usize) -> Place<H> {
    let [x, y, z] = start;
    Place {
        memory,
        x,
        y,
        z,
        pitch,
        height,
        context: None,
    }
}

fn array(bench: &Bench, width: usize, height: usize, depth: usize) -> ArrayHandle {
    let descriptor = ArrayDescriptor {
        width,
        height,
        depth,
        format: ArrayFormat::U8,
        channels: 1,
        kind: ArrayKind::Plain,
        surface: false,
        gather: false,
    };
    bench
        .emulator
        .array_create(bench.context, &descriptor)
        .unwrap()
}

#[test]
fn asynchronous_copies_keep_their_order() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    let data: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    let mut back = vec![0; data.len()];
    let (one, two) = (
        bench.upload(&vec![0; data.len()]),
        bench.upload(&vec![0; data.len()]),
    );
    emulator
        .copy_to_device_async(context, one, source(&data), stream)
        .unwrap();
    emulator
        .copy_on_device_async(context, two, one, data.len(), stream)
        .unwrap();
    emulator
        .copy_to_host_async(context, target(&mut back), two, stream)
        .unwrap();
    emulator.stream_synchronize(context, stream).unwrap();
    assert_eq!(back, data);
}

#[test]
fn devices_copy_from_each_other() {
    let (here, there) = (Bench::on(0), Bench::on(1));
    let data: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let (from, to) = (here.upload(&data), there.upload(&vec![0; data.len()]));
    let ends = ((there.context, to), (here.context, from));
    let emulator = here.emulator;
    emulator
        .copy_peer_async(ends.0, ends.1, data.len(), StreamHandle::NULL)
        .unwrap();
    assert_eq!(there.download(to, data.len()), data);
    emulator.copy_on_device(here.context, from, to, 10).unwrap();
    assert_eq!(here.download(from, 10), data[..10]);
}

#[test]
fn boxes_are_cut_out_of_boxes() {
    let bench = Bench::new();
    // 4 bytes by 3 rows by 2 slices.
    let data: Vec<u8> = (0..24).collect();
    let pointer = bench.upload(&data);
    let mut back = [0xee; 12];
    let copy = Copy {
        from: place(Memory::Device(pointer), [1, 1, 0], 4, 3),
        to: place(Memory::Host(target(&mut back)), [0, 0, 0], 3, 2),
        width: 2,
        height: 2,
        depth: 2,
    };
    bench.emulator.copy(bench.context, &copy).unwrap();
    assert_eq!(back, [5, 6, 0xee, 9, 10, 0xee, 17, 18, 0xee, 21, 22, 0xee]);
}

#[test]
fn dense_boxes_are_copied_at_once() {
    let bench = Bench::new();
    let data: Vec<u8> = (0..24).collect();
    let pointer = bench.upload(&[0; 30]);
    let copy = Copy {
        from: place(Memory::Host(source(&data)), [0, 0, 0], 4, 3),
        to: place(Memory::Device(pointer), [2, 0, 0], 4, 3),
        width: 4,
        height: 3,
        depth: 2,
    };
    bench.emulator.copy(bench.context, &copy).unwrap();
    assert_eq!(bench.download(pointer, 30)[2..26], data);
}

#[test]
fn arrays_are_filled_and_read() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let array = array(&bench, 5, 4, 3);
    let data: Vec<u8> = (1..=60).collect();
    let fill = Copy {
        from: place(Memory::Host(source(&data)), [0, 0, 0], 5, 4),
        to: place(Memory::Array(array), [0, 0, 0], 0, 0),
        width: 5,
        height: 4,
        depth: 3,
    };
    emulator.copy(context, &fill).unwrap();
    let pointer = bench.upload(&[0; 8]);
    let read = |start| Copy {
        from: place(Memory::Array(array), start, 0, 0),
        to: place(Memory::Device(pointer), [0, 0, 0], 2, 2),
        width: 2,
        height: 2,
        depth: 2,
    };
    emulator
        .copy_async(context, &read([3, 2, 1]), StreamHandle::NULL)
        .unwrap();
    assert_eq!(bench.download(pointer, 8), [34, 35, 39, 40, 54, 55, 59, 60]);
    let beyond = emulator.copy(context, &read([4, 2, 1])).unwrap_err();
    assert_eq!(beyond.code(), Code::InvalidValue);
    assert!(
        beyond.to_string().contains("do not fit an array"),
        "{beyond}"
    );
    emulator.array_destroy(context, array).unwrap();
    assert_eq!(
        emulator.copy(context, &read([0; 3])).unwrap_err().code(),
        Code::InvalidHandle
    );
}

#[test]
fn impossible_arrays_are_refused() {
    let bench = Bench::new();
    let base = ArrayDescriptor {
        width: 8,
        height: 8,
        depth: 0,
        format: ArrayFormat::F32,
        channels: 1,
        kind: ArrayKind::Plain,
        surface: false,
        gather: false,
    };
    let wrong = [
        ArrayDescriptor {
            channels: 3,
            ..base
        },
        ArrayDescriptor { width: 0, ..base },
        ArrayDescriptor {
            width: 1 << 20,
            ..base
        },
        ArrayDescriptor {
            height: 0,
            depth: 2,
            ..base
        },
        ArrayDescriptor {
            kind: ArrayKind::Layered,
            ..base
        },
        ArrayDescriptor {
            kind: ArrayKind::Cubemap,
            depth: 5,
            ..base
        },
    ];
    for descriptor in wrong {
        let refused = bench
            .emulator
            .array_create(bench.context, &descriptor)
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidValue, "{descriptor:?}");
    }
    let array = bench.emulator.array_create(bench.context, &base).unwrap();
    let surface = bench
        .emulator
        .surface_create(bench.context, array)
        .unwrap_err();
    assert!(
        surface.to_string().contains("not made for surfaces"),
        "{surface}"
    );
}
