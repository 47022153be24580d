//! The thread that owns a pool's workers, and nobody else does.
//!
//! It takes what the program's threads ask for and what the workers have written, tells the engine, and does what the engine
//! says. When there is nothing to do it sleeps, and is woken by its doorbell, which the others ring if it is hungry, or by the
//! end of a worker. While chunks are short it first sleeps a moment in patience: then only the chunks wake it that are marked
//! for it, so that many short chunks cost one wake-up.

mod actions;
mod due;
mod sleep;

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manyways_process::catch_panic;

use super::door::{Door, Request, Task};
use super::engine::{Action, Engine, Policy};
use super::failure::Failure;
use super::hand::Hand;
use super::recipe::Recipe;

/// So many bytes at once are part of more.
const BULK: usize = 16 << 10;

/// So many bytes are taken over at once, to be still near when they are dealt with.
const AT_ONCE: usize = 32 << 10;

/// A busy supervisor looks this often, in rounds, for workers that have ended.
const ROUNDS: u32 = 64;

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

    /// Takes what has come, and does what is to be done. Whether that was anything.
    fn serve_all(&mut self) -> bool {
        let mut busy = self.take_requests();
        for place in 0..self.hands.len() {
            busy |= self.take(place, AT_ONCE);
        }
        busy | self.serve_workers()
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

    /// Takes over what one worker has written, at most so many bytes of it. Whether it is worth looking for more at once: not
    /// after the first results of a chunk. Who waited for them one by one would take the processor from the workers.
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
}
