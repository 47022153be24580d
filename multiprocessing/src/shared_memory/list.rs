//! A list of plain values in a block.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::slot::{Broken, COPIES, Slot};
use super::{Error, Item, Result, SharedMemory};

const MAGIC: u64 = u64::from_le_bytes(*b"mw-list2");
/// Words before the slots: the mark and the number of slots.
const HEADER: usize = 2;
/// Words of a slot's entry: where its copies begin (in words), the room of one (in words), and the words of a [`Slot`].
const ENTRY: usize = 6;

/// A list of fixed length in shared memory, whose items any process can read and replace: Python's `ShareableList`.
///
/// ```
/// use multiprocessing::shared_memory::{Item, ShareableList};
///
/// let list = ShareableList::new([Item::from(1), "two".into(), 3.0.into(), ().into()])?;
/// let same = ShareableList::open(list.name())?;
/// same.set(1, "zwei")?;
/// assert_eq!(list.get(1)?, Item::from("zwei"));
/// assert_eq!(list.len(), 4);
/// list.shm().unlink()?;
/// # Ok::<(), multiprocessing::shared_memory::Error>(())
/// ```
///
/// An item can be replaced by one of any type that takes no more room than the slot has: what the first item needed, rounded
/// up to 8 bytes, and 8 at least. Python's list loses NUL bytes at the end of texts; this one does not, and so
/// has another format.
///
/// Each slot has room for three copies of its item, of which one is current. A writer fills another and then makes that one
/// current by one store: a reader never sees half an item, and a writer that is killed leaves the old one. A reader is not
/// kept waiting by a writer that never pauses, and a writer never waits for a reader. There is no lock, as in Python: two that
/// write the same slot at once must take turns.
pub struct ShareableList {
    block: SharedMemory,
    length: usize,
}

impl ShareableList {
    /// A new list of these items, in a block with a name of its own.
    ///
    /// # Errors
    ///
    /// If there is not so much shared memory, or an item has more than 2^32 - 1 bytes.
    pub fn new<I: Into<Item>>(items: impl IntoIterator<Item = I>) -> Result<ShareableList> {
        ShareableList::make(items, SharedMemory::create)
    }

    /// As [`new`](Self::new), under this name.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) and [`SharedMemory::create_named`].
    pub fn new_named<I: Into<Item>>(
        name: &str,
        items: impl IntoIterator<Item = I>,
    ) -> Result<ShareableList> {
        ShareableList::make(items, |size| SharedMemory::create_named(name, size))
    }

    fn make<I: Into<Item>>(
        items: impl IntoIterator<Item = I>,
        create: impl FnOnce(usize) -> Result<SharedMemory>,
    ) -> Result<ShareableList> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        let rooms: Vec<usize> = items
            .iter()
            .map(|item| item.bytes().len().div_ceil(8).max(1))
            .collect();
        let first = HEADER + ENTRY * items.len();
        let words = first + COPIES * rooms.iter().sum::<usize>();
        let list = ShareableList {
            block: create(words * 8)?,
            length: items.len(),
        };
        let shared = list.block.mapping.words();
        let mut start = first;
        for (index, room) in rooms.into_iter().enumerate() {
            let entry = &shared[HEADER + ENTRY * index..];
            entry[0].store(start as u64, Ordering::Relaxed);
            entry[1].store(room as u64, Ordering::Relaxed);
            start += COPIES * room;
        }
        for (index, item) in items.into_iter().enumerate() {
            list.set(index, item)?;
        }
        shared[1].store(list.length as u64, Ordering::Relaxed);
        shared[0].store(MAGIC, Ordering::Release);
        Ok(list)
    }

    /// Opens the list of this name.
    ///
    /// # Errors
    ///
    /// As [`SharedMemory::open`], and if the block is no list.
    pub fn open(name: &str) -> Result<ShareableList> {
        ShareableList::of(SharedMemory::open(name)?)
    }

    /// The list that a block holds.
    pub(super) fn of(block: SharedMemory) -> Result<ShareableList> {
        match length(block.mapping.words()) {
            Some(length) => Ok(ShareableList { block, length }),
            None => Err(Error::misuse(
                format!("open the list {:?}", block.name()),
                "the shared memory of this name holds no list",
            )),
        }
    }

    /// The block in which it is.
    #[must_use]
    pub fn shm(&self) -> &SharedMemory {
        &self.block
    }

    /// The name, by which others open it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.block.name()
    }

    /// How many items, always.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it was made of no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// A copy of an item.
    ///
    /// # Errors
    ///
    /// If the memory holds no item there, because somebody has written over it.
    ///
    /// # Panics
    ///
    /// If there is no such index.
    pub fn get(&self, index: usize) -> Result<Item> {
        let broken = || {
            Error::misuse(
                format!("read item {index} of the list {:?}", self.name()),
                "it is broken: something else has written to the shared memory",
            )
        };
        let slot = self.slot(index).ok_or_else(broken)?;
        let (kind, bytes) = slot.read().map_err(|Broken| broken())?;
        Item::of(kind, bytes).ok_or_else(broken)
    }

    /// Replaces an item.
    ///
    /// # Errors
    ///
    /// If it does not fit into the slot.
    ///
    /// # Panics
    ///
    /// If there is no such index.
    pub fn set(&self, index: usize, item: impl Into<Item>) -> Result<()> {
        let doing = || format!("set item {index} of the list {:?}", self.name());
        let slot = self.slot(index).ok_or_else(|| {
            Error::misuse(
                doing(),
                "it is broken: something else has written to the shared memory",
            )
        })?;
        let item = item.into();
        let (bytes, room) = (item.bytes(), slot.copies[0].len() * 8);
        if bytes.len() > room || u32::try_from(bytes.len()).is_err() {
            let why = format!("it has {} bytes, and the slot room for {room}", bytes.len());
            return Err(Error::misuse(doing(), why));
        }
        slot.write(item.kind(), &bytes);
        Ok(())
    }

    /// Copies of all items, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = Result<Item>> {
        (0..self.length).map(|index| self.get(index))
    }

    /// How many items are equal to this one.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn count(&self, item: &Item) -> Result<usize> {
        self.iter()
            .try_fold(0, |count, each| Ok(count + usize::from(each? == *item)))
    }

    /// Where the first item stands that is equal to this one.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn index(&self, item: &Item) -> Result<Option<usize>> {
        for (index, each) in self.iter().enumerate() {
            if each? == *item {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// `None` if the entry names places outside of the block.
    fn slot(&self, index: usize) -> Option<Slot<'_>> {
        assert!(index < self.length, "no item {index} of {}", self.length);
        let words = self.block.mapping.words();
        let (entry, _) = words[HEADER + ENTRY * index..].split_first_chunk::<ENTRY>()?;
        let [start, room, state, pinned, drawn, served] = entry;
        let number = |word: &AtomicU64| usize::try_from(word.load(Ordering::Relaxed)).ok();
        let (start, room) = (number(start)?, number(room)?);
        let copies = words.get(start..)?.get(..room.checked_mul(COPIES)?)?;
        let (first, others) = copies.split_at(room);
        let (second, third) = others.split_at(room);
        Some(Slot {
            copies: [first, second, third],
            state,
            pinned,
            drawn,
            served,
        })
    }
}

/// How many items there are by the header; `None` if it is none.
fn length(words: &[AtomicU64]) -> Option<usize> {
    let ([magic, length], rest) = words.split_first_chunk::<HEADER>()?;
    if magic.load(Ordering::Acquire) != MAGIC {
        return None;
    }
    let length = usize::try_from(length.load(Ordering::Relaxed)).ok()?;
    (length <= rest.len() / ENTRY).then_some(length)
}

impl fmt::Debug for ShareableList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareableList")
            .field("name", &self.name())
            .field("len", &self.length)
            .finish_non_exhaustive()
    }
}
