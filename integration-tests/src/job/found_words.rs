//! Counting words that somebody else has found and hashed: a graphics processor, say.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::words::{CountedWords, LONGEST_WORD, Room, Word, WordTable, fold, is_word_byte};

/// A word in a block of a file: word bytes, with none before them in the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundWord {
    /// Where it begins in the block.
    pub start: u32,
    /// Its length, 64 if it is longer.
    pub length: u32,
    /// FNV-1a of its first 64 bytes in lower case, in 64 bits.
    pub hash: u64,
}

/// Counts the words of one file, which arrives in blocks that may end inside a word, each with its words.
///
/// A word is looked up by its hash and then compared, so that two words of one hash are two words.
#[derive(Debug, Default)]
pub(super) struct FoundWordCounter {
    /// The beginning of the word that goes on in the next block.
    open: Vec<u8>,
    by_hash: HashMap<u64, (Word, u64), BuildHasherDefault<AsItIs>>,
    /// Words whose hash is another's.
    collided: WordTable,
    words: u64,
    unlisted: u64,
}

impl FoundWordCounter {
    /// Takes a block and the words in it, in any order.
    pub(super) fn feed(&mut self, block: &[u8], found: &mut [FoundWord]) {
        found.sort_unstable_by_key(|word| word.start);
        let begun = self.continue_open(block);
        let end = block.len() - trailing_word_bytes(&block[begun..]);
        for word in found.iter() {
            let (start, length) = (word.start as usize, word.length as usize);
            if (begun..end).contains(&start) {
                self.count(word.hash, &block[start..start + length]);
            }
        }
        self.lengthen_open(&block[end..]);
    }

    /// Adds to the open word what belongs to it, and says how much that was.
    fn continue_open(&mut self, block: &[u8]) -> usize {
        if self.open.is_empty() {
            return 0;
        }
        let length = leading_word_bytes(block);
        self.lengthen_open(&block[..length]);
        if length < block.len() {
            self.end_open();
        }
        length
    }

    fn lengthen_open(&mut self, bytes: &[u8]) {
        let room = LONGEST_WORD - self.open.len();
        self.open.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_open(&mut self) {
        let open = std::mem::take(&mut self.open);
        if !open.is_empty() {
            self.count(hash(&open), &open);
        }
    }

    fn count(&mut self, hash: u64, word: &[u8]) {
        self.words += 1;
        let room = Room::beside(self.by_hash.len() + self.collided.len());
        match self.by_hash.get_mut(&hash) {
            Some((known, count)) if is_same(known, word) => *count += 1,
            Some(_) => self.unlisted += self.collided.count_one(&folded(word), room),
            None if room == Room::Left => {
                self.by_hash.insert(hash, (folded(word), 1));
            }
            None => self.unlisted += 1,
        }
    }

    pub(super) fn finish(mut self) -> CountedWords {
        self.end_open();
        let mut table = self.collided;
        for (word, count) in self.by_hash.into_values() {
            table.add(&word, count);
        }
        CountedWords::new(self.words, self.unlisted, &table)
    }
}

fn leading_word_bytes(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_word_byte(**byte)).count()
}

fn trailing_word_bytes(bytes: &[u8]) -> usize {
    let backwards = bytes.iter().rev();
    backwards.take_while(|byte| is_word_byte(**byte)).count()
}

fn folded(word: &[u8]) -> Word {
    word.iter().map(|byte| fold(*byte)).collect()
}

fn is_same(folded: &[u8], word: &[u8]) -> bool {
    folded.len() == word.len() && folded.iter().zip(word).all(|(f, byte)| *f == fold(*byte))
}

fn hash(word: &[u8]) -> u64 {
    word.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(fold(*byte))).wrapping_mul(0x100_0000_01b3)
    })
}

/// Of what is a hash already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers of 64 bits are looked up");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::words::WordCounter;
    use super::*;

    /// What a device would find, one byte after the other.
    fn find(block: &[u8]) -> Vec<FoundWord> {
        let begins =
            |at: &usize| is_word_byte(block[*at]) && (*at == 0 || !is_word_byte(block[at - 1]));
        let word = |start: usize| {
            let length = leading_word_bytes(&block[start..]).min(LONGEST_WORD);
            FoundWord {
                start: start as u32,
                length: length as u32,
                hash: hash(&block[start..start + length]),
            }
        };
        // Backwards, as the order is not promised.
        (0..block.len()).filter(begins).map(word).rev().collect()
    }

    fn sorted(counted: &CountedWords) -> BTreeMap<Vec<u8>, u64> {
        let words = counted.list.iter();
        words.map(|(word, count)| (word.to_vec(), count)).collect()
    }

    fn assert_as_counted_by_bytes(blocks: &[&[u8]]) {
        let (mut by_bytes, mut by_words) = (WordCounter::default(), FoundWordCounter::default());
        for block in blocks {
            by_bytes.feed(block);
            by_words.feed(block, &mut find(block));
        }
        let (by_bytes, by_words) = (by_bytes.finish(), by_words.finish());
        assert_eq!(by_words.words, by_bytes.words);
        assert_eq!(by_words.unlisted, by_bytes.unlisted);
        assert_eq!(sorted(&by_words), sorted(&by_bytes));
    }

    proptest! {
        #[test]
        fn found_words_are_those_of_the_bytes(
            text in "[abA \u{e9},]{0,300}",
            borders in prop::collection::vec(0_usize..300, 0..4),
        ) {
            let mut borders: Vec<_> = borders.into_iter().map(|at| at.min(text.len())).collect();
            borders.extend([0, text.len()]);
            borders.sort_unstable();
            let blocks: Vec<_> = borders.windows(2).map(|at| &text.as_bytes()[at[0]..at[1]]).collect();
            assert_as_counted_by_bytes(&blocks);
        }
    }

    #[test]
    fn a_long_run_over_several_blocks_is_one_word() {
        let long = [b'a'; 200];
        assert_as_counted_by_bytes(&[&long, &long[..70], b"a b", &long[..64], b" "]);
    }

    #[test]
    fn new_words_beyond_the_limit_count_as_unlisted() {
        let text: String = (0..70_000).map(|number| format!("w{number} ")).collect();
        assert_as_counted_by_bytes(&[text.as_bytes(), b"w0 w69999 w0"]);
    }

    #[test]
    fn words_of_one_hash_are_two_words() {
        let mut counter = FoundWordCounter::default();
        let word = |start, length| FoundWord {
            start,
            length,
            hash: 7,
        };
        counter.feed(b"one two ONE ", &mut [word(0, 3), word(4, 3), word(8, 3)]);
        let counted = counter.finish();
        let expected = BTreeMap::from([(b"one".to_vec(), 2), (b"two".to_vec(), 1)]);
        assert_eq!(sorted(&counted), expected);
    }
}
