//! Objects in shared memory inside of messages.

use manyways_shared_memory::{self as memory, Place, PlaceError};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Event, Lock, RLock, Semaphore};
use crate::attachments::{self, Refusal};

/// A place on its way: the number of its segment's descriptor, and where it lies there.
#[derive(Serialize, Deserialize)]
pub(crate) struct Travelling {
    segment: u32,
    offset: u64,
    len: u64,
}

/// Puts the segment beside the message that is being encoded.
pub(crate) fn depart(place: &Place) -> Result<Travelling, Refusal> {
    let (segment, offset, len) = place.parts();
    Ok(Travelling {
        segment: attachments::attach_file(segment)?,
        offset: offset as u64,
        len: len as u64,
    })
}

/// The object in a place that came with the message that is being decoded.
pub(crate) fn arrive<T>(
    travelling: &Travelling,
    open: impl FnOnce(Place) -> Result<T, PlaceError>,
) -> Result<T, Refusal> {
    let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let segment = attachments::take(travelling.segment)?;
    Place::from_parts(segment, number(travelling.offset), number(travelling.len))
        .and_then(open)
        .map_err(|error| attachments::refuse(error.to_string()))
}

/// Lets a type of handle travel: its memory goes beside the message, and the receiver has the same object.
macro_rules! travels {
    ($($type:ident;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let place = depart(self.raw.place()).map_err(S::Error::custom)?;
                place.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let place = Travelling::deserialize(deserializer)?;
                let raw = arrive(&place, memory::$type::at).map_err(D::Error::custom)?;
                Ok($type { raw })
            }
        }
    )*};
}

travels! {
    Lock;
    RLock;
    Event;
    Semaphore;
}
