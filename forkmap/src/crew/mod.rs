//! The parent's side of a run: children at work, and what they tell.
//!
//! A run is a sequence of rounds. In a round the children take pieces of an order of items until none
//! is left. When a child dies, what it had told is kept; what it had taken and not told is lost, and
//! if the options allow it, a further round runs over all that was lost (`lifecycle.rs`).

mod lifecycle;

use std::collections::HashMap;
use std::ops::Range;
use std::time::Instant;

use nix::sys::eventfd::EventFd;

use crate::board::Board;
use crate::error::{Cause, Error, Failure, Kind};
use crate::hand::{Hand, News};
use crate::options::{Options, Progress};
use crate::order::{Order, Settled};
use crate::ring::Corrupt;

/// What a run tells its collector. Indexes are those of the input.
pub(crate) enum Event<'a> {
    /// An item's encoded result.
    Result { index: usize, encoded: &'a [u8] },
    /// The encoded result of the piece that begins with this item.
    Partial { first: usize, encoded: &'a [u8] },
    /// An item has failed for good.
    Failed(Failure),
}

/// What a collector says to an event.
pub(crate) enum Verdict {
    Go,
    /// Enough: the children are to take no further items.
    Stop,
    /// The result cannot be decoded, for this reason.
    Unusable(String),
}

/// Takes what a run tells.
pub(crate) trait Collect: FnMut(Event<'_>) -> Verdict {}

impl<F: FnMut(Event<'_>) -> Verdict> Collect for F {}

/// A run under way. Dropping it ends the children.
pub(crate) struct Crew<'a, W> {
    options: Options<'a>,
    work: W,
    items: usize,
    processes: usize,
    order: Order,
    board: Board,
    doorbell: EventFd,
    hands: Vec<Hand>,
    settled: Settled,
    /// Records taken since the parent last slept.
    told: usize,
    /// Deaths by item.
    deaths: HashMap<usize, u32>,
    /// Deaths in a row of children that had settled nothing, and the last death that hit no item.
    barren: u32,
    unexplained: Option<(u32, Cause)>,
    has_failed: bool,
    stopped: bool,
    deadline: Option<Instant>,
    is_late: bool,
}

/// How a run ended.
pub(crate) struct Outcome<W> {
    /// Why it is not complete, if it is not.
    pub(crate) kind: Option<Kind>,
    pub(crate) work: W,
}

impl<'a, W: crate::worker::Work> Crew<'a, W> {
    /// Takes over what is there, and waits if nothing is. False when the run is over.
    ///
    /// Only children that `wanted` picks are read: it is given an index below which nothing more will
    /// come from the child. Where it picks none, all are read, as what is missing can then only come
    /// from a later round.
    ///
    /// # Errors
    ///
    /// When the system fails; the children end when the crew is dropped.
    pub(crate) fn pump(
        &mut self,
        wanted: &dyn Fn(usize) -> bool,
        collect: &mut impl Collect,
    ) -> Result<bool, Error> {
        let more = self.pump_quietly(wanted, collect)?;
        let folded: usize = self.hands.iter().map(|hand| hand.folded).sum();
        let done = self.items - self.settled.left() + folded;
        let progress = Progress {
            done,
            total: self.items,
        };
        if let Some(callback) = &mut self.options.progress {
            callback(progress);
        }
        Ok(more)
    }

    fn pump_quietly(
        &mut self,
        wanted: &dyn Fn(usize) -> bool,
        collect: &mut impl Collect,
    ) -> Result<bool, Error> {
        self.check_creator()?;
        loop {
            // First of all: where children never pause, there is always something to take.
            if self.is_overdue() {
                self.end_late(collect);
                return Ok(true);
            }
            let picked = self.pick(wanted);
            if self.take_all(&picked, collect) {
                return Ok(true);
            }
            if self.hands.is_empty() {
                return self.start_next_round(collect);
            }
            let ended = self.wait(&picked)?;
            if self.bury(ended, collect)? {
                return Ok(true);
            }
        }
    }

    /// A forked child has a copy of the crew, and could take from the rings what is its parent's.
    fn check_creator(&self) -> Result<(), Error> {
        let elsewhere = |error| Error::system("go on with a map here", error);
        match self.hands.first() {
            Some(hand) => hand.link.as_fd().map(drop).map_err(elsewhere),
            None => Ok(()),
        }
    }

    fn is_overdue(&self) -> bool {
        !self.hands.is_empty() && self.deadline.is_some_and(|at| at <= Instant::now())
    }

    /// Positions in `hands` of the children to be read now.
    fn pick(&self, wanted: &dyn Fn(usize) -> bool) -> Vec<usize> {
        let floor = |at: &usize| self.order.floor(self.hands[*at].position());
        let picked: Vec<usize> = (0..self.hands.len())
            .filter(|at| wanted(floor(at)))
            .collect();
        if picked.is_empty() {
            (0..self.hands.len()).collect()
        } else {
            picked
        }
    }

    fn take_all(&mut self, picked: &[usize], collect: &mut impl Collect) -> bool {
        let mut any = false;
        for at in picked {
            any |= self.take_one(*at, collect);
        }
        any
    }

    /// Takes over what one child has published. A child that breaks the ring's rules is ended:
    /// nothing that it says from then on is to be trusted, and its end is handled like any death.
    fn take_one(&mut self, at: usize, collect: &mut impl Collect) -> bool {
        match self.hands[at].take(&self.board) {
            Ok(false) => false,
            Ok(true) => {
                if self.take_news(at, collect).is_err() {
                    self.hands[at].distrust();
                }
                true
            }
            Err(Corrupt) => {
                self.hands[at].distrust();
                false
            }
        }
    }

    fn take_news(&mut self, at: usize, collect: &mut impl Collect) -> Result<(), Corrupt> {
        let pid = self.hands[at].child.pid();
        loop {
            // The usual news, without detours: a small result costs a few nanoseconds in all.
            while let Some((position, encoded)) = self.hands[at].result() {
                let index = self.order.get(position).ok_or(Corrupt)?;
                self.told += 1;
                self.settled.settle(index);
                match collect(Event::Result { index, encoded }) {
                    Verdict::Go => {}
                    Verdict::Stop => stop(&mut self.stopped, &self.board),
                    Verdict::Unusable(why) => {
                        self.fail(Some(index), pid, Cause::Unsendable(why), collect);
                    }
                }
            }
            let Some(news) = self.hands[at].news()? else {
                return Ok(());
            };
            self.told += 1;
            let (position, cause) = match news {
                News::Claimed | News::Folded | News::Leaving => continue,
                News::Partial { positions, encoded } => {
                    let first = settle_piece(&self.order, &mut self.settled, &positions)?;
                    match collect(Event::Partial { first, encoded }) {
                        Verdict::Go | Verdict::Stop => continue,
                        Verdict::Unusable(why) => (Some(positions.start), Cause::Unsendable(why)),
                    }
                }
                News::Panicked { position, report } => (Some(position), Cause::Panicked(*report)),
                News::Unsendable { position, reason } => {
                    (Some(position), Cause::Unsendable(reason))
                }
                News::InitializerPanicked { report } => (None, Cause::InitializerPanicked(*report)),
            };
            let index = match position {
                Some(position) => Some(self.order.get(position).ok_or(Corrupt)?),
                None => None,
            };
            self.fail(index, pid, cause, collect);
        }
    }

    /// Settles an item as failed, and stops the run unless it is to go on without it.
    fn fail(&mut self, index: Option<usize>, pid: u32, cause: Cause, collect: &mut impl Collect) {
        let before = index
            .and_then(|index| self.deaths.get(&index).copied())
            .unwrap_or(0);
        let died = matches!(cause, Cause::Died(_) | Cause::Corrupted);
        let attempts = if died { before.max(1) } else { before + 1 };
        let failure = Failure {
            index,
            pid,
            attempts,
            cause,
        };
        if let Some(index) = index {
            self.settled.settle(index);
        }
        if !self.options.keep_going || index.is_none() {
            stop(&mut self.stopped, &self.board);
        }
        self.has_failed = true;
        collect(Event::Failed(failure));
    }

    /// The run's end, told whole. To be called when `pump` has said that it is over.
    pub(crate) fn finish(self) -> Outcome<W> {
        let kind = if self.is_late {
            self.options.deadline.map(Kind::Deadline)
        } else {
            self.has_failed.then_some(Kind::Items)
        };
        Outcome {
            kind,
            work: self.work,
        }
    }
}

fn stop(stopped: &mut bool, board: &Board) {
    *stopped = true;
    board.stop();
}

/// Settles the items of a piece, and gives the first.
fn settle_piece(
    order: &Order,
    settled: &mut Settled,
    positions: &Range<u64>,
) -> Result<usize, Corrupt> {
    let last = positions.end.checked_sub(1).ok_or(Corrupt)?;
    order.get(last).ok_or(Corrupt)?;
    for position in positions.clone() {
        settled.settle(order.index(position));
    }
    order.get(positions.start).ok_or(Corrupt)
}
