//! Rings, of four units: a message of up to twelve bytes is whole, and the second such has to wait.

use std::time::Instant;

use super::{bounded, process, with_death_at_each_step};
use crate::ring::{GetError, Ring};

/// Two units each.
const ONE: &[u8] = b"one-----";
const TWO: &[u8] = b"two-----";

/// Four parts.
const LONG: &[u8] = b"1---2---3---4---";

fn ring() -> Ring {
    Ring::of_units(4)
}

fn get(ring: &Ring) -> Result<Vec<u8>, GetError> {
    ring.get_with(None, <[u8]>::to_vec)
}

fn put(ring: &Ring, message: &[u8]) {
    ring.put(&[message], None).unwrap();
}

/// Both sides sleep, and neither for ever.
#[test]
fn a_full_ring_and_an_empty_one() {
    bounded(3, || {
        let ring = ring();
        let writer = {
            let ring = ring.clone();
            process(1, None, move || {
                [ONE, TWO].map(|message| put(&ring, message))
            })
        };
        assert_eq!([get(&ring).unwrap(), get(&ring).unwrap()], [ONE, TWO]);
        writer.join().unwrap().unwrap();
        assert!(ring.is_empty());
    });
}

/// Two sleepers, two messages: each gets one.
#[test]
fn no_sleeper_is_forgotten() {
    bounded(2, || {
        let ring = Ring::of_units(8);
        let readers = [1, 2].map(|number| {
            let ring = ring.clone();
            process(number, None, move || get(&ring).unwrap())
        });
        put(&ring, ONE);
        put(&ring, TWO);
        let mut got = readers.map(|reader| reader.join().unwrap().unwrap());
        got.sort();
        assert_eq!(got, [ONE, TWO]);
    });
}

#[test]
fn a_message_in_parts() {
    bounded(2, || {
        let ring = ring();
        let writer = {
            let ring = ring.clone();
            process(1, None, move || put(&ring, LONG))
        };
        assert_eq!(get(&ring).unwrap(), LONG);
        writer.join().unwrap().unwrap();
        assert!(ring.is_empty());
    });
}

/// The message of a writer that dies is there whole or not at all; another's comes whatever happens to the first.
#[test]
fn a_writer_dies() {
    for message in [ONE, LONG] {
        with_death_at_each_step(1, move |steps| {
            let ring = ring();
            let [victim, other] =
                [(1, steps, message), (2, None, TWO)].map(|(number, steps, message)| {
                    let ring = ring.clone();
                    process(number, steps, move || ring.put(&[message], None))
                });
            let mut got = Vec::new();
            while got.last().is_none_or(|last| last != TWO) {
                got.push(get(&ring).unwrap());
            }
            assert_eq!(other.join().unwrap(), Ok(Ok(())));
            // For one in parts, which nobody else would take.
            ring.close();
            let put = victim.join().unwrap();
            got.extend(get(&ring));
            assert_eq!(get(&ring), Err(GetError::Closed));
            got.sort();
            assert!(
                got == [message, TWO] || got == [TWO] && put != Ok(Ok(())),
                "{got:?}"
            );
            put.is_ok()
        });
    }
}

/// What a reader had not got when it died, another gets.
#[test]
fn a_reader_dies() {
    with_death_at_each_step(2, |steps| {
        let ring = Ring::of_units(8);
        put(&ring, ONE);
        let victim = {
            let ring = ring.clone();
            process(1, steps, move || get(&ring).unwrap())
        };
        put(&ring, TWO);
        let mine = get(&ring).unwrap();
        let left = || ring.get_with(Some(Instant::now()), <[u8]>::to_vec);
        match victim.join().unwrap() {
            Ok(theirs) => {
                assert!([[ONE, TWO], [TWO, ONE]].contains(&[&*mine, &*theirs]));
                assert!(left().is_err());
                true
            }
            Err(_) => {
                // It had got one and died before it could tell, or it had not.
                assert!([ONE, TWO].contains(&&*mine));
                assert!(left().is_err() || mine == ONE);
                false
            }
        }
    });
}

/// A message in parts whose reader dies comes whole to the next, or is told to be lost.
#[test]
fn a_reader_of_parts_dies() {
    with_death_at_each_step(1, |steps| {
        let ring = ring();
        let [victim, writer] = [(1, steps), (2, None)].map(|(number, steps)| {
            let ring = ring.clone();
            process(number, steps, move || {
                if number == 1 {
                    assert_eq!(get(&ring).unwrap(), LONG);
                } else {
                    put(&ring, LONG);
                    put(&ring, TWO);
                }
            })
        });
        let victim = victim.join().unwrap();
        let mut got = Vec::new();
        while got
            .last()
            .is_none_or(|last: &Result<Vec<u8>, GetError>| last != &Ok(TWO.to_vec()))
        {
            got.push(get(&ring));
        }
        writer.join().unwrap().unwrap();
        match &got[..] {
            [Ok(_)] => {} // Had by the victim, as far as anybody knows.
            [Ok(long), Ok(_)] => assert!(victim.is_err() && long == LONG),
            [Err(GetError::Lost(death)), Ok(_)] => {
                assert!(victim.is_err() && death.pid() == Some(1))
            }
            other => panic!("{other:?}"),
        }
        victim.is_ok()
    });
}
