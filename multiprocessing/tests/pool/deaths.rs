//! What is run kills its worker: nothing hangs, and the right item fails.

use std::fs;
use std::time::Duration;

use manyways_process::Exit;
use manyways_testkit::{
    Bomb, BombResult, CRASH_MESSAGE, Crash, Point, guarded, kill_process, matrix,
};
use multiprocessing::pool::ProcessPoolExecutor;
use multiprocessing::{Pool, PoolError};

use crate::support::{Marks, mark_and_wait_for, own_pid, square, wait_until, workers};

fn run(bomb: Option<Bomb>) -> Option<Result<BombResult, String>> {
    bomb.map(|bomb| bomb.run())
}

/// `test_deadlock`: every way to fail, at every stage of a task, in its place among others.
#[test]
fn crash_matrix() {
    const POINTS: &[Point] = &[
        Point::EncodeArgument,
        Point::DecodeArgument,
        Point::Running,
        Point::EncodeResult,
    ];
    let cells = matrix(POINTS, |crash, point| {
        guarded(|| {
            let pool = Pool::new(2).unwrap();
            for chunksize in [1, 9] {
                let items = (0..9).map(|n| (n == 4).then(|| Bomb::argument(crash, point)));
                let results = pool.with().chunksize(chunksize).imap(run, items).unwrap();
                for (at, result) in results.enumerate() {
                    if at == 4 {
                        check(crash, point, result);
                    } else {
                        assert!(result.unwrap().is_none());
                    }
                }
            }
            assert_eq!(pool.apply(square, (3,)).unwrap(), 9);
        });
    });
    assert!(cells >= 20);
}

fn check(
    crash: Crash,
    point: Point,
    result: Result<Option<Result<BombResult, String>>, PoolError>,
) {
    let error = match result {
        Ok(Some(Err(message))) => {
            return assert!(
                crash == Crash::Err && point == Point::Running && message == CRASH_MESSAGE
            );
        }
        Ok(other) => panic!("unexpected: {other:?}"),
        Err(error) => error,
    };
    assert_eq!(error.index(), Some(4));
    if let Some(report) = error.panic_report() {
        assert!(crash == Crash::Panic && report.message() == CRASH_MESSAGE);
    } else if error.is_encoding() {
        assert!(!crash.kills_process(), "{error}");
        assert!(
            crash == Crash::Err || error.to_string().contains(CRASH_MESSAGE),
            "{error}"
        );
    } else {
        let exit = error.exit().unwrap();
        assert!(crash.exit_matches(exit.code(), exit.signal()), "{error}");
    }
}

/// The same for an executor, whose other futures Python gives up.
#[test]
fn crash_matrix_of_an_executor() {
    let points = [Point::DecodeArgument, Point::Running, Point::EncodeResult];
    matrix(&points, |crash, point| {
        guarded(|| {
            let executor = ProcessPoolExecutor::new(2).unwrap();
            let bomb = executor
                .submit(run, (Some(Bomb::argument(crash, point)),))
                .unwrap();
            let others: Vec<_> = (0..5)
                .map(|n| executor.submit(square, (n,)).unwrap())
                .collect();
            let is_error = crash == Crash::Err && point == Point::Running;
            assert_eq!(bomb.result().is_ok(), is_error);
            assert!(
                others
                    .into_iter()
                    .map(|other| other.result().unwrap())
                    .eq((0..5).map(square))
            );
        });
    });
}

/// `test_crash_big_data`: a worker dies while its result, larger than the shared memory, is on its way.
#[test]
fn death_in_the_middle_of_a_result() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let mut deaths = 0;
        for round in 0..10 {
            let items = (0..4).map(|n| (n == 2, round));
            for (at, result) in pool.imap(large_unless_killed, items).unwrap().enumerate() {
                match result {
                    // On a busy machine the kill may come when all of the result is through.
                    Ok(text) => assert_eq!(text.len(), if at == 2 { LARGE } else { 3 << 20 }),
                    Err(error) => {
                        assert!(at == 2 && error.is_worker_death(), "{error}");
                        deaths += 1;
                    }
                }
            }
        }
        assert!(deaths > 0);
    });
}

const LARGE: usize = 100 << 20;

fn large_unless_killed((is_killed, round): (bool, u64)) -> String {
    if is_killed {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(300 * round)); // At one moment or another.
            kill_process(std::process::id())
        });
        std::thread::sleep(Duration::from_micros(1000));
        return "x".repeat(LARGE);
    }
    "x".repeat(3 << 20)
}

/// `test_shutdown_deadlock`: the pool is closed while its workers die.
#[test]
fn deaths_while_the_pool_ends() {
    guarded(|| {
        for _ in 0..10 {
            let pool = Pool::new(2).unwrap();
            let results = pool
                .with()
                .chunksize(1)
                .map_async(killed_if_odd, 0..8)
                .unwrap();
            pool.close();
            pool.join().unwrap();
            assert_eq!(results.get().unwrap_err().index(), Some(1));
            assert!(workers().is_empty());
        }
    });
}

fn killed_if_odd(n: u32) {
    if !n.is_multiple_of(2) {
        kill_process(std::process::id()).unwrap();
        std::thread::sleep(Duration::from_secs(100)); // The signal comes before.
    }
}

#[test]
fn a_death_says_how_and_of_whom() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        let pid = pool.apply(own_pid, (0,)).unwrap();
        let error = pool
            .apply(|| -> u8 { std::process::exit(7) }, ())
            .unwrap_err();
        assert_eq!(
            (error.exit(), error.worker_pid()),
            (Some(Exit::Code(7)), Some(pid))
        );
        assert!(
            error
                .to_string()
                .contains(&format!("process {pid}, exited with code 7")),
            "{error}"
        );
        let error = pool.map(killed_if_odd, [1]).unwrap_err();
        assert_eq!(error.exit().unwrap().signal(), Some(9));
        assert_ne!(pool.apply(own_pid, (0,)).unwrap(), pid);
    });
}

/// Tried again, an item may succeed; or it fails after so many tries.
#[test]
fn retries() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(2).unwrap();
        let items = || (0..20).map(|n| (marks.path(), n));
        let call = pool.with().retries(1).chunksize(4);
        let results = call.map(dies_once, items()).unwrap();
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        let error = call.map(killed_if_odd, 0..4).unwrap_err();
        assert!(error.is_worker_death() && error.index() == Some(1));
        let marks = Marks::new();
        let error = call
            .retries(2)
            .apply(marks_and_dies, (marks.path(),))
            .unwrap_err();
        assert!(error.is_worker_death());
        assert_eq!(marks.count(), 3);
    });
}

fn dies_once((path, n): (String, u32)) -> u32 {
    if n.is_multiple_of(5) && fs::create_dir(format!("{path}/{n}")).is_ok() {
        std::process::abort();
    }
    n
}

fn marks_and_dies(path: String) {
    fs::write(format!("{path}/{}", std::process::id()), "").unwrap();
    std::process::abort();
}

/// Items that were not running are not lost, nor run twice, however often workers die.
#[test]
fn a_death_costs_the_running_item_alone() {
    guarded(|| {
        let marks = Marks::new();
        let pool = Pool::new(3).unwrap();
        for chunksize in [1, 2, 10, 100] {
            let base = chunksize as u32 * 1000;
            let items = (base..base + 100).map(|n| (marks.path(), n));
            let call = pool.with().chunksize(chunksize).window(1000);
            for (at, result) in call
                .imap(once_and_dies_at_sevens, items)
                .unwrap()
                .enumerate()
            {
                match result {
                    Ok(n) => assert_eq!(n, base + at as u32),
                    Err(error) => {
                        assert!(error.is_worker_death() && at % 7 == 0, "item {at}: {error}");
                    }
                }
            }
        }
        assert_eq!(marks.count(), 400);
    });
}

fn once_and_dies_at_sevens((path, n): (String, u32)) -> u32 {
    fs::File::create_new(format!("{path}/{n}")).expect("an item is begun once");
    if (n % 1000).is_multiple_of(7) {
        std::process::abort();
    }
    n
}

/// A worker that scribbles over the shared memory harms nobody else.
#[test]
fn a_worker_that_runs_amok() {
    guarded(|| {
        let pool = Pool::new(1).unwrap();
        for _ in 0..5 {
            let marks = Marks::new();
            let amok = pool.apply_async(scribble, (marks.path(),)).unwrap();
            // It may be found out, and ended, before it leaves its mark.
            wait_until(|| marks.count() == 1 || amok.ready());
            assert_eq!(pool.apply(square, (3,)).unwrap(), 9);
            let error = amok.get().unwrap_err();
            assert!(
                error.is_worker_death() && error.to_string().contains("had overwritten"),
                "{error}"
            );
            let squares = pool.with().chunksize(1).map(square, 0..100).unwrap();
            assert!(squares.into_iter().eq((0..100).map(square)));
        }
    });
}

/// Fills the shared mappings of this process with nonsense, as a wild pointer might.
fn scribble(path: String) {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let memory = fs::OpenOptions::new()
        .write(true)
        .open("/proc/self/mem")
        .unwrap();
    for line in maps
        .lines()
        .filter(|line| line.contains("rw-s") && line.contains("memfd:pool"))
    {
        let (start, rest) = line.split_once('-').unwrap();
        let start = u64::from_str_radix(start, 16).unwrap();
        let end = u64::from_str_radix(rest.split_once(' ').unwrap().0, 16).unwrap();
        let noise = vec![0xa5; (end - start) as usize];
        std::os::unix::fs::FileExt::write_all_at(&memory, &noise, start).unwrap();
    }
    mark_and_wait_for(&path, "scribbled", "never");
}
