//! Values by key, over TCP and over UNIX sockets.

mod support;

use std::collections::BTreeMap;

use manyways_testkit::guarded;
use remoted::{InitShare, Limits, MAX_KEY, StubShare};
use serde::{Deserialize, Serialize};
use support::{on_both, share, share_of};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Dog {
    name: String,
    tricks: BTreeMap<String, Vec<Option<f64>>>,
}

#[test]
fn a_dictionary_in_another_process() {
    guarded(|| {
        on_both(|_, share| {
            assert!(share.is_empty().unwrap());
            share.set("n", &1_i32).unwrap();
            share.set("n", &2_i32).unwrap();
            assert_eq!(share.get::<i32>("n").unwrap(), 2);
            assert_eq!(share.find::<i32>("m").unwrap(), None);
            assert!(share.contains("n").unwrap() && !share.contains("m").unwrap());
            share.set("a", &1_i32).unwrap();
            assert_eq!(share.keys().unwrap(), ["a", "n"]);
            assert_eq!(share.values::<i32>().unwrap(), [1, 2]);
            assert_eq!(
                share.items::<i32>().unwrap(),
                [("a".to_owned(), 1), ("n".to_owned(), 2)]
            );
            assert_eq!(share.len().unwrap(), 2);
            assert!(share.delete("n").unwrap() && !share.delete("n").unwrap());
            share.clear().unwrap();
            assert!(share.is_empty().unwrap());
        });
    });
}

#[test]
fn values_of_any_type_come_back_as_they_were() {
    guarded(|| {
        on_both(|_, share| {
            let dog = Dog {
                name: "Fido".to_owned(),
                tricks: BTreeMap::from([("sit".to_owned(), vec![Some(0.5), None])]),
            };
            share.set("dog", &dog).unwrap();
            assert_eq!(share.get::<Dog>("dog").unwrap(), dog);
            share.set("text", "borrowed").unwrap();
            assert_eq!(share.get::<String>("text").unwrap(), "borrowed");
            share.set("list", &[1_u8, 2][..]).unwrap();
            assert_eq!(share.get::<Vec<u8>>("list").unwrap(), [1, 2]);
            share.set("nothing", &()).unwrap();
            share.get::<()>("nothing").unwrap();
        });
    });
}

/// Blank lines, the original's separators and control characters broke its protocol.
#[test]
fn keys_and_values_of_any_content_arrive() {
    guarded(|| {
        let (handle, share) = share();
        let odd = ["", "\n\n", "G:key\n", "a\n\nb", "\0", "ключ", " ", "🗝"];
        for key in odd {
            share.set(key, &format!("{key}\n\n")).unwrap();
        }
        for key in odd {
            assert_eq!(share.get::<String>(key).unwrap(), format!("{key}\n\n"));
        }
        assert_eq!(share.len().unwrap(), odd.len());
        share.set(7, &1_u8).unwrap();
        assert_eq!(share.get::<u8>("7").unwrap(), 1);
        let longest = "k".repeat(MAX_KEY);
        share.set(&longest, &1_u8).unwrap();
        assert_eq!(share.get::<u8>(&longest).unwrap(), 1);
        let error = share.set(format!("{longest}k"), &1_u8).unwrap_err();
        assert!(error.is_too_large() && error.is_cannot_write(), "{error}");
        handle.stop().unwrap();
    });
}

#[test]
fn large_values_travel_whole() {
    guarded(|| {
        on_both(|_, share| {
            let sizes = [0, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 100 << 20];
            for size in sizes {
                // As text: a `Vec<u8>` is encoded byte by byte, which is slow without optimisation.
                let text: String = "0123456789\n".chars().cycle().take(size).collect();
                share.set("big", &text).unwrap();
                assert!(share.get::<String>("big").unwrap() == text, "{size}");
                assert!(share.values::<String>().unwrap() == [text], "{size}");
            }
        });
    });
}

#[test]
fn a_value_is_given_back_only_as_what_it_is() {
    guarded(|| {
        let (handle, share) = share();
        share.set("n", &7_i32).unwrap();
        let error = share.get::<u32>("n").unwrap_err();
        assert!(error.is_wrong_type());
        let text = error.to_string();
        assert!(text.contains("\"n\"") && text.contains("`i32`") && text.contains("`u32`"));
        share.set("s", "x").unwrap();
        let error = share.values::<i32>().unwrap_err();
        assert!(error.is_wrong_type() && error.to_string().contains("\"s\""));
        let error = share.add("s", 1_i32).unwrap_err();
        assert!(error.is_wrong_type() && error.is_cannot_write(), "{error}");
        let error = share.compare_and_swap("n", Some("x"), None).unwrap_err();
        assert!(error.is_wrong_type(), "{error}");
        // The connection is as good as before.
        assert_eq!(share.get::<i32>("n").unwrap(), 7);
        handle.stop().unwrap();
    });
}

#[test]
fn what_is_missing_is_a_share_key_error() {
    guarded(|| {
        let (handle, share) = share();
        let error = share.get::<i32>("x").unwrap_err();
        assert!(error.is_share_key_error() && !error.is_closed());
        assert_eq!(
            error.to_string(),
            "could not get \"x\" from the share: there is no such key"
        );
        handle.stop().unwrap();
    });
}

#[test]
fn numbers_add_up_within_their_range() {
    guarded(|| {
        let (handle, share) = share();
        assert_eq!(share.add("n", 250_u8).unwrap(), 250);
        let error = share.add("n", 6_u8).unwrap_err();
        assert!(error.is_overflow() && error.is_cannot_write(), "{error}");
        assert_eq!(share.get::<u8>("n").unwrap(), 250);
        assert_eq!(share.add("x", 0.5_f64).unwrap(), 0.5);
        assert_eq!(share.add("x", 0.25_f64).unwrap(), 0.75);
        assert_eq!(share.add("w", i128::MIN).unwrap(), i128::MIN);
        assert!(share.add("w", -1_i128).unwrap_err().is_overflow());
        handle.stop().unwrap();
    });
}

#[test]
fn a_value_is_swapped_only_for_the_expected_one() {
    guarded(|| {
        let (handle, share) = share();
        assert!(!share.compare_and_swap("k", Some(&1), Some(&2)).unwrap());
        assert!(share.compare_and_swap("k", None, Some(&1)).unwrap());
        assert!(!share.compare_and_swap("k", None, Some(&9)).unwrap());
        assert!(!share.compare_and_swap("k", Some(&9), Some(&2)).unwrap());
        assert!(share.compare_and_swap("k", Some(&1), Some(&2)).unwrap());
        assert_eq!(share.get::<i32>("k").unwrap(), 2);
        assert!(share.compare_and_swap("k", Some(&2), None).unwrap());
        assert!(!share.contains("k").unwrap());
        assert!(share.compare_and_swap::<i32>("k", None, None).unwrap());
        handle.stop().unwrap();
    });
}

#[test]
fn many_values_for_few_round_trips() {
    guarded(|| {
        on_both(|_, share| {
            share.set_many((0..1000).map(|n| (n, n * n))).unwrap();
            share.set("other", "text").unwrap();
            let keys = (0..1001).rev();
            let values = share.get_many::<i32>(keys).unwrap();
            assert_eq!(values[0], None);
            assert!(
                values[1..]
                    .iter()
                    .rev()
                    .copied()
                    .eq((0..1000).map(|n| Some(n * n)))
            );
            let error = share.get_many::<i32>(["1", "other", "2"]).unwrap_err();
            assert!(error.is_wrong_type(), "{error}");
            assert_eq!(share.get::<i32>(2).unwrap(), 4);
            let big = vec![7_u8; 3 << 20];
            share
                .set_many([("b0", &big), ("b1", &vec![1]), ("b2", &big)])
                .unwrap();
            let read = share.get_many::<Vec<u8>>(["b2", "b1", "b0"]).unwrap();
            assert!(read == [Some(big.clone()), Some(vec![1]), Some(big)]);
        });
    });
}

/// What gives the keys and values may fail, panic or call the share itself: each call gets its own answer all the same.
#[test]
fn many_values_never_mix_up_answers() {
    guarded(|| {
        on_both(|_, share| {
            share.set_many((0..300).map(|n| (n, n))).unwrap();
            let too_long = "k".repeat(MAX_KEY + 1);
            let error = share.get_many::<i32>(["1", "2", &too_long]).unwrap_err();
            assert!(error.is_too_large(), "{error}");
            assert_eq!(share.get::<i32>("7").unwrap(), 7);
            let error = share.set_many([("1", 10), (&too_long, 0)]).unwrap_err();
            assert!(error.is_too_large(), "{error}");
            assert_eq!(share.len().unwrap(), 300);

            let doubled = (0..300).map(|n| (n, 2 * share.get::<i32>(n).unwrap()));
            share.set_many(doubled).unwrap();
            let next = |n: i32| share.get::<i32>(n).unwrap() / 2 + 1;
            let values = share.get_many::<i32>((0..299).map(next)).unwrap();
            assert!(values.into_iter().eq((1..300).map(|n| Some(2 * n))));

            let panics = |n: i32| if n == 5 { panic!("no more keys") } else { n };
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                share.get_many::<i32>((0..9).map(panics))
            }));
            assert!(caught.is_err());
            assert_eq!(share.get::<i32>(3).unwrap(), 6);
            share.set_many((0..9).map(|n| (n, Fragile(n)))).unwrap();
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                share.get_many::<Fragile>(0..9)
            }));
            assert!(caught.is_err());
            assert_eq!(share.len().unwrap(), 300);
            assert_eq!(share.get::<i32>(20).unwrap(), 40);
        });
    });
}

/// Panics when it is decoded, if it is five.
#[derive(Debug, Serialize)]
struct Fragile(i32);

impl<'de> Deserialize<'de> for Fragile {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Fragile, D::Error> {
        let number = i32::deserialize(from)?;
        assert_ne!(number, 5, "a decoder with a mistake");
        Ok(Fragile(number))
    }
}

#[test]
fn limits_are_errors_and_the_connection_goes_on() {
    guarded(|| {
        let limits = Limits {
            value_bytes: 1000,
            total_bytes: 4000,
            keys: 3,
            clients: 2,
        };
        let (handle, share) = share_of(InitShare::new().port(0).limits(limits));
        assert_eq!(share.limits(), limits);
        let error = share.set("k", &vec![0_u8; 1000]).unwrap_err();
        assert!(error.is_too_large() && error.is_cannot_write(), "{error}");
        for key in 0..3 {
            share.set(key, &vec![0_u8; 900]).unwrap();
        }
        assert!(share.set(3, &0).unwrap_err().is_full());
        share.delete(0).unwrap();
        share.set(3, &0).unwrap();
        let second = share.another().unwrap();
        let error = StubShare::connect(handle.address()).unwrap_err();
        assert!(error.is_full(), "{error}");
        drop(second);
        assert_eq!(share.get::<i32>(3).unwrap(), 0);
        handle.stop().unwrap();
    });
}

/// A value that would not fit is dropped as it arrives, and refused; the next call works.
#[test]
fn a_large_value_beyond_the_room_is_refused() {
    guarded(|| {
        let limits = Limits {
            total_bytes: 10 << 20,
            ..Limits::default()
        };
        let (handle, share) = share_of(InitShare::new().port(0).limits(limits));
        let error = share.set("big", &"x".repeat(30 << 20)).unwrap_err();
        assert!(error.is_full(), "{error}");
        share.set("small", &1).unwrap();
        assert_eq!(share.keys().unwrap(), ["small"]);
        handle.stop().unwrap();
    });
}

/// A value whose `Serialize` fails never leaves the stub.
#[test]
fn what_cannot_be_encoded_is_an_error_of_the_caller() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    guarded(|| {
        let (handle, share) = share();
        let error = share.set("k", &Broken).unwrap_err();
        assert!(
            error.is_cannot_write() && error.to_string().contains("Broken"),
            "{error}"
        );
        assert!(share.is_empty().unwrap());
        handle.stop().unwrap();
    });
}
