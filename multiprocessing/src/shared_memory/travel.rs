//! Blocks and lists inside of messages: by name, as in Python. The identity says whether the name still means the same.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::file::Identity;
use super::{ShareableList, SharedMemory};
use crate::attachments;

impl Serialize for SharedMemory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.name(), self.identity).serialize(serializer)
    }
}

/// Opens the block. An error if it is not there any more, or on another machine.
impl<'de> Deserialize<'de> for SharedMemory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SharedMemory, D::Error> {
        let (name, identity) = <(String, Identity)>::deserialize(deserializer)?;
        let block = SharedMemory::open(&name).map_err(|error| refused(&error))?;
        if block.identity != identity {
            let gone = "belongs to another block by now, as the one that was sent is gone";
            return Err(refused(&format!("the name {name:?} {gone}")));
        }
        Ok(block)
    }
}

impl Serialize for ShareableList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shm().serialize(serializer)
    }
}

/// Opens the list, as for a block.
impl<'de> Deserialize<'de> for ShareableList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ShareableList, D::Error> {
        let block = SharedMemory::deserialize(deserializer)?;
        ShareableList::of(block).map_err(|error| refused(&error))
    }
}

/// The reason reaches whoever receives the message, though codecs keep no texts.
fn refused<E: de::Error>(why: &impl ToString) -> E {
    E::custom(attachments::refuse(why.to_string()))
}
