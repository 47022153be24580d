//! Every way to die at every point, in every system: what the caller learns, and that the other calls
//! have their results and nothing is left behind.

use manyways_testkit::{
    Bomb, BombResult, CRASH_MESSAGE, Crash, Point, ShutdownBomb, guarded, kill_when_idle, matrix,
};
use pprocess::{
    BackgroundCallable, BackgroundQueue, Callable, Channel, Error, Exit, MakeParallel,
    MakeReusable, ManagedCallable, Map, Queue,
};

type Value = Result<BombResult, String>;
type Outcome = pprocess::Result<Value>;

/// Where user code runs when arguments are inherited.
const INHERITED: &[Point] = &[
    Point::Running,
    Point::EncodeResult,
    Point::MidFrame,
    Point::ShuttingDown,
];

/// Where it runs when arguments are sent to processes that are used again.
const SENT: &[Point] = &[
    Point::EncodeArgument,
    Point::DecodeArgument,
    Point::Running,
    Point::EncodeResult,
    Point::MidFrame,
    Point::ShuttingDown,
];

#[expect(
    clippy::needless_pass_by_value,
    reason = "callables take their arguments"
)]
fn run(bomb: Bomb) -> Value {
    bomb.run()
}

/// The third of five goes off.
fn bombs(crash: Crash, point: Point) -> Vec<Bomb> {
    let bomb = |n| match n {
        2 => Bomb::argument(crash, point),
        _ => Bomb::argument(Crash::Err, Point::Idle),
    };
    (0..5).map(bomb).collect()
}

/// The call that the bomb is in has failed as it should, or its result is whole where it should be.
fn check_bomb(crash: Crash, point: Point, outcome: &Outcome) {
    let bomb = Bomb::argument(crash, point);
    match outcome {
        // Nobody runs destructors of thread-locals in a forked child.
        Ok(Ok(value)) => assert!(point == Point::ShuttingDown && value.is_of(&bomb)),
        Ok(Err(text)) => {
            assert_eq!((crash, point), (Crash::Err, Point::Running));
            assert_eq!(text, CRASH_MESSAGE);
        }
        Err(error) => check_error(crash, point, error),
    }
}

fn check_error(crash: Crash, point: Point, error: &Error) {
    assert_ne!((crash, point), (Crash::Err, Point::Running), "{error}");
    assert_ne!(point, Point::ShuttingDown, "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {}", error.pid().unwrap())),
        "{text}"
    );
    match crash {
        // The codec drops the words of whoever refuses.
        Crash::Err => assert!(
            error.is_refused() && text.contains("coding ") && text.contains("Bomb"),
            "{text}"
        ),
        Crash::Panic => {
            assert_eq!(error.panic_report().unwrap().message(), CRASH_MESSAGE);
        }
        _ => {
            let exit = error.exit().unwrap();
            assert!(crash.exit_matches(exit.code(), exit.signal()), "{text}");
        }
    }
}

/// Calls all; the one with the bomb may fail in the caller, and is not a call then.
fn call_all(managed: &ManagedCallable<'_, Bomb, Value>, crash: Crash, point: Point) -> usize {
    let mut made = 0;
    for bomb in bombs(crash, point) {
        let call = std::panic::AssertUnwindSafe(|| managed.call(bomb));
        match std::panic::catch_unwind(call) {
            Ok(Ok(number)) => {
                assert_eq!(number, made);
                made += 1;
            }
            Ok(Err(error)) => {
                assert_eq!((crash, point), (Crash::Err, Point::EncodeArgument));
                assert!(
                    error.is_encode() && error.to_string().contains("arguments"),
                    "{error}"
                );
            }
            Err(_) => assert_eq!((crash, point), (Crash::Panic, Point::EncodeArgument)),
        }
    }
    made
}

fn map_cell<C>(reuse: bool, callable: fn() -> C) -> impl FnMut(Crash, Point)
where
    C: Callable<Bomb, Value>,
{
    move |crash, point| {
        guarded(|| {
            let results = Map::new().limit(2).reuse(reuse);
            let managed = results.manage(callable());
            let made = call_all(&managed, crash, point);
            let results: Vec<Outcome> = results.collect();
            assert_eq!(results.len(), made);
            for (index, outcome) in results.iter().enumerate() {
                match made == 5 && index == 2 {
                    true => check_bomb(crash, point, outcome),
                    false => assert!(matches!(outcome, Ok(Ok(_)))),
                }
                let call = outcome.as_ref().err().map(Error::call);
                assert!(call.is_none_or(|call| call == Some(index)));
            }
        });
    }
}

fn queue_cell<C>(reuse: bool, callable: fn() -> C) -> impl FnMut(Crash, Point)
where
    C: Callable<Bomb, Value>,
{
    move |crash, point| {
        guarded(|| {
            let queue = Queue::new().limit(2).reuse(reuse);
            let managed = queue.manage(callable());
            let made = call_all(&managed, crash, point);
            let results: Vec<Outcome> = queue.collect();
            assert_eq!(results.len(), made);
            let innocent = Bomb::argument(Crash::Err, Point::Idle);
            let is_good =
                |outcome: &&Outcome| matches!(outcome, Ok(Ok(value)) if value.is_of(&innocent));
            assert_eq!(results.iter().filter(is_good).count(), 4);
            for outcome in results.iter().filter(|outcome| !is_good(outcome)) {
                check_bomb(crash, point, outcome);
                let call = outcome.as_ref().err().map(Error::call);
                assert!(call.is_none_or(|call| call == Some(2)));
            }
        });
    }
}

#[test]
fn map_with_fresh_processes() {
    assert_eq!(
        matrix(INHERITED, map_cell(false, || MakeParallel::new(run))),
        25
    );
}

#[test]
fn map_with_reused_processes() {
    assert_eq!(matrix(SENT, map_cell(true, || MakeReusable::new(run))), 34);
}

#[test]
fn queue_with_fresh_processes() {
    assert_eq!(
        matrix(INHERITED, queue_cell(false, || MakeParallel::new(run))),
        25
    );
}

#[test]
fn queue_with_reused_processes() {
    assert_eq!(
        matrix(SENT, queue_cell(true, || MakeReusable::new(run))),
        34
    );
}

#[test]
fn background() {
    let cell = |crash, point| {
        guarded(|| {
            let folder = tempfile::tempdir().unwrap();
            let address = folder.path().join("a");
            let callable = BackgroundCallable::new(&address, MakeParallel::new(run));
            let process = callable.call(Bomb::argument(crash, point)).unwrap();
            let mut queue = BackgroundQueue::<Value>::connect(&address).unwrap();
            let outcome = queue.next().unwrap();
            if let Err(error) = &outcome {
                assert_eq!(error.pid(), Some(process.pid()));
            }
            check_bomb(crash, point, &outcome);
            assert!(queue.next().is_none());
            assert!(!address.exists());
        });
    };
    assert_eq!(matrix(INHERITED, cell), 25);
}

/// A worker that has done its call and is killed before the next: nobody misses it.
#[test]
fn idle_processes_are_replaced() {
    let cell = |crash, _| {
        guarded(|| {
            assert_eq!(crash, Crash::Kill);
            let mut queue = Queue::new().limit(1).reuse(true);
            let pid = queue.manage(MakeReusable::new(|(): ()| std::process::id()));
            pid.call(()).unwrap();
            assert_eq!(queue.ready(None), 1);
            let first = queue.next().unwrap().unwrap();
            kill_when_idle(first).unwrap();
            // Until the signal has done its work, the next call might still be given to it.
            while std::fs::read_to_string(format!("/proc/{first}/stat"))
                .is_ok_and(|stat| !stat.contains(") Z "))
            {
                std::thread::yield_now();
            }
            pid.call(()).unwrap();
            let second = queue.next().unwrap().unwrap();
            assert_ne!(first, second);
        });
    };
    assert_eq!(matrix(&[Point::Idle], cell), 1);
}

/// A process that dies as it winds up has sent its messages before: they are there. Whoever listens to
/// the end learns of the death.
#[test]
fn destructors_that_crash_are_told_by_those_who_listen_to_the_end() {
    for continuous in [false, true] {
        let cell = |crash: Crash, _| {
            guarded(|| {
                let mut queue = Queue::new().continuous(continuous);
                let bomb = ShutdownBomb::new(crash);
                queue
                    .start(move |channel: &mut Channel<u32>| {
                        let _bomb = bomb; // Goes off at the end of this process.
                        channel.send(&1).unwrap();
                    })
                    .unwrap();
                assert_eq!(queue.next().unwrap().unwrap(), 1);
                match queue.next() {
                    None => assert!(!continuous),
                    Some(outcome) => {
                        assert!(continuous);
                        let error = outcome.unwrap_err();
                        let exit = error.exit();
                        let exit_matches =
                            |exit: Exit| crash.exit_matches(exit.code(), exit.signal());
                        assert!(
                            error.is_panic() || exit.is_some_and(exit_matches),
                            "{error}"
                        );
                        assert!(queue.next().is_none());
                    }
                }
            });
        };
        assert_eq!(matrix(&[Point::ShuttingDown], cell), 6);
    }
}
