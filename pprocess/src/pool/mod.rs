//! The scheduler behind maps, queues and exchanges.
//!
//! | a channel is | when |
//! |---|---|
//! | active | its process works on a call, or it was added from outside |
//! | ready | it has a message that nobody has taken, or its process has ended |
//! | idle | its process waits for another call |
//! | leaving | closed, and its process has not been reaped; it still counts as a process |
//!
//! Calls beyond the limit wait in a queue, and are placed whenever the program asks for results. All
//! waiting happens in one place, [`Pool::next_news`], on all channels together.

mod owner;
mod placing;

use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use manyways_process::poll_ready;
use serde::de::DeserializeOwned;

use self::owner::end_within_grace;
pub(crate) use self::owner::{PoolOwner, SharedPool, open};
use crate::error::Result;
use crate::protocol::Message;
use crate::time::left;
use crate::{Channel, Error};

/// The body of a process that serves one call, or sends what it likes.
pub(crate) type Body<'a, R, S> = Box<dyn FnOnce(&mut Channel<R, S>) + 'a>;

/// A managed callable, in the processes that are used again: runs with arguments as they were sent.
pub(crate) type Served<'a, R, S> = Rc<dyn Fn(&mut Channel<R, S>, &[u8]) + 'a>;

/// A call that has no process yet.
pub(crate) enum Job<'a, R, S> {
    /// In a process of its own. Empty only in the moment of the fork.
    Fresh(Option<Body<'a, R, S>>),
    /// In a process that serves many.
    Reused(Order),
}

/// A call that is sent to a process which serves many. Kept until its result has come: a process that was
/// killed while it was idle may not be known to be dead when it is given the call.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The number of the callable, which the process must know.
    pub(crate) callable: usize,
    pub(crate) message: Message,
    /// How many processes have ended without having read it.
    pub(crate) losses: u32,
}

/// So many processes may end without having read a call until it is given up: where every process dies
/// at once the program must come to an end all the same.
const MOST_LOSSES: u32 = 3;

/// What a process is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// One call.
    Single,
    /// One call after the other, of the first `known` callables: those that it inherited.
    Worker { known: usize },
    /// Not ours: the channel was added.
    Added,
}

#[derive(Debug)]
pub(crate) struct Member<R, S> {
    pub(crate) channel: Channel<S, R>,
    role: Role,
    /// What it works on, if it serves many calls.
    order: Option<Order>,
}

impl<R, S> Member<R, S> {
    /// The order, if the process has ended without having read it and another shall try.
    fn order_to_give_again(&mut self) -> Option<Order> {
        let mut order = self.order.take_if(|_| self.channel.has_lost_its_call())?;
        order.losses += 1;
        (order.losses < MOST_LOSSES).then_some(order)
    }
}

/// Something for the program to take.
#[derive(Debug)]
pub(crate) enum News<R, S> {
    Ready(Member<R, S>),
    /// No process could be had for this call.
    NotStarted(Error),
}

/// A result as it arrived: the call's number, if it was a call, and its value.
pub(crate) type Arrival<R> = (Option<usize>, Result<R>);

pub(crate) struct Pool<'a, R, S> {
    pub(crate) limit: Option<usize>,
    pub(crate) reuse: bool,
    pub(crate) continuous: bool,
    pub(crate) autoclose: bool,
    /// Whether results may be taken over while calls are made: not where the program's own function
    /// stores them.
    pub(crate) eager: bool,
    closed: bool,
    calls: usize,
    served: Vec<Served<'a, R, S>>,
    waiting: VecDeque<(usize, Job<'a, R, S>)>,
    active: Vec<Member<R, S>>,
    ready: VecDeque<Member<R, S>>,
    idle: Vec<Member<R, S>>,
    leaving: Vec<Channel<S, R>>,
    not_started: VecDeque<Error>,
    /// Results that have been taken over and not been asked for.
    arrived: VecDeque<Arrival<R>>,
    /// Channels that were done with, where the program closes them itself.
    pub(crate) removed: Vec<Channel<S, R>>,
}

impl<'a, R: DeserializeOwned, S> Pool<'a, R, S> {
    /// The next thing for the program to take, waiting for it until `until`. None if the time is over
    /// or nothing is left to come.
    pub(crate) fn next_news(&mut self, until: Option<Instant>) -> Result<Option<News<R, S>>> {
        loop {
            self.start_waiting();
            if let Some(error) = self.not_started.pop_front() {
                return Ok(Some(News::NotStarted(error)));
            }
            if let Some(member) = self.ready.pop_front() {
                return Ok(Some(News::Ready(member)));
            }
            if !self.unfinished() || !self.wait_for_change(until)? {
                return Ok(None);
            }
        }
    }

    /// The next result in the order of arrival. `None` if the time is over or nothing is left.
    pub(crate) fn next_arrival(&mut self, until: Option<Instant>) -> Option<Arrival<R>> {
        if let Some(arrival) = self.arrived.pop_front() {
            return Some(arrival);
        }
        let news = self.news_or_end(until)?;
        Some(self.take_over(news))
    }

    /// As [`next_news`](Self::next_news). If the system refuses to wait, nothing can be had from the
    /// processes any more, and that is the last arrival.
    fn news_or_end(&mut self, until: Option<Instant>) -> Option<News<R, S>> {
        self.next_news(until).unwrap_or_else(|error| {
            self.shut_down();
            Some(News::NotStarted(error))
        })
    }

    fn take_over(&mut self, news: News<R, S>) -> Arrival<R> {
        match news {
            News::NotStarted(error) => (error.call(), Err(error)),
            News::Ready(mut member) => {
                let call = member.channel.call();
                let result = member.channel.receive();
                self.put_back(member);
                (call, result)
            }
        }
    }

    /// Takes over what has arrived, without waiting, so that calls in the queue may be placed. What
    /// background processes have sent stays with them until the program asks for it: taken over, it
    /// would be lost with this program.
    pub(crate) fn catch_up(&mut self) {
        let now = Some(Instant::now());
        let mut background = VecDeque::new();
        while let Some(news) = self.news_or_end(now) {
            match news {
                News::Ready(member) if member.channel.is_background() => {
                    background.push_back(member);
                }
                news => {
                    let arrival = self.take_over(news);
                    self.arrived.push_back(arrival);
                }
            }
        }
        self.ready.append(&mut background);
    }

    /// Waits until `until` for a result to take over.
    pub(crate) fn wait_for_arrival(&mut self, until: Option<Instant>) {
        match self.news_or_end(until) {
            None => {}
            Some(News::Ready(member)) => self.ready.push_front(member),
            Some(News::NotStarted(error)) => self.not_started_later(error),
        }
    }

    /// Keeps an error for the next time that news are asked for.
    pub(crate) fn not_started_later(&mut self, error: Error) {
        self.not_started.push_front(error);
    }

    /// How many results can be had without waiting, as far as is known.
    pub(crate) fn at_hand(&self) -> usize {
        self.arrived.len() + self.ready.len()
    }

    /// Whether something is still to come.
    pub(crate) fn unfinished(&self) -> bool {
        let left = self.waiting.len() + self.active.len() + self.ready.len();
        left + self.not_started.len() > 0
    }

    /// Adds a channel that was made elsewhere.
    pub(crate) fn add(&mut self, channel: Channel<S, R>) {
        self.activate(Member {
            channel,
            role: Role::Added,
            order: None,
        });
    }

    /// Takes a channel out, whatever its state.
    pub(crate) fn remove(&mut self, pid: u32) -> Option<Channel<S, R>> {
        if let Some(at) = self.active.iter().position(|m| m.channel.pid() == pid) {
            return Some(self.active.swap_remove(at).channel);
        }
        let at = self.ready.iter().position(|m| m.channel.pid() == pid)?;
        self.ready.remove(at).map(|member| member.channel)
    }

    /// The processes that something is still to come from.
    pub(crate) fn active_pids(&self) -> Vec<u32> {
        let members = self.active.iter().chain(&self.ready);
        members.map(|member| member.channel.pid()).collect()
    }

    /// Takes back a channel that the program has had in hand.
    pub(crate) fn put_back(&mut self, mut member: Member<R, S>) {
        member.order = None;
        let over = member.channel.is_over();
        match member.role {
            Role::Worker { .. } if !over && !member.channel.has_news() => self.idle.push(member),
            Role::Worker { .. } => self.leave(member.channel),
            _ if !over && self.is_stream(&member) => self.activate(member),
            _ if !over && !self.autoclose => self.removed.push(member.channel),
            _ => self.leave(member.channel),
        }
    }

    /// Whether more than one message may come from it.
    fn is_stream(&self, member: &Member<R, S>) -> bool {
        let is_background = || member.channel.is_background();
        !matches!(member.role, Role::Worker { .. }) && (self.continuous || is_background())
    }

    /// Puts a channel among the active or the ready ones, as it is.
    fn activate(&mut self, mut member: Member<R, S>) {
        member.channel.pump();
        if !member.channel.has_news() {
            self.active.push(member);
        } else if let Some(order) = member.order_to_give_again() {
            let call = member.channel.call().unwrap_or_default();
            self.waiting.push_front((call, Job::Reused(order)));
            self.leave(member.channel);
        } else if self.is_stream(&member) && member.channel.is_finished() {
            self.leave(member.channel);
        } else {
            self.ready.push_back(member);
        }
    }

    fn leave(&mut self, mut channel: Channel<S, R>) {
        channel.close();
        if !channel.endpoint().is_gone() {
            self.leaving.push(channel);
        }
    }

    /// Waits until something happens on any channel, and notes it; `false` when the time is over.
    fn wait_for_change(&mut self, until: Option<Instant>) -> Result<bool> {
        let active = self.active.len();
        let members = self.active.iter().enumerate();
        let members =
            members.flat_map(|(at, m)| m.channel.interests().map(move |interest| (at, interest)));
        let leaving = self.leaving.iter().filter_map(Channel::end_of_child);
        let leaving = leaving.map(|interest| (active, interest));
        let (places, interests): (Vec<usize>, Vec<_>) = members.chain(leaving).unzip();
        let ready = poll_ready(&interests, left(until))
            .map_err(|error| Error::system("wait for processes", error))?;
        let mut ready: Vec<usize> = ready.into_iter().map(|at| places[at]).collect();
        ready.dedup(); // A channel may be ready for its link and for its process.
        // From the end, because each removal moves the last one into its place.
        for &at in ready.iter().rev().filter(|&&at| at < active) {
            let member = self.active.swap_remove(at);
            self.activate(member);
        }
        self.reap();
        Ok(!ready.is_empty())
    }

    fn reap(&mut self) {
        self.leaving
            .retain_mut(|channel| !channel.endpoint().is_gone());
    }

    /// Lets the idle processes go and waits until all that are done have ended. Idle ones have nothing
    /// to do but to end, so one that does not (it may be stopped) is killed.
    pub(crate) fn wind_up(&mut self) -> Result<()> {
        let idle = self.idle.drain(..).map(|member| member.channel);
        end_within_grace(idle.collect());
        while !self.leaving.is_empty() {
            self.wait_for_change(None)?;
        }
        Ok(())
    }
}

impl<R, S> fmt::Debug for Pool<'_, R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("limit", &self.limit)
            .field("reuse", &self.reuse)
            .field("continuous", &self.continuous)
            .field("calls", &self.calls)
            .field("waiting", &self.waiting.len())
            .field("active", &self.active.len())
            .field("ready", &self.ready.len())
            .field("idle", &self.idle.len())
            .field("leaving", &self.leaving.len())
            .field("at_hand", &self.arrived.len())
            .finish_non_exhaustive()
    }
}
