//! Each kind of leak is found and named; none is seen where there is none.

mod support;

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::{env, panic, process, thread};

use manyways_testkit::{Leak, LeakGuard, guarded, kill_process};
use support::{mode, rerun};

/// Plants one leak, checks that it alone is found, and that after `clean` nothing is.
fn planted<T>(plant: impl FnOnce() -> T, check: impl FnOnce(&[Leak], &T), clean: impl FnOnce(T)) {
    guarded(|| {
        let guard = LeakGuard::new();
        let leak = plant();
        check(guard.check().unwrap_err().entries(), &leak);
        clean(leak);
        guard.check().unwrap();
    });
}

#[test]
fn an_open_descriptor_is_found() {
    planted(
        || File::open("/dev/zero").unwrap(),
        |leaks, file| {
            let number = file.as_raw_fd().cast_unsigned();
            assert_eq!(
                leaks,
                [Leak::Descriptor {
                    number,
                    target: "/dev/zero".to_owned()
                }]
            );
        },
        drop,
    );
}

#[test]
fn a_descriptor_closed_by_mistake_is_found() {
    guarded(|| {
        let file = File::open("/dev/zero").unwrap();
        let number = file.as_raw_fd().cast_unsigned();
        let guard = LeakGuard::new();
        drop(file);
        let leaks = guard.check().unwrap_err();
        assert_eq!(
            leaks.entries(),
            [Leak::LostDescriptor {
                number,
                target: "/dev/zero".to_owned()
            }]
        );
    });
}

#[test]
fn a_living_child_is_found() {
    planted(
        || Command::new("sleep").arg("1000").spawn().unwrap(),
        |leaks, child| {
            let expected = Leak::Process {
                pid: child.id(),
                state: 'S',
                command: "sleep 1000".to_owned(),
            };
            assert_eq!(leaks, [expected]);
        },
        |mut child| {
            child.kill().unwrap();
            child.wait().unwrap();
        },
    );
}

#[test]
fn a_zombie_is_found() {
    planted(
        || Command::new("true").spawn().unwrap(),
        |leaks, child| {
            let expected = Leak::Process {
                pid: child.id(),
                state: 'Z',
                command: "[true]".to_owned(),
            };
            assert_eq!(leaks, [expected]);
            assert!(leaks[0].to_string().starts_with("zombie process"));
        },
        |mut child| assert!(child.wait().unwrap().success()),
    );
}

#[test]
fn an_orphan_is_found() {
    planted(
        || {
            let mut shell = Command::new("sh");
            let shell = shell
                .args(["-c", "sleep 1000 >/dev/null & echo $!"])
                .stderr(Stdio::null());
            let output = shell.output().unwrap().stdout;
            String::from_utf8(output)
                .unwrap()
                .trim()
                .parse::<u32>()
                .unwrap()
        },
        |leaks, orphan| {
            assert!(
                matches!(leaks, [Leak::Process { pid, .. }] if pid == orphan),
                "{leaks:?}"
            );
        },
        |orphan| kill_process(orphan).unwrap(),
    );
}

#[test]
fn a_thread_is_found() {
    planted(
        || {
            let (end, ended) = mpsc::channel::<()>();
            let wait = move || ended.recv().unwrap_err();
            (
                end,
                thread::Builder::new()
                    .name("forgotten".to_owned())
                    .spawn(wait)
                    .unwrap(),
            )
        },
        |leaks, _| {
            assert!(
                matches!(leaks, [Leak::Thread { name, .. }] if name == "forgotten"),
                "{leaks:?}"
            );
        },
        |(end, thread)| {
            drop(end);
            thread.join().unwrap();
        },
    );
}

#[test]
fn a_shared_memory_name_is_found() {
    let path = Path::new("/dev/shm").join(format!("manyways-testkit-{}", process::id()));
    planted(
        || drop(File::create_new(&path).unwrap()),
        |leaks, ()| assert_eq!(leaks, [Leak::SharedMemory { path: path.clone() }]),
        |()| fs::remove_file(&path).unwrap(),
    );
}

/// Runs `sleep` with an empty environment under a shell that ends at once: nothing ties it to this
/// process.
fn stranger_with(file: File) -> u32 {
    let path = env::var_os("PATH").unwrap();
    let mut shell = Command::new("sh");
    let shell = shell
        .args(["-c", "sleep 1000 >/dev/null & echo $!"])
        .env_clear()
        .env("PATH", path);
    let output = shell.stdin(Stdio::null()).stderr(file).output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn shared_memory_that_a_stranger_holds_is_not_counted() {
    let path = Path::new("/dev/shm").join(format!("manyways-stranger-{}", process::id()));
    guarded(|| {
        let guard = LeakGuard::new();
        let stranger = stranger_with(File::create_new(&path).unwrap());
        guard.check().unwrap();
        kill_process(stranger).unwrap();
        assert_eq!(
            guard.check().unwrap_err().entries(),
            [Leak::SharedMemory { path: path.clone() }]
        );
        fs::remove_file(&path).unwrap();
        guard.check().unwrap();
    });
}

#[test]
fn a_temporary_file_is_found() {
    let path = env::temp_dir().join("forgotten");
    planted(
        || drop(File::create_new(&path).unwrap()),
        |leaks, ()| assert_eq!(leaks, [Leak::TemporaryFile { path: path.clone() }]),
        |()| fs::remove_file(&path).unwrap(),
    );
}

#[test]
fn the_folder_for_temporary_files_is_private_and_goes_at_exit() {
    if mode().is_some() {
        File::create_new(env::temp_dir().join("litter")).unwrap();
        return println!("folder={}", env::temp_dir().display());
    }
    guarded(|| {
        let outside = tempfile::tempdir().unwrap();
        let output = rerun(
            "the_folder_for_temporary_files_is_private_and_goes_at_exit",
            "print",
        )
        .arg("--nocapture")
        .env_remove("MANYWAYS_TEST_FAMILY")
        .env("TMPDIR", outside.path())
        .output()
        .unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, folder) = text.split_once("folder=").expect(&text);
        let folder = Path::new(folder.lines().next().unwrap());
        assert_eq!(folder.parent().unwrap(), outside.path());
        assert!(!folder.exists());
    });
}

#[test]
fn a_leaking_test_fails_and_its_processes_are_killed() {
    let mut leaked = 0;
    let failed = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        guarded(|| leaked = Command::new("sleep").arg("2000").spawn().unwrap().id());
    }));
    let message = *failed.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.starts_with("left behind:") && message.contains("sleep 2000"),
        "{message}"
    );
    let status =
        nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(leaked.cast_signed()), None).unwrap();
    assert!(
        matches!(status, nix::sys::wait::WaitStatus::Signaled(..)),
        "{status:?}"
    );
}

#[test]
fn a_panic_is_passed_on_and_the_next_test_runs() {
    let failed = panic::catch_unwind(|| guarded(|| panic!("the test's own")));
    assert_eq!(
        *failed.unwrap_err().downcast::<&str>().unwrap(),
        "the test's own"
    );
    assert_eq!(guarded(|| 5), 5);
}

#[test]
fn a_guarded_test_inside_another_is_refused() {
    let failed = panic::catch_unwind(|| guarded(|| guarded(|| ())));
    let message = *failed.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(message, "a guarded test runs another guarded test");
    guarded(|| ());
}

/// As a panic of a test that is not guarded does, on a machine that makes it wait in between.
#[test]
fn a_program_that_was_read_for_a_backtrace_is_not_missed() {
    guarded(|| {
        let program = File::open(env::current_exe().unwrap()).unwrap();
        let guard = LeakGuard::new();
        drop(program);
        guard.check().unwrap();
    });
}

/// What an honest test does: a child, a thread, a pipe, a temporary file.
fn honest_round() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let pipe = std::io::pipe().unwrap();
    let thread = thread::spawn(|| Command::new("true").status().unwrap());
    assert!(thread.join().unwrap().success());
    drop((pipe, file));
}

#[test]
fn two_hundred_honest_rounds_raise_no_alarm() {
    (0..200).for_each(|_| guarded(honest_round));
}

/// As in the harness: threads that wait their turn, start and end while another one's test runs.
#[test]
fn threads_of_the_harness_raise_no_alarm() {
    if mode().is_some() {
        for _ in 0..10 {
            let tests: Vec<_> = (0..8)
                .map(|_| thread::spawn(|| guarded(honest_round)))
                .collect();
            tests.into_iter().for_each(|test| test.join().unwrap());
        }
        return;
    }
    // In a process of its own, for here its own thread would not be known as the harness's.
    guarded(|| {
        let mut test = rerun("threads_of_the_harness_raise_no_alarm", "harness");
        let output = test.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    });
}
