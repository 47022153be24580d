//! What lists hold, and what they make of memory that holds none.

use std::fs;
use std::thread;

use manyways_process::Fork;
use multiprocessing::shared_memory::{Item, ShareableList, SharedMemory};

use crate::support::{file, fresh, tracked};

#[test]
pub(crate) fn lists_keep_items_of_all_types() {
    tracked(|| {
        let items = [
            Item::None,
            true.into(),
            i64::MIN.into(),
            (-0.5).into(),
            "déjà vu".into(),
            Item::from(&b"x\0\0"[..]),
            "".into(),
        ];
        let list = ShareableList::new(items.clone()).unwrap();
        let same = ShareableList::open(list.name()).unwrap();
        let found: Vec<Item> = same.iter().map(Result::unwrap).collect();
        assert_eq!(found, items, "trailing NULs too");
        assert_eq!(same.len(), 7);
        assert_eq!(same.index(&Item::from("déjà vu")).unwrap(), Some(4));
        assert_eq!(same.index(&Item::from("jamais vu")).unwrap(), None);
        assert_eq!(same.count(&Item::None).unwrap(), 1);
        list.shm().unlink().unwrap();
    });
}

#[test]
pub(crate) fn an_item_fits_its_slot_or_is_refused() {
    tracked(|| {
        let list = ShareableList::new(["12345678", "x"]).unwrap();
        list.set(0, "123").unwrap();
        list.set(0, "abcdefgh").unwrap();
        let error = list.set(0, "abcdefghi").unwrap_err();
        assert!(error.is_misuse());
        assert!(error.to_string().contains("9 bytes"), "{error}");
        assert_eq!(list.get(0).unwrap(), Item::from("abcdefgh"));
        list.set(1, 2.5).unwrap();
        assert_eq!(list.get(1).unwrap(), Item::from(2.5));
        list.shm().unlink().unwrap();
    });
}

#[test]
pub(crate) fn what_is_no_list_is_not_opened() {
    tracked(|| {
        for size in [1, 7, 100] {
            let block = SharedMemory::create(size).unwrap();
            assert!(ShareableList::open(block.name()).unwrap_err().is_misuse());
            block.unlink().unwrap();
        }
        let list = ShareableList::new([Item::None; 0]).unwrap();
        assert!(list.is_empty());
        list.shm().unlink().unwrap();
    });
}

#[test]
pub(crate) fn lists_have_names() {
    tracked(|| {
        let name = fresh("list");
        let list = ShareableList::new_named(&name, [1, 2, 3]).unwrap();
        assert!(
            ShareableList::new_named(&name, [1])
                .unwrap_err()
                .is_already_exists()
        );
        let same = ShareableList::open(&name).unwrap();
        same.set(2, ()).unwrap();
        assert_eq!((list.name(), list.get(2).unwrap()), (&*name, Item::None));
        let shown = format!("{list:?}");
        assert!(shown.contains(&name) && shown.contains('3'), "{shown}");
        list.shm().unlink().unwrap();
        assert!(ShareableList::open(&name).unwrap_err().is_not_found());
    });
}

#[test]
#[should_panic(expected = "no item 2 of 2")]
pub(crate) fn an_index_beyond_the_end_panics() {
    tracked(|| {
        let list = ShareableList::new([1, 2]).unwrap();
        list.shm().unlink().unwrap();
        let _ = list.get(2);
    });
}

#[test]
pub(crate) fn a_scribbled_list_is_an_error_and_no_panic() {
    tracked(|| {
        let list = ShareableList::new(["some", "texts"]).unwrap();
        for byte in [0x00, 0x41, 0xff] {
            let rest = vec![byte; list.shm().size() - 16];
            list.shm().write(16, &rest);
            let _ = (list.get(0), list.get(1), list.set(0, "x"));
        }
        assert!(list.get(0).unwrap_err().to_string().contains("broken"));
        list.shm().unlink().unwrap();
    });
}

/// The number of items that fit by one word less than they need, and the like.
#[test]
pub(crate) fn a_header_that_lies_is_an_error_and_no_panic() {
    tracked(|| {
        let list = ShareableList::new([7; 10]).unwrap();
        let words = list.shm().size() as u64 / 8;
        for length in (0..=words).chain([u64::MAX, u64::MAX / 48, 1 << 60]) {
            list.shm().write(8, &length.to_le_bytes());
            let Ok(same) = ShareableList::open(list.name()) else {
                continue;
            };
            for index in 0..same.len() {
                let _ = (same.get(index), same.set(index, 1));
            }
        }
        list.shm().unlink().unwrap();
    });
}

#[test]
pub(crate) fn a_file_that_is_too_short_is_an_error_and_no_panic() {
    tracked(|| {
        let list = ShareableList::new(["some", "texts"]).unwrap();
        let bytes = list.shm().to_vec();
        let name = fresh("short");
        // The end of the last word does not count: its page is there.
        for length in 1..=bytes.len() - 8 {
            fs::write(file(&name), &bytes[..length]).unwrap();
            let Ok(short) = ShareableList::open(&name) else {
                continue;
            };
            let items: Vec<_> = short.iter().collect();
            assert!(
                items.iter().any(Result::is_err),
                "{items:?} of {length} bytes"
            );
        }
        fs::remove_file(file(&name)).unwrap();
        list.shm().unlink().unwrap();
    });
}

/// Runs the readers beside a process that writes to the list's first item without end, and then kills that one.
fn beside_an_endless_writer(list: &ShareableList, texts: &[String; 2], readers: impl FnOnce()) {
    let (mut writer, _link) = Fork::new()
        .spawn(|_| {
            for text in texts.iter().cycle() {
                list.set(0, text.as_str()).unwrap();
            }
        })
        .unwrap();
    readers();
    writer.kill().unwrap();
    writer.wait().unwrap();
}

fn assert_one_of(texts: &[String; 2], list: &ShareableList) {
    let Item::Str(text) = list.get(0).unwrap() else {
        panic!("a text");
    };
    assert!(texts.contains(&text), "{text:.10}...");
}

/// A list of one text, and two texts of that length.
fn list_of_texts(length: usize) -> (ShareableList, [String; 2]) {
    let texts = ["a", "b"].map(|letter| letter.repeat(length));
    (ShareableList::new([texts[0].clone()]).unwrap(), texts)
}

#[test]
pub(crate) fn readers_never_see_half_an_item() {
    tracked(|| {
        let (list, texts) = list_of_texts(4000);
        beside_an_endless_writer(&list, &texts, || {
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| (0..200).for_each(|_| assert_one_of(&texts, &list)));
                }
            });
        });
        // Killed in the middle, it leaves a whole item too.
        assert_one_of(&texts, &list);
        list.shm().unlink().unwrap();
    });
}

#[test]
pub(crate) fn an_endless_writer_does_not_starve_a_reader() {
    tracked(|| {
        // A reader needs longer than a writer: it takes memory for what it reads.
        let (list, texts) = list_of_texts(1 << 20);
        beside_an_endless_writer(&list, &texts, || {
            (0..10).for_each(|_| assert_one_of(&texts, &list));
        });
        list.shm().unlink().unwrap();
    });
}
