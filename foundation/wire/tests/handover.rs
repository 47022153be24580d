//! A reader's place in its stream can be carried elsewhere at any byte, and frames that are not wanted leave no trace.

mod support;

use manyways_wire::{FrameReader, FrameWriter};
use proptest::collection::vec;
use proptest::prelude::*;
use support::{Chopped, Step};

fn stream_of(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = FrameWriter::new(Vec::new());
    for frame in frames {
        writer.write_frame(frame).unwrap();
    }
    writer.into_inner()
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_usize..20).prop_map(Step::Move),
        2 => (1_usize..200_000).prop_map(Step::Move),
        2 => Just(Step::Block),
    ]
}

/// Around the size of the read-ahead buffer and beyond it.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![6 => 0_usize..40, 1 => 65_500_usize..65_600, 1 => 0_usize..300_000];
    (size, any::<u8>()).prop_map(|(size, seed)| vec![seed; size])
}

/// What is done with the next frame.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Read,
    Discard,
    AskLength,
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![Just(Wish::Read), Just(Wish::Discard), Just(Wish::AskLength)]
}

/// Repeats what was not ready, with another reader each time where that is possible.
fn go_on<T>(
    mut reader: FrameReader<Chopped>,
    mut attempt: impl FnMut(&mut FrameReader<Chopped>) -> manyways_wire::Result<T>,
) -> (FrameReader<Chopped>, T) {
    loop {
        match attempt(&mut reader) {
            Ok(done) => return (reader, done),
            Err(error) => assert!(error.is_timeout(), "{error}"),
        }
        if let Some(unread) = reader.unread() {
            reader = FrameReader::new(reader.into_inner()).with_unread(unread);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_invented(
        frames in vec((payload(), wish()), 0..10),
        steps in vec(step(), 0..200),
    ) {
        let payloads: Vec<_> = frames.iter().map(|(payload, _)| payload.clone()).collect();
        let mut reader = FrameReader::new(Chopped::new(&stream_of(&payloads), &steps));
        for (payload, wish) in &frames {
            if let Wish::AskLength = wish {
                let length;
                (reader, length) = go_on(reader, FrameReader::next_length);
                prop_assert_eq!(length, payload.len() as u64);
            }
            if let Wish::Discard = wish {
                reader = go_on(reader, FrameReader::next_length).0;
                // Its header is there, so it is gone now, even if the rest of it is still to come.
                if let Err(error) = reader.discard_frame() {
                    prop_assert!(error.is_timeout(), "{}", error);
                }
            } else {
                let read;
                (reader, read) = go_on(reader, |reader| reader.read_frame().map(<[u8]>::to_vec));
                prop_assert_eq!(&read, payload);
            }
        }
        let end = loop {
            match reader.read_frame() {
                Err(error) if error.is_timeout() => {}
                end => break end.map(<[u8]>::to_vec),
            }
        };
        prop_assert!(end.unwrap_err().is_closed());
    }
}

#[test]
fn a_message_without_its_bulk_is_carried_too() {
    let mut stream = Vec::new();
    FrameWriter::new(&mut stream)
        .send_with_bulk(&"head", &[9; 200_000])
        .unwrap();
    let steps = [Step::Move(40), Step::Block];
    let mut here = FrameReader::new(Chopped::new(&stream, &steps));
    assert!(
        here.recv_with_bulk::<String>()
            .is_err_and(|error| error.is_timeout())
    );
    let unread = here.unread().unwrap();
    let mut there = FrameReader::new(here.into_inner()).with_unread(unread);
    let (head, bulk) = there.recv_with_bulk::<String>().unwrap();
    assert_eq!((head.as_str(), bulk.len()), ("head", 200_000));
}

#[test]
fn more_than_a_reader_would_have_read_is_taken_frame_by_frame() {
    let payloads = [vec![1; 70_000], vec![2; 3], vec![3; 70_000], Vec::new()];
    let mut reader = FrameReader::new(&[][..]).with_unread(stream_of(&payloads));
    for payload in &payloads {
        assert!(reader.has_buffered_frame());
        assert_eq!(reader.read_frame().unwrap(), payload);
    }
    assert!(reader.read_frame().unwrap_err().is_closed());
}

#[test]
fn a_discarded_frame_keeps_no_memory_and_its_cut_is_told() {
    let stream = stream_of(&[vec![0; 50 << 20]]);
    let mut reader = FrameReader::new(&stream[..stream.len() - 1]);
    let error = reader.discard_frame().unwrap_err();
    assert!(error.is_truncated(), "{error}");
    assert!(reader.unread().is_none());
}

#[test]
fn a_new_limit_holds_for_the_next_header() {
    let stream = stream_of(&[vec![0; 10], vec![0; 11]]);
    let mut reader = FrameReader::new(stream.as_slice());
    reader.set_max_frame(10);
    assert_eq!(reader.read_frame().unwrap().len(), 10);
    assert!(reader.next_length().unwrap_err().is_oversize());
    reader.set_max_frame(11);
    assert_eq!(reader.read_frame().unwrap().len(), 11);
}
