//! Whatever happens, and in whatever order: every item is delivered once.

use manyways_testkit::guarded;
use proptest::prelude::*;

use super::world::World;
use crate::pool::engine::{Policy, Rules};
use crate::pool::failure::Failure;

#[derive(Debug, Clone)]
enum Step {
    Submit(usize),
    Unwanted,
    Work(usize),
    Read(usize),
    Kill(usize),
}

fn steps(workers: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1usize..6).prop_map(Step::Submit),
        1 => Just(Step::Unwanted),
        20 => (0..workers).prop_map(Step::Work),
        5 => (0..workers).prop_map(Step::Read),
        1 => (0..workers).prop_map(Step::Kill),
    ];
    prop::collection::vec(step, 0..300)
}

/// How many items were submitted that somebody wants, and how many that nobody does.
fn play(world: &mut World, steps: &[Step], rules: Rules) -> (usize, usize) {
    let (mut wanted, mut unwanted) = (0, 0);
    for step in steps {
        match *step {
            Step::Submit(count) => {
                world.submit(0, wanted, count, rules);
                wanted += count;
            }
            Step::Unwanted => {
                world.submit(1, unwanted, 1, rules);
                unwanted += 1;
            }
            Step::Work(place) => drop(world.step(place)),
            Step::Read(place) => drop(world.read(place)),
            Step::Kill(place) => world.kill(place),
        }
    }
    (wanted, unwanted)
}

/// Under the guard as it takes long: else other tests' guards see its thread as one that they left behind.
#[test]
fn every_item_is_delivered_once_and_a_death_costs_the_running_item() {
    guarded(|| {
        proptest!(|(
            steps in steps(3), max_tasks in prop::option::of(1u64..4), retries in 0u32..2, closes in any::<bool>(),
        )| {
            let mut world = World::new(Policy { workers: 3, max_tasks });
            let (wanted, unwanted) = play(&mut world, &steps, Rules { retries, limit: None });
            if matches!(world.engine.refusal(), Some(Failure::Broken(_))) {
                return Ok(()); // So many died before they were ready.
            }
            world.settle();
            prop_assert_eq!(world.outcomes.len(), wanted + unwanted);
            let died = world.failures().iter().filter(|failure| matches!(failure, Failure::Died { .. })).count();
            let cancelled = world.failures().iter().filter(|failure| matches!(failure, Failure::Cancelled)).count();
            prop_assert_eq!(died + cancelled, world.failures().len());
            prop_assert_eq!(cancelled, unwanted);
            prop_assert!(died <= world.killed_items && (retries > 0 || died == world.killed_items));
            if closes {
                world.engine.close();
            } else {
                world.engine.terminate();
            }
            world.act();
            world.settle();
            prop_assert!(world.engine.is_over() && world.workers.iter().all(Option::is_none));
        });
    });
}
