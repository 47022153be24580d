//! What several test files need.

#![allow(dead_code)] // Each file uses some of it.

use std::collections::BTreeSet;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::{fs, io};

use manyways_testkit::ProcessView;

pub(crate) mod sys;

/// The descriptor numbers that this process has open.
pub(crate) fn open_fds() -> BTreeSet<i32> {
    let numbers = |folder: &str| -> Vec<i32> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| {
                entry
                    .unwrap()
                    .file_name()
                    .to_str()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect()
    };
    let mut open: BTreeSet<i32> = numbers("/proc/self/fd").into_iter().collect();
    // The listing had a descriptor of its own, which is closed by now.
    open.retain(|fd| fs::read_link(format!("/proc/self/fd/{fd}")).is_ok());
    open
}

/// Waits, without sleeping, for what other processes do and nobody announces.
pub(crate) fn wait_until(mut done: impl FnMut() -> bool) {
    while !done() {
        std::thread::yield_now();
    }
}

pub(crate) fn state_of(pid: u32) -> Option<char> {
    ProcessView::of(pid).map(|view| view.state())
}

/// A pipe whose write end only processes to be watched hold: its end of file is the end of them all.
pub(crate) struct Watch {
    reader: PipeReader,
}

impl Watch {
    pub(crate) fn new() -> (Watch, PipeWriter) {
        let (reader, writer) = io::pipe().unwrap();
        (Watch { reader }, writer)
    }

    /// Waits until `count` processes have called [`report`].
    pub(crate) fn await_reports(&mut self, count: usize) -> Vec<u32> {
        let mut pids = vec![0; 4 * count];
        self.reader.read_exact(&mut pids).unwrap();
        let pids = pids.chunks_exact(4);
        pids.map(|pid| u32::from_ne_bytes(pid.try_into().unwrap()))
            .collect()
    }

    /// Waits for the end of all that hold the other end, and gives what was still reported.
    pub(crate) fn read_to_end(&mut self, rest: &mut Vec<u8>) {
        self.reader.read_to_end(rest).unwrap();
    }

    /// Waits for the end of all that hold the other end.
    pub(crate) fn await_end(mut self) {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "somebody reported late");
    }
}

pub(crate) fn report(mut watch: &PipeWriter) {
    watch.write_all(&std::process::id().to_ne_bytes()).unwrap();
}

/// Never returns: reads from a pipe into which nobody writes.
pub(crate) fn block_for_ever() -> ! {
    let (mut reader, _writer) = io::pipe().unwrap();
    loop {
        let _ = reader.read(&mut [0]);
    }
}
