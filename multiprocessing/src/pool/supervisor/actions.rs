//! What the engine wants done, done.

use std::sync::Arc;
use std::time::Instant;

use super::Supervisor;
use crate::pool::door::Task;
use crate::pool::engine::Action;
use crate::pool::hand::Hand;
use crate::pool::message::{Flags, Head};

impl Supervisor {
    /// Does what the engine says. Whether that was anything.
    pub(super) fn act(&mut self) -> bool {
        let mut any = false;
        while let Some(action) = self.engine.action() {
            self.perform(action);
            any = true;
        }
        any
    }

    fn perform(&mut self, action: Action<Arc<dyn Task>>) {
        match action {
            Action::Start(place) => self.start(place),
            Action::StartLater(place, pause) => self.later.push((Instant::now() + pause, place)),
            Action::Send {
                place,
                number,
                is_marked,
            } => self.send(place, number, is_marked),
            Action::TakeBack(place) => self.take_back(place),
            Action::Dismiss(place) => self.dismiss(place),
            Action::Kill(place) => self.hands[place].iter_mut().for_each(Hand::kill),
            Action::Deliver(task, piece) => {
                self.delivered += 1;
                task.deliver(piece);
            }
        }
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
        hand.send(Head {
            size: chunk.items.bytes.len(),
            number,
            function: chunk.owner.function().place(),
            flags: Flags {
                is_dismissal: false,
                is_limited: chunk.rules.limit.is_some(),
                is_marked,
            },
        });
    }

    fn take_back(&mut self, place: usize) {
        let next = self.engine.next_number(place);
        let from = self.door.board.desk(place).take_back(next);
        self.engine.taken_back(place, from);
    }

    fn dismiss(&mut self, place: usize) {
        if let Some(hand) = &mut self.hands[place] {
            hand.send(Head::dismissal());
        }
    }
}
