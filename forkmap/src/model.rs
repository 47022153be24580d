//! The protocols under loom, which tries every interleaving and every reordering that the memory
//! model allows. Threads stand in for processes.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p forkmap --lib model`

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use crate::board::Board;
use crate::chunks::Chunks;
use crate::ring::{HEADER, RingReader, RingWriter, WaitForRoom};
use crate::sync::LightFence;

/// A counted signal: the socket's or the eventfd's stand-in.
#[derive(Default)]
struct Bell {
    rings: Mutex<usize>,
    rung: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rings.lock().unwrap() += 1;
        self.rung.notify_one();
    }

    /// Waits for a ring; gives how many had come.
    fn wait(&self) -> usize {
        let mut rings = self.rings.lock().unwrap();
        while *rings == 0 {
            rings = self.rung.wait(rings).unwrap();
        }
        std::mem::take(&mut *rings)
    }
}

struct Room<'a> {
    news: &'a Bell,
    room: &'a Bell,
}

impl WaitForRoom for Room<'_> {
    fn wait_for_room(&mut self) {
        self.news.ring();
        assert_eq!(self.room.wait(), 1, "a wait for room is answered once");
    }
}

/// Every run with at most three preemptions: the full space of the two bells takes hours.
fn bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// A ring of four words, long records of three or four: the writer sleeps for room, the reader for records, and
/// neither sleeps for ever.
#[test]
fn a_full_ring_and_an_empty_one() {
    const RECORDS: u8 = 2;
    bounded(|| {
        let board = Arc::new(Board::new(1, 1, Chunks::Guided).unwrap());
        let bells = Arc::new((Bell::default(), Bell::default()));
        let child = {
            let (board, bells) = (board.clone(), bells.clone());
            thread::spawn(move || {
                let (news, room) = &*bells;
                let mut ring = RingWriter::new(board.ring(0));
                for number in 0..RECORDS {
                    let mut record = vec![0; HEADER];
                    record.resize(HEADER + 9, number); // Two words.
                    ring.write(1, &mut record, &mut Room { news, room });
                    news.ring(); // So that the reader may be at work while the writer fills the ring.
                }
            })
        };
        let (news, room) = &*bells;
        let mut reader = RingReader::default();
        let mut next = 0;
        while next < RECORDS {
            news.wait();
            while reader.take(board.ring(0)).unwrap() {
                if RingReader::writer_waits(board.ring(0)) {
                    room.ring();
                }
            }
            while let Some(record) = reader.record() {
                assert_eq!(record.payload, [next; 9]);
                next += 1;
            }
        }
        child.join().unwrap();
    });
}

/// Short records share words: what is published of a word stays as it is while the writer goes on in it.
#[test]
fn short_records_that_share_words() {
    loom::model(|| {
        let board = Arc::new(Board::new(1, 1, Chunks::Guided).unwrap());
        let child = {
            let board = board.clone();
            thread::spawn(move || {
                let mut ring = RingWriter::new(board.ring(0));
                let never = &Bell::default();
                let mut room = Room {
                    news: never,
                    room: never,
                };
                for number in 1..=3_u32 {
                    // Four bytes each, so that the second record lies across a boundary.
                    let number = f32::from_bits(number << 20 | number);
                    let short = manyways_wire::encode_short_or_into(&number, &mut Vec::new());
                    ring.write_short(1, short.unwrap().unwrap(), &mut room);
                }
            })
        };
        let mut reader = RingReader::default();
        let mut next = 1_u32;
        while next <= 3 {
            if !reader.take(board.ring(0)).unwrap() {
                thread::yield_now();
            }
            while let Some(record) = reader.record() {
                assert_eq!(record.payload, (next << 20 | next).to_le_bytes());
                next += 1;
            }
        }
        child.join().unwrap();
    });
}

/// The parent that has said it is hungry, looked, and found nothing, is woken by the next record.
#[test]
fn no_hunger_is_overlooked() {
    loom::model(|| {
        let board = Arc::new(Board::new(1, 1, Chunks::Guided).unwrap());
        let bell = Arc::new(Bell::default());
        let child = {
            let (board, bell) = (board.clone(), bell.clone());
            thread::spawn(move || {
                let fence = LightFence::register();
                let mut ring = RingWriter::new(board.ring(0));
                let never = &Bell::default();
                ring.write(
                    1,
                    &mut vec![0; HEADER],
                    &mut Room {
                        news: never,
                        room: never,
                    },
                );
                if board.takes_hunger(fence) {
                    bell.ring();
                }
            })
        };
        let mut reader = RingReader::default();
        board.set_hungry();
        if !reader.has_news(board.ring(0)) {
            bell.wait();
        }
        board.set_fed();
        assert!(reader.take(board.ring(0)).unwrap());
        child.join().unwrap();
    });
}

/// Two children take every piece once.
#[test]
fn pieces_are_taken_once() {
    loom::model(|| {
        let board = Arc::new(Board::new(3, 2, Chunks::fixed(1)).unwrap());
        let take = |place| {
            let board = board.clone();
            thread::spawn(move || std::iter::from_fn(|| board.claim(place)).collect::<Vec<_>>())
        };
        let [one, two] = [take(0), take(1)];
        let mut pieces = [one.join().unwrap(), two.join().unwrap()].concat();
        pieces.sort_by_key(|piece| piece.start);
        assert_eq!(pieces, [0..1, 1..2, 2..3]);
    });
}
