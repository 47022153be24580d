//! What a block holds, who can open it, and how it travels.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use manyways_process::Fork;
use multiprocessing::connection::pipe;
use multiprocessing::shared_memory::{Item, ShareableList, SharedMemory, SharedMemoryManager};
use multiprocessing::{get_all_start_methods, get_context, stop_forkserver, task};

use crate::support::{exists, file, fresh, tracked};

#[test]
pub(crate) fn what_is_written_under_a_name_is_read_under_it() {
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
pub(crate) fn what_lies_across_words_is_read_as_it_was_written() {
    tracked(|| {
        let block = SharedMemory::create(29).unwrap();
        let bytes: Vec<u8> = (1..=29).collect();
        for (start, end) in [
            (0, 29),
            (3, 5),
            (3, 8),
            (5, 17),
            (7, 29),
            (24, 29),
            (28, 29),
            (29, 29),
        ] {
            block.write(0, &[0; 29]);
            block.write(start, &bytes[start..end]);
            let mut read = vec![0xff; end - start];
            block.read(start, &mut read);
            assert_eq!(read, bytes[start..end]);
            let all = block.to_vec();
            assert!(
                all[..start]
                    .iter()
                    .chain(&all[end..])
                    .all(|byte| *byte == 0)
            );
        }
        block.unlink().unwrap();
    });
}

/// Neither loses what the other writes into the same word.
#[test]
pub(crate) fn neighbours_write_at_once() {
    tracked(|| {
        let block = SharedMemory::create(8).unwrap();
        std::thread::scope(|scope| {
            for offset in 0..4 {
                let block = &block;
                scope.spawn(move || {
                    for number in 0..=u8::MAX {
                        block.write(2 * offset, &[number; 2]);
                        let mut read = [0; 2];
                        block.read(2 * offset, &mut read);
                        assert_eq!(read, [number; 2]);
                    }
                });
            }
        });
        assert_eq!(block.to_vec(), [u8::MAX; 8]);
        block.unlink().unwrap();
    });
}

#[test]
#[should_panic(expected = "3 bytes from 6 on are not all in a block of 8")]
pub(crate) fn what_reaches_beyond_the_end_panics() {
    tracked(|| {
        let block = SharedMemory::create(8).unwrap();
        block.unlink().unwrap();
        block.write(6, b"abc");
    });
}

#[test]
pub(crate) fn what_cannot_be_reserved_is_an_error_and_leaves_nothing() {
    tracked(|| {
        assert!(SharedMemory::create(0).unwrap_err().is_misuse());
        let name = fresh("huge");
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

/// What is reserved is there: no write can fail for want of memory.
#[test]
pub(crate) fn the_memory_is_reserved_and_its_owners_alone() {
    tracked(|| {
        let block = SharedMemory::create(1 << 20).unwrap();
        let data = fs::metadata(file(block.name())).unwrap();
        assert_eq!(data.blocks() * 512, 1 << 20);
        assert_eq!(data.permissions().mode() & 0o777, 0o600);
        block.unlink().unwrap();
    });
}

#[test]
pub(crate) fn a_forked_child_uses_what_it_inherits() {
    tracked(|| {
        let block = SharedMemory::create(5).unwrap();
        let child = Fork::new().run(|| block.write(0, b"child")).unwrap();
        child.join().unwrap();
        assert_eq!(block.to_vec(), b"child");
        block.unlink().unwrap();
    });
}

#[test]
pub(crate) fn users_keep_an_unlinked_block() {
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
pub(crate) fn what_is_no_block_is_not_opened() {
    tracked(|| {
        let name = fresh("odd");
        let path = file(&name);
        let is_refused = || {
            let error = SharedMemory::open(&name).unwrap_err();
            assert!(error.to_string().contains(&name), "{error}");
        };
        fs::create_dir(&path).unwrap();
        is_refused();
        fs::remove_dir(&path).unwrap();

        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        is_refused();
        fs::remove_file(&path).unwrap();

        symlink("/dev/zero", &path).unwrap();
        is_refused();
        fs::remove_file(&path).unwrap();

        fs::write(&path, b"").unwrap();
        is_refused();
        fs::remove_file(&path).unwrap();
    });
}

#[task]
fn fill(block: SharedMemory, list: ShareableList) -> (String, usize) {
    block.write(0, b"filled");
    list.set(0, "filled").unwrap();
    (block.name().to_owned(), block.size())
}

#[test]
pub(crate) fn blocks_and_lists_are_arguments() {
    for method in get_all_start_methods() {
        tracked(|| {
            let block = SharedMemory::create(6).unwrap();
            let list = ShareableList::new(["not yet"]).unwrap();
            let open = || {
                let block = SharedMemory::open(block.name()).unwrap();
                (block, ShareableList::open(list.name()).unwrap())
            };
            let mut process = get_context(method).process(fill, open());
            process.start().unwrap();
            assert_eq!(process.join().unwrap(), (block.name().to_owned(), 6));
            assert_eq!(block.to_vec(), b"filled");
            assert_eq!(list.get(0).unwrap(), "filled".into());
            block.unlink().unwrap();
            list.shm().unlink().unwrap();
            stop_forkserver();
        });
    }
}

#[test]
pub(crate) fn blocks_and_lists_travel_as_long_as_they_have_their_names() {
    tracked(|| {
        let (mut here, mut there) = pipe().unwrap();
        let name = fresh("travels");
        let block = SharedMemory::create_named(&name, 3).unwrap();
        here.send(&block).unwrap();
        there.recv::<SharedMemory>().unwrap().write(0, b"yes");
        assert_eq!(block.to_vec(), b"yes");
        let list = ShareableList::new([1, 2]).unwrap();
        here.send(&list).unwrap();
        there.recv::<ShareableList>().unwrap().set(1, 3).unwrap();
        assert_eq!(list.get(1).unwrap(), 3.into());
        list.shm().unlink().unwrap();

        here.send(&block).unwrap();
        block.unlink().unwrap();
        let error = there.recv::<SharedMemory>().unwrap_err();
        assert!(format!("{error:?}").contains(&name), "{error:?}");

        here.send(&block).unwrap();
        let another = SharedMemory::create_named(&name, 3).unwrap();
        let error = there.recv::<SharedMemory>().unwrap_err();
        assert!(format!("{error:?}").contains("another"), "{error:?}");
        here.send(&another).unwrap();
        assert!(there.recv::<ShareableList>().is_err(), "it is no list");
        another.unlink().unwrap();
    });
}

#[test]
pub(crate) fn a_manager_unlinks_what_it_has_made() {
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
