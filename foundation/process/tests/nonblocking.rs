//! A non-blocking link: what the socket does not take waits here, and nothing else does.

use std::time::Duration;

use manyways_process::{Fork, poll_ready};
use manyways_testkit as testkit;

#[test]
fn a_message_larger_than_the_socket_is_sent_on_as_the_other_side_reads() {
    testkit::guarded(|| {
        let bytes: Vec<u8> = (0..4_000_000_u32).map(|n| n as u8).collect();
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let start: u8 = link.recv().unwrap();
                let got: Vec<u8> = link.recv().unwrap();
                let sum: u64 = got.iter().map(|byte| u64::from(*byte)).sum();
                link.send(&(start, got.len(), sum)).unwrap();
            })
            .unwrap();
        child.signal(libc::SIGSTOP).unwrap();
        link.set_nonblocking(true).unwrap();
        link.send(&7_u8).unwrap();
        assert!(!link.halves().0.has_pending());
        assert!(link.send(&bytes).unwrap_err().is_timeout());
        assert!(link.halves().0.has_pending());
        assert!(link.halves().0.flush_pending().unwrap_err().is_timeout());
        let at_once = Some(Duration::ZERO);
        assert!(
            poll_ready(&[(link.as_fd().unwrap(), true)], at_once)
                .unwrap()
                .is_empty()
        );

        child.signal(libc::SIGCONT).unwrap();
        while link.halves().0.has_pending() {
            assert_eq!(
                poll_ready(&[(link.as_fd().unwrap(), true)], None).unwrap(),
                [0]
            );
            match link.halves().0.flush_pending() {
                Err(error) => assert!(error.is_timeout(), "{error}"),
                Ok(()) => assert!(!link.halves().0.has_pending()),
            }
        }
        link.set_nonblocking(false).unwrap();
        let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
        assert_eq!(
            link.recv::<(u8, usize, u64)>().unwrap(),
            (7, bytes.len(), sum)
        );
        assert!(child.wait().unwrap().success());
    });
}
