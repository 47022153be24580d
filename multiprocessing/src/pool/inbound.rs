//! What has come from workers, decoded.

use std::mem;
use std::sync::Arc;

use manyways_process::catch_panic;
use manyways_wire as wire;
use serde::de::DeserializeOwned;

use super::engine::{Outcome, Piece};
use super::error::PoolError;
use super::failure::Failure;
use super::promise::Assembly;
use super::records::{self, Record, kind};

/// The results of a map, in the order of the items: all, or the failure of the first item that has none.
pub(crate) struct All<R> {
    function: &'static str,
    results: Vec<R>,
    failure: Option<(usize, Failure)>,
    /// Those before which others are missing.
    early: Vec<Piece>,
}

impl<R> All<R> {
    pub(crate) fn new(function: &'static str) -> Box<All<R>> {
        Box::new(All {
            function,
            results: Vec::new(),
            failure: None,
            early: Vec::new(),
        })
    }
}

impl<R: DeserializeOwned + Send> Assembly<Vec<R>> for All<R> {
    fn add(&mut self, pieces: Vec<Piece>, items: usize) -> usize {
        if self.failure.is_some() {
            return 0;
        }
        self.early.extend(pieces);
        self.early.sort_unstable_by_key(|piece| piece.first);
        self.results
            .reserve(items.saturating_sub(self.results.len()));
        let mut early = mem::take(&mut self.early).into_iter().peekable();
        while let Some(piece) = early.next_if(|piece| piece.first == self.results.len()) {
            if let Err((offset, failure)) = extend(&mut self.results, piece) {
                self.failure = Some((offset, failure));
                return 0;
            }
        }
        self.early = early.collect();
        self.early.iter().map(Piece::size).sum()
    }

    fn result(self: Box<Self>) -> Result<Vec<R>, PoolError> {
        match self.failure {
            None => Ok(self.results),
            Some((index, failure)) => Err(PoolError::item(self.function, Some(index), failure)),
        }
    }
}

/// The result of a call: it comes in one piece.
pub(crate) struct One {
    function: &'static str,
    pieces: Vec<Piece>,
}

impl One {
    pub(crate) fn new(function: &'static str) -> Box<One> {
        let pieces = Vec::new();
        Box::new(One { function, pieces })
    }
}

impl<R: DeserializeOwned> Assembly<R> for One {
    fn add(&mut self, pieces: Vec<Piece>, _items: usize) -> usize {
        self.pieces.extend(pieces);
        self.pieces.iter().map(Piece::size).sum()
    }

    fn result(self: Box<Self>) -> Result<R, PoolError> {
        let failed = |failure| PoolError::item(self.function, None, failure);
        let mut results = Vec::with_capacity(1);
        for piece in self.pieces {
            extend(&mut results, piece).map_err(|(_, failure)| failed(failure))?;
        }
        results.pop().ok_or_else(|| failed(Failure::Terminated))
    }
}

/// Appends a piece's results up to the first that is none; of that, the position among all.
fn extend<R: DeserializeOwned>(results: &mut Vec<R>, piece: Piece) -> Result<(), (usize, Failure)> {
    let bytes = match piece.outcome {
        Outcome::Records(bytes) => bytes,
        Outcome::Failed(failure) => return Err((results.len(), failure)),
    };
    let decoded = catch_panic(|| {
        let mut rest = &bytes[..];
        loop {
            if let Some((short, size)) = records::first_short(rest)
                && let Some(value) = short.decode()
            {
                results.push(value);
                rest = &rest[size..];
            } else if let Some(record) = records::first(rest) {
                results.push(value(record)?);
                rest = &rest[record.size..];
            } else {
                return Ok(());
            }
        }
    });
    let decoded = decoded.unwrap_or_else(|report| Err(undecodable(&report)));
    decoded.map_err(|failure| (results.len(), failure))
}

/// A piece's results, each for itself.
pub(crate) fn each<R: DeserializeOwned>(
    function: &'static str,
    piece: Piece,
) -> Vec<Result<R, PoolError>> {
    let fail = |offset, failure| {
        let index = Some(piece.first + offset);
        Err(PoolError::item(function, index, failure))
    };
    match piece.outcome {
        Outcome::Failed(failure) => (0..piece.count)
            .map(|offset| fail(offset, failure.clone()))
            .collect(),
        Outcome::Records(bytes) => {
            let mut rest = &bytes[..];
            let mut results = Vec::with_capacity(piece.count);
            while let Some(record) = records::first(rest) {
                rest = &rest[record.size..];
                let decoded = catch_panic(|| value(record));
                let decoded = decoded.unwrap_or_else(|report| Err(undecodable(&report)));
                let offset = results.len();
                results.push(decoded.or_else(|failure| fail(offset, failure)));
            }
            results
        }
    }
}

fn value<R: DeserializeOwned>(record: Record<'_>) -> Result<R, Failure> {
    if record.kind != kind::VALUE {
        return Err(failure(record));
    }
    wire::decode(record.payload).map_err(|error| undecodable(&error))
}

#[cold]
fn undecodable(error: &impl std::fmt::Display) -> Failure {
    let why = error.to_string().into();
    Failure::Unencodable("the result could not be decoded", why)
}

#[cold]
fn failure(record: Record<'_>) -> Failure {
    let text = || Arc::from(String::from_utf8_lossy(record.payload));
    match record.kind {
        kind::PANICKED => match wire::decode(record.payload) {
            Ok(report) => Failure::Panicked(Arc::new(report)),
            Err(error) => undecodable(&error),
        },
        kind::UNENCODABLE => Failure::Unencodable("the result could not be encoded", text()),
        kind::UNDECODABLE => Failure::Unencodable("the argument could not be decoded", text()),
        _ => Failure::UnknownFunction(text()),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use manyways_testkit::guarded;
    use proptest::prelude::*;

    use super::{All, Assembly, Failure, Outcome, Piece};
    use crate::pool::records::push_value;

    /// The results of items that are their own.
    fn piece(first: usize, count: usize) -> Piece {
        let mut bytes = Vec::new();
        let items = first..first + count;
        items.for_each(|item| push_value(&(item << 40), &mut bytes).unwrap());
        Piece {
            first,
            count,
            outcome: Outcome::Records(bytes),
        }
    }

    /// Pieces of these lengths, in an order that these numbers give.
    fn pieces(lengths: &[(usize, u32)]) -> (Vec<Piece>, usize) {
        let mut pieces = Vec::new();
        let mut items = 0;
        for (length, place) in lengths {
            pieces.push((*place, piece(items, *length)));
            items += length;
        }
        pieces.sort_by_key(|(place, _)| *place);
        (pieces.into_iter().map(|(_, piece)| piece).collect(), items)
    }

    #[test]
    fn results_are_in_order_however_they_come() {
        guarded(|| {
            proptest!(|(
                lengths in prop::collection::vec((1_usize..5, any::<u32>()), 0..20), at_once in 1_usize..4,
            )| {
                let (mut pieces, items) = pieces(&lengths);
                let mut all: Box<dyn Assembly<Vec<usize>>> = All::new("f");
                while !pieces.is_empty() {
                    let some = pieces.drain(..at_once.min(pieces.len())).collect();
                    let waiting = all.add(some, items);
                    prop_assert!(!pieces.is_empty() || waiting == 0);
                }
                let expected: Vec<usize> = (0..items).map(|item| item << 40).collect();
                prop_assert_eq!(all.result().unwrap(), expected);
            });
        });
    }

    #[test]
    fn the_first_failure_in_order_is_told() {
        guarded(|| {
            proptest!(|(
                lengths in prop::collection::vec((1_usize..5, any::<u32>()), 1..20), failing in any::<(prop::sample::Index, prop::sample::Index)>(),
            )| {
                let (mut pieces, items) = pieces(&lengths);
                let failing = [failing.0.index(pieces.len()), failing.1.index(pieces.len())];
                failing.iter().for_each(|at| pieces[*at].outcome = Outcome::Failed(Failure::Cancelled));
                let expected = failing.iter().map(|at| pieces[*at].first).min();
                let mut all: Box<dyn Assembly<Vec<usize>>> = All::new("f");
                for piece in pieces {
                    all.add(vec![piece], items);
                }
                prop_assert_eq!(all.result().unwrap_err().index(), expected);
            });
        });
    }
}
