//! One direction of a pipe, in shared memory beside its socket.
//!
//! Every message of a pipe is a record in the lane's ring, in its order. A short one is there whole, and costs no system call while the
//! other side is awake. Of any other, which is long or has open files beside it, there is a mark, and the message comes in a frame
//! over the socket. The last byte of a record says which it is.
//!
//! The socket tells of the other side's end, and it wakes: a receiver that sleeps polls it, and says so at the lane's
//! [`Doorbell`]; only then a sender writes a byte to the socket, a *ring*. Rings stand between frames and are told from them by their
//! value. Nobody reads further than to the end of a frame, so what is on the socket is there for whoever holds the end next.
//!
//! | who dies | what follows |
//! |---|---|
//! | a sender, before its record is in the ring | the message never was |
//! | a sender, after | the message is there; nobody may be told until the next one, or the end |
//! | a sender, between its mark and the end of the frame | the stream ends within a message |
//! | a receiver, of a short message | the next that receives at this end gets it |
//! | a receiver, within a frame | as on any connection: the rest is no frame for the next |

use manyways_shared_memory::{Doorbell, GetError, LifeError, Place, PlaceError, Ring};

use super::error::Reason;

/// The longest message, in bytes, that goes through the lane.
pub(crate) const SHORT: usize = 16 << 10;

/// The lane's memory for messages. It is touched only as far as it is used, and then all in turn: what is small stays in the caches.
const CAPACITY: usize = 64 << 10;

/// The last byte of a record that has the message.
pub(crate) const HERE: u8 = 0;

/// The last byte of a record that stands for a message on the socket.
pub(crate) const ON_SOCKET: u8 = 1;

#[derive(Debug, Clone)]
pub(crate) struct Lane {
    place: Place,
    pub(crate) ring: Ring,
    pub(crate) bell: Doorbell,
}

/// What was the first in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// A message, which was taken.
    Taken,
    /// A message that is too long, and stays.
    TooLong,
    /// The mark of a message on the socket, which stays.
    OnSocket,
    Nothing,
}

const BELL: usize = Ring::size(CAPACITY).next_multiple_of(Lane::ALIGN);

impl Lane {
    pub(crate) const SIZE: usize = BELL + Lane::ALIGN;
    pub(crate) const ALIGN: usize = Ring::ALIGN;

    /// So many, in memory of their own.
    pub(crate) fn several<const COUNT: usize>() -> Result<[Lane; COUNT], PlaceError> {
        let memory = Place::new(COUNT * Lane::SIZE, Lane::ALIGN)?;
        let lanes = (0..COUNT).map(|at| Lane::new_at(memory.slice(at * Lane::SIZE, Lane::SIZE)));
        let lanes: Vec<Lane> = lanes.collect::<Result<_, _>>()?;
        Ok(lanes.try_into().expect("so many were made"))
    }

    fn new_at(place: Place) -> Result<Lane, PlaceError> {
        let ring = Ring::new_at(place.slice(0, Ring::size(CAPACITY)), CAPACITY, None)?;
        let bell = Doorbell::new_at(place.slice(BELL, Doorbell::SIZE))?;
        Ok(Lane { place, ring, bell })
    }

    /// The one that is there.
    pub(crate) fn at(place: Place) -> Result<Lane, PlaceError> {
        // What is too short for both is an error of one of them.
        let at = BELL.min(place.len());
        let ring = Ring::at(place.slice(0, at))?;
        let bell = Doorbell::at(place.slice(at, place.len() - at))?;
        Ok(Lane { place, ring, bell })
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether there is a message or a mark.
    pub(crate) fn has_record(&self) -> bool {
        !self.ring.is_empty()
    }

    /// Takes the first message and appends it to `into`, if it is there and of at most `limit` bytes.
    pub(crate) fn take(&self, into: &mut Vec<u8>, limit: u64) -> Result<First, Reason> {
        let mut first = First::Taken;
        let look = |record: &[u8]| {
            first = match record.split_last() {
                Some((&HERE, message)) if message.len() as u64 <= limit => First::Taken,
                Some((&HERE, _)) => First::TooLong,
                _ => First::OnSocket,
            };
            first == First::Taken
        };
        match self.ring.try_get_if(into, look) {
            Ok(true) => {
                into.pop();
                Ok(First::Taken)
            }
            Ok(false) => Ok(first),
            Err(GetError::TimedOut) => Ok(First::Nothing),
            Err(GetError::NoLife(error)) => Err(no_life(error)),
            Err(_) => Err(Reason::Corrupted),
        }
    }

    /// Takes the mark of a message that has been received from the socket.
    pub(crate) fn take_mark(&self) -> Result<(), Reason> {
        let is_mark = |record: &[u8]| record.last() == Some(&ON_SOCKET);
        match self.ring.try_get_if(&mut Vec::new(), is_mark) {
            Err(GetError::NoLife(error)) => Err(no_life(error)),
            Err(GetError::Corrupted) => Err(Reason::Corrupted),
            // Without one, the message was a dead receiver's, which had taken the mark.
            _ => Ok(()),
        }
    }
}

/// Others could not know of this process's death.
pub(crate) fn no_life(error: LifeError) -> Reason {
    Reason::System(std::io::Error::new(error.os_error().kind(), error))
}
