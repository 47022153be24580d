//! What has come from workers, decoded.

use std::sync::Arc;

use manyways_process::catch_panic;
use manyways_wire as wire;
use serde::de::DeserializeOwned;

use super::engine::{Outcome, Piece};
use super::error::PoolError;
use super::failure::Failure;
use super::records::{self, Record, kind};

/// The results of a map: all, or the failure of the first item that has none.
pub(crate) fn all<R: DeserializeOwned>(
    function: &'static str,
    mut pieces: Vec<Piece>,
) -> Result<Vec<R>, PoolError> {
    pieces.sort_unstable_by_key(|piece| piece.first);
    let count = pieces.iter().map(|piece| piece.count).sum();
    let mut results = Vec::with_capacity(count);
    for piece in pieces {
        let first = piece.first;
        extend(&mut results, piece).map_err(|(offset, failure)| {
            PoolError::item(function, Some(first + offset), failure)
        })?;
    }
    Ok(results)
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

/// Appends a piece's results up to the first that is none; of that, the offset in the piece.
fn extend<R: DeserializeOwned>(results: &mut Vec<R>, piece: Piece) -> Result<(), (usize, Failure)> {
    let bytes = match piece.outcome {
        Outcome::Records(bytes) => bytes,
        Outcome::Failed(failure) => return Err((0, failure)),
    };
    let before = results.len();
    let decoded = catch_panic(|| {
        let mut rest = &bytes[..];
        while let Some(record) = records::first(rest) {
            results.push(value(record)?);
            rest = &rest[record.size..];
        }
        Ok(())
    });
    let decoded = decoded.unwrap_or_else(|report| Err(undecodable(&report)));
    decoded.map_err(|failure| (results.len() - before, failure))
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

#[inline]
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
