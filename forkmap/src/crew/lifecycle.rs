//! Children begin, end and die.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use manyways_process::{Exit, Fork, Link, poll_readable};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::{Collect, Crew};
use crate::board::Board;
use crate::error::Error;
use crate::hand::Hand;
use crate::options::Options;
use crate::order::{Order, Settled};
use crate::ring::RingReader;
use crate::worker::{self, Place, Work};

/// How long the parent waits for a ring to fill up before it asks to be woken by the next result. So
/// many small results cost one wake-up, and a single one is late by at most this.
const PATIENCE: Duration = Duration::from_millis(1);

/// Fewer records than this since the parent last slept mean that items take long: then patience would
/// only cost a second wake-up for each, on a processor that a child could use.
const FEW: usize = 8;

/// So many children for each process may die in a row, none having settled an item, before the run
/// gives up: an initialiser that kills its process must not do so for ever.
const BARREN_DEATHS: u32 = 3;

impl<'a, W: Work> Crew<'a, W> {
    /// Forks the children.
    pub(crate) fn start(options: Options<'a>, items: usize, work: W) -> Result<Self, Error> {
        let processes = options
            .processes
            .map_or_else(crate::processes::configured, Ok);
        let processes =
            processes.map_err(|why| Error::system("choose the number of processes", why))?;
        let processes = processes.get().min(items);
        let board = Board::new(items, processes, options.chunks);
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        let doorbell = EventFd::from_flags(flags).map_err(io::Error::from);
        let mut crew = Crew {
            work,
            items,
            processes,
            order: Order::All(items),
            board: board.map_err(|error| Error::system("share memory with the children", error))?,
            doorbell: doorbell.map_err(|error| Error::system("make a doorbell", error))?,
            hands: Vec::new(),
            settled: Settled::none_of(items),
            deaths: HashMap::new(),
            told: 0,
            barren: 0,
            unexplained: None,
            has_failed: false,
            stopped: false,
            deadline: options
                .deadline
                .and_then(|limit| Instant::now().checked_add(limit)),
            is_late: false,
            options,
        };
        crew.fork_all()?;
        Ok(crew)
    }

    fn fork_all(&mut self) -> Result<(), Error> {
        for place in 0..self.processes {
            self.fork(place)?;
        }
        Ok(())
    }

    /// Forks a child into a place. That it cannot be had is an error only where no other child is
    /// left to do the work.
    fn fork(&mut self, number: usize) -> Result<(), Error> {
        let reader = RingReader::reset(self.board.ring(number));
        let place = Place {
            number,
            board: &self.board,
            order: &self.order,
            doorbell: &self.doorbell,
        };
        let work = &mut self.work;
        let body = |link: &mut Link| worker::run(&place, work, link);
        match Fork::new().name(self.options.name.as_str()).spawn(body) {
            Ok((child, link)) => {
                self.hands.push(Hand::new(number, child, link, reader));
                Ok(())
            }
            Err(error) if self.hands.is_empty() => Err(Error::system("start a process", error)),
            Err(_) => Ok(()),
        }
    }

    /// Waits until a child rings or ends, or the deadline passes. Gives the children that ended, as
    /// ascending positions in `hands`.
    pub(super) fn wait(&mut self, picked: &[usize]) -> Result<Vec<usize>, Error> {
        let left = self
            .deadline
            .map(|at| at.saturating_duration_since(Instant::now()));
        let mut ready = Vec::new();
        if mem::take(&mut self.told) >= FEW {
            let patience = left.map_or(PATIENCE, |left| left.min(PATIENCE));
            ready = self.poll(picked, Some(patience))?;
        }
        if ready.is_empty() {
            self.board.set_hungry();
            let published = |at: &usize| self.hands[*at].has_published(&self.board);
            if !picked.iter().any(published) {
                ready = self.poll(picked, left)?;
            }
            self.board.set_fed();
        }
        if ready.first() == Some(&0) {
            // It fails only if nobody has rung after all.
            let _ = self.doorbell.read();
            ready.remove(0);
        }
        Ok(ready.into_iter().map(|fd| picked[fd - 1]).collect())
    }

    /// Polls the doorbell (place 0 of the answer) and the picked children.
    fn poll(&self, picked: &[usize], timeout: Option<Duration>) -> Result<Vec<usize>, Error> {
        let mut fds = vec![self.doorbell.as_fd()];
        for at in picked {
            let pidfd = self.hands[*at].child.as_fd();
            match pidfd.map_err(|error| Error::system("watch a child", error))? {
                Some(pidfd) => fds.push(pidfd),
                // Known to have ended; its turn comes at once.
                None => return Ok(vec![fds.len()]),
            }
        }
        poll_readable(&fds, timeout).map_err(|error| Error::system("wait for the children", error))
    }

    /// Handles the end of children: keeps what they had told, and sees to what they had not.
    /// Gives whether there was anything to collect.
    pub(super) fn bury(
        &mut self,
        ended: Vec<usize>,
        collect: &mut impl Collect,
    ) -> Result<bool, Error> {
        let mut any = false;
        for at in ended.into_iter().rev() {
            let exit = self.hands[at].end();
            any |= self.take_one(at, collect);
            let mut hand = self.hands.swap_remove(at);
            if hand.fruitful {
                self.barren = 0;
            }
            if hand.has_left {
                continue;
            }
            self.mourn(&mut hand, exit, collect);
            any = true;
            if !self.stopped && self.reruns() && self.board.has_unclaimed(hand.place) {
                self.fork(hand.place)?;
            }
        }
        Ok(any)
    }

    /// A child has died: the item that it ran is to blame, and is given up if it has had its chances.
    fn mourn(&mut self, hand: &mut Hand, exit: Exit, collect: &mut impl Collect) {
        let pid = hand.child.pid();
        self.barren += u32::from(!hand.fruitful);
        let Some(index) = hand.running().map(|position| self.order.floor(position)) else {
            let cause = hand.cause_of_death(exit);
            self.unexplained = Some((pid, cause.clone()));
            if self.barren > BARREN_DEATHS * self.processes as u32 {
                self.fail(None, pid, cause, collect);
            }
            return;
        };
        let deaths = self.deaths.entry(index).or_insert(0);
        *deaths += 1;
        if *deaths > self.options.retries {
            self.fail(Some(index), pid, hand.cause_of_death(exit), collect);
        }
    }

    /// Whether an item may be run again after the child that had it died.
    fn reruns(&self) -> bool {
        self.options.retries > 0 || self.options.keep_going
    }

    /// When all children have ended: a round over what was lost with dead ones, or not begun because
    /// too few could be forked. False if the run is over.
    pub(super) fn start_next_round(&mut self, collect: &mut impl Collect) -> Result<bool, Error> {
        if self.stopped || self.settled.left() == 0 {
            return Ok(false);
        }
        if !self.reruns()
            && let Some((pid, cause)) = self.unexplained.take()
        {
            self.fail(None, pid, cause, collect);
            return Ok(false);
        }
        let lost = self.settled.unsettled(self.items);
        self.processes = self.processes.min(lost.len());
        let board = Board::new(lost.len(), self.processes, self.options.chunks);
        self.board =
            board.map_err(|error| Error::system("share memory with the children", error))?;
        self.order = Order::Some(lost);
        self.fork_all()?;
        Ok(true)
    }

    /// The deadline has passed: ends the children, and keeps what they had told.
    pub(super) fn end_late(&mut self, collect: &mut impl Collect) {
        self.stopped = true;
        for at in 0..self.hands.len() {
            self.hands[at].end();
            self.take_one(at, collect);
        }
        self.hands.clear();
        self.is_late = self.settled.left() > 0;
    }
}
