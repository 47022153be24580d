//! Links that change hands, that lie over foreign sockets, and that do not wait.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use manyways_process::{Fork, Link};
use manyways_testkit as testkit;

#[test]
fn a_body_that_took_its_link_still_reports_its_panic() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let mut own = link.take();
                own.send(&1u8).unwrap();
                drop(own);
                panic!("after the link was dropped");
            })
            .unwrap();
        assert_eq!(link.recv::<u8>().unwrap(), 1);
        let error = link.recv::<u8>().unwrap_err();
        assert_eq!(
            error.panic_report().unwrap().message(),
            "after the link was dropped"
        );
        child.wait().unwrap();
    });
}

#[test]
fn a_socket_becomes_a_link_that_children_do_not_keep_open() {
    testkit::guarded(|| {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut ours = Link::from_socket(ours.into());
        let theirs = Link::from_socket(theirs.into());
        let (mut child, mut to_child) = Fork::new().spawn(|link| drop(link.recv::<u8>())).unwrap();
        drop(theirs);
        assert!(
            ours.recv::<u8>().unwrap_err().is_closed(),
            "the child holds the other end"
        );
        to_child.send(&0u8).unwrap();
        child.wait().unwrap();
    });
}

#[test]
fn a_send_that_does_not_wait_is_finished_piece_by_piece() {
    testkit::guarded(|| {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut ours = Link::from_socket(ours.into());
        let mut theirs = Link::from_socket(theirs.into());
        let big = vec![7u8; 3 << 20];
        ours.set_nonblocking(true).unwrap();
        theirs.set_nonblocking(true).unwrap();
        let (sender, _) = ours.halves();
        assert!(sender.send(&big).unwrap_err().is_timeout());
        let received = loop {
            match theirs.recv::<Vec<u8>>() {
                Ok(received) => break received,
                Err(error) => assert!(error.is_timeout(), "{error}"),
            }
            assert!(sender.has_pending());
            let _ = sender.flush_pending();
        };
        assert!(received == big && !sender.has_pending());
    });
}

#[test]
fn a_panic_is_reported_over_a_full_link_that_does_not_wait() {
    testkit::guarded(|| {
        let (mut told, mut tell) = std::io::pipe().unwrap();
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                link.set_nonblocking(true).unwrap();
                while link.send(&0u8).is_ok() {}
                tell.write_all(&[1]).unwrap();
                panic!("with a full link");
            })
            .unwrap();
        told.read_exact(&mut [0]).unwrap();
        let error = loop {
            if let Err(error) = link.recv::<u8>() {
                break error;
            }
        };
        assert_eq!(error.panic_report().unwrap().message(), "with a full link");
        child.wait().unwrap();
    });
}
