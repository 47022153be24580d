//! Workers, and the pool's own process, are killed from outside, whatever they are doing.

use std::time::{Duration, Instant};

use manyways_process::Fork;
use manyways_testkit::{ProcessView, guarded, kill_process, kill_when_idle};
use multiprocessing::Pool;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Marks, children, mark_and_wait_for, square, wait_until, workers};

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
        let start = Instant::now();
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
fn more(start: Instant, rounds: u64) -> bool {
    rounds < 3000 && start.elapsed() < Duration::from_secs(10)
}

fn square_slowly(n: u64) -> u64 {
    spin(n % 30);
    square(n)
}

/// Computes for so many microseconds.
fn spin(microseconds: u64) {
    let start = Instant::now();
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
