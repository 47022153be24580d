//! Every cell of the crash matrix, against a plain worker process and a plain protocol: frames with
//! a length before.

mod support;

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Child, Command, ExitStatus, Stdio};

use manyways_testkit::{
    BULK, Bomb, BombResult, CRASH_MESSAGE, Crash, Point, ShutdownBomb, cells, guarded, kill_when,
    kill_when_idle, matrix,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use support::{mode, rerun};

type Reply = Result<BombResult, String>;

fn send(stream: &mut UnixStream, payload: &[u8]) -> io::Result<()> {
    stream.write_all(&u64::try_from(payload.len()).unwrap().to_le_bytes())?;
    stream.write_all(payload)
}

/// As [`send`], in a process that never blocks in a call that sends.
fn send_and_poll(stream: &mut UnixStream, payload: &[u8]) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let length = u64::try_from(payload.len()).unwrap().to_le_bytes();
    let frame = [&length[..], payload].concat();
    let mut rest = &frame[..];
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll(
                    &mut [PollFd::new(stream.as_fd(), PollFlags::POLLOUT)],
                    PollTimeout::NONE,
                )?;
            }
            Err(error) => return Err(error),
        }
    }
    stream.set_nonblocking(false)
}

/// The announced length and what came of it before the end.
fn receive(stream: &mut UnixStream) -> io::Result<(usize, Vec<u8>)> {
    let mut length = [0; 8];
    stream.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut payload = Vec::new();
    stream.take(length).read_to_end(&mut payload)?;
    Ok((usize::try_from(length).unwrap(), payload))
}

/// Answers bombs until the other side closes; its link is its standard input.
fn serve(send: impl Fn(&mut UnixStream, &[u8]) -> io::Result<()>) {
    let link: OwnedFd = io::stdin().as_fd().try_clone_to_owned().unwrap();
    let mut link = UnixStream::from(link);
    while let Ok((_, request)) = receive(&mut link) {
        let run = || {
            let bomb: Bomb = postcard::from_bytes(&request).map_err(|error| error.to_string())?;
            let reply: Reply = bomb.run();
            postcard::to_stdvec(&reply).map_err(|error| error.to_string())
        };
        let reply = panic::catch_unwind(run).unwrap_or_else(|_| Err("panicked".to_owned()));
        let reply = reply.unwrap_or_else(|error| postcard::to_stdvec(&Reply::Err(error)).unwrap());
        send(&mut link, &reply).unwrap();
    }
}

fn start_worker(test: &str) -> (Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut worker = rerun(test, "serve");
    let worker = worker
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    (worker.spawn().unwrap(), ours)
}

fn assert_died_of(crash: Crash, status: ExitStatus) {
    assert!(
        crash.exit_matches(status.code(), status.signal()),
        "{crash} ended with {status}"
    );
    assert!(!status.core_dumped(), "{crash} ended with {status}");
}

/// One bomb's way through a worker.
fn explode(test: &str, crash: Crash, point: Point) {
    let bomb = Bomb::argument(crash, point);
    let request = panic::catch_unwind(|| postcard::to_stdvec(&bomb));
    if point == Point::EncodeArgument {
        return assert!(!matches!(request, Ok(Ok(_))));
    }
    let (mut worker, mut link) = start_worker(test);
    send(&mut link, &request.unwrap().unwrap()).unwrap();
    let reply = receive(&mut link);
    match point {
        Point::MidFrame => {
            let (announced, came) = reply.unwrap();
            assert!(
                announced > BULK && came.len() < announced,
                "{} of {announced} bytes",
                came.len()
            );
        }
        Point::Idle | Point::ShuttingDown => {
            let (_, reply) = reply.unwrap();
            assert!(
                postcard::from_bytes::<Reply>(&reply)
                    .unwrap()
                    .unwrap()
                    .is_of(&bomb)
            );
        }
        _ if crash.kills_process() => {
            assert_eq!(reply.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
        _ => {
            let (_, reply) = reply.unwrap();
            let failure = postcard::from_bytes::<Reply>(&reply).unwrap().unwrap_err();
            assert!(crash == Crash::Err || failure == "panicked", "{failure}");
            assert!(point != Point::Running || crash == Crash::Panic || failure == CRASH_MESSAGE);
        }
    }
    if point == Point::Idle {
        kill_when_idle(worker.id()).unwrap();
    }
    drop(link);
    assert_died_of(crash, worker.wait().unwrap());
}

#[test]
fn every_cell_does_what_it_says() {
    if mode().is_some() {
        return serve(send);
    }
    let test = "every_cell_does_what_it_says";
    assert_eq!(
        matrix(Point::ALL, |crash, point| guarded(|| explode(
            test, crash, point
        ))),
        35
    );
}

/// The watcher looks at a sender that is blocked for short moments only.
#[test]
fn a_blocking_sender_dies_in_the_middle_of_a_frame() {
    if mode().is_some() {
        return serve(send);
    }
    let test = "a_blocking_sender_dies_in_the_middle_of_a_frame";
    guarded(|| (0..20).for_each(|_| explode(test, Crash::Kill, Point::MidFrame)));
}

#[test]
fn a_polling_sender_dies_in_the_middle_of_a_frame() {
    if mode().is_some() {
        return serve(send_and_poll);
    }
    let test = "a_polling_sender_dies_in_the_middle_of_a_frame";
    guarded(|| (0..20).for_each(|_| explode(test, Crash::Kill, Point::MidFrame)));
}

#[test]
fn a_bomb_in_a_destructor_spares_its_creator() {
    guarded(|| {
        Crash::ALL
            .iter()
            .for_each(|crash| drop(ShutdownBomb::new(*crash)));
    });
}

#[test]
fn bombs_come_back_unharmed_from_this_process() {
    for (crash, point) in cells(&[
        Point::DecodeArgument,
        Point::EncodeResult,
        Point::ShuttingDown,
    ]) {
        let bomb = Bomb::argument(crash, point);
        let copy: Bomb = postcard::from_bytes(&postcard::to_stdvec(&bomb).unwrap()).unwrap();
        let result = copy.run().unwrap();
        let result: BombResult =
            postcard::from_bytes(&postcard::to_stdvec(&result).unwrap()).unwrap();
        assert!(result.is_of(&bomb));
    }
}

/// The main thread's stack grows up to the limit, which may be none.
#[test]
fn an_unlimited_stack_overflows_too() {
    if mode().is_some() {
        let _ = Crash::StackOverflow.trigger();
    }
    guarded(|| {
        let test = rerun("an_unlimited_stack_overflows_too", "overflow");
        let mut shell = Command::new("sh");
        let shell = shell.args([
            "-c",
            "ulimit -s unlimited && exec \"$@\" --test-threads=1",
            "sh",
        ]);
        let shell = shell.arg(test.get_program()).args(test.get_args());
        for (variable, value) in test.get_envs() {
            shell.env(variable, value.unwrap());
        }
        let output = shell.output().unwrap();
        assert_died_of(Crash::StackOverflow, output.status);
    });
}

#[test]
fn crashes_leave_no_core_file() {
    if mode().is_some() {
        let _ = Crash::Segv.trigger();
    }
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let test = rerun("crashes_leave_no_core_file", "crash");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", r#"ulimit -S -c "$(ulimit -H -c)"; exec "$@""#, "sh"]);
        let shell = shell
            .arg(test.get_program())
            .args(test.get_args())
            .current_dir(folder.path());
        for (variable, value) in test.get_envs() {
            shell.env(variable, value.unwrap());
        }
        assert_died_of(Crash::Segv, shell.output().unwrap().status);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    });
}

#[test]
fn a_busy_process_is_not_killed_as_idle() {
    guarded(|| {
        let mut busy = Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn()
            .unwrap();
        assert!(kill_when_idle(busy.id()).unwrap_err().is_timeout());
        busy.kill().unwrap();
        busy.wait().unwrap();
    });
}

#[test]
fn a_process_that_ended_is_gone() {
    guarded(|| {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = child.id();
        let error = kill_when(pid, |_| false).unwrap_err();
        assert!(error.is_gone(), "{error}");
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn the_predicate_decides_the_moment() {
    guarded(|| {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let is_reading = |thread: &manyways_testkit::ThreadView| {
            thread.syscall().is_some_and(|call| call.reads())
        };
        kill_when(child.id(), |process| {
            process.threads().iter().all(is_reading)
        })
        .unwrap();
        assert_died_of(Crash::Kill, child.wait().unwrap());
    });
}

#[test]
fn statuses_are_told_apart() {
    let statuses = [
        (Some(0), None, vec![Crash::Err, Crash::Panic]),
        (Some(101), None, vec![Crash::Panic]),
        (Some(3), None, vec![Crash::Exit]),
        (
            None,
            Some(libc::SIGABRT),
            vec![Crash::Panic, Crash::Abort, Crash::StackOverflow],
        ),
        (None, Some(libc::SIGKILL), vec![Crash::Kill]),
        (
            None,
            Some(libc::SIGSEGV),
            vec![Crash::Segv, Crash::StackOverflow],
        ),
        (None, None, vec![]),
    ];
    for (code, signal, expected) in statuses {
        let matching: Vec<_> = Crash::ALL
            .iter()
            .copied()
            .filter(|crash| crash.exit_matches(code, signal))
            .collect();
        assert_eq!(matching, expected, "{code:?} {signal:?}");
    }
}

#[test]
fn the_panic_of_a_bomb_is_caught_in_its_creator() {
    guarded(|| {
        let bomb = Bomb::argument(Crash::Panic, Point::Running);
        let payload = panic::catch_unwind(AssertUnwindSafe(|| bomb.run())).unwrap_err();
        assert_eq!(*payload.downcast::<String>().unwrap(), CRASH_MESSAGE);
    });
}
