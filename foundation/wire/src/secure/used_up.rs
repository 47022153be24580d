//! The last nonce, which no test outside can reach.

use super::handshake::{self, Session};
use super::incoming::Incoming;
use super::outgoing::Outgoing;
use crate::error::Error;
use crate::secret::Secret;
use std::io::IoSlice;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

fn sessions() -> (Session, Session) {
    let (mut here, mut there) = UnixStream::pair().unwrap();
    let secret = Secret::from_key([7; 32]);
    let limit = Duration::from_secs(60);
    thread::scope(|scope| {
        let accepted =
            scope.spawn(|| handshake::accept(&mut there, &secret, "test", limit).unwrap());
        let connected = handshake::connect(&mut here, &secret, "test", limit).unwrap();
        (connected, accepted.join().unwrap())
    })
}

#[test]
fn the_last_nonce_ends_the_link_on_both_sides() {
    let (connected, accepted) = sessions();
    let mut outgoing = Outgoing::new(Arc::new(connected.keys), u64::MAX - 1);
    let mut incoming = Incoming::new(Arc::new(accepted.keys), u64::MAX - 1);
    let mut wire = Vec::new();
    let mut into = [0; 9];

    assert_eq!(
        outgoing.write(&mut wire, &[IoSlice::new(b"last")]).unwrap(),
        4
    );
    assert_eq!(incoming.read(&mut wire.as_slice(), &mut into).unwrap(), 4);
    assert_eq!(&into[..4], b"last");

    let written = wire.len();
    for error in [
        outgoing
            .write(&mut wire, &[IoSlice::new(b"more")])
            .unwrap_err(),
        outgoing.finish(&mut wire).unwrap_err(),
        incoming.read(&mut wire.as_slice(), &mut into).unwrap_err(),
    ] {
        let error = error.downcast::<Error>().unwrap().to_string();
        assert!(error.contains("used up"), "{error}");
    }
    assert_eq!(
        wire.len(),
        written,
        "nothing goes out under a nonce that was used"
    );
}
