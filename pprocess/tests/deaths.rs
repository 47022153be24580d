//! What the caller learns when processes die, and that the others go on.

#[path = "support/sys.rs"]
mod sys;

use std::cell::RefCell;
use std::io::Write;
use std::ops::Range;
use std::process::Command;
use std::time::{Duration, Instant};

use manyways_testkit as testkit;
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;
use pprocess::{
    Channel, Error, Exchange, Exit, MakeParallel, MakeReusable, ManagedCallable, Map, Queue, pmap,
};
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

/// Doubles, except that item 2 is killed.
fn killed_at_two(n: u32) -> u32 {
    if n == 2 {
        testkit::kill_process(std::process::id()).unwrap();
        std::thread::park();
    }
    n * 2
}

fn assert_killed(error: &Error, call: usize) {
    assert!(error.is_died(), "{error}");
    assert_eq!(error.call(), Some(call), "{error}");
    assert_eq!(error.exit().and_then(Exit::signal), Some(9), "{error}");
    let pid = error.pid().unwrap();
    let text = format!("of call {call}: process {pid} was killed by SIGKILL");
    assert!(error.to_string().ends_with(&text), "{error}");
}

fn call_five(callable: &ManagedCallable<'_, u32, u32>) {
    call_each(callable, 0..5);
}

/// Calls are numbered from 0.
fn call_each<R: DeserializeOwned + 'static>(
    callable: &ManagedCallable<'_, u32, R>,
    items: Range<u32>,
) {
    for (call, item) in items.enumerate() {
        assert_eq!(callable.call(item).unwrap(), call);
    }
}

#[test]
fn a_killed_item_of_a_pmap_is_an_error_at_its_place() {
    for limit in [None, Some(1), Some(2)] {
        testkit::guarded(|| {
            let results: Vec<_> = pmap(killed_at_two, 0..5, limit).unwrap().collect();
            check_five(results);
        });
    }
}

#[test]
fn a_killed_item_of_a_map_with_reuse_is_an_error_at_its_place() {
    for limit in [None, Some(1), Some(2)] {
        testkit::guarded(|| {
            let results = Map::new().limit(limit).reuse(true);
            call_five(&results.manage(MakeReusable::new(killed_at_two)));
            check_five(results.collect());
        });
    }
}

fn check_five(results: Vec<pprocess::Result<u32>>) {
    assert_eq!(results.len(), 5);
    for (index, result) in results.into_iter().enumerate() {
        match result {
            Ok(value) => assert_eq!(value as usize, index * 2),
            Err(error) => assert_killed(&error, 2),
        }
    }
}

#[test]
fn a_killed_item_of_a_queue_is_an_error_among_the_four_others() {
    for reuse in [false, true] {
        testkit::guarded(|| {
            let queue = Queue::new().limit(2).reuse(reuse);
            call_five(&queue.manage(MakeReusable::new(killed_at_two)));
            let (good, bad): (Vec<_>, Vec<_>) = queue.partition(Result::is_ok);
            let mut good: Vec<u32> = good.into_iter().map(Result::unwrap).collect();
            good.sort_unstable();
            assert_eq!(good, [0, 2, 6, 8]);
            assert_eq!(bad.len(), 1);
            assert_killed(bad[0].as_ref().unwrap_err(), 2);
        });
    }
}

#[test]
fn an_exchange_hears_of_a_killed_process_and_goes_on() {
    testkit::guarded(|| {
        let mut stored = vec![];
        let mut exchange = Exchange::new(|channel: &mut Channel<(), u32>| {
            stored.push(channel.receive()?);
            Ok(())
        })
        .limit(2);
        call_five(&exchange.manage(MakeParallel::new(killed_at_two)));
        assert_killed(&exchange.finish().unwrap_err(), 2);
        exchange.finish().unwrap();
        drop(exchange);
        stored.sort_unstable();
        assert_eq!(stored, [0, 2, 6, 8]);
    });
}

#[test]
fn a_panic_arrives_with_message_place_and_backtrace() {
    #[inline(never)]
    fn fails_inside(n: u32) -> u32 {
        assert!(n != 1, "one is not allowed");
        n
    }
    for reuse in [false, true] {
        testkit::guarded(|| {
            let results = Map::new().limit(1).reuse(reuse);
            let calc = results.manage(MakeReusable::new(fails_inside));
            call_each(&calc, 0..3);
            let results: Vec<_> = results.collect();
            assert!(results[0].is_ok() && results[2].is_ok());
            let error = results[1].as_ref().unwrap_err();
            let report = error.panic_report().unwrap();
            assert_eq!(report.message(), "one is not allowed");
            assert!(report.place().unwrap().contains("deaths.rs:"), "{error}");
            assert!(report.backtrace().contains("fails_inside"), "{error}");
            assert_eq!(error.call(), Some(1));
        });
    }
}

#[test]
fn leaving_with_a_code_or_in_silence_is_an_error() {
    testkit::guarded(|| {
        let queue = Queue::<u32>::new();
        queue.start(|_| std::process::exit(3)).unwrap();
        queue.start(|_| {}).unwrap();
        let mut errors: Vec<Error> = queue.map(Result::unwrap_err).collect();
        errors.sort_by_key(Error::call);
        assert_eq!(errors[0].exit(), Some(Exit::Code(3)), "{}", errors[0]);
        assert!(
            errors[1].is_silent() && !errors[1].is_died(),
            "{}",
            errors[1]
        );
        assert!(
            errors[1]
                .to_string()
                .ends_with("ended without sending anything")
        );
    });
}

#[test]
fn values_that_cannot_be_encoded_are_errors_at_their_places() {
    testkit::guarded(|| {
        // A cell that is borrowed for writing refuses to be encoded.
        let odd_is_borrowed = |n: u32| {
            let value = RefCell::new(n);
            if n % 2 == 1 {
                std::mem::forget(value.borrow_mut());
            }
            value
        };
        let results = Map::new().limit(1).reuse(true);
        let calc = results.manage(MakeReusable::new(odd_is_borrowed));
        call_each(&calc, 0..3);
        let results: Vec<_> = results.collect();
        assert!(results[0].is_ok() && results[2].is_ok());
        let error = results[1].as_ref().unwrap_err();
        assert!(error.is_refused() && error.call() == Some(1), "{error}");
    });
}

#[test]
fn continuous_processes_deliver_what_they_sent_before_they_died() {
    testkit::guarded(|| {
        let mut queue = Queue::new().continuous(true).limit(2);
        let count = queue.manage(|channel: &mut Channel<u32>, upto: u32| {
            (0..upto).for_each(|n| channel.send(&n).unwrap());
            assert_ne!(upto, 3, "three is too much");
        });
        call_each(&count, 1..5);
        let (good, bad): (Vec<_>, Vec<_>) = queue.by_ref().partition(Result::is_ok);
        assert_eq!(good.len(), 1 + 2 + 3 + 4);
        assert_eq!(bad.len(), 1);
        let error = bad[0].as_ref().unwrap_err();
        assert!(error.is_panic() && error.call() == Some(2), "{error}");
    });
}

/// The original ran the first of two callables for all calls.
#[test]
fn two_callables_are_both_run_by_reused_processes() {
    for limit in [None, Some(1), Some(2), Some(3)] {
        testkit::guarded(|| {
            let results = Map::new().limit(limit).reuse(true);
            let double = results.manage(MakeReusable::new(|n: u32| n * 2));
            double.call(10).unwrap();
            // Managed when processes are running already, and with arguments of another type.
            let length = results.manage(MakeReusable::new(|text: String| text.len() as u32));
            for n in 0..10 {
                double.call(n).unwrap();
                length.call("x".repeat(100 + n as usize)).unwrap();
            }
            let expected: Vec<u32> = (0..10).flat_map(|n| [n * 2, 100 + n]).collect();
            let results: Vec<u32> = results.map(Result::unwrap).collect();
            assert_eq!(results[0], 20);
            assert_eq!(results[1..], expected);
        });
    }
}

#[test]
fn reuse_takes_exactly_as_many_processes_as_the_limit() {
    testkit::guarded(|| {
        let results = Map::new().limit(2).reuse(true);
        let pid = results.manage(MakeReusable::new(|_: u32| std::process::id()));
        call_each(&pid, 0..30);
        let mut pids: Vec<u32> = results.map(Result::unwrap).collect();
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len(), 2);
    });
}

#[test]
fn without_a_limit_all_run_at_once() {
    testkit::guarded(|| {
        let (mut told, tell) = std::io::pipe().unwrap();
        let (go, wait) = std::io::pipe().unwrap();
        // Each says that it is there and waits for a word that comes when all are.
        let results = Map::new();
        let meet = results.manage(MakeParallel::new(|_: u32| {
            use std::io::Read;
            (&tell).write_all(&[1]).unwrap();
            (&go).read_exact(&mut [0]).unwrap();
            std::process::id()
        }));
        call_each(&meet, 0..30);
        std::io::Read::read_exact(&mut told, &mut [0; 30]).unwrap();
        (&wait).write_all(&[1; 30]).unwrap();
        let mut pids: Vec<u32> = results.map(Result::unwrap).collect();
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len(), 30);
    });
}

/// Counts the processes that overlap, in memory that they share.
#[test]
fn the_limit_holds_to_the_end_of_each_process() {
    testkit::guarded(|| {
        let results = Map::new().limit(2);
        let me = std::process::id();
        let count = results.manage(MakeParallel::new(|_: u32| children_of(me)));
        call_each(&count, 0..30);
        for result in results {
            let living = result.unwrap();
            assert!((1..=2).contains(&living), "{living} at once");
        }
    });
}

fn children_of(pid: u32) -> usize {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let children =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    children.map(|list| list.split_whitespace().count()).sum()
}

#[test]
fn a_process_stopped_in_mid_message_does_not_hold_up_the_others() {
    testkit::guarded(|| {
        let (mut told, mut tell) = std::io::pipe().unwrap();
        let mut queue = Queue::new();
        queue
            .start(|channel: &mut Channel<ByteBuf>| {
                // The message is larger than the socket holds, and its end comes when we are continued.
                let value = ByteBuf::from(vec![1; 64 << 20]);
                tell.write_all(&std::process::id().to_le_bytes()).unwrap();
                channel.send(&value).unwrap();
            })
            .unwrap();
        let mut pid = [0; 4];
        std::io::Read::read_exact(&mut told, &mut pid).unwrap();
        let pid = Pid::from_raw(i32::from_le_bytes(pid));
        while !is_asleep(pid) {}
        kill(pid, Signal::SIGSTOP).unwrap();
        assert_eq!(queue.ready(Duration::ZERO), 0);
        for size in 0..20 {
            queue
                .start(move |channel| channel.send(&ByteBuf::from(vec![2; size])).unwrap())
                .unwrap();
        }
        let others: Vec<_> = queue.by_ref().take(20).map(Result::unwrap).collect();
        assert!(others.iter().all(|bytes| bytes.len() < 20));
        let began = Instant::now();
        assert_eq!(queue.ready(Duration::from_millis(20)), 0);
        assert!(began.elapsed() >= Duration::from_millis(20));
        kill(pid, Signal::SIGCONT).unwrap();
        let last: Vec<_> = queue.map(Result::unwrap).collect();
        assert!(last.len() == 1 && last[0].len() == 64 << 20);
    });
}

/// It has filled the socket, and waits until somebody reads.
fn is_asleep(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.contains(") S ")
}

#[test]
fn arguments_for_a_stopped_process_do_not_hold_up_the_caller() {
    testkit::guarded(|| {
        let results = Map::new().limit(2).reuse(true);
        let own_pid = results.manage(MakeReusable::new(|bytes: ByteBuf| {
            if bytes.is_empty() {
                raise(Signal::SIGSTOP).unwrap();
            }
            bytes.len()
        }));
        own_pid.call(ByteBuf::new()).unwrap();
        let mut results = results;
        for size in 1..5 {
            own_pid.call(ByteBuf::from(vec![0; size << 20])).unwrap();
        }
        for (index, size) in (1..5).enumerate() {
            let result = results.get(index + 1).unwrap().as_ref().unwrap();
            assert_eq!(*result, size << 20);
        }
        // Dropping the map ends the stopped process.
    });
}

#[test]
fn hundreds_of_mebibytes_pass_both_ways() {
    testkit::guarded(|| {
        let results = Map::new().limit(1).reuse(true);
        let reverse = results.manage(MakeReusable::new(|mut bytes: ByteBuf| {
            bytes.reverse();
            bytes
        }));
        let size = 200 << 20;
        let mut bytes = vec![1; size];
        bytes[0] = 9;
        reverse.call(ByteBuf::from(bytes)).unwrap();
        let mut results = results;
        let bytes = results.next().unwrap().unwrap();
        assert!(bytes.len() == size && bytes[size - 1] == 9 && bytes[0] == 1);
        assert!(results.next().is_none());
    });
}

/// Runs a program that keeps all sockets of this process open, and ends when `until` does.
#[expect(
    clippy::zombie_processes,
    reason = "its parent is killed, so init reaps it"
)]
fn leave_a_daemon(until: std::io::PipeReader) {
    for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
        let path = entry.unwrap().path();
        let target = std::fs::read_link(&path).unwrap_or_default();
        if target.to_string_lossy().starts_with("socket:") {
            let number = path.file_name().unwrap().to_str().unwrap();
            sys::keep_on_exec(number.parse().unwrap());
        }
    }
    Command::new("cat").stdin(until).spawn().unwrap();
}

/// The stream of the dead process never ends.
#[test]
fn a_daemon_that_keeps_the_channel_of_a_killed_process_open_holds_nobody_up() {
    for reuse in [false, true] {
        testkit::guarded(|| {
            let (until, end) = std::io::pipe().unwrap();
            let results = Map::new().limit(2).reuse(reuse);
            let killed_with_a_daemon = results.manage(MakeReusable::new(|n: u32| {
                if n == 2 {
                    leave_a_daemon(until.try_clone().unwrap());
                }
                killed_at_two(n)
            }));
            call_five(&killed_with_a_daemon);
            check_five(results.collect());
            drop(end);
        });
    }
}

#[test]
fn leaving_in_mid_stream_is_an_error_whatever_the_code() {
    testkit::guarded(|| {
        let mut queue = Queue::new().continuous(true);
        let count = queue.manage(|channel: &mut Channel<u32>, upto: u32| {
            (0..upto).for_each(|n| channel.send(&n).unwrap());
            std::process::exit(0);
        });
        count.call(2).unwrap();
        assert_eq!(queue.next().unwrap().unwrap(), 0);
        assert_eq!(queue.next().unwrap().unwrap(), 1);
        let error = queue.next().unwrap().unwrap_err();
        assert!(
            error.is_died() && error.exit() == Some(Exit::Code(0)),
            "{error}"
        );
        assert!(
            error.to_string().contains("before its function had"),
            "{error}"
        );
        assert!(queue.next().is_none());
    });
}

/// Nobody can read it.
#[derive(Debug, serde::Serialize)]
struct Unreadable(u32);

impl<'de> serde::Deserialize<'de> for Unreadable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            1 => panic!("one cannot be read"),
            n => Ok(Unreadable(n)),
        }
    }
}

#[test]
fn a_result_whose_decoding_panics_is_an_error_at_its_place() {
    testkit::guarded(|| {
        let results: Vec<_> = pmap(Unreadable, 0..3, 2).unwrap().collect();
        assert!(matches!(results[0], Ok(Unreadable(0))));
        assert!(matches!(results[2], Ok(Unreadable(2))));
        let error = results[1].as_ref().unwrap_err();
        assert!(error.is_decode() && error.call() == Some(1), "{error}");
        assert!(error.to_string().contains("one cannot be read"), "{error}");
    });
}

fn stop(pid: u32) -> Pid {
    let pid = Pid::from_raw(pid.cast_signed());
    kill(pid, Signal::SIGSTOP).unwrap();
    pid
}

#[test]
fn an_idle_process_that_is_stopped_does_not_hold_up_the_end() {
    testkit::guarded(|| {
        let mut queue = Queue::new().limit(1).reuse(true);
        let pid = queue.manage(MakeReusable::new(|(): ()| std::process::id()));
        pid.call(()).unwrap();
        stop(queue.next().unwrap().unwrap());
        assert!(queue.next().is_none());
    });
}

/// It was idle, and nobody could know that it would never read the call.
#[test]
fn a_call_that_a_killed_process_has_not_read_is_given_to_another() {
    for size in [0, 1 << 20] {
        testkit::guarded(|| {
            let mut queue = Queue::new().limit(1).reuse(true);
            let pid = queue.manage(MakeReusable::new(|_: ByteBuf| std::process::id()));
            pid.call(ByteBuf::new()).unwrap();
            let first = queue.next().unwrap().unwrap();
            let stopped = stop(first);
            pid.call(ByteBuf::from(vec![0; size])).unwrap();
            kill(stopped, Signal::SIGKILL).unwrap();
            assert_ne!(queue.next().unwrap().unwrap(), first);
            assert!(queue.next().is_none());
        });
    }
}

#[test]
fn a_killed_idle_process_makes_room_for_one_that_knows_the_callable() {
    testkit::guarded(|| {
        let mut queue = Queue::new().limit(1).reuse(true);
        let early = queue.manage(MakeReusable::new(|(): ()| std::process::id()));
        early.call(()).unwrap();
        let pid = queue.next().unwrap().unwrap();
        testkit::kill_process(pid).unwrap();
        while std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
        {
            std::thread::yield_now();
        }
        let late = queue.manage(MakeReusable::new(|n: u32| n + 1));
        late.call(4).unwrap();
        assert_eq!(queue.next().unwrap().unwrap(), 5);
    });
}

/// A system that has no room for a further process has it when one has ended.
#[test]
fn calls_wait_where_the_system_has_no_room() {
    use nix::sys::resource::{Resource, setrlimit};
    testkit::guarded(|| {
        let mut program = pprocess::start(|channel: &mut Channel<Vec<u32>>| {
            setrlimit(Resource::RLIMIT_NOFILE, 40, 40).unwrap();
            let results = pmap(|n: u32| n + 1, 0..100, None).unwrap();
            channel
                .send(&results.map(Result::unwrap).collect())
                .unwrap();
        })
        .unwrap();
        assert_eq!(program.receive().unwrap(), (1..=100).collect::<Vec<_>>());
        assert!(program.wait().unwrap().success());
    });
}

#[test]
fn a_dropped_map_kills_what_works_and_refuses_further_calls() {
    testkit::guarded(|| {
        let results = Map::new().limit(3);
        let sleep = results.manage(MakeParallel::new(|_: u32| -> u32 {
            loop {
                std::thread::park();
            }
        }));
        call_each(&sleep, 0..5);
        drop(results);
        let error = sleep.call(5).unwrap_err();
        assert!(error.to_string().contains("was dropped"), "{error}");
    });
}

#[test]
fn a_process_cannot_use_the_map_that_started_it_but_one_of_its_own() {
    testkit::guarded(|| {
        let results = Map::<String>::new();
        let inner = results.manage(MakeParallel::new(|_: u32| String::new()));
        results
            .start(move |channel| {
                let refused = inner.call(1).unwrap_err().to_string();
                let nested = pmap(|n: u32| n + 1, 0..3, 2).unwrap();
                let nested: Vec<u32> = nested.map(Result::unwrap).collect();
                channel.send(&format!("{refused} {nested:?}")).unwrap();
            })
            .unwrap();
        let text = results.map(Result::unwrap).next().unwrap();
        assert!(text.contains("make a new one there"), "{text}");
        assert!(text.ends_with("[1, 2, 3]"), "{text}");
    });
}

#[test]
fn two_hundred_rounds_are_flat() {
    testkit::guarded(|| {
        let round = |n: u32| {
            let reuse = n.is_multiple_of(2);
            let results = Map::new().limit(2).reuse(reuse);
            let calc = results.manage(MakeReusable::new(killed_at_two));
            call_each(&calc, 1..4);
            assert_eq!(results.filter(Result::is_ok).count(), 2);
        };
        (0..20).for_each(round);
        let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let before = (descriptors(), testkit::resident_bytes());
        (0..200).for_each(round);
        assert_eq!(descriptors(), before.0);
        assert_eq!(children_of(std::process::id()), 0);
        let grown = testkit::resident_bytes().saturating_sub(before.1);
        assert!(grown < 4 << 20, "memory grew by {grown} bytes");
    });
}

#[test]
fn handles_may_go_to_other_threads_where_they_can() {
    fn sendable<T: Send>() {}
    fn shareable<T: Sync>() {}
    sendable::<Channel<u8, u8>>();
    sendable::<Error>();
    shareable::<Error>();
}
