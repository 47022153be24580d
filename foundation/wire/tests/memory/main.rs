//! What peers can make us allocate, and what small messages cost: counted at the allocator.

mod sys;

use manyways_wire::{FrameReader, FrameWriter, decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use sys::measure;

const MIB: u64 = 1 << 20;

/// A frame's header that promises `length` bytes, and `sent` of them.
fn promise(length: u64, sent: usize) -> Vec<u8> {
    let mut stream = b"\xF5MW\x01".to_vec();
    stream.extend_from_slice(&length.to_le_bytes());
    stream.resize(12 + sent, 7);
    stream
}

#[test]
fn an_announced_payload_that_does_not_come_costs_nothing() {
    for (max, length, sent) in [
        (64 * MIB, 60 * MIB, 10),
        (u64::MAX, u64::MAX, 10),
        (u64::MAX, 1 << 60, 200_000),
    ] {
        let stream = promise(length, sent);
        let (error, heap) = measure(|| {
            let mut reader = FrameReader::new(stream.as_slice()).max_frame(max);
            reader.read_frame().map(<[u8]>::len).unwrap_err()
        });
        assert!(error.is_truncated(), "{error}");
        assert!(heap.peak < MIB, "{heap:?}");
    }
}

#[test]
fn an_oversize_announcement_costs_the_first_read() {
    let stream = promise(65 * MIB, 0);
    let mut reader = FrameReader::new(stream.as_slice());
    let (error, heap) = measure(|| reader.read_frame().map(<[u8]>::len).unwrap_err());
    assert!(error.is_oversize(), "{error}");
    assert!(heap.peak < 8 << 10, "{heap:?}");
}

#[test]
fn memory_grows_with_what_arrived() {
    let sent = 5 * MIB;
    let stream = promise(60 * MIB, sent as usize);
    let mut payload = Vec::new();
    let (error, heap) = measure(|| {
        FrameReader::new(stream.as_slice())
            .read_frame_into(&mut payload)
            .unwrap_err()
    });
    assert!(error.is_truncated(), "{error}");
    assert!(heap.peak <= 2 * sent + MIB, "{heap:?}");
}

#[test]
fn a_payload_that_comes_is_held_once() {
    let stream = promise(60 * MIB, 60 << 20);
    let mut payload = Vec::new();
    let (outcome, heap) =
        measure(|| FrameReader::new(stream.as_slice()).read_frame_into(&mut payload));
    outcome.unwrap();
    assert_eq!(payload.capacity() as u64, 60 * MIB);
    assert!(heap.peak <= 61 * MIB, "{heap:?}");
}

const MESSAGES: u64 = 1_000_000;

/// As many as it takes until the read-ahead buffer has its full size.
const WARM_UP: u64 = 10_000;

#[test]
fn a_small_message_allocates_nothing() {
    let mut writer = FrameWriter::new(Vec::with_capacity(64 << 20));
    writer.send(&(0_u64, 0.0_f64)).unwrap();
    let ((), heap) = measure(|| {
        for number in 0..WARM_UP + MESSAGES {
            writer.send(&(number, 0.5)).unwrap();
            writer.write_frame_parts(&[b"a", b"bc"]).unwrap();
        }
    });
    assert_eq!(heap.allocations, 0, "writing");

    let stream = writer.into_inner();
    let mut reader = FrameReader::new(stream.as_slice());
    assert_eq!(reader.recv::<(u64, f64)>().unwrap(), (0, 0.0));
    let mut payload = Vec::with_capacity(16);
    for _ in 0..WARM_UP {
        reader.recv::<(u64, f64)>().unwrap();
        reader.read_frame_into(&mut payload).unwrap();
    }
    let (sum, heap) = measure(|| {
        (0..MESSAGES)
            .map(|_| {
                let (number, half): (u64, f64) = reader.recv().unwrap();
                reader.read_frame_into(&mut payload).unwrap();
                number + (2.0 * half) as u64 + payload.len() as u64
            })
            .sum::<u64>()
    });
    let numbers = WARM_UP..WARM_UP + MESSAGES;
    assert_eq!(sum, numbers.sum::<u64>() + 4 * MESSAGES);
    assert_eq!(heap.allocations, 0, "reading");
}

#[test]
fn large_frames_of_one_reader_share_their_memory() {
    let mut writer = FrameWriter::new(Vec::new());
    for _ in 0..20 {
        writer.write_frame(&[1; 1 << 20]).unwrap();
    }
    let stream = writer.into_inner();
    let mut reader = FrameReader::new(stream.as_slice());
    assert_eq!(reader.read_frame().unwrap().len(), 1 << 20);
    let (count, heap) =
        measure(|| std::iter::from_fn(|| reader.read_frame().ok().map(<[u8]>::len)).count());
    assert_eq!(count, 19);
    assert!(heap.peak < 256 << 10, "{heap:?}");
}

/// Decodes `bytes` as a `T`, which must fail, and returns the heap's peak.
fn peak_of_failing<T: DeserializeOwned>(bytes: &[u8]) -> u64 {
    let (outcome, heap) = measure(|| decode::<T>(bytes).map(drop));
    let error = outcome.unwrap_err();
    assert!(error.is_decode(), "{error}");
    heap.peak
}

#[test]
fn hostile_lengths_reserve_nothing() {
    let hostile = encode(&(u64::MAX >> 1)).unwrap();
    let followed = [hostile.as_slice(), &[1; 40]].concat();
    for bytes in [&hostile, &followed] {
        assert!(peak_of_failing::<Vec<u64>>(bytes) < 1024);
        assert!(peak_of_failing::<Vec<[u64; 32]>>(bytes) < 64 << 10);
        assert!(peak_of_failing::<String>(bytes) < 1024);
        assert!(peak_of_failing::<Vec<String>>(bytes) < 8 << 10);
        assert!(peak_of_failing::<HashMap<u64, u64>>(bytes) < 8 << 10);
        assert!(peak_of_failing::<HashSet<u8>>(bytes) < 8 << 10);
        assert!(peak_of_failing::<BTreeMap<String, Vec<u8>>>(bytes) < 8 << 10);
        assert!(peak_of_failing::<Box<[u16]>>(bytes) < 1024);
        assert!(peak_of_failing::<Box<str>>(bytes) < 1024);
    }
}

/// Every level announces as many children as the rest of the message has bytes.
#[test]
fn reservations_do_not_add_up_over_levels() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Tree(Vec<Tree>);

    let length = 64 << 10;
    let level = encode(&(length as u64 / 2)).unwrap();
    let bytes: Vec<u8> = level.iter().copied().cycle().take(length).collect();
    let node = size_of::<Tree>() as u64;
    assert!(peak_of_failing::<Tree>(&bytes) <= 2 * node * length as u64);
}
