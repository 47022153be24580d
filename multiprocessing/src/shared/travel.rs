//! Values inside of messages.

use manyways_shared_memory::{Place, PlaceError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::sync::travel::{Travelling, arrive, depart};

pub(super) fn serialize<S: Serializer>(place: &Place, serializer: S) -> Result<S::Ok, S::Error> {
    depart(place)
        .map_err(ser::Error::custom)?
        .serialize(serializer)
}

/// What `open` finds in the place that came; `None` stands for no such values.
pub(super) fn deserialize<'de, D: Deserializer<'de>, V>(
    deserializer: D,
    open: impl FnOnce(Place) -> Result<Option<V>, PlaceError>,
) -> Result<V, D::Error> {
    let travelling = Travelling::deserialize(deserializer)?;
    arrive(&travelling, open)
        .map_err(de::Error::custom)?
        .ok_or_else(misfit)
}

pub(super) fn misfit<E: de::Error>() -> E {
    E::custom("the shared memory that came does not hold such values")
}
