//! A value that carries a crash to the place where it shall happen.

use std::process;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::crash::Crash;
use crate::mid_frame;
use crate::point::Point;
use crate::shutdown_bomb;

/// How many bytes a result carries that shall be interrupted half-way: 32 MiB, more than any pipe
/// or socket holds.
pub const BULK: usize = 32 << 20;

/// What is planned, and who planned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Plan {
    crash: Crash,
    point: Point,
    creator: u32,
}

impl Plan {
    /// Fails if this is the place: `Err` gives the text of the error.
    fn reach(self, point: Point) -> Result<(), String> {
        if self.point != point {
            return Ok(());
        }
        assert!(
            !self.crash.kills_process() || self.is_abroad(),
            "{} at {point} would end the process that made the bomb",
            self.crash,
        );
        Err(self.crash.trigger())
    }

    fn is_abroad(self) -> bool {
        self.creator != process::id()
    }
}

/// An argument that fails where it was told to: as it is serialised, deserialised or run, or as its
/// result is sent.
///
/// A process that shall die is never the one that made the bomb. So make it in the test's process,
/// and let the system under test bring it to the worker: serialised, or inherited by a fork.
///
/// ```
/// use manyways_testkit::{Bomb, Crash, Point};
///
/// let bomb = Bomb::argument(Crash::Err, Point::EncodeArgument);
/// assert!(postcard::to_stdvec(&bomb).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bomb(Plan);

impl Bomb {
    /// A bomb that goes off at `point`.
    ///
    /// - `EncodeArgument`: when serialised, in whatever process.
    /// - `DecodeArgument`: when deserialised in another process.
    /// - `Running`: in [`Bomb::run`].
    /// - `EncodeResult`: when the result of [`Bomb::run`] is serialised in another process.
    /// - `MidFrame`: the result carries [`BULK`] bytes. When it is serialised in another process, a
    ///   thread of that process starts to watch, and strikes once another is blocked sending to a
    ///   pipe or socket, or 2 KiB wait in one. For the watcher to win the race, the pipes and
    ///   sockets are first made to hold no more than some 4 KiB, and all threads are put on one
    ///   processor. It gives up after 30 s, and says so on standard error.
    /// - `Idle`: never; see [`kill_when_idle`](crate::kill_when_idle()).
    /// - `ShuttingDown`: [`Bomb::run`] in another process leaves a
    ///   [`ShutdownBomb`](crate::ShutdownBomb) in a thread-local variable, which goes off when the
    ///   thread ends, or at `exit` if it is the main thread. `_exit` passes it by.
    #[must_use]
    pub fn argument(crash: Crash, point: Point) -> Bomb {
        Bomb(Plan {
            crash,
            point,
            creator: process::id(),
        })
    }

    /// The user's function: give this to the system under test.
    ///
    /// # Errors
    /// With [`CRASH_MESSAGE`](crate::CRASH_MESSAGE) for [`Crash::Err`] at [`Point::Running`].
    ///
    /// # Panics
    /// For [`Crash::Panic`] at [`Point::Running`], and if it shall kill the process that made the
    /// bomb.
    pub fn run(&self) -> Result<BombResult, String> {
        let plan = self.0;
        plan.reach(Point::Running)?;
        if plan.point == Point::ShuttingDown && plan.is_abroad() {
            shutdown_bomb::plant(plan.crash, plan.creator);
        }
        Ok(BombResult::new(plan))
    }
}

impl Serialize for Bomb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0
            .reach(Point::EncodeArgument)
            .map_err(ser::Error::custom)?;
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bomb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bomb, D::Error> {
        let plan = Plan::deserialize(deserializer)?;
        if plan.is_abroad() {
            plan.reach(Point::DecodeArgument)
                .map_err(de::Error::custom)?;
        }
        Ok(Bomb(plan))
    }
}

/// What [`Bomb::run`] returns; it may go off while it is serialised or sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BombResult {
    plan: Plan,
    #[serde(with = "serde_bytes")]
    bulk: Vec<u8>,
}

impl BombResult {
    fn new(plan: Plan) -> BombResult {
        let length = if plan.point == Point::MidFrame {
            BULK
        } else {
            0
        };
        BombResult {
            plan,
            bulk: bulk(length),
        }
    }

    /// Whether it is the complete result of this bomb.
    #[must_use]
    pub fn is_of(&self, bomb: &Bomb) -> bool {
        *self == BombResult::new(bomb.0)
    }
}

impl Serialize for BombResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.plan.is_abroad() {
            self.plan
                .reach(Point::EncodeResult)
                .map_err(ser::Error::custom)?;
            if self.plan.point == Point::MidFrame {
                mid_frame::strike_when_sending(self.plan.crash);
            }
        }
        (self.plan, serde_bytes::Bytes::new(&self.bulk)).serialize(serializer)
    }
}

/// Bytes whose period divides no page, so that a lost or doubled page shows.
fn bulk(length: usize) -> Vec<u8> {
    let pattern: Vec<u8> = (0..251).collect();
    let mut bulk = pattern.repeat(length.div_ceil(pattern.len()));
    bulk.truncate(length);
    bulk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_told_from_others() {
        for point in [Point::Idle, Point::MidFrame] {
            let bomb = Bomb::argument(Crash::Kill, point);
            let result = bomb.run().unwrap();
            let copy: BombResult =
                postcard::from_bytes(&postcard::to_stdvec(&result).unwrap()).unwrap();
            assert!(copy.is_of(&bomb));
            assert!(!copy.is_of(&Bomb::argument(Crash::Abort, point)));
        }
        let bomb = Bomb::argument(Crash::Kill, Point::MidFrame);
        let mut shorter = bomb.run().unwrap();
        shorter.bulk.pop();
        assert!(!shorter.is_of(&bomb));
    }

    #[test]
    #[should_panic(expected = "would end the process that made the bomb")]
    fn the_creator_is_spared() {
        let _ = Bomb::argument(Crash::Kill, Point::Running).run();
    }
}
