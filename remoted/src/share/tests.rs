//! The share without sockets: what each request does, and that no order of requests, deaths and time-outs
//! loses a wake-up, a place in the line or a lock.

use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;

use super::{ClientId, On, Share, Work};
use crate::limits::Limits;
use crate::protocol::{Awaited, Refusal, Reply, Request};

const A: ClientId = 1;
const B: ClientId = 2;
const C: ClientId = 3;

/// A share with clients, at a time that passes only when told.
struct Stage {
    share: Share,
    now: Instant,
}

impl Stage {
    fn new(clients: &[ClientId]) -> Stage {
        Stage::with(clients, Limits::default())
    }

    fn with(clients: &[ClientId], limits: Limits) -> Stage {
        let mut share = Share::new(limits);
        for id in clients {
            share.join(*id, 1000 + u32::try_from(*id).unwrap());
        }
        Stage {
            share,
            now: Instant::now(),
        }
    }

    /// Submits a request; the replies that followed, by client.
    fn ask(&mut self, id: ClientId, request: Request) -> Vec<(ClientId, Reply)> {
        self.ask_within(id, request, None)
    }

    fn ask_within(
        &mut self,
        id: ClientId,
        request: Request,
        patience: Option<u64>,
    ) -> Vec<(ClientId, Reply)> {
        let bulk = Bytes::from_static(b"\x02");
        let deadline = patience.map(|ms| self.now + Duration::from_millis(ms));
        self.share
            .submit(id, Work { request, bulk }, deadline, self.now);
        self.replies()
    }

    fn replies(&mut self) -> Vec<(ClientId, Reply)> {
        let mut sent = Vec::new();
        self.share.take_sent(&mut sent);
        sent.into_iter().map(|sent| (sent.to, sent.reply)).collect()
    }

    fn leave(&mut self, id: ClientId) -> Vec<(ClientId, Reply)> {
        self.share.leave(id);
        self.replies()
    }

    fn pass(&mut self, ms: u64) -> Vec<(ClientId, Reply)> {
        self.now += Duration::from_millis(ms);
        self.share.expire(self.now);
        self.replies()
    }
}

fn get(key: &str) -> Request {
    let key = key.to_owned();
    Request::Get { key }
}

fn set(key: &str) -> Request {
    let (key, type_name) = (key.to_owned(), "u8".to_owned());
    Request::Set { key, type_name }
}

fn lock_item(key: &str) -> Request {
    let key = key.to_owned();
    Request::LockItem { key }
}

fn unlock_item(key: &str) -> Request {
    let key = key.to_owned();
    let abandoned = false;
    Request::UnlockItem { key, abandoned }
}

fn wait_for(key: &str) -> Request {
    let key = key.to_owned();
    Request::WaitFor { key }
}

const UNLOCK: Request = Request::UnlockShare { abandoned: false };

fn granted(id: ClientId) -> (ClientId, Reply) {
    locked(id, false)
}

fn locked(id: ClientId, previous_owner_died: bool) -> (ClientId, Reply) {
    let reply = Reply::Locked {
        previous_owner_died,
    };
    (id, reply)
}

fn done(id: ClientId) -> (ClientId, Reply) {
    (id, Reply::Done)
}

fn refused(id: ClientId, refusal: Refusal) -> (ClientId, Reply) {
    (id, Reply::Refused(refusal))
}

fn value(id: ClientId) -> (ClientId, Reply) {
    let type_name = "u8".to_owned();
    (id, Reply::Value { type_name })
}

#[test]
fn while_the_share_is_locked_others_wait_even_to_read() {
    let mut stage = Stage::new(&[A, B, C]);
    assert_eq!(stage.ask(A, Request::LockShare), [granted(A)]);
    assert_eq!(stage.ask(B, get("k")), []);
    assert_eq!(stage.ask(C, Request::LockShare), []);
    assert_eq!(stage.ask(A, set("k")), [done(A)]);
    assert_eq!(stage.ask(A, UNLOCK), [done(A), value(B), granted(C)]);
    assert!(!stage.share.is_waiting(B));
}

#[test]
fn the_lock_of_a_key_stops_writes_but_not_reads() {
    let mut stage = Stage::new(&[A, B, C]);
    stage.ask(A, set("k"));
    assert_eq!(stage.ask(A, lock_item("k")), [granted(A)]);
    assert_eq!(stage.ask(B, get("k")), [value(B)]);
    assert_eq!(stage.ask(B, set("other")), [done(B)]);
    assert_eq!(stage.ask(B, set("k")), []);
    assert_eq!(stage.ask(C, lock_item("k")), []);
    assert_eq!(
        stage.ask(A, unlock_item("k")),
        [done(A), done(B), granted(C)]
    );
}

#[test]
fn who_waits_for_the_share_alone_holds_nobody_up_who_came_before() {
    const D: ClientId = 4;
    const E: ClientId = 5;
    let mut stage = Stage::new(&[A, B, C, D, E]);
    assert_eq!(stage.ask(B, lock_item("k")), [granted(B)]);
    assert_eq!(stage.ask(D, lock_item("k")), []);
    assert_eq!(stage.ask(C, lock_item("k")), []);
    assert_eq!(stage.ask(A, set("k")), []);
    assert_eq!(stage.ask(E, Request::LockShare), []);
    assert_eq!(stage.ask(B, unlock_item("k")), [done(B), granted(D)]);
    assert_eq!(stage.ask(D, unlock_item("k")), [done(D), granted(C)]);
    let last = [done(C), done(A), granted(E)];
    assert_eq!(stage.ask(C, unlock_item("k")), last);
}

#[test]
fn a_lock_whose_owner_dies_goes_to_the_next_who_is_told() {
    let mut stage = Stage::new(&[A, B, C]);
    stage.ask(A, Request::LockShare);
    stage.ask(B, Request::LockShare);
    assert_eq!(stage.leave(A), [locked(B, true)]);
    assert_eq!(stage.ask(B, UNLOCK), [done(B)]);
    assert_eq!(stage.ask(C, Request::LockShare), [granted(C)]);
    stage.ask(C, lock_item("k"));
    assert_eq!(stage.leave(C), []);
    assert_eq!(stage.ask(B, lock_item("k")), [locked(B, true)]);
}

#[test]
fn a_lock_dropped_by_a_panic_counts_as_abandoned() {
    let mut stage = Stage::new(&[A, B]);
    stage.ask(A, Request::LockShare);
    stage.ask(A, Request::UnlockShare { abandoned: true });
    assert_eq!(stage.ask(B, Request::LockShare), [locked(B, true)]);
}

#[test]
fn a_waiter_that_dies_leaves_the_line() {
    let mut stage = Stage::new(&[A, B, C]);
    stage.ask(A, Request::LockShare);
    stage.ask(B, Request::LockShare);
    stage.ask(C, Request::LockShare);
    assert_eq!(stage.leave(B), []);
    assert_eq!(stage.ask(A, UNLOCK), [done(A), granted(C)]);
}

#[test]
fn waits_end_at_their_deadline_and_say_who_was_in_the_way() {
    let mut stage = Stage::new(&[A, B]);
    stage.ask(A, Request::LockShare);
    let waited_for = Awaited::Share(Some(1001));
    let timed_out = refused(B, Refusal::TimedOut { waited_for });
    assert_eq!(
        stage.ask_within(B, get("k"), Some(0)),
        std::slice::from_ref(&timed_out)
    );
    assert_eq!(stage.ask_within(B, get("k"), Some(50)), []);
    assert_eq!(stage.pass(49), []);
    assert_eq!(stage.pass(1), [timed_out]);
    assert_eq!(stage.ask(A, UNLOCK), [done(A)]);
    assert_eq!(stage.share.next_deadline(), None);
}

#[test]
fn a_lock_is_neither_taken_twice_nor_given_back_by_others() {
    let mut stage = Stage::new(&[A, B]);
    stage.ask(A, Request::LockShare);
    stage.ask(A, lock_item("k"));
    let held = refused(A, Refusal::HeldAlready);
    assert_eq!(
        stage.ask(A, Request::LockShare),
        std::slice::from_ref(&held)
    );
    assert_eq!(stage.ask(A, lock_item("k")), [held]);
    assert_eq!(stage.ask(B, UNLOCK), [refused(B, Refusal::NotHeld)]);
    let not_held = refused(B, Refusal::NotHeld);
    assert_eq!(stage.ask(B, unlock_item("k")), [not_held]);
}

#[test]
fn the_share_is_locked_when_nobody_else_holds_a_key() {
    let mut stage = Stage::new(&[A, B, C]);
    stage.ask(A, lock_item("one"));
    assert_eq!(stage.ask(B, Request::LockShare), []);
    // C holds nothing and would overtake B; A holds something and may go on.
    assert_eq!(stage.ask(C, lock_item("two")), []);
    assert_eq!(stage.ask(A, lock_item("three")), [granted(A)]);
    assert_eq!(stage.ask(A, unlock_item("one")), [done(A)]);
    assert_eq!(stage.ask(A, unlock_item("three")), [done(A), granted(B)]);
    assert_eq!(stage.ask(B, UNLOCK), [done(B), granted(C)]);
}

#[test]
fn a_time_out_of_who_wants_the_share_lets_those_behind_go() {
    let mut stage = Stage::new(&[A, B, C]);
    stage.ask(A, lock_item("one"));
    stage.ask_within(B, Request::Clear, Some(5));
    assert_eq!(stage.ask(C, lock_item("two")), []);
    let replies = stage.pass(5);
    assert!(matches!(
        replies[..],
        [
            (B, Reply::Refused(Refusal::TimedOut { .. })),
            (C, Reply::Locked { .. })
        ]
    ));
}

#[test]
fn whoever_closes_a_circle_is_told() {
    let mut stage = Stage::new(&[A, B, C]);
    for (id, key) in [(A, "a"), (B, "b"), (C, "c")] {
        stage.ask(id, lock_item(key));
    }
    assert_eq!(stage.ask(A, lock_item("b")), []);
    assert_eq!(stage.ask(B, set("c")), []);
    let waited_for = Awaited::Item("a".to_owned(), 1001);
    let deadlock = refused(C, Refusal::Deadlock { waited_for });
    assert_eq!(stage.ask(C, set("a")), [deadlock]);
    let replies = stage.ask(C, Request::LockShare);
    assert!(matches!(
        replies[..],
        [(C, Reply::Refused(Refusal::Deadlock { .. }))]
    ));
    assert_eq!(stage.ask(C, unlock_item("c")), [done(C), done(B)]);
}

#[test]
fn waiting_for_a_value_that_only_oneself_lets_others_set_is_a_deadlock() {
    let mut stage = Stage::new(&[A, B]);
    stage.ask(A, lock_item("k"));
    let waited_for = || Awaited::Value("k".to_owned());
    let deadlock = |waited_for| refused(A, Refusal::Deadlock { waited_for });
    assert_eq!(stage.ask(A, wait_for("k")), [deadlock(waited_for())]);
    stage.ask(A, unlock_item("k"));
    stage.ask(A, Request::LockShare);
    assert_eq!(stage.ask(A, wait_for("k")), [deadlock(waited_for())]);
}

/// Whoever could give the key its value waits for whoever waits for the value.
#[test]
fn a_wait_for_a_value_may_close_a_circle_or_be_part_of_one() {
    let mut stage = Stage::new(&[A, B, C]);
    stage.ask(A, lock_item("a"));
    stage.ask(B, lock_item("b"));
    assert_eq!(stage.ask(A, lock_item("b")), []);
    assert_eq!(stage.ask(C, wait_for("a")), [], "C is in nobody's way");
    let waited_for = Awaited::Value("a".to_owned());
    let deadlock = refused(B, Refusal::Deadlock { waited_for });
    assert_eq!(stage.ask(B, wait_for("a")), [deadlock]);
    assert_eq!(stage.ask(B, unlock_item("b")), [done(B), granted(A)]);
    assert_eq!(stage.ask(A, set("a")), [done(A), value(C)]);

    let mut stage = Stage::new(&[A, B]);
    stage.ask(A, lock_item("a"));
    assert_eq!(stage.ask(A, wait_for("b")), []);
    stage.ask(B, lock_item("b"));
    let waited_for = Awaited::Item("a".to_owned(), 1001);
    let deadlock = refused(B, Refusal::Deadlock { waited_for });
    assert_eq!(stage.ask(B, lock_item("a")), [deadlock]);
    assert_eq!(stage.ask(B, set("b")), [done(B), value(A)]);
}

#[test]
fn a_value_wakes_all_who_wait_for_it() {
    let mut stage = Stage::new(&[A, B, C]);
    assert_eq!(stage.ask(A, wait_for("k")), []);
    assert_eq!(stage.ask(B, wait_for("k")), []);
    assert_eq!(stage.ask(C, set("other")), [done(C)]);
    assert_eq!(stage.ask(C, set("k")), [done(C), value(A), value(B)]);
}

#[test]
fn who_waits_for_a_value_sees_none_that_the_share_lock_hides() {
    let mut stage = Stage::new(&[A, B]);
    assert_eq!(stage.ask(A, wait_for("k")), []);
    stage.ask(B, Request::LockShare);
    assert_eq!(stage.ask(B, set("k")), [done(B)]);
    let key = "k".to_owned();
    assert_eq!(
        stage.ask(B, Request::Delete { key }),
        [(B, Reply::Flag(true))]
    );
    assert_eq!(stage.ask(B, UNLOCK), [done(B)]);
    assert_eq!(stage.ask(B, set("k")), [done(B), value(A)]);
}

#[test]
fn limits_refuse_and_change_nothing() {
    let limits = Limits {
        keys: 1,
        value_bytes: 1,
        total_bytes: 200,
        clients: 1,
    };
    let mut stage = Stage::with(&[A], limits);
    assert_eq!(stage.ask(A, set("k")), [done(A)]);
    let replies = stage.ask(A, set("l"));
    assert!(matches!(
        replies[..],
        [(A, Reply::Refused(Refusal::Full { limit: 1, .. }))]
    ));
    let before = stage.share.bytes();
    stage.ask(A, set("k"));
    assert_eq!(stage.share.bytes(), before);
    let long = Work {
        request: set("k"),
        bulk: Bytes::from_static(b"xx"),
    };
    stage.share.submit(A, long, None, stage.now);
    let replies = stage.replies();
    assert!(matches!(
        replies[..],
        [(A, Reply::Refused(Refusal::TooLarge { limit: 1, .. }))]
    ));
    stage.ask(A, Request::Clear);
    assert_eq!(stage.share.bytes(), 0);
}

/// What may happen to a share.
#[derive(Debug, Clone)]
enum Event {
    Ask(ClientId, Request, Option<u64>),
    Leave(ClientId),
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let key = prop_oneof![Just("a"), Just("b"), Just("c")];
    let request = prop_oneof![
        4 => Just(Request::LockShare),
        6 => Just(UNLOCK),
        1 => Just(Request::UnlockShare { abandoned: true }),
        1 => Just(Request::Clear),
        4 => key.clone().prop_map(lock_item),
        6 => key.clone().prop_map(unlock_item),
        2 => key.clone().prop_map(get),
        2 => key.clone().prop_map(set),
        1 => key.clone().prop_map(|key| Request::Delete { key: key.to_owned() }),
        2 => key.prop_map(wait_for),
    ];
    let patience = prop_oneof![3 => Just(None), 1 => (0_u64..20).prop_map(Some)];
    prop_oneof![
        20 => (1_u64..6, request, patience).prop_map(|(id, request, patience)| Event::Ask(id, request, patience)),
        1 => (1_u64..6).prop_map(Event::Leave),
        2 => (1_u64..15).prop_map(Event::Pass),
    ]
}

/// The line in front of each client, in the order of arrival, before an event.
fn tickets_on(share: &Share, on: &On) -> Vec<(u64, ClientId)> {
    let mut line: Vec<(u64, ClientId)> = share
        .clients
        .iter()
        .filter_map(|(id, client)| Some((client.waiting.as_ref()?, *id)))
        .filter(|(waiting, _)| waiting.on == *on)
        .map(|(waiting, id)| (waiting.ticket, id))
        .collect();
    line.sort_unstable();
    line
}

/// Nobody waits without a reason, no two own the same, nobody waits in a circle.
fn check(share: &Share) -> Result<(), TestCaseError> {
    if let Some(owner) = share.locks.share_owner() {
        prop_assert!(!share.locks.others_hold_items(owner));
    }
    let mut exclusive_ahead = false;
    for (_, id) in tickets_on(share, &On::Share) {
        let waiting = share.clients[&id].waiting.as_ref().unwrap();
        let request = &waiting.work.request;
        prop_assert!(share.share_hinders(id, request, exclusive_ahead));
        exclusive_ahead |= request.is_exclusive();
    }
    for (id, client) in &share.clients {
        let Some(waiting) = &client.waiting else {
            continue;
        };
        match &waiting.on {
            On::Share => {}
            On::Item(key) => {
                prop_assert!(share.locks.owner_of(key).is_some_and(|owner| owner != *id));
            }
            On::Value(key) => prop_assert!(!share.store.contains(key)),
        }
        prop_assert!(!share.would_wait_for_ever(*id, waiting), "{share:?}");
        let timed = waiting.deadline.map(|deadline| (deadline, *id));
        prop_assert!(timed.is_none_or(|timed| share.deadlines.contains(&timed)));
    }
    Ok(())
}

/// Of those that waited for a key's lock, the ones served are the first in line; but while somebody
/// waits for the whole share, those that hold a key pass those that do not, or neither would go on.
fn check_order(
    before: &[(u64, ClientId)],
    after: &[(u64, ClientId)],
    gone: &[ClientId],
    may_pass: &[ClientId],
) -> Result<(), TestCaseError> {
    let still = |id: ClientId| after.iter().any(|(_, waiting)| *waiting == id);
    let mut someone_waits = false;
    for (_, id) in before.iter().filter(|(_, id)| !gone.contains(id)) {
        let in_order = still(*id) || !someone_waits || may_pass.contains(id);
        prop_assert!(in_order, "{before:?} {after:?}");
        someone_waits |= still(*id);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_loses_anything(events in prop::collection::vec(event(), 1..80)) {
        let ids: Vec<ClientId> = (1..6).collect();
        let mut stage = Stage::new(&ids);
        let mut asked = 0;
        let mut answered = 0;
        for event in events {
            let lines: Vec<_> = ["a", "b", "c"].map(|key| On::Item(key.to_owned())).into_iter().collect();
            let before: Vec<_> = lines.iter().map(|on| tickets_on(&stage.share, on)).collect();
            let mut gone = Vec::new();
            let mut may_pass = ids.clone();
            let exclusive = stage.share.queues.exclusive_waits();
            may_pass.retain(|id| exclusive && stage.share.locks.holds_items(*id));
            let replies = match event {
                Event::Ask(id, request, patience) if !stage.share.is_waiting(id) => {
                    asked += 1;
                    stage.ask_within(id, request, patience)
                }
                Event::Ask(..) => Vec::new(),
                Event::Leave(id) => {
                    answered += usize::from(stage.share.is_waiting(id)); // It needs no answer any more.
                    gone.push(id);
                    let replies = stage.leave(id);
                    stage.share.join(id, 0);
                    replies
                }
                Event::Pass(ms) => stage.pass(ms),
            };
            answered += replies.len();
            for (id, reply) in &replies {
                if matches!(reply, Reply::Refused(Refusal::TimedOut { .. })) {
                    gone.push(*id);
                }
            }
            check(&stage.share)?;
            for (on, before) in lines.iter().zip(&before) {
                check_order(before, &tickets_on(&stage.share, on), &gone, &may_pass)?;
            }
            let waiting = ids.iter().filter(|id| stage.share.is_waiting(**id)).count();
            prop_assert_eq!(asked, answered + waiting);
        }
        for id in ids {
            stage.leave(id);
            check(&stage.share)?;
        }
        prop_assert!(stage.share.locks.nothing_is_held());
        prop_assert!(stage.share.queues.is_empty());
        prop_assert!(stage.share.deadlines.is_empty() && stage.share.parked == 0);
    }
}
