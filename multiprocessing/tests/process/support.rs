//! What the cases share.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::time::Duration;

use manyways_testkit as testkit;
use multiprocessing::connection::{Connection, Descriptor};
use multiprocessing::{
    Context, StartMethod, get_all_start_methods, get_context, stop_forkserver, task,
};

/// Runs a case with each start method.
pub(crate) fn with_each_method(case: impl Fn(Context)) {
    get_all_start_methods()
        .into_iter()
        .for_each(|method| with_method(method, &case));
}

pub(crate) fn with_method(method: StartMethod, case: impl Fn(Context)) {
    println!("by {method}:");
    testkit::guarded(|| {
        case(get_context(method));
        stop_forkserver();
    });
}

/// Longer than any of these cases may take.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// Waits for ever.
#[task]
pub(crate) fn sleep() {
    loop {
        std::thread::sleep(LONG);
    }
}

/// Waits until the other end says something, or is gone.
#[task]
pub(crate) fn wait_for(mut connection: Connection) {
    let _ = connection.recv::<()>();
}

#[task]
pub(crate) fn nothing() {}

/// A pipe whose write end only processes to be watched hold: its end of file is the end of them all.
pub(crate) struct Watch {
    reader: PipeReader,
}

impl Watch {
    pub(crate) fn new() -> (Watch, Descriptor) {
        let (reader, writer) = std::io::pipe().unwrap();
        (Watch { reader }, Descriptor::new(writer))
    }

    /// Waits until `count` processes have called [`report`], and gives their pids.
    pub(crate) fn await_reports(&mut self, count: usize) -> Vec<u32> {
        let mut pids = vec![0; 4 * count];
        self.reader.read_exact(&mut pids).unwrap();
        let pids = pids.chunks_exact(4);
        pids.map(|pid| u32::from_ne_bytes(pid.try_into().unwrap()))
            .collect()
    }

    /// Waits for the end of all that hold the other end.
    pub(crate) fn await_end(mut self) {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "somebody reported late");
    }
}

/// Tells the watch of this process, which holds the pipe to its end.
pub(crate) fn report(watch: Descriptor) -> PipeWriter {
    let mut writer = PipeWriter::from(watch.into_fd());
    writer.write_all(&std::process::id().to_ne_bytes()).unwrap();
    writer
}

impl Watch {
    /// Waits for the end of all that hold the other end, whoever reported before.
    pub(crate) fn await_silence(mut self) {
        self.reader.read_to_end(&mut Vec::new()).unwrap();
    }
}
