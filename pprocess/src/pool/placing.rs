//! Calls find their processes.

use std::rc::Rc;

use manyways_process::Fork;
use manyways_wire as wire;
use serde::de::DeserializeOwned;

use super::{Job, Member, Order, Pool, Role, Served};
use crate::error::Result;
use crate::protocol::Message;
use crate::{Channel, Error};

/// What became of the first call of the queue.
enum Placed {
    /// A process works on it.
    Yes,
    /// It waits for a process to end.
    Later,
    /// It never will have one.
    Never(Error),
}

impl<'a, R: DeserializeOwned, S> Pool<'a, R, S> {
    /// Queues a call and returns its number.
    pub(crate) fn enqueue(&mut self, job: Job<'a, R, S>) -> usize {
        let call = self.calls;
        self.calls += 1;
        self.waiting.push_back((call, job));
        self.start_waiting();
        if self.eager && !self.waiting.is_empty() {
            self.catch_up();
        }
        call
    }

    /// Makes a callable known to the processes that will be forked from now on; returns its number.
    pub(crate) fn serve(&mut self, callable: Served<'a, R, S>) -> usize {
        self.served.push(callable);
        self.served.len() - 1
    }

    /// How many calls have been made.
    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    /// Whether as many processes run as may.
    pub(crate) fn busy(&self) -> bool {
        self.limit.is_some_and(|limit| self.processes() >= limit)
    }

    /// Our own processes that have not ended.
    fn processes(&self) -> usize {
        let ours = |member: &&Member<R, S>| member.role != Role::Added;
        let at_work = self.active.iter().chain(&self.ready).filter(ours).count();
        at_work + self.idle.len() + self.leaving.len()
    }

    /// Gives processes to the calls that wait, first come first served, as far as the limit allows.
    pub(crate) fn start_waiting(&mut self) {
        while let Some((call, job)) = self.waiting.pop_front() {
            match self.place(call, job) {
                (Placed::Yes, _) => {}
                (Placed::Later, job) => return self.waiting.push_front((call, job)),
                (Placed::Never(error), _) => self.not_started.push_back(error),
            }
        }
    }

    fn place(&mut self, call: usize, mut job: Job<'a, R, S>) -> (Placed, Job<'a, R, S>) {
        if let Job::Reused(order) = &job
            && let Some(mut worker) = self.idle_worker(order.callable)
        {
            worker.channel.set_call(Some(call));
            worker.give(order.clone());
            self.activate(worker);
            return (Placed::Yes, job);
        }
        loop {
            if !self.busy() {
                match self.fork(call, &mut job) {
                    Ok(member) => {
                        self.activate(member);
                        return (Placed::Yes, job);
                    }
                    Err(error) if self.processes() == 0 => return (Placed::Never(error), job),
                    // The system has no room for one more process. It has when one of ours has ended.
                    Err(_) => {}
                }
            }
            if !self.make_room() {
                return (Placed::Later, job);
            }
        }
    }

    /// An idle process that knows the callable. Those that were found dead are buried.
    fn idle_worker(&mut self, callable: usize) -> Option<Member<R, S>> {
        let knows = |member: &Member<R, S>| matches!(member.role, Role::Worker { known } if callable < known);
        while let Some(at) = self.idle.iter().rposition(knows) {
            let mut member = self.idle.swap_remove(at);
            if !member.channel.endpoint().is_gone() {
                return Some(member);
            }
            self.leave(member.channel);
        }
        None
    }

    /// Lets one idle process go, unless one is going already. Whether there is room at once, because it
    /// was dead; otherwise there is a process to wait for.
    fn make_room(&mut self) -> bool {
        if self.leaving.is_empty()
            && let Some(member) = self.idle.pop()
        {
            self.leave(member.channel);
            return self.leaving.is_empty();
        }
        false
    }

    /// Forks a process for the call. After an error the job is as before.
    fn fork(&mut self, call: usize, job: &mut Job<'a, R, S>) -> Result<Member<R, S>> {
        let role = match job {
            Job::Fresh(_) => Role::Single,
            Job::Reused(_) => Role::Worker {
                known: self.served.len(),
            },
        };
        let forked = Fork::new().spawn(|link| {
            let Ok(mut channel) = Channel::to_creator(link) else {
                return; // The parent sees a process that ended without sending.
            };
            match job {
                Job::Fresh(body) => body.take().into_iter().for_each(|run| run(&mut channel)),
                Job::Reused(_) => serve_calls(&mut channel, &self.served),
            }
            channel.close();
        });
        let (child, link) = forked
            .map_err(|error| Error::process("start the process", error).with_call(Some(call)))?;
        let mut member = Member {
            channel: Channel::to_child(child, link, Some(call))?,
            role,
            order: None,
        };
        if let Job::Reused(order) = job {
            member.give(order.clone());
        }
        Ok(member)
    }
}

impl<R, S> Member<R, S> {
    fn give(&mut self, order: Order) {
        self.channel.post_call(Message::clone(&order.message));
        self.order = Some(order);
    }
}

/// The life of a process that is used again: one call after the other, until the parent closes.
fn serve_calls<R, S>(channel: &mut Channel<R, S>, served: &[Served<'_, R, S>]) {
    while let Some(call) = channel.next_call() {
        // The parent sends only numbers of callables that this process has inherited.
        let Ok((number, arguments)) = wire::decode_prefix::<usize>(&call) else {
            return;
        };
        let Some(callable) = served.get(number).map(Rc::clone) else {
            return;
        };
        callable(channel, arguments);
    }
}
