//! Descriptors that forked children do not keep.

mod common;

use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use manyways_process::{Fork, PrivateFd};
use manyways_testkit as testkit;

/// The child is forked before the connection ends and lives on: the stream must end all the same.
#[test]
fn the_stream_ends_with_its_owner_though_children_were_forked() {
    testkit::guarded(|| {
        let (mut reader, writer) = UnixStream::pair().unwrap();
        let private = PrivateFd::new(writer.into());
        let (_child, _link) = Fork::new().spawn(|link| drop(link.recv::<()>())).unwrap();
        drop(private);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn a_copy_in_a_child_is_refused() {
    testkit::guarded(|| {
        let private = PrivateFd::open(|| Ok(io::pipe()?.0.into())).unwrap();
        let task = Fork::new()
            .run(|| private.get().unwrap_err().to_string())
            .unwrap();
        assert!(task.join().unwrap().contains("belongs to the process"));
        assert!(private.get().is_ok());
    });
}

/// What another library forks lives on, and holds neither the child's end of the link nor the parent's.
#[test]
fn a_foreign_fork_hides_no_death() {
    testkit::guarded(|| {
        let (until, end) = io::pipe().unwrap();
        let foreign_fork = || {
            common::sys::close(end.as_raw_fd());
            common::sys::foreign_fork(until.as_raw_fd());
        };
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                foreign_fork();
                link.send(&()).unwrap();
                common::block_for_ever()
            })
            .unwrap();
        link.recv::<()>().unwrap();
        child.kill().unwrap();
        assert!(link.recv::<()>().unwrap_err().is_closed());

        let (mut watch, writer) = common::Watch::new();
        let (mut parent, mut link) = Fork::new()
            .spawn(|link| {
                let _family = Fork::new().spawn(|_| {
                    common::report(&writer);
                    common::block_for_ever()
                });
                drop(writer);
                foreign_fork();
                link.send(&()).unwrap();
                common::block_for_ever()
            })
            .unwrap();
        watch.await_reports(1);
        link.recv::<()>().unwrap();
        parent.kill().unwrap();
        watch.await_end();
    });
}

#[test]
fn what_cannot_be_opened_is_an_error() {
    let error = PrivateFd::open(|| Err(io::ErrorKind::NotFound.into())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}
