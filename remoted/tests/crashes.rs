//! The crash kit on the processes of `new_proc`: whatever dies wherever, the join tells, the share goes on,
//! and nothing is left.

mod support;

use std::collections::VecDeque;
use std::time::Duration;

use manyways_testkit::{Bomb, CRASH_MESSAGE, Crash, Point, guarded, kill_when_idle, matrix};
use remoted::{StubShare, join_all};
use support::{LONG, Signal, share};

/// The arguments are inherited, so nothing encodes or decodes them.
const POINTS: &[Point] = &[
    Point::Running,
    Point::EncodeResult,
    Point::MidFrame,
    Point::Idle,
    Point::ShuttingDown,
];

#[test]
fn whatever_dies_the_join_tells_and_the_lock_is_free() {
    let cells = matrix(POINTS, |crash, point| {
        guarded(|| {
            let (handle, share) = share();
            let bomb = Bomb::argument(crash, point);
            let idle = Signal::new();
            let work = |share: &StubShare, bomb: Bomb| {
                share.lock_item("k").unwrap().keep();
                let result = bomb.run();
                if point == Point::Idle {
                    idle.send();
                    std::thread::sleep(LONG);
                }
                result
            };
            let proc = share.new_proc(work, bomb.clone()).unwrap();
            if point == Point::Idle {
                idle.wait();
                kill_when_idle(proc.pid()).unwrap();
            }
            let outcome = proc.join();
            match (crash, point, &outcome) {
                (Crash::Err, Point::Running, Ok(result)) => {
                    assert_eq!(result.as_ref().unwrap_err(), CRASH_MESSAGE);
                }
                // `_exit` passes thread-locals by.
                (_, Point::ShuttingDown, Ok(result)) => {
                    assert!(result.as_ref().unwrap().is_of(&bomb));
                }
                (Crash::Err, _, Err(error)) => {
                    // postcard keeps no text of a type's own.
                    assert!(error.to_string().contains("encoding a"), "{error}");
                }
                (Crash::Panic, _, Err(error)) => {
                    assert_eq!(error.panic_report().unwrap().message(), CRASH_MESSAGE);
                }
                (_, _, Err(error)) => {
                    let exit = error.exit().unwrap();
                    assert!(crash.exit_matches(exit.code(), exit.signal()), "{error}");
                }
                (_, _, Ok(_)) => panic!("{crash} at {point} gave a value"),
            }
            // The death of the holder is told, and the share is whole.
            assert!(share.lock_item("k").unwrap().previous_owner_died());
            share.set("after", &1).unwrap();
            assert_eq!(share.get::<i32>("after").unwrap(), 1);
            handle.stop().unwrap();
        });
    });
    assert_eq!(cells, 7 + 7 + 5 + 1 + 6);
}

/// The server dies in every way that there is for it, while a client is idle, waits for a lock, waits for a value.
#[test]
fn when_the_server_dies_every_call_says_so_at_once() {
    for signal in [9, 6, 15] {
        guarded(|| {
            support::on_both_that_die(|handle, share| {
                let locked = share.lock().unwrap();
                let wait_for_lock = share
                    .new_proc(|share, ()| share.lock().unwrap_err().is_closed(), ())
                    .unwrap();
                let wait_to_get = share
                    .new_proc(
                        |share, ()| share.get::<i32>("x").unwrap_err().is_closed(),
                        (),
                    )
                    .unwrap();
                support::wait_until_blocked(share, wait_for_lock.pid());
                support::wait_until_blocked(share, wait_to_get.pid());
                support::signal(handle.pid(), signal);
                assert!(wait_for_lock.join().unwrap() && wait_to_get.join().unwrap());
                let error = locked.unlock().unwrap_err();
                assert!(
                    error.is_closed() && error.is_cannot_unlock_share(),
                    "{error}"
                );
                for error in [
                    share.set("k", &1).unwrap_err(),
                    share.get::<i32>("k").unwrap_err(),
                    share.lock().unwrap_err(),
                    share.lock_item("k").unwrap_err(),
                    share.wait_for::<i32>("k", None).unwrap_err(),
                    share.keys().unwrap_err(),
                    share.get_many::<i32>(["k"]).unwrap_err(),
                ] {
                    assert!(error.is_closed(), "{error}");
                }
                let error = share.another().unwrap_err();
                // Its end is not one moment: it may still accept, and then close.
                assert!(error.is_not_there() || error.is_closed(), "{error}");
                let exit = handle.wait_timeout(LONG).unwrap().unwrap();
                // It is no child of this process, so how it died is not to be known here.
                assert_eq!(exit, manyways_process::Exit::Unknown);
                assert!(!handle.is_alive().unwrap());
            });
        });
    }
}

/// A value that is under way when the server dies, in either direction.
#[test]
fn a_server_killed_in_the_middle_of_a_value_is_an_error() {
    guarded(|| {
        support::on_both_that_die(|handle, share| {
            let text = "x".repeat(64 << 20);
            let pid = handle.pid();
            let killer = std::thread::spawn(move || {
                manyways_testkit::kill_when(pid, |server| {
                    server.threads().iter().any(|thread| thread.state() == 'R')
                })
            });
            let mut calls = 0;
            let error = loop {
                calls += 1;
                match share
                    .set("big", &text)
                    .and_then(|()| share.get::<String>("big"))
                {
                    Ok(read) => assert!(read == text),
                    Err(error) => break error,
                }
            };
            assert!(error.is_closed(), "after {calls} calls: {error}");
            killer.join().unwrap().unwrap();
        });
    });
}

/// 200 rounds of everything leave memory and descriptors where they were.
#[test]
fn two_hundred_rounds_are_flat() {
    guarded(|| {
        let (mut handle, share) = share();
        let round = |number: usize| {
            let work = |share: &StubShare, number: usize| {
                let _lock = share.lock_item(number % 5).unwrap();
                share.set(number % 5, &number).unwrap();
                share.add("sum", 1_usize).unwrap();
                if number.is_multiple_of(4) {
                    std::process::abort();
                }
            };
            let proc = share.new_proc(work, number).unwrap();
            assert_eq!(proc.join().is_err(), number.is_multiple_of(4));
        };
        let measure = |pid: u32| {
            let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd"))
                .unwrap()
                .count();
            (
                manyways_testkit::resident_bytes(),
                descriptors,
                server_bytes(pid),
            )
        };
        (0..50).for_each(round);
        share.len().unwrap(); // The server has seen the last one leave, or does so before it answers.
        let (own, descriptors, server) = measure(handle.pid());
        (50..250).for_each(round);
        share.len().unwrap();
        let (own_after, descriptors_after, server_after) = measure(handle.pid());
        assert!(own_after < own + (2 << 20), "{own} {own_after}");
        assert!(server_after < server + (2 << 20), "{server} {server_after}");
        assert!(
            descriptors_after <= descriptors + 1,
            "{descriptors} {descriptors_after}"
        );
        assert_eq!(share.get::<usize>("sum").unwrap(), 250);
        assert!(handle.is_alive().unwrap());
        handle.stop().unwrap();
    });
}

/// What the clients of the next test do until they are killed: a pair of numbers, equal unless their last owner died.
fn live_dangerously(share: &StubShare, seed: u64) {
    let mut random = seed;
    loop {
        random = random.wrapping_mul(6_364_136_223_846_793_005) + 1;
        match random >> 33 & 3 {
            0 => {
                let _all = share.lock().unwrap();
                share.add("n", 1).unwrap();
            }
            1 => {
                let _ = share.wait_for::<i32>("never", Some(Duration::from_micros(random >> 54)));
            }
            _ => {
                let pair = share.lock_item("pair").unwrap();
                let (one, two): (u64, u64) = (share.get("one").unwrap(), share.get("two").unwrap());
                assert!(one == two || pair.previous_owner_died(), "{one} {two}");
                share.set("one", &random).unwrap();
                share.set("two", &random).unwrap();
            }
        }
    }
}

/// Clients are killed wherever they happen to be, a thousand times.
#[test]
fn a_thousand_random_deaths_lose_no_lock_and_no_notice() {
    guarded(|| {
        let (handle, share) = share();
        share.set("one", &0_u64).unwrap();
        share.set("two", &0_u64).unwrap();
        let spawn = |seed: u64| share.new_proc(live_dangerously, seed).unwrap();
        let mut procs: VecDeque<_> = (0..4).map(spawn).collect();
        for round in 4..1000 {
            // The pace is theirs: somebody else's step between two deaths.
            let step = share.lock_timeout(LONG).unwrap();
            step.unlock().unwrap();
            procs.push_back(spawn(round));
            let mut victim = procs.pop_front().unwrap();
            victim.child().kill().unwrap();
            let error = victim.join().unwrap_err();
            let exit = error.exit().expect("it was killed before it failed");
            assert_eq!(exit.signal(), Some(9), "{error}");
        }
        for proc in &mut procs {
            proc.child().kill().unwrap();
        }
        join_all(procs)
            .into_iter()
            .for_each(|outcome| assert!(outcome.is_err()));
        drop(share.lock_timeout(LONG).unwrap());
        let pair = share.lock_item_timeout("pair", LONG).unwrap();
        let equal = share.get::<u64>("one").unwrap() == share.get::<u64>("two").unwrap();
        assert!(equal || pair.previous_owner_died());
        drop(pair);
        handle.stop().unwrap();
    });
}

/// A client that has moved large values and is idle now costs the server little.
#[test]
fn idle_clients_keep_no_large_buffers() {
    guarded(|| {
        let (handle, share) = share();
        let text = "x".repeat(1 << 20);
        let stubs: Vec<StubShare> = (0..100).map(|_| share.another().unwrap()).collect();
        share.set("big", &text).unwrap();
        let before = server_bytes(handle.pid());
        for stub in &stubs {
            stub.set("big", &text).unwrap();
            assert!(stub.get::<String>("big").unwrap() == text);
        }
        let after = server_bytes(handle.pid());
        assert!(after < before + (30 << 20), "{before} {after}");
        handle.stop().unwrap();
    });
}

fn server_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}
