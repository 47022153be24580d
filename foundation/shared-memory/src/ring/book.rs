//! Who has taken messages from a ring, and has not said yet that they are done.

use super::layout::{Position, View};
use crate::error::PlaceError;
use crate::life::{Death, Identity};
use crate::place::Place;
use crate::seam::{At, Life, Ordering, Word, Word64};

/// Of how many processes it is known what they hold. What others hold is one sum, and is not missed when they die.
const HOLDERS: usize = 256;

/// Somebody may sleep until all is done.
const WAITED: u32 = 1;
/// What a call to look again adds to the signal.
const ONCE: u32 = 2;

/// The words of a book. Behind them are the entries, one a holder, and a last one for those who found no room.
///
/// A message is queued until the ring's head is past it, then it is in an entry until it is done, by changes of one word each. Only
/// the step from the queue to an entry takes two, so it is announced: `taking` says what it will have been, and whoever finds the
/// announcement of a dead reader completes it, or forgets it if the head was not moved.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct BookState {
    /// On which those sleep who wait until all is done.
    signal: Word,
    /// How many entries were ever used.
    used: Word,
    /// See [`Taking`]; 0 for none. Written by the holder of the readers' lock.
    taking: Word64,
}

/// How many messages one holds that it has taken and not reported done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// `None` in the last entry.
    holder: Option<Identity>,
    /// Changes with each message that is added, so that none is added twice.
    turn: bool,
    count: u32,
}

/// A message is about to be in an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taking {
    holder: Option<Identity>,
    /// The entry's, once the message is in it.
    turn: bool,
    /// How many messages the head will then be past.
    number: u32,
}

const TURN: u32 = 1 << 31;
/// Tells an announcement for the last entry from none.
const PRESENT: u32 = 1 << 30;

impl Entry {
    fn from_word(word: u64) -> Entry {
        let upper = (word >> 32) as u32;
        Entry {
            holder: Identity::in_word(upper),
            turn: upper & TURN != 0,
            count: word as u32,
        }
    }

    fn word(self) -> u64 {
        let turn = if self.turn { TURN } else { 0 };
        let holder = self.holder.map_or(0, Identity::word);
        u64::from(holder | turn) << 32 | u64::from(self.count)
    }
}

impl Taking {
    fn from_word(word: u64) -> Option<Taking> {
        let (upper, lower) = ((word >> 32) as u32, word as u32);
        (lower & PRESENT != 0).then(|| Taking {
            holder: Identity::in_word(lower),
            turn: upper & TURN != 0,
            number: upper & !TURN,
        })
    }

    fn word(self) -> u64 {
        let turn = if self.turn { TURN } else { 0 };
        let holder = self.holder.map_or(0, Identity::word);
        u64::from(self.number | turn) << 32 | u64::from(holder | PRESENT)
    }

    /// Whether the head is past the message.
    fn is_published(self, head: Position) -> bool {
        self.number == head.messages()
    }
}

/// What there was to do at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfinished {
    pub(super) queued: u64,
    pub(super) taken: u64,
}

impl Unfinished {
    pub(super) fn is_none(self) -> bool {
        self.queued + self.taken == 0
    }
}

/// The book of a ring, in the same segment.
#[derive(Debug, Clone)]
pub(super) struct Book {
    at: At<BookState, Word64>,
}

impl Book {
    pub(super) const SIZE: usize = At::<BookState, Word64>::size(HOLDERS + 1);

    /// At the start of a place, of which the rest may be the ring's.
    pub(super) fn new_at(place: Place) -> Result<Book, PlaceError> {
        let at = At::new_at(place, HOLDERS + 1)?;
        Ok(Book { at })
    }

    pub(super) fn at(place: Place) -> Result<Book, PlaceError> {
        let at = At::<BookState, Word64>::open(place)?;
        let is_right = at.items().len() == HOLDERS + 1;
        is_right
            .then_some(Book { at })
            .ok_or(PlaceError::object("it has not as many entries as a book"))
    }

    /// For models, which have no time for many.
    #[cfg(all(test, loom))]
    pub(super) fn of_entries(entries: usize) -> Book {
        Book {
            at: At::new(entries).unwrap(),
        }
    }

    pub(super) fn place(&self) -> &Place {
        self.at.place()
    }

    pub(super) fn life(&self) -> &Life {
        self.at.life()
    }

    /// With the readers' lock, before the head is moved past the message that comes next: announces that it will be `me`'s.
    pub(super) fn announce(&self, ring: View<'_>, me: Identity) -> Taking {
        let head = head(ring);
        self.settle(head);
        let entry = self.entry_for(me);
        let taking = Taking {
            holder: entry.holder,
            turn: !entry.turn,
            number: head.next_message(),
        };
        self.at.taking.store(taking.word(), Ordering::Release);
        taking
    }

    /// With the readers' lock, after the head was moved.
    pub(super) fn enter(&self, taking: Taking) {
        self.add(taking);
        self.withdraw();
    }

    /// With the readers' lock: the message was none.
    pub(super) fn withdraw(&self) {
        self.at.taking.store(0, Ordering::Release);
    }

    /// Completes what a dead reader announced, if it had moved the head. Only where that reader is known to be dead, or with the
    /// lock that it held.
    fn settle(&self, head: Position) {
        if let Some(taking) = self.taking().filter(|taking| taking.is_published(head)) {
            self.add(taking);
        }
    }

    fn taking(&self) -> Option<Taking> {
        Taking::from_word(self.at.taking.load(Ordering::Acquire))
    }

    /// Puts a message into its entry, unless it is there. Any number of processes may do so for the same message.
    fn add(&self, taking: Taking) {
        let Some(word) = self.word_of(taking.holder) else {
            return;
        };
        let add = |word| {
            let entry = Entry::from_word(word);
            let is_missing = entry.holder == taking.holder && entry.turn != taking.turn;
            let count = entry.count.saturating_add(1);
            is_missing.then(|| {
                Entry {
                    turn: taking.turn,
                    count,
                    ..entry
                }
                .word()
            })
        };
        let _ = word.fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
    }

    fn word_of(&self, holder: Option<Identity>) -> Option<&Word64> {
        match holder {
            None => Some(self.items().0),
            Some(_) => self.words().find(|word| entry(word).holder == holder),
        }
    }

    /// All entries for holders, and the last.
    fn items(&self) -> (&Word64, &[Word64]) {
        self.at.items().split_last().expect("a book has entries")
    }

    /// Of all entries that were ever used, and the last.
    fn words(&self) -> impl Iterator<Item = &Word64> {
        let used = self.at.used.load(Ordering::Acquire) as usize;
        let (last, entries) = self.items();
        entries[..used.min(entries.len())].iter().chain([last])
    }

    /// With the readers' lock: `me`'s entry; one that holds nothing, then `me`'s; or the last.
    fn entry_for(&self, me: Identity) -> Entry {
        let mine = |entry: &Entry| entry.holder == Some(me);
        let entry_of_mine = self.words().map(entry).find(mine);
        entry_of_mine
            .or_else(|| self.claim(me))
            .unwrap_or_else(|| entry(self.items().0))
    }

    fn claim(&self, me: Identity) -> Option<Entry> {
        let used = self.at.used.load(Ordering::Relaxed) as usize;
        let claimed = Entry {
            holder: Some(me),
            turn: false,
            count: 0,
        };
        let mut entries = self.items().1.iter().take(used.saturating_add(1));
        let index = entries.position(|word| {
            let before = word.load(Ordering::Relaxed);
            Entry::from_word(before).count == 0 && exchange(word, before, claimed.word())
        })?;
        let used = used.max(index + 1) as u32;
        self.at.used.store(used, Ordering::Release);
        Some(claimed)
    }

    /// Takes one message away from an entry that `of` accepts. False if none has any.
    pub(super) fn take_away(&self, of: impl Fn(Option<Identity>) -> bool) -> bool {
        let one_less = |word| {
            let entry = Entry::from_word(word);
            let count = entry.count.checked_sub(1).filter(|_| of(entry.holder))?;
            Some(Entry { count, ..entry }.word())
        };
        let before = self.words().find_map(|word| {
            word.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less)
                .ok()
        });
        if before.is_some_and(|word| Entry::from_word(word).count == 1) {
            self.call();
        }
        before.is_some()
    }

    /// Has those look again who wait until all is done.
    pub(super) fn call(&self) {
        // Always a change of the signal, so that either this is seen or what was done before it is.
        let signal = self.at.signal.fetch_add(ONCE, Ordering::AcqRel);
        if signal & WAITED != 0 {
            self.at.signal.fetch_and(!WAITED, Ordering::AcqRel);
            self.at.signal.wake(u32::MAX);
        }
    }

    /// What the signal is until the next call.
    pub(super) fn listen(&self) -> u32 {
        self.at.signal.fetch_or(WAITED, Ordering::AcqRel) | WAITED
    }

    pub(super) fn signal(&self) -> &Word {
        &self.at.signal
    }

    /// What there is to do. `None` if messages were put or taken meanwhile.
    pub(super) fn unfinished(&self, ring: View<'_>) -> Option<Unfinished> {
        let look = || (head(ring), tail(ring), self.taking());
        let before @ (head, tail, taking) = look();
        // First, as what is not missing any more is in the entries then.
        let missing = u64::from(self.is_missing(taking, head));
        let entries = self.words().map(|word| entry(word).count);
        let taken = entries.map(u64::from).sum::<u64>() + missing;
        let queued = u64::from(tail.messages_since(head));
        (look() == before).then_some(Unfinished { queued, taken })
    }

    /// Whether a message is neither queued nor in its entry.
    fn is_missing(&self, taking: Option<Taking>, head: Position) -> bool {
        taking
            .filter(|taking| taking.is_published(head))
            .is_some_and(|taking| {
                let entry = self.word_of(taking.holder).map(entry);
                entry.is_some_and(|entry| entry.turn != taking.turn)
            })
    }

    /// Takes away what a dead process held: what that was, once.
    pub(super) fn bury(&self, ring: View<'_>) -> Option<(Death, u32)> {
        let announced = self.taking().and_then(|taking| taking.holder);
        self.words().find_map(|word| {
            let Entry { holder, count, .. } = entry(word);
            let holder = holder.filter(|holder| count > 0 || announced == Some(*holder))?;
            let death = self.life().death(holder)?;
            if announced == Some(holder) {
                self.settle(head(ring));
            }
            let before = entry(word);
            let emptied = Entry { count: 0, ..before };
            let is_ours = before.holder == Some(holder)
                && before.count > 0
                && exchange(word, before.word(), emptied.word());
            is_ours.then_some((death, before.count))
        })
    }
}

fn entry(word: &Word64) -> Entry {
    Entry::from_word(word.load(Ordering::Acquire))
}

fn exchange(word: &Word64, from: u64, to: u64) -> bool {
    word.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed)
        .is_ok()
}

fn head(ring: View<'_>) -> Position {
    Position::from_word(ring.head.load(Ordering::Acquire))
}

fn tail(ring: View<'_>) -> Position {
    Position::from_word(ring.tail.load(Ordering::Acquire))
}
