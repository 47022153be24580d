//! Descriptors that forked children do not keep.

use std::io::{self, Read};
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

#[test]
fn what_cannot_be_opened_is_an_error() {
    let error = PrivateFd::open(|| Err(io::ErrorKind::NotFound.into())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}
