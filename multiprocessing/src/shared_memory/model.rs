//! The slot of a list under loom, which tries every interleaving and every reordering that the memory model allows. Threads
//! stand in for processes.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p multiprocessing --lib shared_memory::model`

use loom::sync::Arc;
use loom::sync::atomic::AtomicU64;
use loom::thread;

use super::slot::Slot;

/// A slot's memory.
struct Memory {
    entry: [AtomicU64; 4],
    /// A word each: one that is of another item than the state shows.
    copies: [AtomicU64; 3],
}

impl Memory {
    /// With a first item.
    fn new(item: u8) -> Arc<Memory> {
        let memory = Memory {
            entry: Default::default(),
            copies: Default::default(),
        };
        memory.write(item);
        Arc::new(memory)
    }

    fn slot(&self) -> Slot<'_, AtomicU64> {
        let [state, pinned, drawn, served] = &self.entry;
        Slot {
            copies: self.copies.each_ref().map(std::slice::from_ref),
            state,
            pinned,
            drawn,
            served,
        }
    }

    /// An item is one byte, repeated; its kind is that byte too.
    fn write(&self, item: u8) {
        self.slot().write(item.into(), &[item; 8]);
    }

    fn read(&self) -> u8 {
        let (kind, bytes) = self.slot().read().unwrap();
        let item = bytes[0];
        assert_eq!(bytes, [item; 8]);
        assert_eq!(kind, item.into(), "half of it is another item's");
        item
    }
}

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

#[test]
fn a_reader_sees_whole_items_and_never_an_older_one() {
    check(|| {
        let memory = Memory::new(1);
        let writer = thread::spawn({
            let memory = Arc::clone(&memory);
            move || (2..=4).for_each(|item| memory.write(item))
        });
        let first = memory.read();
        let second = memory.read();
        assert!(first <= second);
        writer.join().unwrap();
        assert_eq!(memory.read(), 4);
    });
}

#[test]
fn what_is_pinned_for_one_reader_is_not_old_news_for_the_next() {
    check(|| {
        let memory = Memory::new(1);
        let readers = [(); 2].map(|()| {
            let memory = Arc::clone(&memory);
            thread::spawn(move || memory.read())
        });
        memory.write(2);
        memory.write(3);
        for reader in readers {
            assert!(reader.join().unwrap() <= 3);
        }
        assert_eq!(memory.read(), 3);
    });
}

#[test]
fn the_next_writer_goes_on_where_one_has_stopped() {
    check(|| {
        let memory = Memory::new(1);
        let reader = thread::spawn({
            let memory = Arc::clone(&memory);
            move || memory.read()
        });
        for item in 2..=3 {
            let writer = Arc::clone(&memory);
            thread::spawn(move || writer.write(item)).join().unwrap();
        }
        assert!(reader.join().unwrap() <= 3);
    });
}
