//! Bytes to and from words that others may change meanwhile.
//!
//! All access to a block goes by whole words, as atomics of different sizes must not meet at one place. Of a word that belongs in
//! part to somebody else, only the bytes that are meant are replaced.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

const WORD: usize = 8;

/// Copies bytes from `offset` on, which the words must have.
pub(super) fn load(words: &[AtomicU64], offset: usize, bytes: &mut [u8]) {
    let Parts { head, whole, tail } = parts(words, offset, bytes.len());
    let (first, rest) = bytes.split_at_mut(head.1.len());
    let (middle, last) = rest.split_at_mut(whole.len() * WORD);
    load_part(head, first);
    for (bytes, word) in middle.chunks_exact_mut(WORD).zip(whole) {
        bytes.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
    }
    load_part(tail, last);
}

/// Copies bytes to `offset` on, which the words must have.
pub(super) fn store(words: &[AtomicU64], offset: usize, bytes: &[u8]) {
    let Parts { head, whole, tail } = parts(words, offset, bytes.len());
    let (first, rest) = bytes.split_at(head.1.len());
    let (middle, last) = rest.split_at(whole.len() * WORD);
    store_part(head, first);
    for (bytes, word) in middle.as_chunks().0.iter().zip(whole) {
        word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
    }
    store_part(tail, last);
}

/// A word, and which of its bytes are meant; without the word, none.
type Part<'a> = (Option<&'a AtomicU64>, Range<usize>);

/// A place of bytes as words: part of one, whole ones, part of one.
struct Parts<'a> {
    head: Part<'a>,
    whole: &'a [AtomicU64],
    tail: Part<'a>,
}

fn parts(words: &[AtomicU64], offset: usize, length: usize) -> Parts<'_> {
    let (words, start) = (&words[offset / WORD..], offset % WORD);
    let (head, words) = match (start, words) {
        (1.., [first, rest @ ..]) => {
            let end = WORD.min(start + length);
            ((Some(first), start..end), rest)
        }
        _ => ((None, 0..0), words),
    };
    let length = length - head.1.len();
    let (whole, rest) = words.split_at(length / WORD);
    let tail = (rest.first(), 0..length % WORD);
    Parts { head, whole, tail }
}

fn load_part((word, range): Part<'_>, bytes: &mut [u8]) {
    if let Some(word) = word {
        bytes.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes()[range]);
    }
}

fn store_part((word, range): Part<'_>, bytes: &[u8]) {
    let Some(word) = word.filter(|_| !bytes.is_empty()) else {
        return;
    };
    let mut old = word.load(Ordering::Relaxed);
    loop {
        let mut new = old.to_ne_bytes();
        new[range.clone()].copy_from_slice(bytes);
        let new = u64::from_ne_bytes(new);
        match word.compare_exchange_weak(old, new, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(changed) => old = changed,
        }
    }
}
