//! The one-shot map.

mod support;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delegate::{Builder, Failure, Reporter, Worker, parallelize, try_parallelize};
use manyways_testkit as testkit;
use support::{Event, Recorder};

fn sleep_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

#[test]
fn every_item_has_its_result() {
    testkit::guarded(|| {
        let squares = parallelize(|n| n * n, 0..1000_u64);
        assert_eq!(squares.len(), 1000);
        assert!(squares.iter().all(|(n, square)| *square == Ok(n * n)));
    });
}

#[test]
fn no_items_need_no_children() {
    testkit::guarded(|| {
        let mut recorder = Recorder::default();
        let builder = Builder::new().reporter(&mut recorder);
        let results: HashMap<u8, Result<u8, Failure>> = builder.parallelize(|n| *n, []);
        assert!(results.is_empty());
        assert_eq!(
            recorder.events,
            [Event::Init, Event::Enqueue(0), Event::Cleanup]
        );
    });
}

#[test]
fn equal_items_are_run_once() {
    testkit::guarded(|| {
        let mut recorder = Recorder::default();
        let items = ["a", "b", "a", "a", "b"];
        let builder = Builder::new().reporter(&mut recorder);
        let lengths = builder.parallelize(|word| word.len(), items);
        assert_eq!(lengths, HashMap::from([("a", Ok(1)), ("b", Ok(1))]));
        assert_eq!(recorder.story("a"), ["begin", "success"]);
        assert_eq!(recorder.events[1], Event::Enqueue(2));
    });
}

#[test]
fn items_and_captures_are_inherited_and_need_be_neither_send_nor_serialisable() {
    #[derive(PartialEq, Eq, Hash)]
    struct Key(Rc<str>);
    testkit::guarded(|| {
        let table = RefCell::new(HashMap::from([("one", 1), ("two", 2)]));
        let items = ["one", "two"].map(|name| Key(name.into()));
        let numbers = parallelize(|key: &Key| table.borrow()[&*key.0], items);
        assert_eq!(numbers[&Key("two".into())], Ok(2));
    });
}

#[test]
fn the_function_may_change_its_own_copy() {
    testkit::guarded(|| {
        let mut calls = 0;
        let count = |_: &u32| {
            calls += 1;
            calls
        };
        let counts = Builder::new().children(1).parallelize(count, 0..20);
        let counts: HashSet<_> = counts.into_values().map(Result::unwrap).collect();
        assert_eq!(counts, (1..=20).collect());
        assert_eq!(calls, 0);
    });
}

#[test]
fn children_work_at_the_same_time() {
    testkit::guarded(|| {
        // Each item waits until all have begun: with fewer than six children it would never end.
        let folder = std::env::temp_dir().join("delegate-together");
        std::fs::create_dir(&folder).unwrap();
        let meet = |n: &u32| {
            std::fs::write(folder.join(n.to_string()), "").unwrap();
            while std::fs::read_dir(&folder).unwrap().count() < 6 {
                std::thread::yield_now();
            }
            std::process::id()
        };
        let pids = parallelize(meet, 0..6);
        std::fs::remove_dir_all(&folder).unwrap();
        let pids: HashSet<_> = pids.into_values().map(Result::unwrap).collect();
        assert_eq!(pids.len(), 6);
    });
}

#[test]
fn a_failed_item_costs_no_other_anything() {
    testkit::guarded(|| {
        let mut recorder = Recorder::default();
        let work = |n: &i32| match *n {
            3 => panic!("three"),
            4 => std::process::exit(4),
            5 => Err("five".to_owned()),
            n => Ok(n),
        };
        let builder = Builder::new().children(2).reporter(&mut recorder);
        let results = builder.try_parallelize(work, 0..50);

        assert_eq!(results.len(), 50);
        let fine = |n: &i32| !(3..=5).contains(n);
        assert!((0..50).filter(fine).all(|n| results[&n] == Ok(n)));
        let panic = results[&3].as_ref().unwrap_err().raised().unwrap();
        let report = panic.panic_report().unwrap();
        assert_eq!(report.message(), "three");
        assert!(
            report.place().unwrap().contains("parallelize.rs:"),
            "{report}"
        );
        assert!(!report.backtrace().is_empty());
        let Err(Failure::Died { exit, .. }) = results[&4] else {
            panic!("{:?}", results[&4])
        };
        assert_eq!(exit.code(), Some(4));
        assert_eq!(results[&5].as_ref().unwrap_err().to_string(), "five");
        assert_eq!(recorder.spawns(), 3, "only the dead one is replaced");
        assert_eq!(recorder.exits(), 3);
    });
}

#[test]
fn every_item_may_kill_its_child() {
    testkit::guarded(|| {
        let results = Builder::new()
            .children(3)
            .parallelize(|n: &i32| -> u8 { std::process::exit(*n) }, 0..30);
        for n in 0..30 {
            assert!(
                matches!(results[&n], Err(Failure::Died { exit, .. }) if exit.code() == Some(n))
            );
        }
    });
}

#[test]
fn short_items_queued_behind_a_deadly_one_are_not_harmed() {
    testkit::guarded(|| {
        for deadly in [500, 1999] {
            let mut recorder = Recorder::default();
            let work = |n: &u32| {
                if *n == deadly {
                    std::process::abort()
                } else {
                    *n
                }
            };
            let builder = Builder::new().children(2).reporter(&mut recorder);
            let results = builder.parallelize(work, 0..2000);
            let failed: Vec<_> = results
                .iter()
                .filter(|(_, result)| result.is_err())
                .collect();
            assert_eq!(failed.len(), 1, "{failed:?}");
            assert_eq!(failed[0].0, &deadly);
            for n in 0..2000 {
                let end = if n == deadly { "abort" } else { "success" };
                assert_eq!(recorder.story(n), ["begin", end]);
            }
        }
    });
}

#[test]
fn an_item_out_of_time_fails_and_its_child_is_replaced() {
    testkit::guarded(|| {
        // Long enough for the items that do end, however busy the machine is.
        let limit = Duration::from_secs(2);
        let mut recorder = Recorder::default();
        let work = |n: &u32| {
            if n.is_multiple_of(4) {
                sleep_for_ever()
            } else {
                *n
            }
        };
        let builder = Builder::new()
            .children(2)
            .timeout(limit)
            .reporter(&mut recorder);
        let results = builder.parallelize(work, 1..=12);
        for n in 1..=12 {
            match &results[&n] {
                Ok(value) => assert!(*value == n && n % 4 != 0),
                Err(Failure::TimedOut { after, .. }) => assert!(*after == limit && n % 4 == 0),
                Err(other) => panic!("{n}: {other}"),
            }
        }
        assert_eq!(recorder.story(4), ["begin", "abort"]);
        assert!(recorder.times.iter().filter(|time| **time >= limit).count() >= 3);
    });
}

#[test]
fn a_child_that_ignores_sigterm_is_killed() {
    testkit::guarded(|| {
        let stubborn = |_: &()| -> u8 {
            let blocked = block_sigterm();
            assert!(blocked);
            sleep_for_ever()
        };
        let mut recorder = Recorder::default();
        let results = Builder::new()
            .timeout(Duration::from_secs(1))
            .grace(Duration::from_millis(50))
            .reporter(&mut recorder)
            .parallelize(stubborn, [()]);
        assert!(matches!(results[&()], Err(Failure::TimedOut { .. })));
        assert!(
            recorder
                .events
                .iter()
                .any(|event| matches!(event, Event::Exit(_, exit) if exit.signal() == Some(9))),
            "{recorder:?}"
        );
    });
}

/// In a child of this test only.
fn block_sigterm() -> bool {
    use nix::sys::signal::{SigSet, Signal};
    let mut set = SigSet::empty();
    set.add(Signal::SIGTERM);
    set.thread_block().is_ok()
}

#[test]
fn retries_run_a_failed_item_again() {
    testkit::guarded(|| {
        // One child, so that it can count its calls.
        let mut calls = HashMap::new();
        let flaky = |n: &u32| {
            let call = calls.entry(*n).or_insert(0);
            *call += 1;
            if *call <= *n {
                Err(format!("call {call}"))
            } else {
                Ok(*call)
            }
        };
        let mut recorder = Recorder::default();
        let builder = Builder::new()
            .children(1)
            .retries(2)
            .reporter(&mut recorder);
        let results = builder.try_parallelize(flaky, 0..4);
        assert_eq!(results[&0], Ok(1));
        assert_eq!(results[&2], Ok(3));
        assert_eq!(results[&3].as_ref().unwrap_err().to_string(), "call 3");
        assert_eq!(
            recorder.story(2),
            ["begin", "fail", "begin", "fail", "begin", "success"]
        );
        assert_eq!(recorder.story(3).len(), 6);
    });
}

#[test]
fn large_results_arrive_whole() {
    testkit::guarded(|| {
        let size = 100 << 20;
        let fill = |byte: &u8| text_of(*byte, size);
        let results = Builder::new().children(2).parallelize(fill, [1, 2, 3]);
        for (byte, result) in results {
            assert!(result.unwrap() == text_of(byte, size));
        }
    });
}

/// A string, since the codec copies it as one piece.
fn text_of(byte: u8, size: usize) -> String {
    String::from_utf8(vec![byte; size]).unwrap()
}

/// Reads nothing from the worker of item 0 until it has stopped.
struct AwaitStop;

impl<R> Reporter<u32, R> for AwaitStop {
    fn begin(&mut self, worker: Worker, item: &u32) {
        let state = || testkit::ProcessView::of(worker.pid).unwrap().state();
        while *item == 0 && state() != 'T' {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_child_stopped_in_the_middle_of_its_result_blocks_nobody() {
    testkit::guarded(|| {
        // The child stops itself while its result is on the way; until then the parent reads nothing.
        let work = |n: &u32| {
            if *n == 0 {
                stop_this_process_while_it_sends();
            }
            text_of(b'x', if *n == 0 { 64 << 20 } else { 10 })
        };
        let results = Builder::new()
            .children(2)
            .timeout(Duration::from_secs(3))
            .reporter(AwaitStop)
            .parallelize(work, 0..20);
        assert!(
            matches!(results[&0], Err(Failure::TimedOut { .. })),
            "{:?}",
            results[&0].as_ref().map(String::len)
        );
        assert!((1..20).all(|n| results[&n].as_ref().unwrap().len() == 10));
    });
}

/// A thread that stops the process once its main thread is sending.
fn stop_this_process_while_it_sends() {
    std::thread::spawn(|| {
        let me = std::process::id();
        loop {
            let view = testkit::ProcessView::of(me).unwrap();
            let main = view
                .threads()
                .iter()
                .find(|thread| thread.tid() == me)
                .unwrap();
            if main.syscall().is_some_and(|call| call.writes()) {
                stop_process(me);
            }
        }
    });
}

fn stop_process(pid: u32) {
    let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).unwrap();
}

#[test]
fn works_inside_its_own_children_and_from_threads() {
    testkit::guarded(|| {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::black_box(vec![0_u8; 4096]);
                    }
                });
            }
            let sums: Vec<_> = (0..2_u64)
                .map(|base| {
                    scope.spawn(move || {
                        let nested = |n: &u64| -> u64 {
                            let inner = parallelize(|m| m * n, base..base + 10);
                            inner.into_values().map(Result::unwrap).sum()
                        };
                        Builder::new().children(2).parallelize(nested, 0..5)
                    })
                })
                .collect();
            for (base, thread) in sums.into_iter().enumerate() {
                let sums = thread.join().unwrap();
                let sum: u64 = (0..10).map(|m| base as u64 + m).sum();
                assert!((0..5).all(|n| sums[&n] == Ok(n * sum)));
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn the_children_of_a_killed_child_go_with_it() {
    testkit::guarded(|| {
        let nested = |_: &()| parallelize(|_: &u8| -> u8 { sleep_for_ever() }, 0..3).len();
        let results = Builder::new()
            .timeout(Duration::from_secs(1))
            .parallelize(nested, [()]);
        assert!(matches!(results[&()], Err(Failure::TimedOut { .. })));
        // That they are gone is what the guard checks.
    });
}

#[test]
fn what_a_function_prints_is_not_lost() {
    use std::io::Write;
    testkit::guarded(|| {
        let speak = |n: &u8| write!(std::io::stdout(), "[part {n}]").is_ok();
        assert_eq!(parallelize(speak, [1])[&1], Ok(true));
    });
}

#[test]
fn an_error_of_any_displayable_type_will_do() {
    testkit::guarded(|| {
        let results = try_parallelize(
            |n: &u8| -> Result<u8, Box<dyn std::error::Error>> {
                Ok(n.to_string().parse::<u8>()? / 2)
            },
            [8],
        );
        assert_eq!(results[&8], Ok(4));
    });
}

/// Opens files until only so many more can be.
fn leave_descriptors(spare: usize) -> Vec<std::fs::File> {
    use nix::sys::resource::{Resource, setrlimit};
    setrlimit(Resource::RLIMIT_NOFILE, 100, 100).unwrap();
    let mut open: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    open.truncate(open.len() - spare);
    open
}

#[test]
fn without_processes_every_item_says_so() {
    testkit::guarded(|| {
        // In a child, so that the limit is only its own.
        let failures = delegate::timeout(
            || {
                let _open = leave_descriptors(0);
                let mut recorder = Recorder::default();
                let results = Builder::new()
                    .reporter(&mut recorder)
                    .parallelize(|n| *n, 0..5_u8);
                let texts = results.into_values().map(|result| result.unwrap_err());
                let all = texts.collect::<Vec<Failure>>();
                assert_eq!(recorder.story(3), ["not_run"]);
                all
            },
            Duration::from_secs(20),
        );
        let failures = failures.unwrap();
        assert_eq!(failures.len(), 5);
        for failure in failures {
            assert!(
                matches!(&failure, Failure::NotRun { reason } if reason.contains("prepare a fork")),
                "{failure}"
            );
        }
    });
}

#[test]
fn with_fewer_processes_than_wanted_the_work_is_done_all_the_same() {
    testkit::guarded(|| {
        let done = delegate::timeout(
            || {
                let _open = leave_descriptors(20);
                let mut recorder = Recorder::default();
                let work = |n: &u8| if *n == 7 { std::process::abort() } else { *n };
                let results = Builder::new()
                    .children(50)
                    .reporter(&mut recorder)
                    .parallelize(work, 0..100_u8);
                let spawns = recorder.spawns();
                assert!((2..20).contains(&spawns), "{spawns}");
                results.into_values().filter(Result::is_ok).count()
            },
            Duration::from_secs(20),
        );
        assert_eq!(done, Ok(99));
    });
}

#[test]
fn two_hundred_rounds_leave_no_more_than_the_first() {
    testkit::guarded(|| {
        let round = || {
            let work = |n: &u8| if *n == 1 { std::process::abort() } else { *n };
            let results = Builder::new().children(2).parallelize(work, 0..4);
            assert_eq!(results.values().filter(|result| result.is_ok()).count(), 3);
        };
        let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        (0..20).for_each(|_| round());
        let (fds, memory) = (open(), testkit::resident_bytes());
        (0..200).for_each(|_| round());
        assert_eq!(open(), fds);
        assert!(testkit::descendants().is_empty());
        let grown = testkit::resident_bytes().saturating_sub(memory);
        assert!(grown < 4 << 20, "{grown} bytes more");
    });
}
