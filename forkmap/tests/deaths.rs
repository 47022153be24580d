//! What the caller learns when something dies, and that nothing hangs.

use std::fs;
use std::io::{Read, Write, pipe};
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use forkmap::{Cause, Chunks, Error, ForkMap};
use manyways_process::{Fork, poll_readable};
use manyways_testkit::{
    Bomb, Crash, Point, ProcessView, ThreadView, descendants, guarded, kill_when_idle, matrix,
};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, getuid, setresuid};

/// Every way to die, at every point where a map's process can: the error names the item and the way,
/// and has the other results.
#[test]
fn crash_matrix() {
    const POINTS: &[Point] = &[Point::Running, Point::EncodeResult];
    let mut cells = 0;
    matrix(POINTS, |crash, point| {
        guarded(|| {
            let items: Vec<Option<Bomb>> = (0..9)
                .map(|at| (at == 4).then(|| Bomb::argument(crash, point)))
                .collect();
            let map = ForkMap::new().processes(2).keep_going(true);
            let run = map.map(items, |item| item.map(|bomb| bomb.run()));
            check(crash, run);
        });
        cells += 1;
    });
    println!("{cells} cells of the crash matrix");
    assert!(cells >= 12);
}

type Row<R> = Option<Result<R, String>>;

fn check<R>(crash: Crash, run: Result<Vec<Row<R>>, Error<Row<R>>>) {
    let error = match run {
        // An error that the function returns is a result.
        Ok(results) => {
            assert_eq!(crash, Crash::Err);
            return assert!(matches!(results[4], Some(Err(_))));
        }
        Err(error) => error,
    };
    let failure = &error.failures()[0];
    assert_eq!(
        (error.failures().len(), failure.index()),
        (1, Some(4)),
        "{error}"
    );
    match failure.cause() {
        Cause::Panicked(report) => {
            assert_eq!(crash, Crash::Panic);
            assert!(report.place().is_some() && !report.backtrace().is_empty());
        }
        Cause::Unsendable(_) => assert_eq!(crash, Crash::Err),
        Cause::Died(exit) => assert!(crash.exit_matches(exit.code(), exit.signal()), "{error}"),
        other => panic!("unexpected: {other:?}"),
    }
    assert!(
        error
            .into_partial()
            .iter()
            .enumerate()
            .all(|(at, result)| result.is_some() == (at != 4))
    );
}

/// Results go through shared memory, so the middle of one is where its process waits for room.
#[test]
fn death_in_the_middle_of_a_result() {
    for crash in Crash::ALL
        .iter()
        .copied()
        .filter(|crash| crash.kills_process())
    {
        guarded(|| {
            let map = ForkMap::new().processes(2).keep_going(true);
            let run = map.map(0..9, |at| match at {
                4 => {
                    std::thread::spawn(move || crash_when_main_thread_waits(crash));
                    "x".repeat(64 << 20)
                }
                _ => at.to_string(),
            });
            let error = run.expect_err("the process has died");
            let failure = &error.failures()[0];
            assert_eq!(
                (error.failures().len(), failure.index()),
                (1, Some(4)),
                "{error}"
            );
            let Cause::Died(exit) = failure.cause() else {
                panic!("unexpected: {error}")
            };
            assert!(crash.exit_matches(exit.code(), exit.signal()), "{error}");
            assert!(error.missing().eq([4]), "{error}");
        });
    }
}

/// The main thread of a map's process reads from a socket only when it waits for room.
fn crash_when_main_thread_waits(crash: Crash) {
    let pid = std::process::id();
    let waits = |thread: &ThreadView| {
        thread.tid() == pid
            && thread
                .descriptor()
                .is_some_and(|fd| fd.starts_with("socket:"))
    };
    while !ProcessView::of(pid).is_some_and(|process| process.threads().iter().any(waits)) {
        std::thread::yield_now();
    }
    let _ = crash.trigger();
}

#[test]
fn a_panic_at_every_position() {
    guarded(|| {
        for position in 0..10 {
            for processes in [1, 3] {
                let map = ForkMap::new().processes(processes);
                let run = map.map(0..10, |x| {
                    if x == position {
                        panic!("no key {x}")
                    } else {
                        x
                    }
                });
                let error = run.unwrap_err();
                let failure = &error.failures()[0];
                assert_eq!(failure.index(), Some(position));
                let report = failure.panic_report().unwrap();
                assert_eq!(report.message(), format!("no key {position}"));
                assert!(report.place().unwrap().contains("deaths.rs"));
                let partial = error.into_partial();
                assert_eq!(partial.len(), 10);
                assert!(
                    partial
                        .iter()
                        .enumerate()
                        .all(|(at, x)| x.is_none_or(|x| x == at))
                );
            }
        }
    });
}

#[test]
fn a_process_killed_from_outside_is_named() {
    guarded(|| {
        let mut results = ForkMap::new().processes(1).imap(0..2, |x| match x {
            0 => std::process::id(),
            _ => loop {
                std::thread::park();
            },
        });
        let results = results.as_mut().unwrap();
        let pid = results.next().unwrap().unwrap();
        kill_when_idle(pid).unwrap();
        let error = results.next().unwrap().unwrap_err();
        let failure = &error.failures()[0];
        assert_eq!((failure.pid(), failure.index()), (pid, Some(1)));
        assert!(
            error.to_string().contains("was killed by SIGKILL"),
            "{error}"
        );
    });
}

/// Idle and shutting down, from a map's point of view: a process that waits for room in its ring, and
/// one whose results have all been taken.
#[test]
fn a_process_killed_while_it_waits_loses_only_what_it_had_not_sent() {
    guarded(|| {
        let map = ForkMap::new()
            .processes(1)
            .keep_going(true)
            .chunks(Chunks::Static);
        let mut results = map.imap(0..40, |x| x.to_string().repeat(20_000)).unwrap();
        let first = results.next().unwrap().unwrap();
        assert_eq!(first.len(), 20_000);
        let pid = *descendants().first().expect("one process");
        kill_when_idle(pid).unwrap(); // It sleeps, as its ring is full and nobody reads.
        let rest: Vec<_> = results.collect();
        assert_eq!(rest.len(), 39, "nothing is missing");
        assert_eq!(
            rest.iter().filter(|result| result.is_err()).count(),
            1,
            "the one it was at"
        );
    });
    guarded(|| {
        let mut results = ForkMap::new().processes(1).imap(0..3, |x| x).unwrap();
        for expected in 0..3 {
            assert_eq!(results.next().unwrap().unwrap(), expected);
        }
        descendants().into_iter().for_each(|pid| {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        });
        assert!(
            results.next().is_none(),
            "all results are there, so nothing is wrong"
        );
    });
}

#[test]
fn leaving_with_code_0_is_a_death_too() {
    guarded(|| {
        let run = ForkMap::new().map(0..3, |x| if x == 1 { std::process::exit(0) } else { x });
        let error = run.unwrap_err();
        assert_eq!(error.failures()[0].index(), Some(1));
        assert!(error.to_string().contains("exited with code 0"), "{error}");
    });
}

#[test]
fn lost_items_are_run_again_as_often_as_asked() {
    guarded(|| {
        let directory = std::env::temp_dir().join("forkmap-attempts");
        fs::create_dir(&directory).unwrap();
        // Each attempt leaves a file; an item dies in its first `x % 3` attempts.
        let fragile = |x: u32| {
            let attempt = (0..).find(|n| {
                let mark = directory.join(format!("{x}-{n}"));
                fs::File::create_new(mark).is_ok()
            });
            match attempt {
                Some(attempt) if attempt < x % 3 => std::process::abort(),
                _ => x,
            }
        };
        let results = ForkMap::new()
            .processes(2)
            .retries(2)
            .map(0..12, fragile)
            .unwrap();
        assert!(results.into_iter().eq(0..12));
        fs::remove_dir_all(&directory).unwrap();
        fs::create_dir(&directory).unwrap();
        let error = ForkMap::new()
            .processes(2)
            .retries(1)
            .map([2], fragile)
            .unwrap_err();
        assert_eq!(error.failures()[0].attempts(), 2);
        assert!(error.to_string().contains("2 attempts"), "{error}");
        fs::remove_dir_all(&directory).unwrap();
    });
}

#[test]
fn many_deaths_cost_only_their_own_items() {
    guarded(|| {
        let fragile = |x: usize| {
            if x.is_multiple_of(5) {
                std::process::abort()
            } else {
                x
            }
        };
        for chunks in [Chunks::Guided, Chunks::Static, Chunks::fixed(4)] {
            let map = ForkMap::new().processes(3).chunks(chunks).keep_going(true);
            let error = map.map(0..100, fragile).unwrap_err();
            assert!(
                error.missing().eq((0..100).step_by(5)),
                "{chunks:?}: {error}"
            );
            assert_eq!(error.failures().len(), 20);
        }
    });
}

#[test]
fn a_failing_initializer_is_an_error_not_a_loop() {
    guarded(|| {
        let panics = ForkMap::new()
            .processes(2)
            .retries(5)
            .initializer(|_| panic!("no licence"));
        let error = panics.map(0..10, |x| x).unwrap_err();
        assert!(error.to_string().contains("initializer"), "{error}");
        assert!(error.to_string().contains("no licence"), "{error}");
        let dies = ForkMap::new()
            .processes(2)
            .retries(5)
            .initializer(|_| std::process::abort());
        let error = dies.map(0..10, |x| x).unwrap_err();
        assert!(error.to_string().contains("SIGABRT"), "{error}");
        let dies = ForkMap::new()
            .processes(2)
            .initializer(|_| std::process::abort());
        assert!(
            dies.map(0..10, |x| x)
                .unwrap_err()
                .to_string()
                .contains("SIGABRT")
        );
    });
}

/// Nothing in the exit code says that this process has done nothing.
#[test]
fn an_initializer_that_leaves_with_code_0_is_an_error_not_a_loop() {
    guarded(|| {
        for retries in [0, 3] {
            let leaves = || {
                ForkMap::new()
                    .processes(2)
                    .retries(retries)
                    .initializer(|_| std::process::exit(0))
            };
            let error = leaves().map(0..10, |x| x).unwrap_err();
            assert!(error.to_string().contains("exited with code 0"), "{error}");
            let results: Vec<_> = leaves().imap(0..10, |x| x).unwrap().collect();
            assert_eq!(results.len(), 1, "an error, not an empty answer");
            assert!(results[0].is_err());
            let results = leaves().imap_unordered(0..10, |x| x).unwrap();
            assert!(results.last().unwrap().is_err());
        }
    });
}

/// Lost items are run again in pieces that have gaps; a reduction must not combine across them.
#[test]
fn a_reduction_keeps_the_order_when_processes_die() {
    guarded(|| {
        let words: Vec<String> = (0..100).map(|x| format!("{x} ")).collect();
        for round in 0..20 {
            let marks = std::env::temp_dir().join(format!("forkmap-reduction-{round}"));
            fs::create_dir(&marks).unwrap();
            let fragile = |x: usize| {
                let mark = marks.join(x.to_string());
                if x % 17 == 3 && fs::File::create_new(mark).is_ok() {
                    std::process::abort();
                }
                words[x].clone()
            };
            let map = ForkMap::new().processes(3).retries(5);
            let text = map.reduce(0..100, fragile, |a, b| a + &b);
            assert_eq!(text.unwrap().unwrap(), words.concat());
            fs::remove_dir_all(&marks).unwrap();
        }
    });
}

/// A sum whose encoding kills the process.
#[derive(Debug, serde::Deserialize)]
struct Deadly;

impl serde::Serialize for Deadly {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        std::process::abort()
    }
}

#[test]
fn a_death_at_the_end_of_a_piece_is_retried_only_as_often_as_asked() {
    guarded(|| {
        for retries in [0, 2] {
            let map = ForkMap::new()
                .processes(1)
                .retries(retries)
                .chunks(Chunks::Static);
            let error = map.reduce(0..10, |_| Deadly, |a, _| a).unwrap_err();
            let failure = &error.failures()[0];
            assert_eq!(
                (failure.index(), failure.attempts()),
                (Some(0), retries + 1),
                "{error}"
            );
        }
    });
}

#[test]
fn a_panic_while_a_result_is_encoded_fails_its_item() {
    #[derive(serde::Deserialize)]
    struct Odd(u32);
    impl serde::Serialize for Odd {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeTuple;
            let mut tuple = serializer.serialize_tuple(1)?;
            tuple.serialize_element(&self.0)?;
            assert!(self.0 != 3, "half encoded");
            tuple.end()
        }
    }
    guarded(|| {
        let map = ForkMap::new().processes(1).keep_going(true);
        let error = map.map(0..6, Odd).err().unwrap();
        assert!(error.missing().eq([3]), "{error}");
        assert_eq!(
            error.failures()[0].panic_report().unwrap().message(),
            "half encoded"
        );
        let there: Vec<u32> = error
            .into_partial()
            .into_iter()
            .flatten()
            .map(|x| x.0)
            .collect();
        assert_eq!(there, [0, 1, 2, 4, 5]);
    });
}

#[test]
fn a_result_that_cannot_be_encoded_fails_its_item() {
    #[derive(Debug, serde::Deserialize)]
    struct Odd(u32);
    impl serde::Serialize for Odd {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                3 => Err(serde::ser::Error::custom("three cannot be written")),
                other => serializer.serialize_u32(other),
            }
        }
    }
    guarded(|| {
        let error = ForkMap::new().keep_going(true).map(0..6, Odd).unwrap_err();
        assert_eq!(error.missing().collect::<Vec<_>>(), [3]);
        assert!(matches!(error.failures()[0].cause(), Cause::Unsendable(_)));
    });
}

#[test]
fn a_result_that_cannot_be_decoded_fails_its_item() {
    #[derive(Debug, PartialEq, serde::Serialize)]
    struct Even(u32);
    impl<'de> serde::Deserialize<'de> for Even {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Even, D::Error> {
            match u32::deserialize(deserializer)? {
                odd if odd % 2 == 1 => Err(serde::de::Error::custom("odd")),
                even => Ok(Even(even)),
            }
        }
    }
    guarded(|| {
        let error = ForkMap::new().keep_going(true).map(0..4, Even).unwrap_err();
        assert_eq!(error.missing().collect::<Vec<_>>(), [1, 3]);
        let lazy = ForkMap::new().keep_going(true).imap(0..4, Even).unwrap();
        for (at, result) in lazy.enumerate() {
            match result {
                Ok(even) => assert_eq!(even, Even(at as u32)),
                Err(error) => assert_eq!((error.failures()[0].index(), at % 2), (Some(at), 1)),
            }
        }
    });
}

#[test]
fn the_deadline_ends_processes_that_run_or_are_stopped() {
    guarded(|| {
        let start = Instant::now();
        // Long enough for the two items that do end, however busy the machine is.
        let limit = Duration::from_millis(2500);
        let run = ForkMap::new()
            .processes(3)
            .chunks(Chunks::fixed(1))
            .deadline(limit)
            .map(0..4, |x| {
                match x {
                    1 => loop {
                        std::hint::spin_loop();
                    },
                    2 => nix::sys::signal::raise(Signal::SIGSTOP).unwrap(),
                    _ => {}
                }
                x
            });
        let error = run.unwrap_err();
        assert!(error.is_deadline() && start.elapsed() >= limit, "{error}");
        assert_eq!(error.completed(), 2, "{error}");
        assert!(error.to_string().contains("2.5s"), "{error}");
    });
}

/// The parent finds something new whenever it looks, and must look at the clock all the same.
#[test]
fn the_deadline_ends_processes_that_never_pause() {
    guarded(|| {
        let limit = Duration::from_millis(100);
        let results = ForkMap::new()
            .processes(2)
            .deadline(limit)
            .imap_unordered(0..100_000_000u64, |_| ());
        let error = results.unwrap().find_map(Result::err);
        assert!(error.is_some_and(|error| error.is_deadline()));
    });
}

#[test]
fn when_the_parent_dies_so_do_its_processes() {
    guarded(|| {
        let (mut read, write) = std::io::pipe().unwrap();
        let (mut parent, _link) = Fork::new()
            .spawn(|_| {
                let _ = ForkMap::new()
                    .processes(3)
                    .chunks(Chunks::fixed(1))
                    .map(0..3, |_| -> u8 {
                        (&write).write_all(b".").unwrap();
                        loop {
                            std::hint::spin_loop();
                        }
                    });
            })
            .unwrap();
        drop(write);
        read.read_exact(&mut [0; 3]).unwrap(); // All three run, and hold the pipe's other end.
        parent.kill().unwrap();
        parent.wait().unwrap();
        let mut rest = Vec::new();
        read.read_to_end(&mut rest).unwrap(); // The end comes when the last of them is gone.
        assert!(rest.is_empty());
    });
}

#[test]
fn a_panic_in_the_parent_leaves_no_process() {
    guarded(|| {
        let outcome = manyways_process::catch_panic(|| {
            let accumulate = |index: usize, _: usize| assert!(index != 5, "the accumulator fails");
            forkmap::forkfun::forkfun(accumulate, |x| x, 0..1000)
        });
        assert!(
            outcome
                .unwrap_err()
                .message()
                .contains("the accumulator fails")
        );
        assert!(descendants().is_empty());
    });
}

#[test]
fn forkfun_tells_every_failure_and_accumulates_the_rest() {
    guarded(|| {
        let mut seen = Vec::new();
        let error = ForkMap::new()
            .processes(2)
            .keep_going(true)
            .forkfun(
                |index, _| seen.push(index),
                |x| assert!(x % 4 != 0, "fourth"),
                0..20,
            )
            .unwrap_err();
        assert_eq!((error.failures().len(), seen.len()), (5, 15));
    });
}

#[test]
fn no_process_to_be_had_is_an_error() {
    guarded(|| {
        // In a child, as the limit is the process's for good.
        let task = Fork::new().run(|| {
            setrlimit(Resource::RLIMIT_NOFILE, 5, 5).unwrap();
            let error = ForkMap::new().processes(4).map(0..10, |x| x).unwrap_err();
            (error.is_system(), error.to_string())
        });
        let (is_system, text) = task.unwrap().join().unwrap();
        assert!(is_system && text.contains("Too many open files"), "{text}");
    });
}

#[test]
fn other_children_of_the_program_keep_their_statuses() {
    guarded(|| {
        let mut other = std::process::Command::new("sh")
            .args(["-c", "exit 7"])
            .spawn()
            .unwrap();
        for _ in 0..20 {
            let run = ForkMap::new().map(0..10, |x| if x == 5 { std::process::abort() } else { x });
            assert!(run.is_err());
        }
        assert_eq!(other.wait().unwrap().code(), Some(7));
    });
}

#[test]
fn hundreds_of_rounds_leave_nothing() {
    guarded(|| {
        for round in 0..300 {
            let run = ForkMap::new()
                .processes(2)
                .map(0..4, |x| match (round % 10, x) {
                    (0, 1) => std::process::abort(),
                    (1, 2) => panic!("two"),
                    _ => x,
                });
            assert_eq!(run.is_err(), round % 10 < 2);
        }
        let none = poll_readable(&[], Some(Duration::ZERO)).unwrap();
        assert!(none.is_empty() && descendants().is_empty());
    });
}

/// Overwrites all memory that this process shares with others.
fn scribble() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let memory = fs::File::options()
        .write(true)
        .open("/proc/self/mem")
        .unwrap();
    let mut scribbled = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-s ")) {
        let (start, end) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let [start, end] = [start, end].map(|at| u64::from_str_radix(at, 16).unwrap());
        memory
            .write_all_at(&vec![0xFF; (end - start) as usize], start)
            .unwrap();
        scribbled += end - start;
    }
    assert!(scribbled > 0, "there is shared memory in {maps}");
}

#[test]
fn a_process_that_overwrites_the_results_is_ended_and_told_apart() {
    guarded(|| {
        let (mut news, mut sender) = pipe().unwrap();
        let map = ForkMap::new().processes(1);
        let mut results = map
            .imap_unordered(0..9, move |x| {
                if x == 4 {
                    scribble();
                    sender.write_all(b"!").unwrap();
                    loop {
                        std::thread::park();
                    }
                }
                x
            })
            .unwrap();
        news.read_exact(&mut [0]).unwrap();
        let error = results.find_map(Result::err).unwrap();
        assert_eq!(*error.failures()[0].cause(), Cause::Corrupted, "{error}");
        assert!(
            error.to_string().contains("wrote over the memory"),
            "{error}"
        );
    });
}

/// It is the death that is told, unless the parent saw the damage before it.
#[test]
fn a_process_that_overwrites_the_results_and_dies_has_died() {
    guarded(|| {
        let error = ForkMap::new()
            .processes(1)
            .map(0..9, |x| {
                if x == 4 {
                    scribble();
                    std::process::abort();
                }
                x
            })
            .unwrap_err();
        match error.failures()[0].cause() {
            Cause::Died(exit) => assert_eq!(exit.signal(), Some(6), "{error}"),
            cause => assert_eq!(*cause, Cause::Corrupted, "{error}"),
        }
    });
}

#[test]
fn a_panic_in_the_progress_callback_reaches_the_caller_and_ends_the_processes() {
    guarded(|| {
        let map = ForkMap::new().processes(2).progress(|progress| {
            assert!(progress.done < 3, "seen enough");
        });
        let run = catch_unwind(AssertUnwindSafe(|| map.map(0..1000, |x| x)));
        let panic = run.unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"seen enough"));
    });
}

#[test]
fn a_user_who_may_have_no_more_processes_learns_it() {
    guarded(|| {
        let told = Fork::new()
            .run(|| {
                // No limit holds for root; nobody else runs as this user.
                if getuid().is_root() {
                    setresuid(
                        Uid::from_raw(61_234),
                        Uid::from_raw(61_234),
                        Uid::from_raw(61_234),
                    )
                    .unwrap();
                }
                setrlimit(Resource::RLIMIT_NPROC, 1, 1).unwrap();
                let error = forkmap::map(0..10, |x| x).unwrap_err();
                (error.is_system(), error.to_string())
            })
            .unwrap();
        let (is_system, text) = told.join().unwrap();
        assert!(
            is_system && text.starts_with("could not start a process"),
            "{text}"
        );
    });
}
