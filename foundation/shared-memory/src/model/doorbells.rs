//! Doorbells, with a word for the socket through which it is rung: how many rings it has.

use std::sync::Arc;

use super::{bounded, process, with_death_at_each_step};
use crate::doorbell::Doorbell;
use crate::ring::{GetError, Ring};
use crate::seam::{Ordering, Word};

/// What both sides of a pipe have.
struct Pipe {
    ring: Ring,
    bell: Doorbell,
    socket: Word,
    /// Messages that were put by those that live on.
    is_over: Word,
}

impl Pipe {
    fn new() -> Arc<Pipe> {
        Arc::new(Pipe {
            ring: Ring::of_units(8),
            bell: Doorbell::new(),
            socket: Word::default(),
            is_over: Word::default(),
        })
    }

    fn send(&self, message: &[u8]) {
        self.ring.put(&[message], None).unwrap();
        if self.bell.is_heard() {
            self.ring_at_socket();
        }
    }

    fn ring_at_socket(&self) {
        self.socket.fetch_add(1, Ordering::AcqRel);
        self.socket.wake(u32::MAX);
    }

    /// The next message, waiting for it as a connection does; `None` when all senders are gone and nothing is left.
    fn receive(&self) -> Option<Vec<u8>> {
        loop {
            let mut message = Vec::new();
            match self.ring.try_get_if(&mut message, |_| true) {
                Ok(_) => return Some(message),
                Err(GetError::TimedOut) => {}
                Err(error) => panic!("{error}"),
            }
            if self.is_over.load(Ordering::Acquire) != 0 && self.ring.is_empty() {
                return None;
            }
            self.sleep();
            let count = || self.socket.load(Ordering::Acquire) as usize;
            let is_there = || !self.ring.is_empty();
            let forget = |rings: usize| {
                let less = 0_u32.wrapping_sub(rings as u32);
                self.socket.fetch_add(less, Ordering::AcqRel);
            };
            self.bell.hush(count, is_there, forget).unwrap();
        }
    }

    fn sleep(&self) {
        let _listening = self.bell.listen();
        if self.ring.is_empty() && self.is_over.load(Ordering::Acquire) == 0 {
            // As poll does: not while there is a ring.
            self.socket.sleep(0, None);
        }
    }
}

/// The one that waits is woken for the first message, or sees it; and for the second.
#[test]
fn nobody_sleeps_through_a_message() {
    bounded(3, || {
        let pipe = Pipe::new();
        let sender = {
            let pipe = pipe.clone();
            process(1, None, move || {
                [b"one", b"two"].map(|message| pipe.send(message))
            })
        };
        assert_eq!([(); 2].map(|()| pipe.receive().unwrap()), [b"one", b"two"]);
        sender.join().unwrap().unwrap();
    });
}

/// Two receivers of one end: none takes away the ring by which the other is woken.
#[test]
fn two_that_wait_get_a_message_each() {
    bounded(2, || {
        let pipe = Pipe::new();
        let receivers = [1, 2].map(|number| {
            let pipe = pipe.clone();
            process(number, None, move || pipe.receive().unwrap())
        });
        pipe.send(b"one");
        pipe.send(b"two");
        let mut got = receivers.map(|receiver| receiver.join().unwrap().unwrap());
        got.sort();
        assert_eq!(got, [b"one", b"two"]);
    });
}

/// Wherever a receiver dies, another gets what was not received.
#[test]
fn a_receiver_dies() {
    with_death_at_each_step(1, |steps| {
        let pipe = Pipe::new();
        let [victim, other] = [(1, steps), (2, None)].map(|(number, steps)| {
            let pipe = pipe.clone();
            process(number, steps, move || pipe.receive())
        });
        pipe.send(b"one");
        pipe.send(b"two");
        let died = victim.join().unwrap().is_err();
        assert!(other.join().unwrap().unwrap().is_some());
        !died
    });
}

/// Wherever a sender dies, its message is there or never was, and the end is seen behind it.
#[test]
fn a_sender_dies() {
    with_death_at_each_step(2, |steps| {
        let pipe = Pipe::new();
        let victim = {
            let pipe = pipe.clone();
            process(1, steps, move || pipe.send(b"one"))
        };
        let receiver = {
            let pipe = pipe.clone();
            process(2, None, move || {
                std::iter::from_fn(|| pipe.receive()).count()
            })
        };
        let lives = victim.join().unwrap().is_ok();
        // The kernel's part: the end of the stream.
        pipe.is_over.store(1, Ordering::Release);
        pipe.ring_at_socket();
        let received = receiver.join().unwrap().unwrap();
        assert!(received == 1 || received == 0 && !lives);
        lives
    });
}
