//! Channels alone: acknowledgement, types, ends.

use std::io::Write;
use std::os::fd::AsFd;
use std::panic::catch_unwind;
use std::time::Duration;

use manyways_process::poll_readable;
use manyways_testkit as testkit;
use pprocess::{BackgroundCallable, Channel, connect_persistent, start};
use serde_bytes::ByteBuf;

#[test]
fn a_send_returns_when_the_message_has_been_taken() {
    testkit::guarded(|| {
        let (told, mut tell) = std::io::pipe().unwrap();
        let mut channel = start(|channel: &mut Channel<u32>| {
            channel.send(&1).unwrap();
            tell.write_all(&[1]).unwrap();
            channel.send(&2).unwrap();
        })
        .unwrap();
        let has_returned = |limit| {
            let ready = poll_readable(&[told.as_fd()], Some(limit));
            !ready.unwrap().is_empty()
        };
        assert!(!has_returned(Duration::from_millis(50)));
        assert_eq!(channel.receive().unwrap(), 1);
        assert!(has_returned(Duration::MAX));
        assert_eq!(channel.receive().unwrap(), 2);
        assert!(channel.wait().unwrap().success());
    });
}

#[test]
fn messages_of_both_sides_may_cross() {
    testkit::guarded(|| {
        let mut channel = start(|channel: &mut Channel<u32, u32>| {
            for n in 0..100 {
                channel.send(&n).unwrap();
                assert_eq!(channel.receive().unwrap(), n);
            }
        })
        .unwrap();
        for n in 0..100 {
            channel.send(&n).unwrap();
            assert_eq!(channel.receive().unwrap(), n);
        }
        assert!(channel.wait().unwrap().success());
    });
}

#[test]
fn two_sides_that_only_send_are_told_so() {
    testkit::guarded(|| {
        let send = |channel: &mut Channel<u32, u32>| (0..10).find_map(|n| channel.send(&n).err());
        let mut channel = start(|channel: &mut Channel<u32, u32>| {
            let _ = send(channel);
        })
        .unwrap();
        let error = send(&mut channel).unwrap();
        // The side that notices first says it; the other finds it gone.
        let text = error.to_string();
        assert!(
            text.contains("neither receives") || error.is_closed(),
            "{text}"
        );
    });
}

#[test]
fn a_message_of_another_type_is_an_error_and_the_next_one_comes() {
    testkit::guarded(|| {
        // Programs that meet at an address may disagree.
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("a");
        let send = |channel: &mut Channel<u32>, (): ()| {
            channel.send(&7).unwrap();
            channel.send(&1).unwrap();
        };
        BackgroundCallable::new(&address, send).call(()).unwrap();
        let mut client = connect_persistent::<(), bool>(&address).unwrap();
        let error = client.receive().unwrap_err();
        assert!(
            error.is_decode() && error.to_string().contains("bool"),
            "{error}"
        );
        assert!(client.receive().unwrap());
        assert!(client.receive().unwrap_err().is_closed());
    });
}

#[test]
fn a_closed_channel_is_an_end_for_the_other_side() {
    testkit::guarded(|| {
        let mut channel = start(|channel: &mut Channel<u32, u32>| {
            assert_eq!(channel.receive().unwrap(), 5);
            assert!(channel.receive().unwrap_err().is_closed());
            assert!(channel.send(&1).unwrap_err().is_closed());
        })
        .unwrap();
        channel.send(&5).unwrap();
        channel.close();
        assert!(channel.receive().unwrap_err().is_closed());
        assert!(channel.wait().unwrap().success());
    });
}

#[test]
fn a_send_to_the_dead_is_an_error_that_says_how_it_died() {
    testkit::guarded(|| {
        let mut channel = start(|_: &mut Channel<u32, u32>| std::process::exit(4)).unwrap();
        let error = channel.send(&1).unwrap_err();
        assert!(
            error.is_died() && error.pid() == Some(channel.pid()),
            "{error}"
        );
        assert!(error.to_string().ends_with("exited with code 4"), "{error}");
    });
}

#[test]
fn only_a_child_can_exit_and_only_a_parent_can_wait() {
    testkit::guarded(|| {
        let mut channel = start(|channel: &mut Channel<bool>| {
            let refused = channel.wait().is_err();
            channel.send(&refused).unwrap();
        })
        .unwrap();
        assert!(channel.receive().unwrap());
        assert!(channel.wait().unwrap().success());
        let exit = std::panic::AssertUnwindSafe(|| pprocess::exit(&mut channel));
        assert!(catch_unwind(exit).is_err());
    });
}

#[test]
fn waiting_has_an_end() {
    testkit::guarded(|| {
        let mut channel = start(|channel: &mut Channel<u32, u32>| {
            let n = channel.receive().unwrap();
            channel.send(&n).unwrap();
        })
        .unwrap();
        let short = Duration::from_millis(5);
        assert_eq!(channel.receive_timeout(short).unwrap(), None);
        channel.send(&1).unwrap();
        assert_eq!(channel.receive_timeout(Duration::MAX).unwrap(), Some(1));
    });
}

/// The client has a part of the message when the supervisor dies.
#[test]
fn a_supervisor_killed_in_mid_message_is_missed() {
    testkit::guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("a");
        let send = |channel: &mut Channel<ByteBuf>, size: usize| {
            let _ = channel.send(&ByteBuf::from(vec![1; size]));
        };
        let process = BackgroundCallable::new(&address, send)
            .call(32 << 20)
            .unwrap();
        let mut client = connect_persistent::<(), ByteBuf>(&address).unwrap();
        // Nobody reads, so it is asleep with a full socket.
        testkit::kill_when_idle(process.supervisor()).unwrap();
        let error = client.receive().unwrap_err();
        assert!(
            error.is_died() && error.pid() == Some(process.pid()),
            "{error}"
        );
        drop(client);
        assert!(
            connect_persistent::<(), ByteBuf>(&address)
                .unwrap_err()
                .is_died()
        );
    });
}
