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

/// A result for which nothing can be done before all of it is there.
pub(crate) struct Whole<T> {
    function: &'static str,
    pieces: Vec<Piece>,
    assemble: fn(&'static str, Vec<Piece>) -> Result<T, PoolError>,
}

impl<T> Whole<T> {
    pub(crate) fn new(
        function: &'static str,
        assemble: fn(&'static str, Vec<Piece>) -> Result<T, PoolError>,
    ) -> Box<Whole<T>> {
        Box::new(Whole {
            function,
            pieces: Vec::new(),
            assemble,
        })
    }
}

impl<T> Assembly<T> for Whole<T> {
    fn add(&mut self, pieces: Vec<Piece>, _items: usize) -> usize {
        self.pieces.extend(pieces);
        self.pieces.iter().map(Piece::size).sum()
    }

    fn result(self: Box<Self>) -> Result<T, PoolError> {
        (self.assemble)(self.function, self.pieces)
    }
}

/// The result of a call.
pub(crate) fn one<R: DeserializeOwned>(
    function: &'static str,
    pieces: Vec<Piece>,
) -> Result<R, PoolError> {
    let failed = |failure| PoolError::item(function, None, failure);
    let mut results = Vec::with_capacity(1);
    for piece in pieces {
        extend(&mut results, piece).map_err(|(_, failure)| failed(failure))?;
    }
    results.pop().ok_or_else(|| failed(Failure::Terminated))
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
