//! The thread that owns a pool's workers, and nobody else does.
//!
//! It takes what the program's threads ask for and what the workers have written, tells the engine, and does what the engine
//! says. When there is nothing to do it sleeps, and is woken by its doorbell, which the others ring if it is hungry, or by the
//! end of a worker. While chunks are short it first sleeps a moment in patience: then only the chunks wake it that are marked
//! for it, so that many short chunks cost one wake-up.

use std::io;
use std::mem;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manyways_process::{catch_panic, poll_readable};

use super::board::Hunger;
use super::door::{Door, Request, Task};
use super::engine::{Action, Engine, Policy};
use super::failure::Failure;
use super::hand::Hand;
use super::message::{Flags, Head};
use super::recipe::Recipe;
use super::worker::now;

/// How long it is patient: a result is late by no more.
const PATIENCE: Duration = Duration::from_millis(1);

/// Chunks that take longer than this, all workers together, are worth a wake-up each: patience would only cost another.
const SHORT: Duration = Duration::from_micros(50);

/// So many bytes at once are part of more.
const BULK: usize = 16 << 10;

/// So many bytes are taken over at once, to be still near when they are dealt with.
const AT_ONCE: usize = 32 << 10;

/// A busy supervisor looks this often, in rounds, for workers that have ended.
const ROUNDS: u32 = 64;

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

pub(crate) struct Supervisor {
    door: Arc<Door>,
    recipe: Recipe,
    engine: Engine<Arc<dyn Task>>,
    hands: Vec<Option<Hand>>,
    requests: Vec<Request>,
    /// Where workers are to be started, and when.
    later: Vec<(Instant, usize)>,
    /// Whether any item was ever limited in time.
    has_limits: bool,
    /// Pieces delivered since it last slept, and when that was.
    delivered: u32,
    slept_at: Instant,
    rounds: u32,
}

impl Supervisor {
    pub(crate) fn new(door: Arc<Door>, policy: Policy, recipe: Recipe) -> Supervisor {
        Supervisor {
            door,
            recipe,
            engine: Engine::new(policy),
            hands: (0..policy.workers).map(|_| None).collect(),
            requests: Vec::new(),
            later: Vec::new(),
            has_limits: false,
            delivered: 0,
            slept_at: Instant::now(),
            rounds: 0,
        }
    }

    /// Starts the workers and serves until the pool has ended.
    pub(crate) fn run(mut self) {
        if let Err(report) = catch_panic(|| self.serve()) {
            self.give_up(&format!("its supervisor {report}"));
        }
        let why = self.engine.refusal().unwrap_or(Failure::Terminated);
        self.door.shut(&why);
    }

    fn serve(&mut self) {
        self.act();
        while !self.engine.is_over() {
            let busy = self.serve_all();
            self.rounds += 1;
            if !busy {
                self.sleep();
            } else if self.rounds.is_multiple_of(ROUNDS) {
                self.wait(Some(Duration::ZERO));
            }
        }
    }

    /// Takes what has come, and does what is to be done. Whether that was anything.
    fn serve_all(&mut self) -> bool {
        let mut busy = self.take_requests();
        for place in 0..self.hands.len() {
            busy |= self.take(place, AT_ONCE);
        }
        busy | self.serve_workers()
    }

    /// Something is wrong with the pool itself: nobody may wait for it for ever.
    fn give_up(&mut self, why: &str) {
        self.engine.abandon(why);
        self.hands.clear();
        while let Some(action) = self.engine.action() {
            if let Action::Deliver(task, piece) = action {
                task.deliver(piece);
            }
        }
    }

    fn take_requests(&mut self) -> bool {
        let mut requests = mem::take(&mut self.requests);
        self.door.take(&mut requests);
        let any = !requests.is_empty();
        for request in requests.drain(..) {
            match request {
                Request::Run(chunk) => {
                    self.has_limits |= chunk.rules.limit.is_some();
                    self.engine.submit(chunk);
                }
                Request::CancelPending => self.engine.cancel_pending(),
                Request::Close => self.engine.close(),
                Request::Terminate => self.engine.terminate(),
            }
            self.act();
        }
        self.requests = requests;
        any
    }

    /// Takes over what one worker has written, at most so many bytes of it. Whether it is worth looking for more at once: not after the first results of a
    /// chunk. Who waited for them one by one would take the processor from the workers.
    fn take(&mut self, place: usize, most: usize) -> bool {
        let Some(hand) = &mut self.hands[place] else {
            return false;
        };
        let taken = hand.take(self.door.board.desk(place), most);
        let used = match taken {
            Ok(0) => return false,
            Ok(_) => self.engine.told(place, hand.taken()),
            Err(corrupt) => Err(corrupt),
        };
        match used {
            Ok(used) => hand.forget(used),
            Err(_) => hand.distrust(),
        }
        self.act() || taken.is_ok_and(|bytes| bytes >= BULK)
    }

    /// Sends what there is room for now, wakes those for whom something was done, and ends those whose time is over.
    fn serve_workers(&mut self) -> bool {
        let mut busy = false;
        for (place, hand) in self.hands.iter_mut().enumerate() {
            if let Some(hand) = hand {
                let desk = self.door.board.desk(place);
                busy |= hand.write(desk, |number| self.engine.items(place, number));
                hand.wake(desk);
            }
        }
        busy |= self.end_overdue();
        busy | self.start_later()
    }

    fn start_later(&mut self) -> bool {
        if self.later.is_empty() {
            return false;
        }
        let now = Instant::now();
        let due: Vec<usize> = self
            .later
            .extract_if(.., |(at, _)| *at <= now)
            .map(|(_, place)| place)
            .collect();
        for place in &due {
            self.engine.start_again(*place);
            self.act();
        }
        !due.is_empty()
    }

    /// Ends the workers whose running items have taken too long.
    fn end_overdue(&mut self) -> bool {
        let mut any = false;
        for place in 0..self.hands.len() {
            if let Some((number, left)) = self.time_left(place)
                && left.is_zero()
                && self.door.board.desk(place).doom(number)
            {
                self.engine.overdue(place, number);
                self.act();
                any = true;
            }
        }
        any
    }

    /// The item that the place's worker runs, or will next, if its time is limited, and how much is left of that.
    fn time_left(&self, place: usize) -> Option<(u64, Duration)> {
        if !self.has_limits || self.hands[place].is_none() {
            return None;
        }
        let (number, limit) = self.engine.limit(place)?;
        let left = match self.door.board.desk(place).running_since(number) {
            Some(since) => limit.saturating_sub(Duration::from_nanos(now().saturating_sub(since))),
            None => limit,
        };
        Some((number, left))
    }

    /// Does what the engine says. Whether that was anything.
    fn act(&mut self) -> bool {
        let mut any = false;
        while let Some(action) = self.engine.action() {
            any = true;
            match action {
                Action::Start(place) => self.start(place),
                Action::StartLater(place, pause) => {
                    self.later.push((Instant::now() + pause, place));
                }
                Action::Send {
                    place,
                    number,
                    is_marked,
                } => self.send(place, number, is_marked),
                Action::TakeBack(place) => {
                    let next = self.engine.next_number(place);
                    let from = self.door.board.desk(place).take_back(next);
                    self.engine.taken_back(place, from);
                }
                Action::Dismiss(place) => {
                    if let Some(hand) = &mut self.hands[place] {
                        hand.send(Head::dismissal());
                    }
                }
                Action::Kill(place) => {
                    if let Some(hand) = &mut self.hands[place] {
                        hand.kill();
                    }
                }
                Action::Deliver(task, piece) => {
                    self.delivered += 1;
                    task.deliver(piece);
                }
            }
        }
        any
    }

    fn start(&mut self, place: usize) {
        self.door.board.desk(place).reset();
        let workers = self.hands.len();
        match self.recipe.start(&self.door, place, workers) {
            Ok(launched) => {
                self.hands[place] = Some(Hand::new(launched));
                self.engine.started(place);
            }
            Err(error) => self.engine.start_failed(place, error.to_string()),
        }
    }

    fn send(&mut self, place: usize, number: u64, is_marked: bool) {
        let (Some(hand), Some(chunk)) = (&mut self.hands[place], self.engine.chunk(place, number))
        else {
            return;
        };
        let head = Head {
            size: chunk.items.bytes.len(),
            number,
            function: chunk.owner.function().place(),
            flags: Flags {
                is_dismissal: false,
                is_limited: chunk.rules.limit.is_some(),
                is_marked,
            },
        };
        hand.send(head);
    }

    /// Sleeps until there is something to do.
    fn sleep(&mut self) {
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

    /// How long nothing is to be done but at somebody's call.
    fn next_moment(&self) -> Option<Duration> {
        let now = Instant::now();
        let starts = self.later.iter();
        let starts = starts.map(|(at, _)| at.saturating_duration_since(now));
        let limits = (0..self.hands.len()).filter_map(|place| self.time_left(place));
        starts.chain(limits.map(|(_, left)| left)).min()
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
    fn wait(&mut self, limit: Option<Duration>) {
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
