//! How the supervisor sleeps, and what wakes it.

use std::io;
use std::mem;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use manyways_process::poll_readable;

use super::Supervisor;
use crate::pool::board::Hunger;
use crate::pool::hand::Hand;

/// How long it is patient: a result is late by no more.
const PATIENCE: Duration = Duration::from_millis(1);

/// Chunks that take longer than this, all workers together, are worth a wake-up each: patience would only cost another.
const SHORT: Duration = Duration::from_micros(50);

/// What a supervisor waits for.
#[derive(Clone, Copy)]
enum Sign {
    /// The doorbell.
    Rung,
    /// The worker in this place has ended.
    Ended(usize),
    /// It has ended, or is about to, or has replaced its program.
    Left(usize),
}

impl Supervisor {
    /// Sleeps until there is something to do.
    pub(super) fn sleep(&mut self) {
        let limit = self.next_moment();
        if self.chunks_are_short() {
            let patience = limit.map_or(PATIENCE, |limit| limit.min(PATIENCE));
            self.wait_as(Hunger::Patient, Some(patience));
        } else {
            self.wait_as(Hunger::Hungry, limit);
        }
    }

    /// Whether many were delivered since this was last asked.
    fn chunks_are_short(&mut self) -> bool {
        let now = Instant::now();
        let passed = now - mem::replace(&mut self.slept_at, now);
        passed < SHORT * mem::take(&mut self.delivered)
    }

    /// What comes after the hunger is told of wakes it. What came before is looked for once more.
    fn wait_as(&mut self, hunger: Hunger, limit: Option<Duration>) {
        self.door.board.set_hunger(hunger);
        if !self.serve_all() {
            self.wait(limit);
        }
        self.door.board.set_hunger(Hunger::Fed);
    }

    /// Waits for the doorbell or the end of a worker, and buries those that have ended.
    pub(super) fn wait(&mut self, limit: Option<Duration>) {
        let signs = match self.poll(limit) {
            Ok(signs) => signs,
            // Without descriptors to spare it cannot wait, only look.
            Err(_) => (0..self.hands.len()).map(Sign::Ended).collect(),
        };
        for sign in signs {
            match sign {
                Sign::Rung => {
                    // It fails only if nobody has rung after all.
                    let _ = self.door.doorbell.read();
                }
                Sign::Ended(place) => self.bury(place),
                Sign::Left(place) => self.hands[place].iter_mut().for_each(Hand::leave),
            }
        }
    }

    /// What has happened, within the limit.
    fn poll(&self, limit: Option<Duration>) -> io::Result<Vec<Sign>> {
        let mut fds = vec![self.door.doorbell.as_fd()];
        let mut signs = vec![Sign::Rung];
        for (place, hand) in self.hands.iter().enumerate() {
            let Some(hand) = hand else { continue };
            // Without a pidfd it is known to have ended; its turn comes at once.
            let Some(pidfd) = hand.pidfd() else {
                return Ok(vec![Sign::Ended(place)]);
            };
            // In this order: once the worker is buried, another has its place.
            if let Some(link) = hand.link() {
                fds.push(link);
                signs.push(Sign::Left(place));
            }
            fds.push(pidfd);
            signs.push(Sign::Ended(place));
        }
        let ready = poll_readable(&fds, limit)?;
        Ok(ready.into_iter().map(|at| signs[at]).collect())
    }

    /// Takes the last that a worker has written, and settles what it had.
    fn bury(&mut self, place: usize) {
        if self.hands[place].as_mut().is_none_or(Hand::is_alive) {
            return;
        }
        self.take(place, usize::MAX);
        if let Some(mut hand) = self.hands[place].take() {
            let death = hand.death(self.door.board.desk(place));
            self.engine.died(place, death);
        }
        self.act();
    }
}
