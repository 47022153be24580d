//! Frames arrive as they were sent, however the stream chops them, and every way in which a stream can be wrong is told
//! apart.

mod support;

use manyways_wire::{DEFAULT_MAX_FRAME, FrameReader, FrameWriter};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::ErrorKind;
use support::{Chopped, Failing, Step};

const ECONNRESET: i32 = 104;
const ETIMEDOUT: i32 = 110;
const EPIPE: i32 = 32;

fn stream_of(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = FrameWriter::new(Vec::new());
    for frame in frames {
        writer.write_frame(frame).unwrap();
    }
    writer.into_inner()
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..20).prop_map(Step::Move),
        2 => (1_usize..200_000).prop_map(Step::Move),
        1 => Just(Step::Block),
        1 => Just(Step::TimeOut),
        1 => Just(Step::Interrupt),
    ]
}

/// Mostly small payloads, some around the size of the read-ahead buffer, some beyond it.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![6 => 0_usize..40, 1 => 65_500_usize..65_600, 1 => 0_usize..300_000];
    (size, any::<u8>()).prop_map(|(size, seed)| {
        (0..size)
            .map(|i| (i as u8).wrapping_mul(31) ^ seed)
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn read_as_written(frames in vec(payload(), 0..12), steps in vec(step(), 0..300), into in any::<bool>()) {
        let mut reader = FrameReader::new(Chopped::new(&stream_of(&frames), &steps));
        let mut payload = Vec::new();
        for frame in &frames {
            loop {
                let outcome = match into {
                    true => reader.read_frame_into(&mut payload),
                    false => reader.read_frame().map(|read| payload = read.to_vec()),
                };
                match outcome {
                    Ok(()) => break,
                    Err(error) => prop_assert!(error.is_timeout(), "{error}"),
                }
            }
            prop_assert!(&payload == frame);
        }
        let end = loop {
            match reader.read_frame() {
                Err(error) if error.is_timeout() => {}
                other => break other.map(<[u8]>::to_vec),
            }
        };
        prop_assert!(end.unwrap_err().is_closed());
    }

    #[test]
    fn written_as_given(frames in vec(payload(), 0..12), steps in vec(step(), 0..300), cut in 0_usize..50) {
        let mut writer = FrameWriter::new(Chopped::new(&[], &steps));
        for frame in &frames {
            let cut = cut.min(frame.len());
            if let Err(error) = writer.write_frame_parts(&[&frame[..cut], &[], &frame[cut..]]) {
                prop_assert!(error.is_timeout(), "{error}");
                prop_assert!(writer.has_pending());
                while let Err(error) = writer.flush_pending() {
                    prop_assert!(error.is_timeout(), "{error}");
                }
            }
            prop_assert!(!writer.has_pending());
        }
        prop_assert!(writer.get_ref().bytes == stream_of(&frames));
    }

    #[test]
    fn random_bytes_are_an_error(bytes in vec(any::<u8>(), 1..200)) {
        let error = FrameReader::new(bytes.as_slice()).read_frame().map(<[u8]>::to_vec).unwrap_err();
        prop_assert!(error.is_garbage() || error.is_truncated() || error.is_oversize(), "{error}");
    }

    #[test]
    fn random_bytes_behind_the_magic_are_an_error(bytes in vec(any::<u8>(), 0..200)) {
        let mut stream = stream_of(&[vec![]])[..4].to_vec();
        stream.extend(bytes);
        let mut reader = FrameReader::new(stream.as_slice());
        while let Ok(payload) = reader.read_frame() {
            prop_assert!(payload.len() <= stream.len());
        }
    }
}

#[test]
fn the_header_is_as_documented() {
    let stream = stream_of(&[b"abc".to_vec()]);
    assert_eq!(stream, b"\xF5MW\x01\x03\0\0\0\0\0\0\0abc");
}

#[test]
fn every_cut_is_told_apart() {
    let frames = [b"one".to_vec(), vec![], vec![7; 70_000]];
    let stream = stream_of(&frames);
    let boundaries = [0, 15, 27, stream.len()];
    let near = (0..100)
        .chain(65_500..65_700)
        .chain(stream.len() - 5..=stream.len());
    for cut in near {
        let mut reader = FrameReader::new(&stream[..cut]);
        let error = std::iter::repeat_with(|| reader.read_frame().map(<[u8]>::to_vec))
            .find_map(Result::err)
            .unwrap();
        assert_eq!(
            error.is_closed(),
            boundaries.contains(&cut),
            "cut at {cut}: {error}"
        );
        assert_eq!(
            error.is_truncated(),
            !boundaries.contains(&cut),
            "cut at {cut}: {error}"
        );
        assert!(error.is_disconnected());
    }
}

#[test]
fn another_protocol_is_found_out_at_its_first_byte_and_shown() {
    let mut reader = FrameReader::new(Chopped::new(
        b"GET / HTTP/1.1\r\n",
        &[Step::Move(5), Step::Block],
    ));
    for _ in 0..2 {
        let error = reader.read_frame().unwrap_err();
        assert!(error.is_garbage(), "{error}");
        assert!(error.to_string().contains("\"GET /\""), "{error}");
    }
    assert_eq!(reader.get_ref().calls, 1);
    assert!(
        reader.has_buffered_frame(),
        "the error needs no further byte"
    );
}

#[test]
fn the_limit_holds_at_both_ends() {
    let stream = stream_of(&[vec![1; 100], vec![2; 101]]);
    let mut reader = FrameReader::new(stream.as_slice()).max_frame(100);
    assert_eq!(reader.read_frame().unwrap().len(), 100);
    let error = reader.read_frame().unwrap_err();
    assert!(error.is_oversize(), "{error}");
    assert!(
        error.to_string().contains("101 bytes") && error.to_string().contains("100"),
        "{error}"
    );

    let mut writer = FrameWriter::new(Vec::new()).max_frame(100);
    assert!(writer.write_frame(&[0; 101]).unwrap_err().is_oversize());
    assert!(writer.send(&"x".repeat(100)).unwrap_err().is_oversize());
    assert!(
        writer
            .send_with_bulk(&1, &[0; 101])
            .unwrap_err()
            .is_oversize()
    );
    assert!(writer.get_ref().is_empty(), "nothing was written");
    writer.write_frame(&[0; 100]).unwrap();
}

#[test]
fn the_default_limit_is_inclusive_and_the_largest_length_is_refused() {
    let announce = |length: u64| [b"\xF5MW\x01".as_slice(), &length.to_le_bytes()].concat();
    let read = |stream: &[u8]| {
        FrameReader::new(stream)
            .read_frame()
            .map(<[u8]>::to_vec)
            .unwrap_err()
    };
    assert!(read(&announce(DEFAULT_MAX_FRAME)).is_truncated());
    assert!(read(&announce(DEFAULT_MAX_FRAME + 1)).is_oversize());
    assert!(read(&announce(u64::MAX)).is_oversize());
    let all = announce(u64::MAX);
    let error = FrameReader::new(all.as_slice())
        .max_frame(u64::MAX)
        .read_frame()
        .unwrap_err()
        .to_string();
    assert!(error.contains("0 of 18446744073709551615 bytes"), "{error}");
}

#[test]
fn many_small_frames_cost_few_reads() {
    const FRAMES: usize = 100_000;
    let stream = stream_of(&vec![vec![9; 8]; FRAMES]);
    let mut reader = FrameReader::new(Chopped::new(&stream, &[]));
    assert!(!reader.has_buffered_frame());
    let mut buffered = 0;
    for _ in 0..FRAMES {
        assert_eq!(reader.read_frame().unwrap(), [9; 8]);
        buffered += usize::from(reader.has_buffered_frame());
    }
    // 1 + 4 + 16 KiB, then 64 KiB each time.
    let reads = reader.get_ref().calls;
    assert!(reads <= 3 + stream.len() / (64 << 10) + 1, "{reads} reads");
    assert!(
        buffered >= FRAMES - reads,
        "{buffered} of {FRAMES} frames were seen in the buffer"
    );
}

/// The caller's memory is taken for a payload that has not arrived yet; what comes in its place holds nothing.
#[test]
fn a_payload_that_did_not_arrive_leaves_nothing_of_an_earlier_one() {
    let frames = [vec![1; 70_000], vec![2; 90_000]];
    let stream = stream_of(&frames);
    let mut reader = FrameReader::new(&stream[..stream.len() - 1]);
    assert!(reader.read_frame().unwrap() == frames[0]);
    let mut payload = Vec::with_capacity(1 << 20);
    let error = reader.read_frame_into(&mut payload).unwrap_err();
    assert!(error.is_truncated(), "{error}");
    assert!(payload.is_empty(), "{} bytes", payload.len());
}

#[test]
fn a_frame_is_one_vectored_write() {
    let mut writer = FrameWriter::new(Chopped::new(&[], &[]));
    writer.write_frame(&[1; 1000]).unwrap();
    writer
        .write_frame_parts(&[[1_u8; 10].as_slice(); 31])
        .unwrap();
    writer.send(&(1, 2, "three")).unwrap();
    writer.send_with_bulk(&4, &[5; 100_000]).unwrap();
    assert_eq!(writer.get_ref().calls, 4);
}

#[test]
fn more_parts_than_one_write_takes() {
    let parts: Vec<Vec<u8>> = (0..5000_u32)
        .map(|i| i.to_le_bytes()[..i as usize % 5].to_vec())
        .collect();
    let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let mut writer = FrameWriter::new(Vec::new());
    writer.write_frame_parts(&slices).unwrap();
    writer.write_frame_parts(&[]).unwrap();
    let stream = writer.into_inner();
    let mut reader = FrameReader::new(stream.as_slice());
    assert_eq!(reader.read_frame().unwrap(), parts.concat());
    assert_eq!(reader.read_frame().unwrap(), b"");
}

#[test]
fn a_busy_writer_refuses_and_recovers() {
    let steps = [Step::Move(5), Step::Block, Step::Block, Step::Block];
    let mut writer = FrameWriter::new(Chopped::new(&[], &steps));
    let error = writer.write_frame(b"accepted").unwrap_err();
    assert!(error.is_timeout() && !error.is_busy(), "{error}");
    let error = writer.write_frame(b"refused").unwrap_err();
    assert!(error.is_busy() && !error.is_timeout(), "{error}");
    let error = writer.send(&"refused").unwrap_err();
    assert!(error.is_busy(), "{error}");
    writer.write_frame(b"second").unwrap();
    assert!(writer.get_ref().bytes == stream_of(&[b"accepted".to_vec(), b"second".to_vec()]));
}

#[test]
fn a_frame_of_which_nothing_went_out_is_pending_too() {
    let mut writer = FrameWriter::new(Chopped::new(&[], &[Step::TimeOut]));
    assert!(
        writer
            .send_with_bulk(&7_u8, b"bulk")
            .unwrap_err()
            .is_timeout()
    );
    assert!(writer.has_pending());
    writer.flush().unwrap();
    let bytes = writer.into_inner().bytes;
    let (message, bulk): (u8, _) = FrameReader::new(bytes.as_slice()).recv_with_bulk().unwrap();
    assert_eq!((message, bulk.as_slice()), (7, b"bulk".as_slice()));
}

#[test]
fn a_writer_that_broke_inside_a_frame_stays_broken() {
    let mut writer = FrameWriter::new(Failing {
        after: 20,
        errno: EPIPE,
    });
    let error = writer.write_frame(&[0; 100]).unwrap_err();
    assert_eq!(error.io_kind(), Some(ErrorKind::BrokenPipe));
    assert!(error.is_disconnected());
    writer.get_mut().after = 1000;
    for outcome in [
        writer.write_frame(b"x"),
        writer.send(&1),
        writer.flush_pending(),
    ] {
        assert!(outcome.unwrap_err().to_string().contains("open a new link"));
    }
    assert_eq!(writer.get_ref().after, 1000);
}

#[test]
fn a_writer_that_failed_before_a_frame_goes_on() {
    let mut writer = FrameWriter::new(Failing {
        after: 0,
        errno: EPIPE,
    });
    assert!(writer.write_frame(b"lost").is_err());
    writer.get_mut().after = 1000;
    writer.write_frame(b"next").unwrap();
    assert_eq!(writer.get_ref().after, 1000 - 12 - 4);
}

#[test]
fn a_dead_connection_is_no_timeout() {
    for (errno, kind) in [
        (ETIMEDOUT, ErrorKind::TimedOut),
        (ECONNRESET, ErrorKind::ConnectionReset),
    ] {
        let error = FrameReader::new(Failing { after: 0, errno })
            .read_frame()
            .map(<[u8]>::to_vec)
            .unwrap_err();
        assert_eq!(error.io_kind(), Some(kind));
        assert!(
            error.is_disconnected() && !error.is_timeout() && !error.is_closed(),
            "{error}"
        );
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.is::<std::io::Error>());
    }
}

#[test]
fn errors_travel_between_threads() {
    fn check<T: std::error::Error + Send + Sync + 'static>() {}
    check::<manyways_wire::Error>();
    fn send<T: Send>() {}
    send::<FrameReader<std::net::TcpStream>>();
    send::<FrameWriter<std::net::TcpStream>>();
}
