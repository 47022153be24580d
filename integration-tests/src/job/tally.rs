//! Adding results up, in any order and any grouping.

use std::mem;

use serde::{Deserialize, Serialize};

use super::measure::{FileFacts, Piece, Unreadable};
use super::words::WordTable;
use super::{Doing, Span};

/// What is known after some of the files: a value to which pieces, or other tallies, are added.
///
/// Adding is commutative and associative up to the order of the lists, and
/// [`Report`](super::Report) sorts those. A system may therefore add in the caller, or in each
/// worker and send the tallies, or both.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    pub(super) facts: Vec<FileFacts>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) words: WordTable,
    pub(super) spans: Vec<Span>,
}

impl Tally {
    /// What is known after one file.
    pub fn of(piece: &Piece) -> Self {
        let mut tally = Self::default();
        tally.add(piece);
        tally
    }

    /// Adds one file.
    pub fn add(&mut self, piece: &Piece) {
        self.spans.push(piece.span);
        self.timed(|tally| match &piece.outcome {
            Ok((facts, list)) => {
                tally.facts.push(*facts);
                for (word, count) in list.iter() {
                    tally.words.add(word, count);
                }
            }
            Err(unreadable) => tally.unreadable.push(unreadable.clone()),
        });
    }

    /// Adds what another worker has added up.
    pub fn absorb(&mut self, other: Self) {
        self.timed(|tally| {
            tally.facts.extend(other.facts);
            tally.unreadable.extend(other.unreadable);
            tally.words.absorb(other.words);
            tally.spans.extend(other.spans);
        });
    }

    /// Both together: [`absorb`](Self::absorb) as a function of two values, for systems that reduce.
    #[must_use]
    pub fn plus(mut self, other: Self) -> Self {
        self.absorb(other);
        self
    }

    /// Takes out who did what when, in no particular order. A report does not need it.
    pub fn take_spans(&mut self) -> Vec<Span> {
        mem::take(&mut self.spans)
    }

    fn timed(&mut self, work: impl FnOnce(&mut Self)) {
        let ((), span) = Span::over(Doing::Merge, || work(self));
        self.spans.push(span);
    }
}
