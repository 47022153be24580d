//! What reporters are told, and what the ready-made ones show.

mod support;

use std::io::{self, Write};
use std::time::Duration;

use delegate::{Builder, Failure, LogReporter, Reporter, TerminalReporter, Worker};
use manyways_testkit as testkit;
use serde::{Serialize, Serializer, ser};
use support::{Event, Recorder};

/// A result that cannot be encoded if it holds 9.
#[derive(Debug, serde::Deserialize)]
struct Picky(u32);

impl Serialize for Picky {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            9 => Err(ser::Error::custom("nine is not sent")),
            n => n.serialize(serializer),
        }
    }
}

fn mixed(n: &u32) -> Picky {
    match *n {
        3 => panic!("three"),
        6 => std::process::abort(),
        7 => loop {
            std::thread::park();
        },
        n => Picky(n),
    }
}

#[test]
fn a_run_is_begin_and_one_end_by_the_same_worker() {
    testkit::guarded(|| {
        let mut recorder = Recorder::default();
        Builder::new()
            .children(3)
            .timeout(Duration::from_secs(10)) // The stack of a panic takes its time on a busy machine.
            .reporter(&mut recorder)
            .parallelize(mixed, 0..40);
        for n in 0..40 {
            let end = match n {
                3 | 9 => "fail",
                6 | 7 => "abort",
                _ => "success",
            };
            assert_eq!(recorder.story(n), ["begin", end], "{n}");
        }
        let of_nine = |event: &Event| matches!(event, Event::Fail(_, item, Failure::Unsendable { reason }) if item == "9" && reason.contains("could not send the result"));
        assert_eq!(recorder.count(of_nine), 1);
        assert_eq!(recorder.spawns(), recorder.exits());
    });
}

#[test]
fn workers_are_spawned_before_they_begin_and_exit_after_they_abort() {
    testkit::guarded(|| {
        let mut recorder = Recorder::default();
        let die = |_: &u32| -> u8 { std::process::exit(1) };
        Builder::new()
            .children(1)
            .reporter(&mut recorder)
            .parallelize(die, [1, 2]);
        let mut events = recorder.events.iter();
        let mut next = || events.next().unwrap();
        assert_eq!((next(), next()), (&Event::Init, &Event::Enqueue(2)));
        for item in ["1", "2"] {
            let Event::Spawn(worker) = next() else {
                panic!("{recorder:?}")
            };
            assert_eq!(worker.id, 1, "a replacement takes the number of the dead");
            assert_eq!(next(), &Event::Begin(*worker, item.to_owned()));
            assert!(matches!(next(), Event::Abort(who, what, _) if who == worker && what == item));
            assert!(
                matches!(next(), Event::Exit(who, exit) if who == worker && exit.code() == Some(1))
            );
        }
        assert_eq!(next(), &Event::Cleanup);
        assert!(events.next().is_none());
    });
}

#[test]
fn the_times_are_those_in_the_function() {
    testkit::guarded(|| {
        let mut recorder = Recorder::default();
        let nap = Duration::from_millis(30);
        Builder::new()
            .reporter(&mut recorder)
            .parallelize(|_| std::thread::sleep(nap), 0..3);
        assert_eq!(recorder.times.len(), 3);
        assert!(
            recorder.times.iter().all(|time| *time >= nap),
            "{:?}",
            recorder.times
        );
    });
}

/// Takes longer over each success than an item may take.
struct Slow(Duration);

impl Reporter<u32, u32> for Slow {
    fn success(&mut self, _: Worker, _: &u32, _: &u32, _: Duration) {
        std::thread::sleep(self.0);
    }
}

#[test]
fn a_slow_reporter_makes_no_item_late() {
    testkit::guarded(|| {
        // Long enough for the items themselves, however busy the machine is.
        let limit = Duration::from_secs(2);
        let results = Builder::new()
            .children(2)
            .timeout(limit)
            .reporter(Slow(limit + limit / 4))
            .parallelize(|n| *n, 0..4);
        assert!((0..4).all(|n| results[&n] == Ok(n)), "{results:?}");
    });
}

/// Ticks, and lets the only item end after the third one.
struct Ticker<'a> {
    ticks: u32,
    go: &'a mut io::PipeWriter,
}

impl<I, R> Reporter<I, R> for Ticker<'_> {
    fn refresh(&self) -> Option<Duration> {
        Some(Duration::from_millis(5))
    }

    fn tick(&mut self) {
        self.ticks += 1;
        if self.ticks == 3 {
            self.go.write_all(b"go").unwrap();
        }
    }
}

#[test]
fn a_reporter_that_wants_to_be_refreshed_is() {
    use std::io::Read;
    testkit::guarded(|| {
        let (mut wait, mut go) = io::pipe().unwrap();
        let reporter = Ticker {
            ticks: 0,
            go: &mut go,
        };
        let work = |_: &()| wait.read(&mut [0; 2]).unwrap();
        let results = Builder::new().reporter(reporter).parallelize(work, [()]);
        assert_eq!(results[&()], Ok(2));
    });
}

#[test]
fn the_log_has_a_line_an_event_and_no_control_characters() {
    testkit::guarded(|| {
        let mut log = Vec::new();
        let work = |name: &&str| match *name {
            "red\u{1b}[31m" => Err("two\nlines \u{1b}[2J"),
            _ => Ok(()),
        };
        Builder::new()
            .children(1)
            .reporter(LogReporter::to(&mut log))
            .try_parallelize(work, ["plain", "red\u{1b}[31m"]);
        let log = String::from_utf8(log).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        assert!(log.chars().all(|c| c == '\n' || !c.is_control()), "{log:?}");
        let expected = [
            "2 items to run",
            "started",
            "begins \"plain\"",
            "is done with \"plain\" after",
            "begins \"red\\u{1b}[31m\"",
            "failed at \"red\\u{1b}[31m\" after",
            "exited with code 0",
            "all workers are gone",
        ];
        assert_eq!(lines.len(), expected.len(), "{log}");
        for (line, part) in lines.iter().zip(expected) {
            assert!(line.contains(part), "{line:?} lacks {part:?}");
        }
        assert!(
            lines[5].ends_with(": two\\nlines \\u{1b}[2J"),
            "{}",
            lines[5]
        );
    });
}

#[test]
fn a_log_that_cannot_be_written_does_not_end_the_work() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    testkit::guarded(|| {
        let builder = Builder::new().reporter(LogReporter::to(Full));
        assert_eq!(builder.parallelize(|n| *n, [1_u8])[&1], Ok(1));
    });
}

#[test]
fn the_terminal_reporter_writes_lines_where_there_is_no_terminal() {
    testkit::guarded(|| {
        // In a child whose stderr is a pipe.
        use std::io::Read;
        let fork = manyways_process::Fork::new().stderr(manyways_process::Output::Capture);
        let (mut child, _link) = fork
            .spawn(|_| {
                Builder::new()
                    .reporter(TerminalReporter::new())
                    .parallelize(|n| *n, [1_u8]);
            })
            .unwrap();
        let mut text = String::new();
        child
            .take_stderr()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert!(child.wait().unwrap().success());
        assert!(
            text.contains("begins 1\n") && text.contains("is done with 1 after"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text:?}");
    });
}
