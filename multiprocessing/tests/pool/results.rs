//! Results, and failures in place of them.

use std::sync::{Arc, mpsc};

use manyways_testkit::guarded;
use multiprocessing::Pool;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::support::{Marks, next, square};

/// `test_map_no_failfast`: all items are run, whatever fails.
#[test]
fn all_items_are_run_although_one_fails() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        let items: Vec<(String, u32)> = (0..20).map(|n| (marks.path(), n)).collect();
        let result = pool.with().chunksize(3).starmap(marks_unless_seven, items);
        assert_eq!(result.unwrap_err().index(), Some(7));
        assert_eq!(marks.count(), 19);
    });
}

fn marks_unless_seven(path: String, n: u32) {
    assert_ne!(n, 7, "seven");
    std::fs::write(format!("{path}/{n}"), "").unwrap();
}

/// `test_traceback`, `test_wrapped_exception`.
#[test]
fn a_panic_comes_whole() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        let error = pool.map(fails_deep_inside, [1, 2, 3]).unwrap_err();
        assert_eq!(error.index(), Some(1));
        let report = error.panic_report().unwrap();
        assert!(report.message().contains("two of 3"), "{report}");
        assert!(report.place().unwrap().contains(file!()));
        assert!(
            report.backtrace().contains("fails_deep_inside"),
            "{}",
            report.backtrace()
        );
        let text = error.to_string();
        assert!(
            text.contains("results::fails_deep_inside` gave no result for item 1"),
            "{text}"
        );
    });
}

#[inline(never)]
fn fails_deep_inside(n: u8) {
    assert_ne!(n, 2, "two of 3");
}

/// Of several failures the first in the items' order is given.
#[test]
fn the_first_failure_in_order() {
    guarded(|| {
        let pool = Pool::new(3).unwrap();
        for _ in 0..20 {
            let odd = |n: u32| assert!(n.is_multiple_of(2), "{n}");
            let error = pool.with().chunksize(1).map(odd, 2..40).unwrap_err();
            assert_eq!(error.index(), Some(1));
        }
    });
}

/// Its bytes are refused, in one of the four places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refused {
    place: Place,
    home: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    EncodeHere,
    DecodeThere,
    EncodeThere,
    DecodeHere,
    PanicEncodeHere,
    PanicDecodeHere,
}

impl Refused {
    fn is_home(self) -> bool {
        self.home == std::process::id()
    }
}

impl Serialize for Refused {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.place, self.is_home()) {
            (Place::EncodeHere, true) | (Place::EncodeThere, false) => {
                Err(ser::Error::custom("it is refused"))
            }
            (Place::PanicEncodeHere, true) => panic!("it is refused"),
            _ => (self.place, self.home).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Refused {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Refused, D::Error> {
        let (place, home) = Deserialize::deserialize(deserializer)?;
        let value = Refused { place, home };
        match (place, value.is_home()) {
            (Place::DecodeThere, false) | (Place::DecodeHere, true) => {
                Err(de::Error::custom("it is refused"))
            }
            (Place::PanicDecodeHere, true) => panic!("it is refused"),
            _ => Ok(value),
        }
    }
}

/// `test_map_unplicklable`, `test_unpickleable_result`, and all else of the kind: one item fails, the others do not.
#[test]
fn values_that_cannot_be_sent() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let places = [
            (Place::EncodeHere, "the argument could not be encoded"),
            (Place::PanicEncodeHere, "the argument could not be encoded"),
            (Place::DecodeThere, "the argument could not be decoded"),
            (Place::EncodeThere, "the result could not be encoded"),
            (Place::DecodeHere, "the result could not be decoded"),
            (Place::PanicDecodeHere, "the result could not be decoded"),
        ];
        for (place, what) in places {
            // The text of an error is lost on the way through the codec, that of a panic is not.
            let is_error = !matches!(place, Place::PanicEncodeHere | Place::PanicDecodeHere);
            for chunksize in [1, 5] {
                let home = std::process::id();
                let items = (0..5).map(|n| (n, (n == 2).then_some(Refused { place, home })));
                let call = pool.with().chunksize(chunksize);
                let pass = |(n, refused): (u64, Option<Refused>)| (n, refused);
                for (at, result) in call.imap(pass, items.clone()).unwrap().enumerate() {
                    match result {
                        Ok((n, None)) => assert_eq!(n, at as u64),
                        Err(error) => {
                            assert!(
                                error.is_encoding() && error.index() == Some(2) && at == 2,
                                "{error}"
                            );
                            let text = error.to_string();
                            assert!(
                                text.contains(what) && (is_error || text.contains("it is refused")),
                                "{text}"
                            );
                        }
                        other => panic!("unexpected: {other:?}"),
                    }
                }
                let error = call.map(pass, items).unwrap_err();
                assert!(error.is_encoding() && error.index() == Some(2), "{error}");
            }
            let alone = pool.apply(
                |refused: Refused| refused,
                (Refused {
                    place,
                    home: std::process::id(),
                },),
            );
            assert!(alone.unwrap_err().to_string().contains(what));
        }
    });
}

#[test]
fn a_result_that_cannot_be_decoded_is_told_to_the_error_callback() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        let (sender, receiver) = mpsc::channel();
        let refused = Refused {
            place: Place::PanicDecodeHere,
            home: std::process::id(),
        };
        let result = pool
            .apply_async(|refused: Refused| refused, (refused,))
            .unwrap();
        let result = result.error_callback(move |error| sender.send(error.is_encoding()).unwrap());
        assert!(next(&receiver));
        result.wait().unwrap();
        assert!(!result.successful().unwrap() && result.get().unwrap_err().is_encoding());
    });
}

/// `test_release_task_refs`: nothing of the items is kept.
#[test]
fn results_leave_nothing_behind() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let item = Arc::new(());
        let keeper = item.clone();
        let result = pool
            .apply_async(square, (3,))
            .unwrap()
            .callback(move |_| drop(keeper));
        assert_eq!(result.get().unwrap(), 9);
        assert_eq!(Arc::strong_count(&item), 1);
    });
}

/// The items are made by the caller's iterator while workers run the first of them.
#[test]
fn a_panic_of_the_iterator_is_the_callers_own() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let items = (0..1000).map(|n| if n < 900 { n } else { panic!("no more items") });
        let map = std::panic::AssertUnwindSafe(|| pool.map(square, items));
        let payload = std::panic::catch_unwind(map).unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"no more items"));
        assert!(
            pool.map(square, 0..9)
                .unwrap()
                .into_iter()
                .eq((0..9).map(square))
        );
        pool.close();
        pool.join().unwrap();
    });
}

/// What an iterator says of its length decides about nothing but the size of the chunks.
#[test]
fn iterators_that_know_their_length_not_at_all_or_wrongly() {
    struct Lies(std::ops::Range<u64>);
    impl Iterator for Lies {
        type Item = u64;
        fn next(&mut self) -> Option<u64> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (3, Some(3))
        }
    }
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let expected: Vec<u64> = (0..100).map(square).collect();
        assert_eq!(pool.map(square, Lies(0..100)).unwrap(), expected);
        assert_eq!(
            pool.map(square, (0..100).filter(|_| true)).unwrap(),
            expected
        );
        assert_eq!(pool.map(square, Lies(0..0)).unwrap(), []);
        assert_eq!(pool.map(square, 0..0).unwrap(), []);
    });
}
