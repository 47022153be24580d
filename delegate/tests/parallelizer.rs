//! Workers that stay for many sets of items.

mod support;

use std::cell::Cell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use delegate::{Builder, Failure, Parallelizer, Reporter, Worker};
use manyways_testkit as testkit;
use support::{Event, Recorder};

#[test]
fn results_accumulate_and_an_item_run_again_replaces_its_result() {
    testkit::guarded(|| {
        let mut calls = 0;
        let mut parallelizer = Parallelizer::new(|word: &String| {
            calls += 1;
            format!("{word}{calls}")
        });
        parallelizer.spawn(1).unwrap();
        parallelizer.process(["a".to_owned()]);
        parallelizer.process(["b".to_owned(), "a".to_owned(), "b".to_owned()]);
        assert_eq!(parallelizer.results()["b"], Ok("b2".to_owned()));
        assert_eq!(parallelizer.results()["a"], Ok("a3".to_owned()));
        assert_eq!(parallelizer.into_results().len(), 2);
    });
}

#[test]
fn the_same_workers_serve_every_call() {
    testkit::guarded(|| {
        let mut parallelizer = Parallelizer::new(|_: &u32| std::process::id());
        parallelizer.spawn(2).unwrap();
        let workers: HashSet<_> = parallelizer.pids().into_iter().collect();
        assert_eq!(workers.len(), 2);
        for call in 0..5 {
            parallelizer.process(call * 10..call * 10 + 10);
        }
        let seen = parallelizer
            .results()
            .values()
            .map(|pid| *pid.as_ref().unwrap());
        assert!(seen.collect::<HashSet<_>>().is_subset(&workers));
    });
}

#[test]
fn workers_inherit_what_is_there_at_the_fork_and_nothing_later() {
    testkit::guarded(|| {
        let state = Cell::new("early");
        let mut parallelizer = Parallelizer::new(|_: &u32| state.get().to_owned());
        parallelizer.spawn(1).unwrap();
        state.set("late");
        parallelizer.process([1]);
        assert_eq!(parallelizer.results()[&1], Ok("early".to_owned()));
        parallelizer.cleanup();
        parallelizer.process([2]);
        assert_eq!(parallelizer.results()[&2], Ok("late".to_owned()));
    });
}

/// Waits until so many processes are inside.
fn meet(folder: &Path, count: usize) {
    std::fs::write(folder.join(std::process::id().to_string()), "").unwrap();
    while std::fs::read_dir(folder).unwrap().count() < count {
        std::thread::yield_now();
    }
}

#[test]
fn without_spawn_the_default_number_is_spawned_at_most_one_an_item() {
    testkit::guarded(|| {
        let folder = std::env::temp_dir().join("delegate-meeting");
        std::fs::create_dir(&folder).unwrap();
        let mut recorder = Recorder::default();
        let builder = Builder::new().reporter(&mut recorder);
        let mut parallelizer = builder.parallelizer(|count: &usize| meet(&folder, *count % 10));
        parallelizer.process([2, 12]);
        assert_eq!(parallelizer.pids().len(), 2);
        parallelizer.process((0..20).map(|n| 10 * n + delegate::DEFAULT_CHILDREN));
        assert_eq!(parallelizer.pids().len(), delegate::DEFAULT_CHILDREN);
        parallelizer.cleanup();
        assert!(parallelizer.pids().is_empty());
        drop(parallelizer);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((recorder.spawns(), recorder.exits()), (6, 6));
        assert_eq!(recorder.events.first(), Some(&Event::Init));
        assert_eq!(recorder.events.last(), Some(&Event::Cleanup));
    });
}

#[test]
fn spawn_adds_workers() {
    testkit::guarded(|| {
        let mut parallelizer = Parallelizer::new(|n: &u32| *n);
        parallelizer.spawn(1).unwrap();
        parallelizer.spawn(2).unwrap();
        assert_eq!(parallelizer.pids().len(), 3);
    });
}

#[test]
fn a_dead_worker_is_replaced_for_the_items_that_come() {
    testkit::guarded(|| {
        let mut parallelizer =
            Parallelizer::new(|n: &u32| if *n == 13 { std::process::exit(13) } else { *n });
        parallelizer.spawn(2).unwrap();
        parallelizer.process(10..20);
        assert!(
            matches!(parallelizer.results()[&13], Err(Failure::Died { exit, .. }) if exit.code() == Some(13))
        );
        assert_eq!(
            parallelizer
                .results()
                .values()
                .filter(|result| result.is_ok())
                .count(),
            9
        );
        parallelizer.process(20..40);
        assert_eq!(parallelizer.pids().len(), 2);
        assert!((20..40).all(|n| parallelizer.results()[&n] == Ok(n)));
    });
}

#[test]
fn workers_that_were_killed_while_idle_cost_no_item() {
    testkit::guarded(|| {
        let mut recorder = Recorder::default();
        let mut parallelizer = Builder::new()
            .reporter(&mut recorder)
            .parallelizer(|n: &u32| *n);
        parallelizer.spawn(5).unwrap();
        parallelizer.process(0..50);
        for pid in parallelizer.pids() {
            testkit::kill_when_idle(pid).unwrap();
        }
        parallelizer.process([100]);
        assert_eq!(parallelizer.results()[&100], Ok(100));
        parallelizer.process(0..50);
        assert!(parallelizer.results().values().all(Result::is_ok));
        drop(parallelizer);
        assert_eq!(
            recorder.count(|event| matches!(event, Event::Abort(..) | Event::NotRun(..))),
            0
        );
        let killed =
            |event: &Event| matches!(event, Event::Exit(_, exit) if exit.signal() == Some(9));
        assert_eq!(recorder.count(killed), 5);
    });
}

#[test]
fn large_items_cross_large_results() {
    testkit::guarded(|| {
        // Both ways at once, more than any socket holds: neither side may wait for the other.
        let mut parallelizer = Parallelizer::new(|text: &String| text.to_uppercase());
        parallelizer.spawn(2).unwrap();
        let items: Vec<String> = ["a", "b", "c", "d", "e"]
            .map(|letter| letter.repeat(3 << 20))
            .into();
        parallelizer.process(items.clone());
        for item in &items {
            assert!(parallelizer.results()[item] == Ok(item.to_uppercase()));
        }
    });
}

#[test]
fn an_item_sent_to_a_stopped_worker_times_out() {
    testkit::guarded(|| {
        let mut parallelizer = Builder::new()
            .timeout(Duration::from_secs(1))
            .grace(Duration::from_millis(50))
            .parallelizer(|text: &String| text.len());
        parallelizer.spawn(1).unwrap();
        let pid = nix::unistd::Pid::from_raw(parallelizer.pids()[0].cast_signed());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).unwrap();
        let item = "x".repeat(4 << 20);
        parallelizer.process([item.clone()]);
        let failure = parallelizer.results()[&item].as_ref().unwrap_err();
        assert!(matches!(failure, Failure::TimedOut { .. }), "{failure}");
        parallelizer.process(["y".to_owned()]);
        assert_eq!(parallelizer.results()["y"], Ok(1));
    });
}

#[test]
fn dropping_it_leaves_no_worker() {
    testkit::guarded(|| {
        let mut parallelizer = Parallelizer::new(|n: &u32| *n);
        parallelizer.spawn(3).unwrap();
        parallelizer.process(0..10);
        drop(parallelizer);
        assert!(testkit::descendants().is_empty());
    });
}

/// Panics when item 5 begins.
struct Panicking;

impl Reporter<u32, u32> for Panicking {
    fn begin(&mut self, _: Worker, item: &u32) {
        assert_ne!(*item, 5, "the reporter's own");
    }
}

#[test]
fn a_panicking_reporter_leaves_no_orphan_and_a_usable_parallelizer() {
    testkit::guarded(|| {
        let hang = |n: &u32| match *n {
            5.. => loop {
                std::thread::park();
            },
            n => n,
        };
        let mut parallelizer = Builder::new().reporter(Panicking).parallelizer(hang);
        parallelizer.spawn(3).unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| parallelizer.process([1, 2, 6, 5])));
        let message = *panic.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("the reporter's own"), "{message}");
        let before = parallelizer.pids();
        parallelizer.process([3, 4]);
        assert_eq!(parallelizer.results().len(), 2);
        assert_eq!(parallelizer.results()[&3], Ok(3));
        assert_eq!(parallelizer.results()[&4], Ok(4));
        let after = parallelizer.pids();
        let stayed = after.iter().filter(|pid| before.contains(pid)).count();
        assert!(
            stayed <= 1,
            "those that hang in 6 and 5 are gone: {before:?}, {after:?}"
        );
        drop(parallelizer);
        assert!(testkit::descendants().is_empty());

        let panic = catch_unwind(|| Builder::new().reporter(Panicking).parallelize(hang, [6, 5]));
        assert!(panic.is_err());
        assert!(testkit::descendants().is_empty());
    });
}

#[test]
fn debug_shows_the_workers() {
    testkit::guarded(|| {
        let mut parallelizer = Parallelizer::new(|n: &u32| *n);
        parallelizer.spawn(1).unwrap();
        let pid = parallelizer.pids()[0];
        assert!(format!("{parallelizer:?}").contains(&pid.to_string()));
    });
}
