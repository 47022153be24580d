//! Messages and bulk: what arrives is what was sent, and what is not a message is an error that leaves the link usable.

mod support;

use manyways_wire::{
    FrameReader, FrameWriter, Short, decode, decode_prefix, encode, encode_into,
    encode_short_or_into,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::thread;
use support::{Chopped, Step};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Message {
    Unit,
    Number(i64, Option<u128>),
    Text {
        name: String,
        flag: bool,
        letter: char,
    },
    Many(Vec<(u16, f64)>, BTreeMap<String, Vec<u8>>),
    Nested(Box<Message>),
}

fn message() -> impl Strategy<Value = Message> {
    let leaf = prop_oneof![
        Just(Message::Unit),
        (any::<i64>(), any::<Option<u128>>()).prop_map(|(a, b)| Message::Number(a, b)),
        (".*", any::<bool>(), any::<char>()).prop_map(|(name, flag, letter)| Message::Text {
            name,
            flag,
            letter
        }),
        (
            vec((any::<u16>(), -1e9..1e9), 0..9),
            btree_map(".{0,9}", vec(any::<u8>(), 0..9), 0..5)
        )
            .prop_map(|(numbers, bytes)| Message::Many(numbers, bytes)),
    ];
    leaf.prop_recursive(4, 16, 1, |inner| {
        inner.prop_map(|inner| Message::Nested(Box::new(inner)))
    })
}

fn bulk() -> impl Strategy<Value = Vec<u8>> {
    (0_usize..200_000, any::<u8>()).prop_map(|(size, byte)| vec![byte; size])
}

/// Fails in the middle, after some bytes went into the buffer.
struct Unencodable;

impl Serialize for Unencodable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeTuple};
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element("a first part")?;
        Err(S::Error::custom("no second part"))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decoded_as_encoded(message in message(), behind in vec(any::<u8>(), 0..9)) {
        let mut bytes = encode(&message).unwrap();
        prop_assert_eq!(&decode::<Message>(&bytes).unwrap(), &message);
        prop_assert_eq!(&bytes, &postcard::to_stdvec(&message).unwrap());
        bytes.extend_from_slice(&behind);
        let (first, rest) = decode_prefix::<Message>(&bytes).unwrap();
        prop_assert_eq!((first, rest), (message, behind.as_slice()));
        let whole = decode::<Message>(&bytes);
        prop_assert!(whole.is_ok() == behind.is_empty());
        prop_assert!(whole.is_ok() || whole.unwrap_err().is_garbage());
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..100)) {
        if let Ok((message, rest)) = decode_prefix::<Message>(&bytes) {
            prop_assert!(rest.len() < bytes.len());
            prop_assert_eq!(decode::<Message>(&encode(&message).unwrap()).unwrap(), message);
        }
    }

    #[test]
    fn a_cut_message_is_an_error(message in message(), cut in any::<prop::sample::Index>()) {
        let bytes = encode(&message).unwrap();
        let error = decode::<Message>(&bytes[..cut.index(bytes.len())]).unwrap_err();
        prop_assert!(error.is_decode() && !error.is_garbage(), "{}", error);
        prop_assert!(error.to_string().contains("messages::Message"), "{}", error);
    }

    #[test]
    fn pairs_arrive_through_any_chopping(
        pairs in vec((message(), bulk()), 0..5),
        steps in vec(prop_oneof![(1_usize..90_000).prop_map(Step::Move), Just(Step::Block)], 0..60),
    ) {
        let mut writer = FrameWriter::new(Vec::new());
        for (message, bulk) in &pairs {
            writer.send_with_bulk(message, bulk).unwrap();
        }
        let mut reader = FrameReader::new(Chopped::new(writer.get_ref(), &steps));
        for pair in &pairs {
            let got = loop {
                match reader.recv_with_bulk::<Message>() {
                    Err(error) if error.is_timeout() => {}
                    other => break other.unwrap(),
                }
            };
            prop_assert!(got == *pair);
        }
        let end = reader.recv_with_bulk::<Message>();
        prop_assert!(matches!(end, Err(error) if error.is_closed() || error.is_timeout()));
    }
}

/// As `encode_into`, whatever way the short bytes take.
fn encoded_short_or_into(message: &impl serde::Serialize) -> Vec<u8> {
    let mut buffer = b"before".to_vec();
    match encode_short_or_into(message, &mut buffer).unwrap() {
        Some(short) => {
            assert_eq!(buffer, b"before", "a short message is not in the buffer");
            short.bits().to_le_bytes()[..short.length()].to_vec()
        }
        None => buffer.split_off(b"before".len()),
    }
}

proptest! {
    #[test]
    fn short_messages_are_the_same_bytes(
        number in any::<u64>(), float in any::<f64>(), signed in any::<i32>(), byte in any::<u8>(),
        text in "[a-z]{0,12}", optional in any::<Option<u16>>(), bytes in any::<[u8; 8]>(),
    ) {
        prop_assert_eq!(encoded_short_or_into(&number), encode(&number).unwrap());
        prop_assert_eq!(encoded_short_or_into(&float), encode(&float).unwrap());
        prop_assert_eq!(encoded_short_or_into(&text), encode(&text).unwrap());
        prop_assert_eq!(encoded_short_or_into(&bytes), encode(&bytes).unwrap());
        let many = (byte, optional, signed, text, float, number);
        prop_assert_eq!(encoded_short_or_into(&many), encode(&many).unwrap());
        let few = (byte, optional, signed as i8);
        prop_assert_eq!(encoded_short_or_into(&few), encode(&few).unwrap());
    }
}

#[test]
fn short_is_up_to_eight_bytes() {
    let mut buffer = Vec::new();
    let length = |short: Option<Short>| short.map(Short::length);
    let eight = encode_short_or_into(&1.5_f64, &mut buffer).unwrap();
    let nothing = encode_short_or_into(&(), &mut buffer).unwrap();
    let nine = encode_short_or_into(&(true, 1.5_f64), &mut buffer).unwrap();
    assert_eq!(
        (length(eight), length(nothing), length(nine)),
        (Some(8), Some(0), None)
    );
    assert_eq!(buffer.len(), 9);
    let error = encode_short_or_into(&(1_u64, 2.5_f64, Unencodable), &mut buffer).unwrap_err();
    assert!(error.is_encode());
    assert_eq!(buffer.len(), 9, "an error leaves the buffer as it was");
}

#[test]
fn an_encoding_error_leaves_nothing_behind() {
    let mut buffer = b"before".to_vec();
    let error = encode_into(&Unencodable, &mut buffer).unwrap_err();
    assert!(
        error.is_encode() && error.to_string().contains("Unencodable"),
        "{error}"
    );
    assert_eq!(buffer, b"before");

    let mut writer = FrameWriter::new(Vec::new());
    assert!(writer.send(&Unencodable).unwrap_err().is_encode());
    assert!(
        writer
            .send_with_bulk(&Unencodable, b"bulk")
            .unwrap_err()
            .is_encode()
    );
    assert!(writer.get_ref().is_empty() && !writer.has_pending());
    writer.send("usable").unwrap();
    assert_eq!(
        FrameReader::new(writer.get_ref().as_slice())
            .recv::<String>()
            .unwrap(),
        "usable"
    );
}

#[test]
fn a_message_of_the_wrong_type_costs_one_frame() {
    let mut writer = FrameWriter::new(Vec::new());
    writer.send(&200_u8).unwrap();
    writer.send(&(1_u8, 2_u8)).unwrap();
    writer.send_with_bulk(&300_u16, b"its bulk").unwrap();
    writer.send("good").unwrap();
    let stream = writer.into_inner();
    let mut reader = FrameReader::new(stream.as_slice());
    assert!(reader.recv::<bool>().unwrap_err().is_decode());
    assert!(reader.recv::<u8>().unwrap_err().is_garbage());
    assert!(reader.recv_with_bulk::<bool>().unwrap_err().is_decode());
    assert_eq!(reader.recv::<String>().unwrap(), "good");
}

#[test]
fn a_stream_cut_between_message_and_bulk_is_truncated() {
    let mut writer = FrameWriter::new(Vec::new());
    writer.send("where is my bulk").unwrap();
    let stream = writer.into_inner();
    let mut reader = FrameReader::new(stream.as_slice());
    for _ in 0..2 {
        let error = reader.recv_with_bulk::<String>().unwrap_err();
        assert!(error.is_truncated() && !error.is_closed(), "{error}");
    }
    assert_eq!(reader.recv::<String>().unwrap(), "where is my bulk");
}

#[test]
fn a_message_without_its_bulk_is_no_buffered_frame() {
    let mut writer = FrameWriter::new(Vec::new());
    writer.send_with_bulk(&5_u32, &[1; 10]).unwrap();
    let cut = writer.get_ref().len() - 4;
    let mut reader = FrameReader::new(Chopped::new(
        writer.get_ref(),
        &[Step::Move(cut), Step::Block],
    ));
    assert!(reader.recv_with_bulk::<u32>().unwrap_err().is_timeout());
    assert!(!reader.has_buffered_frame());
    assert_eq!(reader.recv_with_bulk::<u32>().unwrap(), (5, vec![1; 10]));
}

#[test]
fn bulk_goes_into_memory_that_is_used_again() {
    let mut writer = FrameWriter::new(Vec::new());
    for byte in 0..3 {
        writer.send_with_bulk(&byte, &vec![byte; 1 << 20]).unwrap();
    }
    let stream = writer.into_inner();
    let mut reader = FrameReader::new(stream.as_slice());
    let mut bulk = Vec::with_capacity(1 << 20);
    let memory = bulk.as_ptr();
    for byte in 0..3_u8 {
        assert_eq!(reader.recv_with_bulk_into::<u8>(&mut bulk).unwrap(), byte);
        assert!(bulk == vec![byte; 1 << 20]);
        assert_eq!(bulk.as_ptr(), memory);
    }
}

#[test]
fn a_peer_that_closes_is_told_from_one_that_leaves_bytes_unread() {
    let (here, there) = UnixStream::pair().unwrap();
    let (mut reader, mut writer) = (FrameReader::new(&here), FrameWriter::new(&here));
    drop(there);
    assert!(reader.recv::<u8>().unwrap_err().is_closed());
    let error = writer.send(&1_u8).unwrap_err();
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::BrokenPipe));
}

#[test]
fn large_payloads_cross_a_real_socket() {
    let (here, there) = UnixStream::pair().unwrap();
    let sender = thread::spawn(move || {
        let mut writer = FrameWriter::new(here).max_frame(1 << 30);
        for size in [0_usize, 1 << 10, 1 << 16, (1 << 16) + 1, 5 << 20, 100 << 20] {
            writer
                .send_with_bulk(&size, &vec![size as u8 ^ 0x5A; size])
                .unwrap();
        }
    });
    let mut reader = FrameReader::new(there).max_frame(1 << 30);
    while let Ok((size, bulk)) = reader.recv_with_bulk::<usize>() {
        assert_eq!(size, bulk.len());
        assert!(bulk == vec![size as u8 ^ 0x5A; size]);
    }
    assert!(reader.read_frame().unwrap_err().is_closed());
    sender.join().unwrap();
}

#[test]
fn a_panic_while_encoding_leaves_the_stream_whole() {
    struct Panicking;
    impl Serialize for Panicking {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeTuple;
            let mut tuple = serializer.serialize_tuple(2)?;
            tuple.serialize_element("a first part")?;
            panic!("no second part")
        }
    }
    let mut writer = FrameWriter::new(Vec::new());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| writer.send(&Panicking)));
    assert!(caught.is_err() && !writer.has_pending());
    writer.flush_pending().unwrap();
    writer.send("good").unwrap();
    assert_eq!(writer.get_ref(), &{
        let mut other = FrameWriter::new(Vec::new());
        other.send("good").unwrap();
        other.into_inner()
    });
}
