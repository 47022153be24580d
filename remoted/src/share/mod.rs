//! The share without its server: requests in, answers out.
//!
//! No sockets, no clock, no thread: a client joins, submits one request at a time and leaves; time
//! passes when [`Share::expire`] is told so. What a request cannot do yet is kept, and answered as a
//! consequence of another client's request, its leaving, or time.
//!
//! # Who waits for whom
//!
//! - The *share-wide lock* excludes everybody: while one client owns it, every request of the others
//!   waits, reads too, as in the original. It is granted when no other client holds the lock of a key.
//! - The *lock of a key* excludes the writes of others to this key, and their locks of it.
//! - An unlock never waits.
//! - Among those that wait, the first comes first. Each gets a ticket when it begins to wait, and keeps it
//!   when it goes from one queue to another.
//! - While a client waits for the share-wide lock, clients that hold no lock get none (or it might wait for
//!   ever); those that hold one do (or it would wait for ever).
//!
//! A request that could only wait for ever, because those it would wait for wait for its client, is
//! refused at once (see `deadlock.rs`).

mod deadlock;
mod locks;
mod number;
mod perform;
mod queues;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::time::Instant;

use bytes::Bytes;

use self::locks::Locks;
use self::queues::{Queues, Ticket};
use self::store::Store;
use crate::limits::Limits;
use crate::protocol::{Awaited, Refusal, Reply, Request};

/// A connection, for the time of the server. Never used twice.
pub(crate) type ClientId = u64;

/// A request with its bulk.
#[derive(Debug)]
pub(crate) struct Work {
    pub request: Request,
    pub bulk: Bytes,
}

/// A reply for a client, with its bulk in parts.
#[derive(Debug)]
pub(crate) struct Sent {
    pub to: ClientId,
    pub reply: Reply,
    pub bulk: Vec<Bytes>,
}

/// What a request waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum On {
    Share,
    Item(String),
    Value(String),
}

#[derive(Debug)]
struct Waiting {
    work: Work,
    on: On,
    ticket: Ticket,
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Client {
    /// For messages to people.
    pid: u32,
    waiting: Option<Waiting>,
}

/// All values, locks and waiting requests.
#[derive(Debug)]
pub(crate) struct Share {
    store: Store,
    locks: Locks,
    clients: HashMap<ClientId, Client>,
    queues: Queues,
    deadlines: BTreeSet<(Instant, ClientId)>,
    /// Clients whose wait may be over.
    awake: Vec<ClientId>,
    /// Bulk bytes of waiting requests.
    parked: u64,
    sent: Vec<Sent>,
    stopping: bool,
}

impl Share {
    pub(crate) fn new(limits: Limits) -> Share {
        Share {
            store: Store::new(limits),
            locks: Locks::new(),
            clients: HashMap::new(),
            queues: Queues::default(),
            deadlines: BTreeSet::new(),
            awake: Vec::new(),
            parked: 0,
            sent: Vec::new(),
            stopping: false,
        }
    }

    /// A client is there.
    pub(crate) fn join(&mut self, id: ClientId, pid: u32) {
        let client = Client { pid, waiting: None };
        self.clients.insert(id, client);
    }

    /// A client is gone, however it went. Its locks are free, and their next owners will be told.
    pub(crate) fn leave(&mut self, id: ClientId) {
        self.stop_waiting(id);
        self.clients.remove(&id);
        let freed = self.locks.abandon_all(id);
        self.queues.share_freed();
        self.queues.items_freed(freed);
        self.settle();
    }

    /// Begins a request, which is answered now or later. The client has no other waiting.
    pub(crate) fn submit(
        &mut self,
        id: ClientId,
        work: Work,
        deadline: Option<Instant>,
        now: Instant,
    ) {
        match self.obstacle(id, &work.request, self.queues.exclusive_waits()) {
            None => self.perform(id, work),
            Some(on) => {
                let ticket = self.queues.ticket();
                let waiting = Waiting {
                    work,
                    on,
                    ticket,
                    deadline,
                };
                self.begin_waiting(id, waiting, now);
            }
        }
        self.settle();
    }

    /// Ends the waits whose deadline has passed.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some(&(deadline, id)) = self.deadlines.first() {
            if deadline > now {
                break;
            }
            if let Some(waiting) = self.stop_waiting(id) {
                let waited_for = self.awaited(&waiting.on);
                self.refuse(id, Refusal::TimedOut { waited_for });
            }
        }
        self.settle();
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Whether the client's request is unanswered, so that it may submit no other.
    pub(crate) fn is_waiting(&self, id: ClientId) -> bool {
        self.clients
            .get(&id)
            .is_some_and(|client| client.waiting.is_some())
    }

    /// The number of clients.
    pub(crate) fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Bytes of all keys, type names and values, those of waiting requests included.
    pub(crate) fn bytes(&self) -> u64 {
        self.store.bytes() + self.parked
    }

    /// Whether a client has asked the server to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Moves the answers that are due into `sent`, which the caller keeps for its memory.
    pub(crate) fn take_sent(&mut self, sent: &mut Vec<Sent>) {
        sent.append(&mut self.sent);
    }

    /// What hinders a request. `exclusive_ahead`: an exclusive request waits in front of it.
    fn obstacle(&self, id: ClientId, request: &Request, exclusive_ahead: bool) -> Option<On> {
        if matches!(
            request,
            Request::UnlockShare { .. } | Request::UnlockItem { .. } | Request::Stop
        ) {
            return None;
        }
        if self.share_hinders(id, request, exclusive_ahead) {
            return Some(On::Share);
        }
        if let Some(key) = request.written()
            && self.locks.owner_of(key).is_some_and(|owner| owner != id)
        {
            return Some(On::Item(key.to_owned()));
        }
        match request {
            Request::WaitFor { key } if !self.store.contains(key) => Some(On::Value(key.clone())),
            _ => None,
        }
    }

    fn share_hinders(&self, id: ClientId, request: &Request, exclusive_ahead: bool) -> bool {
        if let Some(owner) = self.locks.share_owner() {
            return owner != id;
        }
        let behind_another = exclusive_ahead && !self.locks.holds_items(id);
        match request {
            Request::LockItem { .. } => behind_another,
            request if request.is_exclusive() => behind_another || self.locks.others_hold_items(id),
            _ => false,
        }
    }

    fn begin_waiting(&mut self, id: ClientId, waiting: Waiting, now: Instant) {
        let waited_for = self.awaited(&waiting.on);
        if self.would_wait_for_ever(id, &waiting) {
            self.refuse(id, Refusal::Deadlock { waited_for });
        } else if waiting.deadline.is_some_and(|deadline| deadline <= now) {
            self.refuse(id, Refusal::TimedOut { waited_for });
        } else {
            if let Some(deadline) = waiting.deadline {
                self.deadlines.insert((deadline, id));
            }
            self.enqueue(id, waiting);
        }
    }

    fn enqueue(&mut self, id: ClientId, waiting: Waiting) {
        let exclusive = waiting.work.request.is_exclusive();
        self.queues
            .insert(&waiting.on, waiting.ticket, id, exclusive);
        if let Some(client) = self.clients.get_mut(&id) {
            self.parked += waiting.work.bulk.len() as u64;
            client.waiting = Some(waiting);
        }
    }

    /// Takes a client out of its queue. Its deadline stays.
    fn dequeue(&mut self, id: ClientId) -> Option<Waiting> {
        let waiting = self.clients.get_mut(&id)?.waiting.take()?;
        self.queues.remove(&waiting.on, waiting.ticket);
        self.parked -= waiting.work.bulk.len() as u64;
        Some(waiting)
    }

    fn stop_waiting(&mut self, id: ClientId) -> Option<Waiting> {
        let waiting = self.dequeue(id)?;
        self.forget_deadline(id, &waiting);
        if waiting.work.request.is_exclusive() {
            self.queues.share_freed(); // It may have held others up.
        }
        Some(waiting)
    }

    fn forget_deadline(&mut self, id: ClientId, waiting: &Waiting) {
        if let Some(deadline) = waiting.deadline {
            self.deadlines.remove(&(deadline, id));
        }
    }

    /// Does what a client waited to do, or lets it wait on for something else.
    fn retry(&mut self, id: ClientId) {
        let Some(waiting) = self.dequeue(id) else {
            return;
        };
        let exclusive_ahead = self.queues.exclusive_before(waiting.ticket);
        match self.obstacle(id, &waiting.work.request, exclusive_ahead) {
            Some(on) => {
                let waiting = Waiting { on, ..waiting };
                if self.would_wait_for_ever(id, &waiting) {
                    self.forget_deadline(id, &waiting);
                    let waited_for = self.awaited(&waiting.on);
                    self.refuse(id, Refusal::Deadlock { waited_for });
                } else {
                    self.enqueue(id, waiting);
                }
            }
            None => {
                self.forget_deadline(id, &waiting);
                self.perform(id, waiting.work);
            }
        }
    }

    /// Goes on until nobody waits who need not.
    fn settle(&mut self) {
        loop {
            if let Some(key) = self.queues.next_freed_item() {
                self.serve_item(&key);
            } else if self.queues.take_share_freed() {
                self.serve_share();
            } else if self.awake.is_empty() {
                return;
            } else {
                for id in mem::take(&mut self.awake) {
                    self.retry(id);
                }
            }
        }
    }

    /// The lock of a key is free: its queue moves up to the next owner.
    fn serve_item(&mut self, key: &str) {
        while self.locks.owner_of(key).is_none() {
            let Some(id) = self.queues.first_for_item(key) else {
                break;
            };
            self.retry(id);
        }
        self.locks.forget_if_idle(key);
    }

    /// The share-wide lock is free, or nearer to be: its queue moves up to the next owner. Whoever still cannot go is
    /// passed by those who can.
    fn serve_share(&mut self) {
        let mut after = None;
        while self.locks.share_owner().is_none() {
            let Some((ticket, id)) = self.queues.next_for_share(after) else {
                break;
            };
            after = Some(ticket);
            let Some(waiting) = self
                .clients
                .get(&id)
                .and_then(|client| client.waiting.as_ref())
            else {
                continue;
            };
            let exclusive_ahead = self.queues.exclusive_before(ticket);
            if !self.share_hinders(id, &waiting.work.request, exclusive_ahead) {
                self.retry(id);
            }
        }
    }

    fn refuse(&mut self, to: ClientId, refusal: Refusal) {
        self.answer(to, Reply::Refused(refusal));
    }

    fn answer(&mut self, to: ClientId, reply: Reply) {
        let bulk = Vec::new();
        self.sent.push(Sent { to, reply, bulk });
    }

    fn awaited(&self, on: &On) -> Awaited {
        let pid = |id| self.clients.get(&id).map_or(0, |client| client.pid);
        match on {
            On::Share => Awaited::Share(self.locks.share_owner().map(pid)),
            On::Item(key) => Awaited::Item(key.clone(), self.locks.owner_of(key).map_or(0, pid)),
            On::Value(key) => Awaited::Value(key.clone()),
        }
    }
}
