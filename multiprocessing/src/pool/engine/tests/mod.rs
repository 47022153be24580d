//! The engine among simulated workers, which do their steps and die at any moment.

mod any_order;
mod world;

use std::time::Duration;

use self::world::{Job, World};
use super::{Action, Engine, Policy, Rules};
use crate::pool::failure::Failure;
use crate::pool::records::{self, kind};

fn policy(workers: usize) -> Policy {
    Policy {
        workers,
        max_tasks: None,
    }
}

#[test]
fn slow_items_do_not_wait_behind_one_another() {
    let mut world = World::new(policy(2));
    (0..6).for_each(|first| world.submit(0, first, 1, Rules::default()));
    assert_eq!(world.most_sent, 2);
    // The second worker does nothing; all that it has not claimed comes to the first.
    for _ in 0..100 {
        world.step(0);
        world.read(0);
    }
    assert_eq!(world.outcomes.len(), 6);
}

#[test]
fn a_worker_that_runs_dry_gets_more_at_once_and_gives_it_back() {
    let mut world = World::new(policy(2));
    (0..400).for_each(|first| world.submit(0, first, 1, Rules::default()));
    for _ in 0..3 {
        while world.step(0) {}
        world.read(0);
    }
    assert!(world.workers[0].as_ref().unwrap().tasks.len() >= 8);
    // Now the first is stuck in an item.
    world.step(0);
    world.step(0);
    for _ in 0..2000 {
        world.step(1);
        world.read(1);
    }
    assert_eq!(world.outcomes.len(), 399);
}

#[test]
fn an_overdue_item_fails_as_such_and_no_other() {
    let mut world = World::new(policy(1));
    let limit = Some(Duration::from_secs(1));
    world.submit(0, 0, 3, Rules { retries: 1, limit });
    for _ in 0..5 {
        world.step(0); // Ready, claimed, the first done, the second begun.
    }
    world.read(0);
    assert_eq!(world.engine.limit(0), Some((2, Duration::from_secs(1))));
    world.engine.overdue(0, 2);
    world.act();
    world.settle();
    assert_eq!(world.outcomes.len(), 3);
    assert!(matches!(
        world.failures()[..],
        [Failure::Overdue { pid: 1, .. }]
    ));
}

#[test]
fn an_item_that_ended_in_the_last_moment_is_not_overdue() {
    let mut world = World::new(policy(1));
    let limit = Some(Duration::from_secs(1));
    world.submit(0, 0, 2, Rules { retries: 0, limit });
    for _ in 0..4 {
        world.step(0);
    }
    world.engine.overdue(0, 1);
    world.act();
    world.settle();
    assert_eq!(world.outcomes.len(), 2);
    assert!(world.failures().is_empty());
}

#[test]
fn workers_that_never_get_ready_break_the_pool() {
    let mut world = World::new(policy(2));
    world.submit(0, 0, 2, Rules::default());
    for at in 0..6 {
        let worker = world.workers[at % 2].as_mut().unwrap();
        records::push(kind::NOT_INITIALIZED, b"no key", &mut worker.written);
        world.kill(at % 2);
    }
    assert!(world.engine.is_over());
    let [Failure::Broken(why), Failure::Broken(_)] = &world.failures()[..] else {
        panic!("{:?}", world.outcomes);
    };
    assert_eq!(&**why, "no key");
    world.submit(0, 2, 1, Rules::default());
    assert_eq!(world.failures().len(), 3);
}

#[test]
fn processes_that_cannot_be_had_break_the_pool() {
    let mut engine = Engine::<Job>::new(policy(1));
    let (mut starts, mut patience) = (0, Duration::ZERO);
    while let Some(action) = engine.action() {
        match action {
            Action::Start(place) => {
                starts += 1;
                engine.start_failed(place, "no more processes".to_owned());
            }
            Action::StartLater(place, pause) => {
                patience += pause;
                engine.start_again(place);
            }
            other => panic!("unexpected: {other:?}"),
        }
    }
    assert_eq!((starts, patience), (8, Duration::from_millis(127 * 50)));
    assert!(engine.is_over() && matches!(engine.refusal(), Some(Failure::Broken(_))));
}

#[test]
fn termination_fails_what_is_pending_and_what_runs() {
    let mut world = World::new(policy(1));
    world.submit(
        0,
        0,
        4,
        Rules {
            retries: 1,
            limit: None,
        },
    );
    world.submit(0, 4, 4, Rules::default());
    for _ in 0..5 {
        world.step(0);
    }
    world.engine.terminate();
    world.act();
    assert!(world.engine.is_over());
    assert_eq!(world.outcomes.len(), 8);
    assert_eq!(world.failures().len(), 7);
    assert!(
        world
            .failures()
            .iter()
            .all(|failure| matches!(failure, Failure::Terminated))
    );
}

#[test]
fn nonsense_from_a_worker_is_noticed() {
    let mut engine = Engine::<Job>::new(policy(1));
    let mut bytes = Vec::new();
    records::push(kind::VALUE, &[1], &mut bytes);
    assert!(engine.told(0, &bytes).is_err());
}
