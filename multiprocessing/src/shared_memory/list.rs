//! A list of plain values in a block.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use super::{Error, Result, SharedMemory};

/// A value in a [`ShareableList`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// Nothing.
    None,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($($type:ty: $item:expr;)*) => {$(
        impl From<$type> for Item {
            fn from(value: $type) -> Item {
                $item(value.into())
            }
        }
    )*};
}

from! {
    bool: Item::Bool;
    i64: Item::Int;
    i32: Item::Int;
    f64: Item::Float;
    &str: Item::Str;
    String: Item::Str;
    &[u8]: Item::Bytes;
    Vec<u8>: Item::Bytes;
}

impl From<()> for Item {
    fn from((): ()) -> Item {
        Item::None
    }
}

/// What an item is, in three bits of its slot's state.
mod kind {
    pub(super) const NONE: u64 = 0;
    pub(super) const BOOL: u64 = 1;
    pub(super) const INT: u64 = 2;
    pub(super) const FLOAT: u64 = 3;
    pub(super) const STR: u64 = 4;
    pub(super) const BYTES: u64 = 5;
}

impl Item {
    fn kind(&self) -> u64 {
        match self {
            Item::None => kind::NONE,
            Item::Bool(_) => kind::BOOL,
            Item::Int(_) => kind::INT,
            Item::Float(_) => kind::FLOAT,
            Item::Str(_) => kind::STR,
            Item::Bytes(_) => kind::BYTES,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Item::None => Vec::new(),
            Item::Bool(value) => vec![u8::from(*value)],
            Item::Int(value) => value.to_le_bytes().into(),
            Item::Float(value) => value.to_le_bytes().into(),
            Item::Str(value) => value.as_bytes().into(),
            Item::Bytes(value) => value.clone(),
        }
    }

    fn of(kind: u64, bytes: Vec<u8>) -> Option<Item> {
        let word = |bytes: &[u8]| bytes.try_into().ok();
        match kind {
            kind::NONE => Some(Item::None),
            kind::BOOL => bytes.first().map(|byte| Item::Bool(*byte != 0)),
            kind::INT => word(&bytes).map(|bytes| Item::Int(i64::from_le_bytes(bytes))),
            kind::FLOAT => word(&bytes).map(|bytes| Item::Float(f64::from_le_bytes(bytes))),
            kind::STR => String::from_utf8(bytes).ok().map(Item::Str),
            kind::BYTES => Some(Item::Bytes(bytes)),
            _ => None,
        }
    }
}

const MAGIC: u64 = u64::from_le_bytes(*b"mw-list1");
/// Words before the slots: the mark and the number of slots.
const HEADER: usize = 2;
/// Words of a slot's entry: where its halves begin (in words), the room of one (in words), its state.
const ENTRY: usize = 3;

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
/// Each slot has two halves, of which one is current. A writer fills the other and then makes it current by one store: a reader
/// never sees half an item, and a writer that is killed leaves the old one. There is no lock, as in Python: two that write
/// the same slot at once must take turns.
pub struct ShareableList {
    block: SharedMemory,
    length: usize,
}

/// A slot, as its entry describes it.
struct Slot<'a> {
    halves: [&'a [AtomicU64]; 2],
    state: &'a AtomicU64,
}

/// The state of a slot: which half is current, what is there, and a count that changes with every write.
#[derive(Clone, Copy)]
struct State(u64);

impl State {
    fn new(half: usize, kind: u64, length: usize, count: u64) -> State {
        State(half as u64 | kind << 1 | (length as u64) << 4 | count << 36)
    }

    fn half(self) -> usize {
        (self.0 & 1) as usize
    }

    fn kind(self) -> u64 {
        self.0 >> 1 & 7
    }

    fn length(self) -> usize {
        (self.0 >> 4 & u64::from(u32::MAX)) as usize
    }

    fn count(self) -> u64 {
        self.0 >> 36
    }
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
        let words = first + 2 * rooms.iter().sum::<usize>();
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
            start += 2 * room;
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
        let block = SharedMemory::open(name)?;
        let words = block.mapping.words();
        let header = words.first_chunk::<HEADER>();
        let length = header
            .filter(|[magic, _]| magic.load(Ordering::Acquire) == MAGIC)
            .and_then(|[_, length]| usize::try_from(length.load(Ordering::Relaxed)).ok())
            .filter(|length| *length <= words.len() / ENTRY);
        match length {
            Some(length) => Ok(ShareableList { block, length }),
            None => Err(Error::misuse(
                format!("open the list {name:?}"),
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
        let (kind, bytes) = slot.read().ok_or_else(broken)?;
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
        let (bytes, room) = (item.bytes(), slot.halves[0].len() * 8);
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
        let entry = &words[HEADER + ENTRY * index..][..ENTRY];
        let number = |word: &AtomicU64| usize::try_from(word.load(Ordering::Relaxed)).ok();
        let (start, room) = (number(&entry[0])?, number(&entry[1])?);
        let halves = words.get(start..)?.get(..room.checked_mul(2)?)?;
        let (first, second) = halves.split_at(room);
        Some(Slot {
            halves: [first, second],
            state: &entry[2],
        })
    }
}

impl Slot<'_> {
    fn write(&self, kind: u64, bytes: &[u8]) {
        let old = State(self.state.load(Ordering::Acquire));
        let half = 1 - old.half();
        // Whoever still reads this half, and sees a word that is stored now, sees that the state has changed since.
        fence(Ordering::Release);
        for (word, bytes) in self.halves[half].iter().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_le_bytes(whole), Ordering::Relaxed);
        }
        let new = State::new(half, kind, bytes.len(), old.count() + 1);
        self.state.store(new.0, Ordering::Release);
    }

    /// `None` if the state cannot be one.
    fn read(&self) -> Option<(u64, Vec<u8>)> {
        loop {
            let state = State(self.state.load(Ordering::Acquire));
            let half = self.halves[state.half()];
            if state.length() > half.len() * 8 {
                return None;
            }
            let words = half.iter().take(state.length().div_ceil(8));
            let mut bytes: Vec<u8> = words
                .flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes())
                .collect();
            bytes.truncate(state.length());
            // Then nobody had begun to write to this half.
            fence(Ordering::Acquire);
            if self.state.load(Ordering::Relaxed) == state.0 {
                return Some((state.kind(), bytes));
            }
        }
    }
}

impl fmt::Debug for ShareableList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareableList")
            .field("name", &self.name())
            .field("len", &self.length)
            .finish_non_exhaustive()
    }
}
