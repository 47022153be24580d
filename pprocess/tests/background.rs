//! Processes that outlive their creator. The names of the first ones are those of the original's
//! examples.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use manyways_process::Fork;
use manyways_testkit as testkit;
use pprocess::{
    BackgroundCallable, BackgroundProcess, BackgroundQueue, Channel, Exit, MakeParallel,
    PersistentChannel, PersistentExchange, PersistentQueue, connect_persistent, create_persistent,
    start_persistent,
};
use serde_bytes::ByteBuf;
use tempfile::TempDir;

/// Runs `test` with the folder for its socket files, and looks that none is left there.
fn with_folder(test: impl FnOnce(&Path)) {
    testkit::guarded(|| {
        let folder = TempDir::new().unwrap();
        test(folder.path());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert!(left.is_empty(), "files were left: {left:?}");
    });
}

/// Sends the numbers below `upto`, one by one.
fn count(channel: &mut Channel<u32>, upto: u32) {
    (0..upto).for_each(|n| channel.send(&n).unwrap());
}

fn collect<R>(results: impl Iterator<Item = pprocess::Result<R>>) -> Vec<R> {
    results.map(Result::unwrap).collect()
}

/// Runs `body` in a process of its own to its end: a program that comes and goes.
fn in_program(body: impl FnOnce()) {
    let (mut child, mut link) = Fork::new()
        .spawn(|link| {
            body();
            link.send(&()).unwrap();
        })
        .unwrap();
    if let Err(error) = link.recv::<()>() {
        panic!("the program failed: {error}");
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn simple_background_queue() {
    with_folder(|folder| {
        let address = folder.join("task.socket");
        in_program(|| {
            let calc = BackgroundCallable::new(&address, MakeParallel::new(|n: u64| n * n));
            calc.call(12).unwrap();
        });
        let queue = BackgroundQueue::<u64>::connect(&address).unwrap();
        assert_eq!(collect(queue), [144]);
    });
}

#[test]
fn simple_persistent_managed() {
    with_folder(|folder| {
        let mut stored = Vec::new();
        let mut exchange = PersistentExchange::new(|channel: &mut Channel<(), (u32, u32)>| {
            stored.push(channel.receive()?);
            Ok(())
        });
        for n in 0..4 {
            let calc = exchange.manage_persistent(
                folder.join(format!("{n}.socket")),
                MakeParallel::new(|n: u32| (n, n * 10)),
            );
            calc.call(n).unwrap();
        }
        exchange.finish().unwrap();
        drop(exchange);
        stored.sort_unstable();
        assert_eq!(stored, [(0, 0), (1, 10), (2, 20), (3, 30)]);
    });
}

#[test]
fn simple_persistent_queue() {
    with_folder(|folder| {
        in_program(|| {
            for n in 1..4 {
                let address = folder.join(format!("{n}.socket"));
                BackgroundCallable::new(address, count).call(n).unwrap();
            }
        });
        let mut queue = PersistentQueue::new();
        for n in 1..4 {
            queue.connect(folder.join(format!("{n}.socket"))).unwrap();
        }
        let mut results: Vec<u32> = collect(queue);
        results.sort_unstable();
        assert_eq!(results, [0, 0, 0, 1, 1, 2]);
    });
}

#[test]
fn simple_persistent_managed_queue() {
    with_folder(|folder| {
        let queue = PersistentQueue::new();
        let calc = queue.manage_persistent(folder.join("a"), MakeParallel::new(|n: u32| n + 1));
        calc.call(4).unwrap();
        assert!(calc.call(5).unwrap_err().is_in_use());
        assert_eq!(collect(queue), [5]);
    });
}

#[test]
fn a_conversation_goes_on_with_the_next_client() {
    with_folder(|folder| {
        let address = folder.join("a");
        let adder = |channel: &mut PersistentChannel<i64, i64>| {
            let mut sum = 0;
            for _ in 0..3 {
                sum += channel.receive().unwrap();
                channel.send(&sum).unwrap();
            }
        };
        let mut channel = start_persistent(&address, adder).unwrap();
        channel.send(&1).unwrap();
        assert_eq!(channel.receive().unwrap(), 1);
        drop(channel);
        for (sent, sum) in [(10, 11), (100, 111)] {
            in_program(|| {
                let mut channel = connect_persistent::<i64, i64>(&address).unwrap();
                channel.send(&sent).unwrap();
                assert_eq!(channel.receive().unwrap(), sum);
            });
        }
        wait_until_absent(&address);
    });
}

/// The supervisor has nothing to say any more and goes by itself.
fn wait_until_absent(address: &Path) {
    loop {
        match connect_persistent::<(), ()>(address) {
            Err(error) if error.is_absent() => return,
            Ok(mut channel) => assert!(channel.receive().unwrap_err().is_closed()),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn created_processes_leave_by_exit() {
    with_folder(|folder| {
        let mut channel = create_persistent(folder.join("a"), |channel| {
            channel.send(&1u8).unwrap();
            pprocess::exit(channel)
        })
        .unwrap();
        let channel: &mut Channel<(), u8> = &mut channel;
        assert_eq!(channel.receive().unwrap(), 1);
        assert!(channel.receive().unwrap_err().is_closed());
    });
}

#[test]
fn what_a_dead_client_did_not_acknowledge_comes_again() {
    with_folder(|folder| {
        let address = folder.join("a");
        BackgroundCallable::new(&address, count).call(4).unwrap();
        in_program(|| {
            let mut queue = BackgroundQueue::<u32>::connect(&address).unwrap();
            assert_eq!(queue.next().unwrap().unwrap(), 0);
            // 1 is under way or has arrived, but nobody takes it.
            assert!(queue.unfinished());
        });
        let mut channel = connect_persistent::<(), u32>(&address).unwrap();
        assert_eq!(channel.receive().unwrap(), 1);
        drop(channel);
        let queue = BackgroundQueue::<u32>::connect(&address).unwrap();
        assert_eq!(collect(queue), [2, 3]);
    });
}

#[test]
fn asking_how_many_are_ready_takes_nothing_away() {
    with_folder(|folder| {
        let address = folder.join("a");
        BackgroundCallable::new(&address, count).call(4).unwrap();
        in_program(|| {
            let mut queue = BackgroundQueue::<u32>::connect(&address).unwrap();
            for _ in 0..3 {
                assert_eq!(queue.ready(None), 1);
            }
        });
        let mut queue = PersistentQueue::<u32>::new();
        queue.connect(&address).unwrap();
        assert_eq!((queue.ready(None), queue.len()), (1, 1));
        drop(queue);
        let queue = BackgroundQueue::<u32>::connect(&address).unwrap();
        assert_eq!(collect(queue), [0, 1, 2, 3]);
    });
}

#[test]
fn a_process_that_is_done_at_once_waits_for_its_starter() {
    with_folder(|folder| {
        for _ in 0..20 {
            let address = folder.join("a");
            let mut channel = start_persistent(&address, |_: &mut Channel<u32>| {}).unwrap();
            assert!(channel.receive().unwrap_err().is_closed());
            let queue = PersistentQueue::new();
            let silent = queue.manage_persistent(&address, count);
            silent.call(0).unwrap();
            assert_eq!(collect(queue), [0; 0]);
        }
    });
}

/// A library that leaves the process, say. A result was due.
#[test]
fn leaving_with_code_0_without_a_result_is_told() {
    with_folder(|folder| {
        let address = folder.join("a");
        let leave = MakeParallel::new(|code: i32| -> u32 { std::process::exit(code) });
        let process = BackgroundCallable::new(&address, leave).call(0).unwrap();
        wait_until_gone(process.pid());
        let mut queue = BackgroundQueue::<u32>::connect(&address).unwrap();
        let error = queue.next().unwrap().unwrap_err();
        assert!(
            error.is_died() && error.exit() == Some(Exit::Code(0)),
            "{error}"
        );
        assert!(queue.next().is_none());
    });
}

#[test]
fn results_are_kept_when_nobody_is_there_and_the_callable_goes_on() {
    with_folder(|folder| {
        let done = folder.join("done");
        let address = folder.join("a");
        let work = |channel: &mut Channel<u32>, upto: u32| {
            count(channel, upto);
            fs::write(&done, "").unwrap();
        };
        BackgroundCallable::new(&address, work).call(1000).unwrap();
        while !done.exists() {
            std::thread::yield_now();
        }
        let queue = BackgroundQueue::<u32>::connect(&address).unwrap();
        assert_eq!(collect(queue), (0..1000).collect::<Vec<_>>());
        fs::remove_file(done).unwrap();
    });
}

#[test]
fn large_results_pass() {
    with_folder(|folder| {
        let address = folder.join("a");
        let send = |channel: &mut Channel<ByteBuf>, size: usize| {
            channel.send(&ByteBuf::from(vec![7; size])).unwrap();
            channel.send(&ByteBuf::from(vec![8; size])).unwrap();
        };
        BackgroundCallable::new(&address, send)
            .call(100 << 20)
            .unwrap();
        let mut queue = BackgroundQueue::<ByteBuf>::connect(&address).unwrap();
        for value in [7, 8] {
            let bytes = queue.next().unwrap().unwrap();
            assert!(bytes.len() == 100 << 20 && bytes.iter().all(|byte| *byte == value));
        }
        assert!(queue.next().is_none());
    });
}

#[test]
fn a_panic_waits_for_the_one_who_connects() {
    with_folder(|folder| {
        let address = folder.join("a");
        let fail = MakeParallel::new(|n: u32| -> u32 { panic!("no luck with {n}") });
        let process = BackgroundCallable::new(&address, fail).call(13).unwrap();
        for _ in 0..2 {
            // Whoever leaves without having asked does not take the news away.
            drop(connect_persistent::<(), u32>(&address).unwrap());
        }
        let mut queue = BackgroundQueue::<u32>::connect(&address).unwrap();
        let error = queue.next().unwrap().unwrap_err();
        assert!(
            error.is_panic() && error.pid() == Some(process.pid()),
            "{error}"
        );
        let report = error.panic_report().unwrap();
        assert_eq!(report.message(), "no luck with 13");
        assert!(report.place().unwrap().contains("background.rs"));
        assert!(
            report.backtrace().contains("background"),
            "{}",
            report.backtrace()
        );
        assert!(queue.next().is_none());
    });
}

#[test]
fn a_killed_worker_is_reported_behind_its_results() {
    with_folder(|folder| {
        let address = folder.join("a");
        let two_and_wait = |channel: &mut Channel<u32, u32>| {
            channel.send(&0).unwrap();
            channel.send(&1).unwrap();
            let _ = channel.receive();
        };
        drop(start_persistent(&address, two_and_wait).unwrap());
        let pid = connect_persistent::<u32, u32>(&address).unwrap().pid();
        testkit::kill_process(pid).unwrap();
        let mut queue = BackgroundQueue::<u32>::connect(&address).unwrap();
        // It may have been killed before it had sent them.
        let results: Vec<_> = queue.by_ref().collect();
        let (error, before) = results.split_last().unwrap();
        let error = error.as_ref().unwrap_err();
        assert!(error.is_died() && error.pid() == Some(pid));
        assert_eq!(error.exit().and_then(Exit::signal), Some(9));
        assert!(before.iter().all(Result::is_ok));
        assert!(queue.next().is_none());
    });
}

#[test]
fn a_killed_supervisor_takes_its_worker_along_and_is_missed() {
    with_folder(|folder| {
        let address = folder.join("a");
        let process = start_sleeper(&address);
        let mut channel = connect_persistent::<(), u32>(&address).unwrap();
        testkit::kill_process(process.supervisor()).unwrap();
        let error = channel.receive().unwrap_err();
        assert!(
            error.is_died() && error.to_string().contains("supervisor"),
            "{error}"
        );
        drop(channel);
        assert!(address.exists(), "nobody was left to remove the file");
        let error = BackgroundQueue::<u32>::connect(&address).unwrap_err();
        assert!(error.is_died() && error.is_absent(), "{error}");
        let error = BackgroundQueue::<u32>::connect(&address).unwrap_err();
        assert!(!error.is_died() && error.is_absent(), "{error}");
    });
}

/// A process that never comes to its end.
fn start_sleeper(address: &Path) -> BackgroundProcess {
    let sleep = |_: &mut Channel<u32>, (): ()| loop {
        std::thread::park();
    };
    BackgroundCallable::new(address, sleep).call(()).unwrap()
}

#[test]
fn a_dead_ones_address_can_be_used_again_and_a_living_ones_not() {
    with_folder(|folder| {
        let address = folder.join("a");
        let process = start_sleeper(&address);
        let double = BackgroundCallable::new(&address, MakeParallel::new(|n: u32| n * 2));
        let error = double.call(1).unwrap_err();
        assert!(error.is_in_use(), "{error}");
        testkit::kill_process(process.supervisor()).unwrap();
        wait_until_gone(process.supervisor());
        let started = double.call(4).unwrap();
        assert_eq!(started.address(), address);
        assert_eq!(fs::metadata(&address).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            collect(BackgroundQueue::<u32>::connect(&address).unwrap()),
            [8]
        );
    });
}

/// A killed process may not have noticed yet.
fn wait_until_gone(pid: u32) {
    let state = || fs::read_to_string(format!("/proc/{pid}/stat"));
    while state().is_ok_and(|state| !state.contains(") Z ")) {
        std::thread::yield_now();
    }
}

#[test]
fn one_client_at_a_time() {
    with_folder(|folder| {
        let address = folder.join("a");
        let mut first = start_persistent(&address, |channel: &mut Channel<u8>| {
            channel.send(&1).unwrap();
        })
        .unwrap();
        let second = connect_persistent::<(), u8>(&address).unwrap_err();
        assert!(second.is_in_use() && !second.is_absent());
        let me = format!("process {} is connected", std::process::id());
        assert!(second.to_string().contains(&me), "{second}");
        assert_eq!(first.receive().unwrap(), 1);
        assert!(first.receive().unwrap_err().is_closed());
    });
}

#[test]
fn impossible_addresses_are_refused_with_their_reasons() {
    with_folder(|folder| {
        let start = |address: &Path| {
            let callable = BackgroundCallable::new(address, MakeParallel::new(|n: u32| n));
            callable.call(1).unwrap_err().to_string()
        };
        let long = folder.join("x".repeat(108));
        assert!(
            start(&long).contains("a socket's may have 107"),
            "{}",
            start(&long)
        );
        let nowhere = folder.join("missing").join("a");
        assert!(
            start(&nowhere).contains("open the directory"),
            "{}",
            start(&nowhere)
        );
        let file = folder.join("file");
        fs::write(&file, "").unwrap();
        assert!(start(&file).contains("not a socket"), "{}", start(&file));
        fs::remove_file(file).unwrap();
        let error = connect_persistent::<(), ()>(folder.join("nobody")).unwrap_err();
        assert!(error.is_absent() && !error.is_died(), "{error}");
    });
}

/// A process that does nothing, has no more than that time without a client, and is met within it: `None` if this
/// machine did not let us come in time.
fn meet_within(address: &Path, lifetime: Duration) -> Option<Channel<(), u32>> {
    let sleep = |_: &mut Channel<u32>, (): ()| loop {
        std::thread::park();
    };
    let callable = BackgroundCallable::new(address, sleep).lifetime(lifetime);
    let begin = Instant::now();
    callable.call(()).unwrap();
    let met = connect_persistent(address);
    if begin.elapsed() < lifetime {
        return Some(met.unwrap());
    }
    drop(met);
    await_end(address);
    None
}

/// The socket file goes with the process.
fn await_end(address: &Path) {
    while address.exists() {
        std::thread::yield_now();
    }
}

#[test]
fn abandoned_processes_end_after_their_lifetime() {
    with_folder(|folder| {
        let address = folder.join("a");
        let mut lifetimes = (0..9).map(|turn| Duration::from_millis(50) * (1 << turn));
        let met = lifetimes.find_map(|time| Some((meet_within(&address, time)?, time)));
        let (mut client, lifetime) = met.expect("a client comes within 12 s");
        // Not while a client is there, however long it takes.
        assert_eq!(client.receive_timeout(3 * lifetime).unwrap(), None);
        drop(client);
        await_end(&address);
    });
}

#[test]
fn output_goes_to_the_file() {
    use std::io::Write;
    with_folder(|folder| {
        let address = folder.join("a");
        let log = folder.join("log");
        let talk = MakeParallel::new(|n: u32| {
            writeln!(std::io::stdout(), "working on {n}").unwrap();
            writeln!(std::io::stderr(), "still").unwrap();
            n
        });
        let file = fs::File::create(&log).unwrap();
        BackgroundCallable::new(&address, talk)
            .output(file)
            .call(3)
            .unwrap();
        assert_eq!(
            collect(BackgroundQueue::<u32>::connect(&address).unwrap()),
            [3]
        );
        assert_eq!(fs::read_to_string(&log).unwrap(), "working on 3\nstill\n");
        fs::remove_file(log).unwrap();
    });
}

/// Another user is refused by the file's mode, and, where that was changed, by the kernel's word on who
/// is there: on both sides. Without the means to become another user the mode alone is tried.
#[test]
fn other_users_are_refused() {
    with_folder(|folder| {
        let address = folder.join("a");
        let double = BackgroundCallable::new(&address, MakeParallel::new(|n: u32| n * 2));
        double.call(4).unwrap();
        assert_eq!(fs::metadata(&address).unwrap().mode() & 0o777, 0o600);
        if nix::unistd::geteuid().is_root() {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
            as_nobody_in(folder, || {
                let error = connect_persistent::<(), u32>("a").unwrap_err();
                assert!(error.to_string().contains("ermission denied"), "{error}");
            });
            fs::set_permissions(&address, fs::Permissions::from_mode(0o666)).unwrap();
            as_nobody_in(folder, || {
                let error = connect_persistent::<(), u32>("a").unwrap_err();
                assert!(
                    error.is_foreign() && error.to_string().contains("user 0"),
                    "{error}"
                );
                // A client that does not ask the kernel finds the door closed all the same.
                let mut careless = std::os::unix::net::UnixStream::connect("a").unwrap();
                let mut greeting = Vec::new();
                let read = std::io::Read::read_to_end(&mut careless, &mut greeting);
                assert!(matches!(read, Ok(0) | Err(_)), "{greeting:?}");
                BackgroundCallable::new("b", MakeParallel::new(|n: u32| n))
                    .call(1)
                    .unwrap();
            });
            let error = connect_persistent::<(), u32>(folder.join("b")).unwrap_err();
            assert!(
                error.is_foreign() && error.to_string().contains("user 65534"),
                "{error}"
            );
            as_nobody_in(folder, || {
                assert_eq!(collect(BackgroundQueue::<u32>::connect("b").unwrap()), [1]);
            });
        }
        assert_eq!(
            collect(BackgroundQueue::<u32>::connect(&address).unwrap()),
            [8]
        );
    });
}

fn as_nobody_in(folder: &Path, body: impl FnOnce()) {
    in_program(|| {
        std::env::set_current_dir(folder).unwrap();
        nix::unistd::setgid(65534.into()).unwrap();
        nix::unistd::setuid(65534.into()).unwrap();
        body();
    });
}

#[test]
fn rounds_leave_nothing_behind() {
    with_folder(|folder| {
        let address = folder.join("a");
        let double = BackgroundCallable::new(&address, MakeParallel::new(|n: u32| n * 2));
        for n in 0..50 {
            double.call(n).unwrap();
            assert_eq!(
                collect(BackgroundQueue::<u32>::connect(&address).unwrap()),
                [n * 2]
            );
        }
    });
}
