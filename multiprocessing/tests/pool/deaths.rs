//! Whatever dies, and whenever: nothing hangs, and the right item fails.

use std::time::Duration;
use std::{fs, iter};

use manyways_process::{Exit, Fork};
use manyways_testkit::{
    Bomb, BombResult, CRASH_MESSAGE, Crash, Point, ProcessView, guarded, kill_process,
    kill_when_idle, matrix,
};
use multiprocessing::pool::ProcessPoolExecutor;
use multiprocessing::{Pool, PoolError};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Marks, children, mark_and_wait_for, own_pid, square, wait_until, workers};

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

/// `test_killed_child`, and what Python's pools do not survive: an idle worker's death.
#[test]
fn an_idle_worker_is_killed() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        for round in 0..50 {
            pool.map(square, 0..4).unwrap();
            // One that died in the round before may be a zombie still.
            let victims = workers().into_iter().filter(|pid| !is_dead(*pid));
            for victim in victims.take(1 + round % 2) {
                kill_when_idle(victim).unwrap();
            }
            let squares = pool.with().chunksize(1).map(square, 0..20).unwrap();
            assert!(squares.into_iter().eq((0..20).map(square)));
        }
    });
}

fn is_dead(pid: u32) -> bool {
    ProcessView::of(pid).is_none_or(|view| matches!(view.state(), 'Z' | 'X'))
}

/// A worker is killed at any moment, in many rounds: taking a task, running it, giving its result, at rest.
#[test]
fn kills_at_any_moment() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        let (mut deaths, mut rounds) = (0, 0_u64);
        let start = std::time::Instant::now();
        while rounds < 100 || deaths == 0 || more(start, rounds) {
            rounds += 1;
            let call = pool.with().chunksize(1 + rounds as usize % 3);
            let call = call.retries((rounds % 2) as u32);
            let results = call.map_async(square_slowly, 0..30).unwrap();
            spin(rounds * 7 % 311); // At one moment or another.
            let victims = children();
            if let Some(victim) = victims.get(rounds as usize % 2) {
                let _ = kill_process(*victim);
            }
            match results.get() {
                Ok(squares) => assert!(squares.into_iter().eq((0..30).map(square))),
                Err(error) => {
                    assert!(error.is_worker_death(), "{error}");
                    deaths += 1;
                }
            }
        }
        println!("{rounds} rounds, {deaths} of them cost an item");
    });
}

/// As many as a busy machine has time for.
fn more(start: std::time::Instant, rounds: u64) -> bool {
    rounds < 3000 && start.elapsed() < Duration::from_secs(10)
}

fn square_slowly(n: u64) -> u64 {
    spin(n % 30);
    square(n)
}

/// Computes for so many microseconds.
fn spin(microseconds: u64) {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_micros(microseconds) {
        std::hint::spin_loop();
    }
}

/// Both sides are full: large items to a worker that is killed while it reads them.
#[test]
fn kills_while_large_items_are_on_their_way() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        for round in 0..10 {
            let items: Vec<String> = (0..6).map(|n| n.to_string().repeat(1 << 20)).collect();
            let results = pool
                .with()
                .chunksize(1)
                .retries(20)
                .map_async(|text: String| text, items.clone());
            let results = results.unwrap();
            std::thread::sleep(Duration::from_micros(300 * round)); // At one moment or another.
            if let Some(victim) = children().first() {
                let _ = kill_process(*victim);
            }
            assert!(results.get().unwrap() == items);
        }
    });
}

#[test]
fn all_workers_at_once() {
    guarded(|| {
        let pool = Pool::new(3).unwrap();
        for _ in 0..20 {
            let marks = Marks::new();
            let items = (0..3).map(|n| (marks.path(), n)).collect::<Vec<_>>();
            let stuck = pool
                .with()
                .chunksize(1)
                .starmap_async(stays, items)
                .unwrap();
            marks.wait_for(3);
            let waiting = pool.map_async(square, 0..10).unwrap();
            for pid in workers() {
                kill_process(pid).unwrap();
            }
            assert!(stuck.get().unwrap_err().is_worker_death());
            assert!(waiting.get().unwrap().into_iter().eq((0..10).map(square)));
        }
    });
}

fn stays(path: String, n: u32) {
    mark_and_wait_for(&path, &n.to_string(), "never");
}

/// A stopped worker is alive; when it is killed, it is not.
#[test]
fn stopped_then_killed() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        pool.map(square, 0..10).unwrap();
        let victim = workers()[0];
        kill(Pid::from_raw(victim as i32), Signal::SIGSTOP).unwrap();
        wait_until(|| ProcessView::of(victim).unwrap().state() == 'T');
        let results: Vec<_> = (0..10)
            .map(|n| pool.apply_async(square, (n,)).unwrap())
            .collect();
        kill_process(victim).unwrap();
        assert!(
            results
                .into_iter()
                .map(|result| result.get().unwrap())
                .eq((0..10).map(square))
        );
    });
}

#[test]
fn a_stopped_worker_is_terminated() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        pool.map(square, 0..10).unwrap();
        for pid in workers() {
            kill(Pid::from_raw(pid as i32), Signal::SIGSTOP).unwrap();
        }
        drop(pool);
        assert!(workers().is_empty());
    });
}

/// The pool's process is killed: its workers go with it, busy or idle.
#[test]
fn the_parent_is_killed() {
    guarded(|| {
        for is_busy in [false, true] {
            let marks = Marks::new();
            let path = marks.path();
            let (mut parent, mut link) = Fork::new()
                .spawn(|link| {
                    let pool = Pool::new(3).unwrap();
                    pool.map(square, 0..10).unwrap();
                    let items = (0..3).map(|n| (path.clone(), n)).collect::<Vec<_>>();
                    let stuck = is_busy.then(|| {
                        pool.with()
                            .chunksize(1)
                            .starmap_async(stays, items)
                            .unwrap()
                    });
                    link.send(&workers()).unwrap();
                    let _ = link.recv::<()>();
                    drop(stuck);
                })
                .unwrap();
            let pids: Vec<u32> = link.recv().unwrap();
            assert_eq!(pids.len(), 3);
            if is_busy {
                marks.wait_for(3);
            }
            parent.kill().unwrap();
            parent.wait().unwrap();
            wait_until(|| pids.iter().copied().all(is_dead));
        }
    });
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

/// A want of descriptors that passes costs time and no more.
#[test]
fn a_worker_that_cannot_be_had_now_is_had_later() {
    const LIMIT: u64 = 64;
    guarded(|| {
        let child = Fork::new().run(|| {
            let pool = Pool::new(1).unwrap();
            let worker = pool.apply(own_pid, (0,)).unwrap();
            let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
            setrlimit(Resource::RLIMIT_NOFILE, LIMIT, most).unwrap();
            let taken: Vec<_> = iter::from_fn(|| fs::File::open("/dev/null").ok()).collect();
            assert!(!taken.is_empty() && (taken.len() as u64) < LIMIT);
            kill_process(worker).unwrap();
            let result = pool.apply_async(square, (3,)).unwrap();
            // Several tries fail meanwhile, and nobody is told of them.
            assert!(!result.wait_timeout(Duration::from_millis(500)).unwrap());
            drop(taken);
            result.get().unwrap()
        });
        assert_eq!(child.unwrap().join().unwrap(), 9);
    });
}
