//! Every way to die at every point, for both ways of running items.

mod support;

use delegate::{Builder, Failure, Reporter, Worker};
use manyways_testkit::{
    self as testkit, Bomb, BombResult, CRASH_MESSAGE, Crash, Point, ProcessView, ShutdownBomb,
    matrix,
};

use support::{Recorder, sockets, sys};

type Outcome = Result<BombResult, Failure>;

/// What the caller must have learnt of the bomb.
fn assert_learnt(outcome: &Outcome, bomb: &Bomb, crash: Crash, point: Point) {
    match (point, outcome) {
        (Point::Idle | Point::ShuttingDown, Ok(result)) => assert!(result.is_of(bomb)),
        (_, Err(Failure::Died { exit, .. })) => {
            assert!(crash.kills_process(), "{exit}");
            assert!(crash.exit_matches(exit.code(), exit.signal()), "{exit}");
        }
        (Point::Running, Err(Failure::Raised(raised))) => {
            assert_eq!(raised.message(), CRASH_MESSAGE);
            assert_eq!(raised.is_panic(), crash == Crash::Panic);
        }
        (Point::EncodeArgument, Err(Failure::Unsendable { reason })) => {
            assert_unsendable(reason, "could not send the item", crash);
        }
        (Point::DecodeArgument, Err(Failure::Unsendable { reason })) => {
            assert_unsendable(reason, "could not receive the item", crash);
        }
        (Point::EncodeResult, Err(Failure::Unsendable { reason })) => {
            assert_unsendable(reason, "could not send the result", crash);
        }
        (_, Ok(_)) => panic!("{crash} at {point}: a result"),
        (_, Err(failure)) => panic!("{crash} at {point}: {failure:?}"),
    }
}

/// The codec keeps no text of foreign errors, so only a panic's message is to be found.
fn assert_unsendable(reason: &str, what: &str, crash: Crash) {
    assert!(!crash.kills_process(), "{reason}");
    assert!(reason.starts_with(what), "{reason}");
    assert!(
        crash == Crash::Err || reason.contains(CRASH_MESSAGE),
        "{reason}"
    );
}

/// Items of a plain kind around the bomb: what happens to them must not depend on it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Item {
    Plain(u32),
    Bomb(Bomb),
}

impl std::hash::Hash for Item {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Item::Plain(n) => n.hash(state),
            Item::Bomb(_) => u32::MAX.hash(state),
        }
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
enum Answer {
    Plain(u32),
    Bomb(BombResult),
}

fn run(item: &Item) -> Result<Answer, String> {
    match item {
        Item::Plain(n) => Ok(Answer::Plain(2 * n)),
        Item::Bomb(bomb) => bomb.run().map(Answer::Bomb),
    }
}

fn items(bomb: &Bomb) -> Vec<Item> {
    let plain = (0..40).map(Item::Plain);
    let mut items: Vec<Item> = plain.collect();
    items.insert(20, Item::Bomb(bomb.clone()));
    items
}

fn assert_others_are_fine(results: &std::collections::HashMap<Item, Result<Answer, Failure>>) {
    assert_eq!(results.len(), 41);
    for n in 0..40 {
        let result = &results[&Item::Plain(n)];
        assert!(
            matches!(result, Ok(Answer::Plain(m)) if *m == 2 * n),
            "{result:?}"
        );
    }
}

fn answer_of(
    results: &std::collections::HashMap<Item, Result<Answer, Failure>>,
    bomb: &Bomb,
) -> Outcome {
    match &results[&Item::Bomb(bomb.clone())] {
        Ok(Answer::Bomb(result)) => Ok(result.clone()),
        Ok(Answer::Plain(n)) => panic!("{n}"),
        Err(failure) => Err(failure.clone()),
    }
}

/// Reads nothing more from a worker that has begun a bomb which goes off mid-frame, until it is
/// dead: else, on a busy machine, the frame might be through before the bomb is ready.
struct MidFrame(Point);

impl Reporter<Item, Answer> for MidFrame {
    fn begin(&mut self, worker: Worker, item: &Item) {
        if self.0 == Point::MidFrame && matches!(item, Item::Bomb(_)) {
            let process = || ProcessView::of(worker.pid);
            while process().is_some_and(|process| process.state() != 'Z') {
                std::thread::yield_now();
            }
        }
    }
}

#[test]
fn parallelize_survives_whatever_a_child_dies_of() {
    // Its items are inherited, so there is neither encoding nor decoding of arguments; its children
    // are not idle while there is something to learn.
    let points = [
        Point::Running,
        Point::EncodeResult,
        Point::MidFrame,
        Point::ShuttingDown,
    ];
    let count = matrix(&points, |crash, point| {
        testkit::guarded(|| {
            let bomb = Bomb::argument(crash, point);
            let results = Builder::new()
                .children(2)
                .reporter(MidFrame(point))
                .try_parallelize(run, items(&bomb));
            assert_others_are_fine(&results);
            assert_learnt(&answer_of(&results, &bomb), &bomb, crash, point);
        });
    });
    assert_eq!(count, 7 + 7 + 5 + 6);
}

#[test]
fn parallelizer_survives_whatever_a_worker_dies_of() {
    let count = matrix(Point::ALL, |crash, point| {
        testkit::guarded(|| {
            let bomb = Bomb::argument(crash, point);
            let builder = Builder::new().reporter(MidFrame(point));
            let mut parallelizer = builder.try_parallelizer(run);
            parallelizer.spawn(2).unwrap();
            parallelizer.process(items(&bomb));
            if point == Point::Idle {
                testkit::kill_when_idle(parallelizer.pids()[0]).unwrap();
            }
            assert_others_are_fine(parallelizer.results());
            assert_learnt(
                &answer_of(parallelizer.results(), &bomb),
                &bomb,
                crash,
                point,
            );
            // And it goes on, with as many workers as before.
            parallelizer.process((0..40).map(Item::Plain));
            assert_others_are_fine(parallelizer.results());
            assert_eq!(parallelizer.pids().len(), 2);
        });
    });
    assert_eq!(count, 35);
}

#[test]
fn timeout_survives_whatever_its_child_dies_of() {
    // It is `parallelize` with one child; mid-frame needs a reporter, which it does not have.
    let points = [Point::Running, Point::EncodeResult, Point::ShuttingDown];
    let count = matrix(&points, |crash, point| {
        testkit::guarded(|| {
            let bomb = Bomb::argument(crash, point);
            let time = std::time::Duration::from_secs(50);
            let outcome = delegate::try_timeout(|| bomb.run(), time);
            assert_learnt(&outcome, &bomb, crash, point);
        });
    });
    assert_eq!(count, 20);
}

#[test]
fn what_the_children_inherit_is_not_destroyed_in_them() {
    let count = matrix(&[Point::ShuttingDown], |crash, _| {
        testkit::guarded(|| {
            let bomb = ShutdownBomb::new(crash);
            let work = |n: &u32| format!("{n}, {}", format!("{bomb:?}").len());
            let results = Builder::new().children(2).parallelize(work, 0..4);
            assert!(results.values().all(Result::is_ok), "{results:?}");
        });
    });
    assert_eq!(count, 6);
}

#[test]
fn a_result_whose_destructor_crashes_takes_only_itself() {
    let count = matrix(&[Point::ShuttingDown], |crash, _| {
        testkit::guarded(|| {
            let armed = std::cell::RefCell::new(Some(ShutdownBomb::new(crash)));
            let work = |n: &u32| Fragile {
                n: *n,
                _bomb: if *n == 6 {
                    armed.borrow_mut().take()
                } else {
                    None
                },
            };
            let results = Builder::new().children(2).parallelize(work, 0..10);
            for (n, result) in results {
                match (n, result) {
                    (6, Err(Failure::Died { exit, .. })) => {
                        assert!(crash.exit_matches(exit.code(), exit.signal()), "{exit}");
                    }
                    (6, Err(Failure::Unsendable { reason })) => {
                        assert_eq!(crash, Crash::Panic);
                        assert!(reason.contains(CRASH_MESSAGE), "{reason}");
                    }
                    (6, other) => panic!("{other:?}"),
                    (n, result) => assert_eq!(result.unwrap().n, n),
                }
            }
        });
    });
    assert_eq!(count, 6);
}

/// A result with something to destroy.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Fragile {
    n: u32,
    #[serde(skip)]
    _bomb: Option<ShutdownBomb>,
}

#[test]
fn a_function_that_writes_into_the_link_fails_and_takes_no_other_with_it() {
    testkit::guarded(|| {
        let scribble = |n: &u32| {
            if *n == 3 {
                let link = sockets().into_iter().max().unwrap();
                sys::keep_on_exec(link);
                let script = format!("echo this is no frame of ours at all >&{link}");
                let status = std::process::Command::new("sh")
                    .args(["-c", &script])
                    .status();
                assert!(status.unwrap().success());
            }
            *n
        };
        let results = Builder::new().children(2).parallelize(scribble, 0..10);
        for (n, result) in results {
            match result {
                Ok(value) => assert!(value == n && n != 3),
                Err(Failure::Unsendable { reason }) => {
                    assert_eq!(n, 3);
                    assert!(
                        reason.contains("the link to process") && reason.contains("broke"),
                        "{reason}"
                    );
                }
                Err(other) => panic!("{n}: {other}"),
            }
        }
    });
}

/// Kills every worker before it gets its first order.
#[derive(Default)]
struct Killer(Recorder);

impl Reporter<u32, u32> for Killer {
    fn spawn(&mut self, worker: Worker) {
        Reporter::<u32, u32>::spawn(&mut self.0, worker);
        testkit::kill_process(worker.pid).unwrap();
    }

    fn not_run(&mut self, item: &u32, failure: &Failure) {
        Reporter::<u32, u32>::not_run(&mut self.0, item, failure);
    }

    fn begin(&mut self, worker: Worker, item: &u32) {
        Reporter::<u32, u32>::begin(&mut self.0, worker, item);
    }
}

#[test]
fn where_every_process_dies_at_once_the_work_ends_all_the_same() {
    testkit::guarded(|| {
        let mut killer = Killer::default();
        let results = Builder::new()
            .children(2)
            .reporter(&mut killer)
            .parallelize(|n| *n, 0..4);
        for n in 0..4 {
            assert!(
                matches!(&results[&n], Err(Failure::Died { exit, .. }) if exit.signal() == Some(9))
            );
            assert_eq!(killer.0.story(n), ["not_run"]);
        }
        assert!(
            (3..=12).contains(&killer.0.spawns()),
            "{}",
            killer.0.spawns()
        );
    });
}

/// Takes away this process's right to wait for more than no descriptors, once an item has begun.
struct Impoverisher;

impl Reporter<u32, u32> for Impoverisher {
    fn begin(&mut self, _: Worker, _: &u32) {
        use nix::sys::resource::{Resource, setrlimit};
        setrlimit(Resource::RLIMIT_NOFILE, 0, 0).unwrap();
    }
}

#[test]
fn where_the_workers_cannot_be_waited_for_every_item_says_so() {
    testkit::guarded(|| {
        // In a child, so that the limit is only its own.
        let run = || {
            let hang = |n: &u32| {
                if *n == 0 {
                    loop {
                        std::thread::park();
                    }
                } else {
                    *n
                }
            };
            let builder = Builder::new().children(1).reporter(Impoverisher);
            let results = builder.parallelize(hang, 0..3);
            let results = results.into_iter();
            results
                .map(|(n, result)| (n, result.unwrap_err()))
                .collect::<Vec<_>>()
        };
        let failures = delegate::timeout(run, std::time::Duration::from_secs(50)).unwrap();
        assert_eq!(failures.len(), 3);
        for (n, failure) in failures {
            let fits = match &failure {
                Failure::Unsendable { .. } => n == 0,
                Failure::NotRun { .. } => n != 0,
                _ => false,
            };
            assert!(fits, "{n}: {failure}");
            assert!(
                failure
                    .to_string()
                    .contains("could not wait for the workers"),
                "{failure}"
            );
        }
    });
}
