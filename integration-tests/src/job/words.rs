//! Counting words, in two shapes: a table to count in, and a compact list to send.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize, Serializer};
use serde_bytes::ByteBuf;
use smallvec::SmallVec;

/// Bytes of a word beyond these are dropped.
pub(super) const LONGEST_WORD: usize = 64;

/// How many different words one file may bring into the table. It bounds what a worker holds and
/// sends for a file to about 8 MiB, whatever the file holds.
const VOCABULARY_LIMIT: usize = 65_536;

/// Maps a byte to itself in lower case, or to 0 when it belongs to no word.
const FOLD: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        if value.is_ascii_alphanumeric() || !value.is_ascii() {
            table[byte] = value.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// How often each word occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "WordList")]
pub struct WordTable(HashMap<Word, u64, RandomState>);

/// Most words stand in the table itself: finding one touches one place in memory, and a new one
/// needs no allocation.
pub(super) type Word = SmallVec<[u8; 16]>;

/// Whether a file may bring one more word into the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Left,
    Gone,
}

impl Room {
    /// For a word that is not among `known` ones.
    pub(super) fn beside(known: usize) -> Room {
        match known < VOCABULARY_LIMIT {
            true => Room::Left,
            false => Room::Gone,
        }
    }
}

/// The byte in lower case, or 0 when it belongs to no word.
pub(super) fn fold(byte: u8) -> u8 {
    FOLD[usize::from(byte)]
}

pub(super) fn is_word_byte(byte: u8) -> bool {
    fold(byte) != 0
}

/// Words and their counts, packed end to end: the shape in which they travel between processes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordList {
    text: ByteBuf,
    lengths_and_counts: Vec<(u8, u64)>,
}

impl WordTable {
    /// How often `word` occurs.
    pub fn count(&self, word: &[u8]) -> u64 {
        self.0.get(word).copied().unwrap_or(0)
    }

    /// How many different words there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every word with its count, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.0.iter().map(|(word, count)| (&word[..], *count))
    }

    pub(super) fn add(&mut self, word: &[u8], count: u64) {
        match self.0.get_mut(word) {
            Some(known) => *known += count,
            None => {
                self.0.insert(Word::from_slice(word), count);
            }
        }
    }

    /// Counts a word once, if it is there or if there is room for it. The number of words that are unlisted now: 0 or 1.
    pub(super) fn count_one(&mut self, word: &[u8], room: Room) -> u64 {
        match self.0.get_mut(word) {
            Some(count) => *count += 1,
            None if room == Room::Left => self.add(word, 1),
            None => return 1,
        }
        0
    }

    pub(super) fn absorb(&mut self, mut other: Self) {
        if other.len() > self.len() {
            std::mem::swap(self, &mut other);
        }
        for (word, count) in other.0 {
            *self.0.entry(word).or_default() += count;
        }
    }
}

impl WordList {
    /// Every word with its count. Ends early where the lengths claim more text than there is.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let mut rest: &[u8] = &self.text;
        self.lengths_and_counts
            .iter()
            .map_while(move |&(length, count)| {
                let (word, after) = rest.split_at_checked(length.into())?;
                rest = after;
                Some((word, count))
            })
    }
}

impl From<&WordTable> for WordList {
    fn from(table: &WordTable) -> Self {
        let mut list = Self::default();
        for (word, count) in table.iter() {
            list.text.extend_from_slice(word);
            list.lengths_and_counts.push((word.len() as u8, count));
        }
        list
    }
}

impl From<WordList> for WordTable {
    fn from(list: WordList) -> Self {
        let mut table = Self::default();
        for (word, count) in list.iter() {
            table.add(word, count);
        }
        table
    }
}

impl Serialize for WordTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WordList::from(self).serialize(serializer)
    }
}

/// Counts the words of one file, which arrives in blocks that may end inside a word.
#[derive(Default)]
pub(super) struct WordCounter {
    current: Vec<u8>,
    table: WordTable,
    words: u64,
    unlisted: u64,
}

impl WordCounter {
    pub(super) fn feed(&mut self, block: &[u8]) {
        for &byte in block {
            match fold(byte) {
                0 => self.end_word(),
                _ if self.current.len() == LONGEST_WORD => {}
                folded => self.current.push(folded),
            }
        }
    }

    fn end_word(&mut self) {
        if self.current.is_empty() {
            return;
        }
        self.words += 1;
        let room = Room::beside(self.table.len());
        self.unlisted += self.table.count_one(&self.current, room);
        self.current.clear();
    }

    pub(super) fn finish(mut self) -> CountedWords {
        self.end_word();
        CountedWords::new(self.words, self.unlisted, &self.table)
    }
}

/// The words of one file.
pub(super) struct CountedWords {
    pub(super) words: u64,
    pub(super) unlisted: u64,
    pub(super) list: WordList,
}

impl CountedWords {
    pub(super) fn new(words: u64, unlisted: u64, table: &WordTable) -> CountedWords {
        CountedWords {
            words,
            unlisted,
            list: WordList::from(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn count_in_blocks(blocks: &[&[u8]]) -> (CountedWords, BTreeMap<Vec<u8>, u64>) {
        let mut counter = WordCounter::default();
        for block in blocks {
            counter.feed(block);
        }
        let counted = counter.finish();
        let sorted = counted
            .list
            .iter()
            .map(|(word, n)| (word.to_vec(), n))
            .collect();
        (counted, sorted)
    }

    fn expect(words: &[(&[u8], u64)]) -> BTreeMap<Vec<u8>, u64> {
        words.iter().map(|(word, n)| (word.to_vec(), *n)).collect()
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_high_bytes_in_lower_case() {
        let (counted, words) = count_in_blocks(&[b"The cat, the \xE9t\xE9; x86_64\n\tTHE-end"]);
        assert_eq!(counted.words, 8);
        assert_eq!(counted.unlisted, 0);
        let cases: [(&[u8], u64); 6] = [
            (b"the", 3),
            (b"cat", 1),
            (b"\xE9t\xE9", 1),
            (b"x86", 1),
            (b"64", 1),
            (b"end", 1),
        ];
        assert_eq!(words, expect(&cases));
    }

    #[test]
    fn a_word_across_blocks_is_one_word_wherever_the_border_falls() {
        let text = b"alpha beta  gamma";
        let whole = count_in_blocks(&[text]).1;
        for border in 0..=text.len() {
            let (left, right) = text.split_at(border);
            assert_eq!(
                count_in_blocks(&[left, right]).1,
                whole,
                "border at {border}"
            );
        }
    }

    #[test]
    fn a_long_run_is_one_word_under_its_first_64_bytes() {
        let long = [b'a'; 200];
        let (counted, words) = count_in_blocks(&[&long[..70], &long[70..], b" ", &long[..64]]);
        assert_eq!(counted.words, 2);
        assert_eq!(words, expect(&[(&long[..64], 2)]));
    }

    #[test]
    fn new_words_beyond_the_limit_count_as_unlisted() {
        let text: String = (0..VOCABULARY_LIMIT + 3)
            .map(|n| format!("w{n} "))
            .collect();
        let (counted, words) = count_in_blocks(&[text.as_bytes(), b"w0 w0"]);
        assert_eq!(words.len(), VOCABULARY_LIMIT);
        assert_eq!(counted.unlisted, 3);
        assert_eq!(counted.words, VOCABULARY_LIMIT as u64 + 5);
        assert_eq!(words[b"w0".as_slice()], 3);
    }

    #[test]
    fn tables_travel_as_lists_and_come_back_equal() {
        let mut table = WordTable::default();
        table.add(b"one", 1);
        table.add(b"three", u64::MAX);
        let bytes = postcard::to_stdvec(&table).unwrap();
        let back: WordTable = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(back, table);
    }

    #[test]
    fn a_list_whose_lengths_exceed_its_text_ends_early() {
        let list = WordList {
            text: ByteBuf::from(*b"abc"),
            lengths_and_counts: vec![(2, 7), (2, 1), (1, 1)],
        };
        assert_eq!(list.iter().collect::<Vec<_>>(), [(b"ab".as_slice(), 7)]);
    }

    #[test]
    fn absorbing_is_the_same_from_both_sides() {
        let table = |words: &[(&[u8], u64)]| {
            let mut table = WordTable::default();
            words.iter().for_each(|(word, n)| table.add(word, *n));
            table
        };
        let (small, large) = (table(&[(b"a", 1)]), table(&[(b"a", 2), (b"b", 3)]));
        let mut left = small.clone();
        left.absorb(large.clone());
        let mut right = large;
        right.absorb(small);
        assert_eq!(left, right);
        assert_eq!(left, table(&[(b"a", 3), (b"b", 3)]));
    }
}
