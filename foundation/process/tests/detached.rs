//! Background processes: nobody's children, nobody's files.

use std::io::{Read, Write, pipe};
use std::time::Duration;

use manyways_process::{Exit, Fork, Output};
use manyways_testkit as testkit;

const LONG: Duration = Duration::from_secs(30);

fn parent_of(pid: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    fields[1].parse().unwrap()
}

fn children() -> String {
    std::fs::read_to_string("/proc/thread-self/children").unwrap()
}

#[test]
fn it_is_no_child_and_leaves_no_zombie() {
    testkit::guarded(|| {
        let before = children();
        let spawn = || Fork::new().spawn_detached(|link| drop(link.recv::<()>()));
        let (mut process, link) = spawn().unwrap();
        assert_ne!(parent_of(process.pid()), std::process::id());
        assert_eq!(children(), before);
        assert!(process.is_alive().unwrap());
        assert_eq!(
            process.wait_timeout(Duration::from_millis(20)).unwrap(),
            None
        );
        drop(link);
        assert_eq!(process.wait_timeout(LONG).unwrap(), Some(Exit::Unknown));
        assert_eq!(process.wait().unwrap(), Exit::Unknown);
        assert!(!process.is_alive().unwrap());
        process.kill().unwrap();

        let (mut process, mut link) = spawn().unwrap();
        process.signal(19).unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(link.recv::<()>().unwrap_err().is_closed());
        assert_eq!(children(), before);
    });
}

#[test]
fn it_outlives_its_maker() {
    testkit::guarded(|| {
        let (mut reader, writer) = pipe().unwrap();
        let maker = Fork::new().run(|| {
            let spawned = Fork::new().spawn_detached(|link| {
                let _ = link.recv::<()>(); // The maker's end.
                (&writer).write_all(&[7]).unwrap();
            });
            spawned.unwrap().0.pid()
        });
        maker.unwrap().join().unwrap();
        drop(writer);
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, [7]);
    });
}

#[test]
fn its_panic_and_output_come_to_its_maker() {
    testkit::guarded(|| {
        let fork = Fork::new().stdout(Output::Capture).stderr(Output::Null);
        let (mut process, mut link) = fork
            .spawn_detached(|_| {
                std::io::stdout().write_all(b"last words").unwrap();
                panic!("no luck")
            })
            .unwrap();
        let mut text = String::new();
        let mut stdout = process.take_stdout().unwrap();
        stdout.read_to_string(&mut text).unwrap();
        assert_eq!(text, "last words");
        let error = link.recv::<()>().unwrap_err();
        assert_eq!(error.panic_report().unwrap().message(), "no luck");
        process.wait().unwrap();
    });
}

/// Whoever opened them, and whatever their numbers are.
#[test]
fn only_the_link_and_the_standard_streams_stay_open() {
    testkit::guarded(|| {
        let files: Vec<_> = (0..50)
            .map(|_| std::fs::File::open("/dev/null").unwrap())
            .collect();
        let (mut reader, writer) = pipe().unwrap();
        let fork = || Fork::new().close_other_files();
        let list = || {
            let open = std::fs::read_dir("/proc/self/fd").unwrap();
            open.count() - 1 // The list's own.
        };
        // The standard streams, the link, and the life line that a detached one has not.
        assert_eq!(fork().run(list).unwrap().join().unwrap(), 5);
        let (mut process, mut link) = fork()
            .spawn_detached(|link| {
                link.send(&list()).unwrap();
                let _ = link.recv::<()>();
            })
            .unwrap();
        assert_eq!(link.recv::<usize>().unwrap(), 4);
        drop((files, writer));
        assert_eq!(reader.read(&mut [0]).unwrap(), 0, "the end of the pipe");
        assert!(process.is_alive().unwrap());
        drop(link);
        process.wait().unwrap();
    });
}
