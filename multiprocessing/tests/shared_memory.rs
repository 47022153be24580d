//! Named blocks: what they hold, who can open them, and that none is left behind.

use std::path::PathBuf;
use std::sync::Once;
use std::thread;
use std::time::Duration;

use manyways_process::Fork;
use manyways_testkit::guarded;
use multiprocessing::shared_memory::{Item, ShareableList, SharedMemory, SharedMemoryManager};

/// Runs a test of a process that has its tracker already, which stays.
fn tracked(test: impl FnOnce()) {
    static TRACKER: Once = Once::new();
    TRACKER.call_once(|| SharedMemory::create(1).unwrap().unlink().unwrap());
    guarded(test);
}

fn file(name: &str) -> PathBuf {
    ["/dev/shm", name].iter().collect()
}

fn exists(name: &str) -> bool {
    file(name).exists()
}

#[test]
fn what_is_written_under_a_name_is_read_under_it() {
    tracked(|| {
        let block = SharedMemory::create(100).unwrap();
        assert_eq!(block.size(), 100, "exactly what was asked for");
        assert_eq!(block.to_vec(), [0; 100]);
        block.write(95, b"hello");
        let same = SharedMemory::open(block.name()).unwrap();
        let mut bytes = [0; 5];
        same.read(95, &mut bytes);
        assert_eq!(&bytes, b"hello");
        assert_eq!(same.size(), 100);
        block.unlink().unwrap();
    });
}

#[test]
fn names_are_checked() {
    tracked(|| {
        for name in ["", "a/b", "nul\0", ".", "..", &"x".repeat(256)] {
            assert!(SharedMemory::create_named(name, 1).unwrap_err().is_misuse());
            assert!(SharedMemory::open(name).unwrap_err().is_misuse());
        }
        let name = format!("mw-test-{}", std::process::id());
        assert!(SharedMemory::open(&name).unwrap_err().is_not_found());
        let block = SharedMemory::create_named(&name, 1).unwrap();
        let error = SharedMemory::create_named(&name, 1).unwrap_err();
        assert!(error.is_already_exists(), "{error}");
        block.unlink().unwrap();
        assert!(SharedMemory::open(&name).unwrap_err().is_not_found());
        assert!(block.unlink().unwrap_err().is_not_found());
    });
}

#[test]
fn what_cannot_be_reserved_is_an_error_and_leaves_nothing() {
    tracked(|| {
        assert!(SharedMemory::create(0).unwrap_err().is_misuse());
        let name = format!("mw-huge-{}", std::process::id());
        for size in [1 << 50, usize::MAX] {
            let error = SharedMemory::create_named(&name, size).unwrap_err();
            assert!(
                error.to_string().contains("bytes of shared memory"),
                "{error}"
            );
            assert!(!exists(&name));
        }
    });
}

#[test]
fn users_keep_an_unlinked_block() {
    tracked(|| {
        let block = SharedMemory::create(4).unwrap();
        let same = SharedMemory::open(block.name()).unwrap();
        block.unlink().unwrap();
        block.write(0, b"kept");
        drop(block);
        assert_eq!(same.to_vec(), b"kept");
    });
}

#[test]
fn a_name_that_was_given_again_is_not_unlinked() {
    tracked(|| {
        let name = format!("mw-again-{}", std::process::id());
        let first = SharedMemory::create_named(&name, 1).unwrap();
        let same = SharedMemory::open(&name).unwrap();
        first.unlink().unwrap();
        let second = SharedMemory::create_named(&name, 1).unwrap();
        assert!(same.unlink().unwrap_err().is_not_found());
        assert!(exists(&name));
        second.unlink().unwrap();
    });
}

/// The tracker does its work in the background; should it not, the watchdog ends the test.
fn until_gone(name: &str) {
    while exists(name) {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs a child that creates a block, tells its name, and ends in this way once it is told to.
fn creator(end: fn()) -> (manyways_process::Child, manyways_process::Link, String) {
    let (child, mut link) = Fork::new()
        .spawn(move |link| {
            let block = SharedMemory::create(1 << 16).unwrap();
            block.write(0, b"left behind");
            link.send(block.name()).unwrap();
            let () = link.recv().unwrap();
            end();
        })
        .unwrap();
    let name = link.recv().unwrap();
    (child, link, name)
}

fn kill_oneself() {
    let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
}

#[test]
fn a_block_whose_creator_has_ended_is_removed() {
    tracked(|| {
        for end in [(|| ()) as fn(), kill_oneself, || {
            panic!("an end like another")
        }] {
            let (mut child, mut link, name) = creator(end);
            assert!(exists(&name));
            link.send(&()).unwrap();
            child.wait().unwrap();
            until_gone(&name);
        }
    });
}

#[test]
fn a_block_in_use_outlives_its_killed_creator() {
    tracked(|| {
        let (mut child, mut link, name) = creator(kill_oneself);
        let block = SharedMemory::open(&name).unwrap();
        link.send(&()).unwrap();
        child.wait().unwrap();
        // While one has it open, others can still open it.
        let mut bytes = [0; 11];
        SharedMemory::open(&name).unwrap().read(0, &mut bytes);
        assert_eq!(&bytes, b"left behind");
        drop(block);
        until_gone(&name);
    });
}

#[test]
fn who_merely_opens_a_block_does_not_destroy_it() {
    tracked(|| {
        let block = SharedMemory::create(5).unwrap();
        let name = block.name().to_owned();
        for _ in 0..3 {
            let reader = Fork::new().run(|| {
                // Its own tracker, too, ends with it.
                SharedMemory::create(1).unwrap().unlink().unwrap();
                SharedMemory::open(&name).unwrap().to_vec()
            });
            assert_eq!(reader.unwrap().join().unwrap(), [0; 5]);
        }
        assert!(exists(&name));
        block.unlink().unwrap();
    });
}

#[test]
fn thousands_of_blocks_leave_nothing() {
    tracked(|| {
        for size in 1..2000 {
            SharedMemory::create(size).unwrap().unlink().unwrap();
        }
    });
}

#[test]
fn lists_keep_items_of_all_types() {
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
fn an_item_fits_its_slot_or_is_refused() {
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
fn what_is_no_list_is_not_opened() {
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
fn a_scribbled_list_is_an_error_and_no_panic() {
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
fn readers_never_see_half_an_item() {
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
fn an_endless_writer_does_not_starve_a_reader() {
    tracked(|| {
        // A reader needs longer than a writer: it takes memory for what it reads.
        let (list, texts) = list_of_texts(1 << 20);
        beside_an_endless_writer(&list, &texts, || {
            (0..10).for_each(|_| assert_one_of(&texts, &list));
        });
        list.shm().unlink().unwrap();
    });
}

#[test]
fn a_manager_unlinks_what_it_has_made() {
    tracked(|| {
        let mut manager = SharedMemoryManager::new();
        let block = manager.shared_memory(10).unwrap();
        let list = manager.shareable_list([1, 2, 3]).unwrap();
        let unlinked = manager.shared_memory(10).unwrap();
        unlinked.unlink().unwrap();
        let names = [block.name(), list.name()].map(str::to_owned);
        assert!(names.iter().all(|name| exists(name)));
        manager.shutdown().unwrap();
        assert!(!names.iter().any(|name| exists(name)));
        assert_eq!(
            list.get(2).unwrap(),
            Item::from(3),
            "those who have it open keep it"
        );
    });
}
