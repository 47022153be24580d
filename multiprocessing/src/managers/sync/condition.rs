//! `Condition`.

use std::collections::VecDeque;
use std::time::Instant;

use super::lock::{Held, misuse};
use super::monitor::Monitor;
use super::taken;
use crate::managers::fault::Fault;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::{Caller, Owner};
use crate::managers::value::Value;

/// A reentrant lock, and a queue of those who wait to be notified. The oldest is notified first; a notification that a client
/// died with is passed on.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    state: Monitor<State>,
}

#[derive(Debug, Default)]
struct State {
    lock: Held,
    waiting: VecDeque<Ticket>,
    next: u64,
    /// Whether the owner has the lock by a notification, and has called nothing since. If it dies like this, nobody has
    /// acted on the notification.
    woken: bool,
}

#[derive(Debug)]
struct Ticket {
    number: u64,
    owner: Owner,
    notified: bool,
}

impl State {
    fn check_held(&mut self, owner: Owner, what: &str) -> Result<(), Fault> {
        match self.lock.is_held_by(owner) {
            true => {
                self.woken = false;
                Ok(())
            }
            false => Err(misuse(&format!(
                "{what} of a condition whose lock is not held"
            ))),
        }
    }

    fn notify(&mut self, count: usize) {
        let sleeping = self.waiting.iter_mut().filter(|ticket| !ticket.notified);
        sleeping
            .take(count)
            .for_each(|ticket| ticket.notified = true);
    }

    /// Takes a ticket back, and says whether it was notified.
    fn remove(&mut self, number: u64) -> bool {
        let at = self
            .waiting
            .iter()
            .position(|ticket| ticket.number == number);
        let ticket = at.and_then(|at| self.waiting.remove(at));
        ticket.is_some_and(|ticket| ticket.notified)
    }

    fn abandon(&mut self, session: u64) {
        let dead = |ticket: &&Ticket| ticket.owner.session == session && ticket.notified;
        let mut lost = self.waiting.iter().filter(dead).count();
        if self.lock.is_held_in(session) && std::mem::take(&mut self.woken) {
            lost += 1;
        }
        self.lock.abandon(session);
        self.waiting
            .retain(|ticket| ticket.owner.session != session);
        self.notify(lost);
    }
}

impl Condition {
    /// Gives the lock up, waits, and takes it again. Whether it was notified.
    fn wait(&self, caller: &Caller, deadline: Option<Instant>) -> Result<bool, Fault> {
        let owner = caller.owner();
        let (number, depth) = self.state.change(|state| {
            state.check_held(owner, "wait")?;
            state.next += 1;
            state.waiting.push_back(Ticket {
                number: state.next,
                owner,
                notified: false,
            });
            Ok((state.next, state.lock.give_up()))
        })?;
        let notified = |state: &mut State| {
            let mut tickets = state.waiting.iter();
            tickets
                .any(|ticket| ticket.number == number && ticket.notified)
                .then_some(())
        };
        self.state.wait(caller, deadline, notified)?;
        let take_again = |state: &mut State| state.lock.take_whole(owner, depth);
        self.state.wait(caller, None, take_again)?;
        // Also when the time was up, it may have been notified while it waited for the lock.
        Ok(self.state.change(|state| {
            state.woken = state.remove(number);
            state.woken
        }))
    }

    fn notify(&self, count: usize, owner: Owner) -> Result<Value, Fault> {
        self.state.change(|state| {
            state.check_held(owner, "notify")?;
            state.notify(count);
            Ok(Value::None)
        })
    }

    fn release(&self, owner: Owner) -> Result<Value, Fault> {
        self.state.change(|state| {
            state.check_held(owner, "release")?;
            state.lock.give_back();
            Ok(Value::None)
        })
    }
}

impl Object for Condition {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        let owner = caller.owner();
        match method {
            "acquire" => {
                let deadline = args.take_deadline()?;
                args.done()?;
                let attempt = |state: &mut State| state.lock.take(owner, true);
                Ok(taken(self.state.wait(caller, deadline, attempt)?))
            }
            "release" => args.done().and_then(|()| self.release(owner)),
            "wait" => {
                let deadline = args.take_deadline()?;
                args.done()?;
                self.wait(caller, deadline).map(Value::from)
            }
            "notify" => self.notify(args.only()?, owner),
            "notify_all" => args.done().and_then(|()| self.notify(usize::MAX, owner)),
            _ => Err(no_method("Condition", method)),
        }
    }

    fn abandon(&self, session: u64) {
        self.state.change(|state| state.abandon(session));
    }
}
