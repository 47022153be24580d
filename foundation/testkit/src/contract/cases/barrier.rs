//! What a barrier must do: CPython's `BarrierTests`.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{BRIEF, EVER, HANDS, quiet_panic, tells};
use crate::contract::{Barrier, Counter, Crew, Log, Refusal, World};

const PARTIES: usize = HANDS as usize;

fn barrier<B: Barrier>() -> Arc<B> {
    Arc::new(B::new(PARTIES).unwrap())
}

/// One for nobody is refused; a new one is empty and whole (`BarrierTests.test_constructor`).
pub fn constructor<W: World, B: Barrier>() {
    assert_eq!(B::new(0).unwrap_err(), Refusal::InvalidValue);
    let barrier = B::new(PARTIES).unwrap();
    let state = (barrier.parties(), barrier.n_waiting(), barrier.broken());
    assert_eq!(state, (PARTIES, 0, false));
}

/// Nobody passes before all have come (`BarrierTests.test_barrier`).
pub fn one_pass<W: World, B: Barrier>() {
    passes::<W, B>(1);
}

/// Rounds do not mix (`BarrierTests.test_barrier_10`).
pub fn many_passes<W: World, B: Barrier>() {
    passes::<W, B>(50);
}

fn passes<W: World, B: Barrier>(rounds: u32) {
    let (barrier, came, went) = (barrier::<B>(), Counter::new(), Counter::new());
    let crew = Crew::<W>::start(HANDS, {
        let (barrier, came, went) = (Arc::clone(&barrier), came.clone(), went.clone());
        move |_| {
            for round in 0..rounds {
                came.add();
                assert_eq!(went.get(), round * HANDS);
                barrier.wait().unwrap();
                went.add();
                assert_eq!(came.get(), (round + 1) * HANDS);
                barrier.wait().unwrap();
            }
        }
    });
    crew.join();
    assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
}

/// Each party gets an index of its own, from 0, in every round
/// (`BarrierTests.test_wait_return`).
pub fn wait_return<W: World, B: Barrier>() {
    let (barrier, indexes) = (barrier::<B>(), [(); 20].map(|()| Log::new()));
    let logs = indexes.clone();
    Crew::<W>::start(HANDS, move |_| {
        for log in &logs {
            log.push(u32::try_from(barrier.wait().unwrap()).unwrap());
        }
    })
    .join();
    for log in indexes {
        assert_eq!(log.sorted(), Vec::from_iter(0..HANDS));
    }
}

/// The action runs once a round, when all have come and before anyone goes
/// (`BarrierTests.test_action`).
pub fn action<W: World, B: Barrier>() {
    let (came, acted) = (Counter::new(), Counter::new());
    let action = {
        let (came, acted) = (came.clone(), acted.clone());
        move || {
            acted.add();
            assert_eq!(came.get(), acted.get() * HANDS);
        }
    };
    let barrier = Arc::new(B::build(PARTIES, Some(Box::new(action)), None).unwrap());
    let runs = acted.clone();
    Crew::<W>::start(HANDS, move |_| {
        for round in 1..=3 {
            came.add();
            barrier.wait().unwrap();
            assert_eq!(runs.get(), round);
        }
    })
    .join();
    assert_eq!(acted.get(), 3);
}

/// An action that panics breaks the barrier for all
/// (`threading.Barrier` of CPython: "if the action raises").
pub fn action_fails<W: World, B: Barrier>() {
    let runs = Counter::new();
    let action = {
        let runs = runs.clone();
        move || {
            runs.add();
            quiet_panic();
        }
    };
    let barrier = Arc::new(B::build(PARTIES, Some(Box::new(action)), None).unwrap());
    let (told, acted) = (Counter::new(), Counter::new());
    let crew = Crew::<W>::start(HANDS, {
        let (barrier, told, acted) = (Arc::clone(&barrier), told.clone(), acted.clone());
        move |_| match panic::catch_unwind(AssertUnwindSafe(|| barrier.wait())) {
            Ok(Ok(index)) => panic!("index {index} passes although the action failed"),
            Ok(Err(Refusal::Broken)) => told.add(),
            Ok(Err(_)) | Err(_) => acted.add(),
        }
    });
    crew.join();
    assert_eq!((runs.get(), told.get(), acted.get()), (1, HANDS - 1, 1));
    assert!(barrier.broken());
    assert_eq!(barrier.wait(), Err(Refusal::Broken));
}

/// To abort breaks it for those who wait and for those who come later
/// (`BarrierTests.test_abort`).
pub fn abort<W: World, B: Barrier>() {
    let (barrier, broken) = (barrier::<B>(), Counter::new());
    let crew = all_but_one::<W, B>(&barrier, &broken);
    assert_eq!(
        (barrier.n_waiting(), barrier.broken()),
        (PARTIES - 1, false)
    );
    barrier.abort();
    crew.join();
    assert_eq!((broken.get(), barrier.n_waiting()), (HANDS - 1, 0));
    assert!(barrier.broken());
    assert_eq!(barrier.wait(), Err(Refusal::Broken));
    assert_eq!(barrier.wait_timeout(EVER), Err(Refusal::Broken));
}

/// To reset it sends those who wait away, and leaves a whole barrier
/// (`BarrierTests.test_reset`).
pub fn reset<W: World, B: Barrier>() {
    let (barrier, broken) = (barrier::<B>(), Counter::new());
    let crew = all_but_one::<W, B>(&barrier, &broken);
    barrier.reset();
    crew.join();
    assert_eq!(broken.get(), HANDS - 1);
    assert_passable::<W, B>(&barrier);
}

/// Who was sent away by a reset may come back at once, into a round of its own
/// (`BarrierTests.test_reset`).
pub fn reset_and_come_back<W: World, B: Barrier>() {
    let (barrier, broken) = (barrier::<B>(), Counter::new());
    let crew = Crew::<W>::start(HANDS - 1, {
        let (barrier, broken) = (Arc::clone(&barrier), broken.clone());
        move |_| {
            assert_eq!(barrier.wait(), Err(Refusal::Broken));
            broken.add();
            barrier.wait().unwrap();
        }
    });
    crew.settle();
    barrier.reset();
    broken.wait_for(HANDS - 1);
    barrier.wait().unwrap();
    crew.join();
    assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
}

/// One that nobody waits at stays whole when it is reset.
pub fn reset_of_an_empty_one<W: World, B: Barrier>() {
    let barrier = barrier::<B>();
    barrier.reset();
    assert_passable::<W, B>(&barrier);
}

/// A broken one is whole again after a reset (`BarrierTests.test_abort_and_reset`).
pub fn abort_and_reset<W: World, B: Barrier>() {
    let (barrier, broken) = (barrier::<B>(), Counter::new());
    for _ in 0..2 {
        let crew = all_but_one::<W, B>(&barrier, &broken);
        barrier.abort();
        crew.join();
        assert!(barrier.broken());
        barrier.reset();
        assert_passable::<W, B>(&barrier);
    }
    assert_eq!(broken.get(), 2 * (HANDS - 1));
}

/// When the limit of one passes, it is broken for all (`BarrierTests.test_timeout`).
pub fn timeout<W: World, B: Barrier>() {
    let (barrier, broken) = (barrier::<B>(), Counter::new());
    let mut crew = Crew::<W>::start(HANDS - 2, {
        let (barrier, broken) = (Arc::clone(&barrier), broken.clone());
        move |_| {
            assert_eq!(barrier.wait_timeout(EVER), Err(Refusal::Broken));
            broken.add();
        }
    });
    crew.settle();
    assert_eq!(broken.get(), 0);
    let impatient = Arc::clone(&barrier);
    crew.hire(move || {
        let begin = Instant::now();
        assert_eq!(impatient.wait_timeout(BRIEF), Err(Refusal::Broken));
        assert!(begin.elapsed() >= BRIEF);
    });
    crew.join();
    assert_eq!(broken.get(), HANDS - 2);
    assert!(barrier.broken());
    assert_eq!(barrier.wait(), Err(Refusal::Broken));
}

/// A limit of the barrier's own is kept by every wait (`BarrierTests.test_default_timeout`).
pub fn default_timeout<W: World, B: Barrier>() {
    let barrier = Arc::new(B::build(2, None, Some(BRIEF)).unwrap());
    let waits = Arc::clone(&barrier);
    let begin = Instant::now();
    Crew::<W>::start(1, move |_| assert_eq!(waits.wait(), Err(Refusal::Broken))).join();
    assert!(begin.elapsed() >= BRIEF);
    assert!(barrier.broken());
}

/// The limit of a wait goes before the barrier's own.
pub fn timeout_before_default<W: World, B: Barrier>() {
    let barrier = B::build(2, None, Some(EVER)).unwrap();
    assert_eq!(barrier.wait_timeout(Duration::ZERO), Err(Refusal::Broken));
    barrier.reset();
    assert_eq!(barrier.wait_timeout(BRIEF), Err(Refusal::Broken));
}

/// A limited wait passes when all come in time.
pub fn timeout_in_time<W: World, B: Barrier>() {
    let barrier = barrier::<B>();
    let crew = Crew::<W>::start(HANDS, move |_| {
        for limit in [EVER, Duration::MAX] {
            barrier.wait_timeout(limit).unwrap();
        }
    });
    crew.join();
}

/// One for a single party never waits, whatever the limit (`BarrierTests.test_single_thread`).
pub fn single_party<W: World, B: Barrier>() {
    let barrier = B::new(1).unwrap();
    assert_eq!(barrier.wait(), Ok(0));
    assert_eq!(barrier.wait(), Ok(0));
    assert_eq!(barrier.wait_timeout(Duration::ZERO), Ok(0));
}

/// `Debug` tells how many wait and whether it is broken (`BarrierTests.test_repr`).
pub fn debug<W: World, B: Barrier>() {
    let (barrier, broken) = (barrier::<B>(), Counter::new());
    let mut crew = None;
    let waits = || crew = Some(all_but_one::<W, B>(&barrier, &broken));
    tells(&*barrier, "waiting", waits);
    barrier.abort();
    if let Some(crew) = crew {
        crew.join();
    }
    tells(&*barrier, "broken", || barrier.reset());
}

/// All parties but one, asleep at the barrier, who will find it broken.
fn all_but_one<W: World, B: Barrier>(barrier: &Arc<B>, broken: &Counter) -> Crew<W> {
    let (barrier, broken) = (Arc::clone(barrier), broken.clone());
    let crew = Crew::start(HANDS - 1, move |_| {
        assert_eq!(barrier.wait(), Err(Refusal::Broken));
        broken.add();
    });
    crew.settle();
    crew
}

fn assert_passable<W: World, B: Barrier>(barrier: &Arc<B>) {
    assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
    let indexes = Log::new();
    let (passed, log) = (Arc::clone(barrier), indexes.clone());
    Crew::<W>::start(HANDS, move |_| {
        log.push(u32::try_from(passed.wait().unwrap()).unwrap());
    })
    .join();
    assert_eq!(indexes.sorted(), Vec::from_iter(0..HANDS));
}
