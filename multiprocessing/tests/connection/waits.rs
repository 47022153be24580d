//! `TestWait`.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use manyways_process::{Fork, Task};
use manyways_testkit::guarded;
use multiprocessing::connection::{Waitable, one_way_pipe, pipe, wait};

use crate::support::{LONG, SHORT, fork};

/// Four children that send ten messages each, at once or with pauses.
fn messages_of_all_arrive(slow: bool) {
    let mut readers = Vec::new();
    let mut children: Vec<Task<()>> = Vec::new();
    for child in 0..4_usize {
        let (reader, mut writer) = one_way_pipe().unwrap();
        children.push(fork(move || {
            for number in 0..10_u32 {
                if slow {
                    // So that the waits find one at a time; the numbers are the same without it.
                    thread::sleep(Duration::from_millis(3));
                }
                writer.send(&(number, child)).unwrap();
            }
        }));
        readers.push(Some(reader));
    }
    let mut messages = Vec::new();
    while readers.iter().any(Option::is_some) {
        let open: Vec<usize> = (0..4).filter(|at| readers[*at].is_some()).collect();
        let objects: Vec<&dyn Waitable> = open
            .iter()
            .filter_map(|at| readers[*at].as_ref().map(|reader| reader as &dyn Waitable))
            .collect();
        for ready in wait(&objects, Some(LONG)).unwrap() {
            let at = open[ready];
            match readers[at].as_mut().unwrap().recv::<(u32, usize)>() {
                Ok(message) => messages.push(message),
                Err(error) => {
                    assert!(error.is_closed(), "{error}");
                    readers[at] = None;
                }
            }
        }
    }
    messages.sort_unstable();
    let expected = (0..10).flat_map(|number| (0..4).map(move |child| (number, child)));
    assert_eq!(messages, expected.collect::<Vec<_>>());
    for child in children {
        child.join().unwrap();
    }
}

#[test]
fn quick_messages_of_all_arrive() {
    guarded(|| messages_of_all_arrive(false));
}

#[test]
fn slow_messages_of_all_arrive() {
    guarded(|| messages_of_all_arrive(true));
}

/// The same over bare sockets, which know nothing of messages.
fn bytes_of_all_arrive(slow: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let write = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        for number in 0..10 {
            if slow {
                thread::sleep(Duration::from_millis(3));
            }
            writeln!(stream, "{number}").unwrap();
        }
    };
    let children: Vec<Task<()>> = (0..4).map(|_| fork(write)).collect();
    let mut streams: Vec<TcpStream> = (0..4).map(|_| listener.accept().unwrap().0).collect();
    let mut texts = Vec::new();
    let mut partial = vec![String::new(); 4];
    while !streams.is_empty() {
        let objects: Vec<&dyn Waitable> = streams
            .iter()
            .map(|stream| stream as &dyn Waitable)
            .collect();
        let ready = wait(&objects, Some(LONG)).unwrap();
        for at in ready.into_iter().rev() {
            let mut buffer = [0; 32];
            match std::io::Read::read(&mut streams[at], &mut buffer).unwrap() {
                0 => {
                    streams.remove(at);
                    texts.push(partial.remove(at));
                }
                count => partial[at].push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
            }
        }
    }
    assert_eq!(texts, vec!["0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"; 4]);
    for child in children {
        child.join().unwrap();
    }
}

#[test]
fn quick_bytes_of_all_arrive() {
    guarded(|| bytes_of_all_arrive(false));
}

#[test]
fn slow_bytes_of_all_arrive() {
    guarded(|| bytes_of_all_arrive(true));
}

#[test]
fn a_wait_ends_at_its_limit_or_before_with_what_is_ready() {
    guarded(|| {
        let (a, mut b) = pipe().unwrap();
        let began = Instant::now();
        assert!(wait(&[&a, &b], Some(SHORT)).unwrap().is_empty());
        assert!(began.elapsed() >= SHORT);
        b.send(&()).unwrap();
        assert_eq!(wait(&[&a, &b], Some(LONG)).unwrap(), [0]);
        assert!(began.elapsed() < LONG);
    });
}

#[test]
fn a_wait_without_time_asks() {
    guarded(|| {
        let (a, b) = pipe().unwrap();
        let began = Instant::now();
        assert!(wait(&[&a, &b], Some(Duration::ZERO)).unwrap().is_empty());
        assert!(wait(&[], Some(Duration::ZERO)).unwrap().is_empty());
        assert!(began.elapsed() < LONG);
    });
}

#[test]
fn processes_pipes_and_connections_in_one_list() {
    guarded(|| {
        let (a, mut b) = pipe().unwrap();
        let (reader, mut writer) = std::io::pipe().unwrap();
        let (mut go, hear) = pipe().unwrap();
        let (mut child, _link) = Fork::new()
            .spawn(move |_| {
                let mut hear = hear;
                hear.recv::<()>().unwrap();
            })
            .unwrap();
        let sentinel = child.as_fd().unwrap().unwrap();
        let objects: [&dyn Waitable; 3] = [&a, &sentinel, &reader];
        assert!(wait(&objects, Some(SHORT)).unwrap().is_empty());
        go.send(&()).unwrap();
        assert_eq!(wait(&objects, Some(LONG)).unwrap(), [1]);
        b.send(&()).unwrap();
        assert_eq!(wait(&objects, Some(LONG)).unwrap(), [0, 1]);
        writer.write_all(b"x").unwrap();
        assert_eq!(wait(&objects, Some(LONG)).unwrap(), [0, 1, 2]);
        child.wait().unwrap();
    });
}

#[test]
fn what_was_read_ahead_is_ready_beside_what_was_not() {
    guarded(|| {
        let ((mut a, mut b), (c, mut d)) = (pipe().unwrap(), pipe().unwrap());
        b.send(&1).unwrap();
        b.send(&2).unwrap();
        assert_eq!(a.recv::<i32>().unwrap(), 1);
        assert_eq!(wait(&[&c, &a], None).unwrap(), [1]);
        d.send(&3).unwrap();
        assert_eq!(wait(&[&c, &a], None).unwrap(), [0, 1]);
        assert_eq!(a.recv::<i32>().unwrap(), 2);
        assert_eq!(wait(&[&c, &a], None).unwrap(), [0]);
    });
}
