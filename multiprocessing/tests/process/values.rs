//! What goes to a process and comes back.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use manyways_testkit as testkit;
use multiprocessing::connection::{Connection, Descriptor, pipe, wait};
use multiprocessing::{Process, task};

use crate::support::with_each_method;

#[test]
fn a_closure_borrows_what_it_needs() {
    testkit::guarded(|| {
        let numbers: Vec<u64> = (0..1000).collect();
        let mut process = Process::new(|| numbers.iter().sum::<u64>());
        process.start().unwrap();
        assert_eq!(process.join().unwrap(), 499_500);
    });
}

#[task]
fn repeat(text: String, times: usize) -> String {
    text.repeat(times)
}

/// A process ends when it has returned, however much that is and whether somebody waits for it or not.
#[test]
fn large_values_keep_no_process_from_its_end() {
    with_each_method(|context| {
        for size in [0, 1, 65_530, 70_000, 5_000_000] {
            let mut process = context.process(repeat, ("x".to_owned(), size));
            process.start().unwrap();
            assert_eq!(wait(&[&process.sentinel().unwrap()], None).unwrap(), [0]);
            assert_eq!(process.join().unwrap().len(), size);
            assert_eq!(process.join().unwrap().len(), size);
        }
    });
}

#[test]
fn large_arguments_arrive() {
    with_each_method(|context| {
        let text = "y".repeat(3_000_000);
        let mut process = context.process(repeat, (text, 2));
        process.start().unwrap();
        assert_eq!(process.join().unwrap().len(), 6_000_000);
    });
}

#[task]
fn trade(mut request: Connection, into: Descriptor) -> (Descriptor, Connection) {
    let text: String = request.recv().unwrap();
    File::from(into.into_fd())
        .write_all(text.as_bytes())
        .unwrap();
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"from the child").unwrap();
    (Descriptor::new(reader), request)
}

#[test]
fn open_files_travel_both_ways() {
    with_each_method(|context| {
        let (mut here, there) = pipe().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let mut process = context.process(trade, (there, Descriptor::new(writer)));
        process.start().unwrap();
        here.send("to the child").unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "to the child");

        // Twice: each join gives copies of its own.
        for round in 0..2_u8 {
            let (file, mut connection) = process.join().unwrap();
            let mut text = String::new();
            File::from(file.into_fd())
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, if round == 0 { "from the child" } else { "" });
            connection.send(&round).unwrap();
            assert_eq!(here.recv::<u8>().unwrap(), round);
        }
    });
}

#[task]
fn return_unsendable() -> PathBuf {
    PathBuf::from(OsString::from_vec(vec![0xFF]))
}

#[test]
fn a_value_that_cannot_be_sent_is_an_error_of_the_join() {
    with_each_method(|context| {
        let mut process = context.process(return_unsendable, ());
        process.start().unwrap();
        let error = process.join().unwrap_err();
        assert!(error.is_lost(), "{error}");
        assert!(
            error.to_string().starts_with("the value of Process-"),
            "{error}"
        );
        assert_eq!(process.exitcode().unwrap(), Some(0));
    });
}

#[task]
fn take_path(_path: PathBuf) {}

#[test]
fn arguments_that_cannot_be_sent_are_an_error_of_the_start() {
    with_each_method(|context| {
        let mut process =
            context.process(take_path, (PathBuf::from(OsString::from_vec(vec![0xFF])),));
        match context.start_method().name() {
            // Nothing is sent.
            "fork" => {
                process.start().unwrap();
                process.join().unwrap();
            }
            _ => {
                let error = process.start().unwrap_err();
                assert!(error.is_unsendable(), "{error}");
                assert!(!process.is_alive().unwrap());
            }
        }
    });
}
