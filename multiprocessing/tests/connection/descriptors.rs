//! Open files in messages.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use manyways_testkit::guarded;
use multiprocessing::connection::{Descriptor, pipe};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use crate::support::fork;

/// Has a child write a word into a file that it got over a connection.
fn write_in_child(file: &File, word: &'static str) {
    let (mut here, mut there) = pipe().unwrap();
    let child = fork(move || {
        let descriptor: Descriptor = there.recv().unwrap();
        File::from(descriptor.into_fd())
            .write_all(word.as_bytes())
            .unwrap();
    });
    here.send(&Descriptor::new(file.try_clone().unwrap()))
        .unwrap();
    child.join().unwrap();
}

fn content(file: &mut File) -> String {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_file_travels() {
    guarded(|| {
        let mut file = tempfile::tempfile().unwrap();
        write_in_child(&file, "foo");
        assert_eq!(content(&mut file), "foo");
    });
}

#[test]
fn a_file_travels_to_a_large_number() {
    guarded(|| {
        let mut file = tempfile::tempfile().unwrap();
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            // Every number below is taken, so the file gets one above.
            let filler = File::open("/dev/null").unwrap();
            let filling: Vec<OwnedFd> = (0..300)
                .map(|_| filler.as_fd().try_clone_to_owned().unwrap())
                .collect();
            let file = there.recv::<Descriptor>().unwrap().into_fd();
            let number = file.as_raw_fd();
            drop(filling);
            File::from(file).write_all(b"bar").unwrap();
            number
        });
        here.send(&Descriptor::new(file.try_clone().unwrap()))
            .unwrap();
        assert!(child.join().unwrap() >= 300);
        assert_eq!(content(&mut file), "bar");
    });
}

#[test]
fn a_message_without_the_descriptor_it_speaks_of_is_an_error() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        // A `Descriptor` is the number of a descriptor beside the message; here is only the number.
        here.send(&0_u32).unwrap();
        here.send(&7).unwrap();
        let error = there.recv::<Descriptor>().unwrap_err();
        assert!(error.is_decode() && !error.is_closed());
        assert!(error.to_string().contains("came with 0 of them"), "{error}");
        assert_eq!(there.recv::<i32>().unwrap(), 7);
    });
}

#[test]
fn what_came_is_not_inherited_by_other_programs() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        here.send(&Descriptor::new(tempfile::tempfile().unwrap()))
            .unwrap();
        let came = there.recv::<Descriptor>().unwrap();
        let flags = fcntl(came.as_fd(), FcntlArg::F_GETFD).unwrap();
        assert!(FdFlag::from_bits_retain(flags).contains(FdFlag::FD_CLOEXEC));
    });
}

#[test]
fn descriptors_stay_with_their_messages() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let ends: Vec<_> = (0..3).map(|_| std::io::pipe().unwrap()).collect();
        for (at, (reader, _)) in ends.iter().enumerate() {
            here.send(&at).unwrap();
            let reader = Descriptor::new(reader.try_clone().unwrap());
            here.send(&(at, reader)).unwrap();
            here.send_bytes(b"between").unwrap();
        }
        for (at, (_, mut writer)) in ends.into_iter().enumerate() {
            assert_eq!(there.recv::<usize>().unwrap(), at);
            let (number, reader) = there.recv::<(usize, Descriptor)>().unwrap();
            assert_eq!(number, at);
            writer.write_all(&[at as u8]).unwrap();
            let mut byte = [0];
            File::from(reader.into_fd()).read_exact(&mut byte).unwrap();
            assert_eq!(usize::from(byte[0]), at);
            assert_eq!(there.recv_bytes().unwrap(), b"between");
        }
    });
}

#[test]
fn descriptors_of_a_large_message_arrive_too() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let child = fork(move || {
            let (text, end): (String, Descriptor) = there.recv().unwrap();
            File::from(end.into_fd())
                .write_all(&text.as_bytes()[..1])
                .unwrap();
            text.len()
        });
        here.send(&("x".repeat(3 << 20), Descriptor::new(writer)))
            .unwrap();
        let mut byte = [0];
        reader.read_exact(&mut byte).unwrap();
        assert_eq!((byte[0], child.join().unwrap()), (b'x', 3 << 20));
    });
}

#[test]
fn so_many_travel_and_no_more() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let null = File::open("/dev/null").unwrap();
        let copies = |count| -> Vec<Descriptor> {
            (0..count)
                .map(|_| Descriptor::new(null.try_clone().unwrap()))
                .collect()
        };
        here.send(&copies(253)).unwrap();
        assert_eq!(there.recv::<Vec<Descriptor>>().unwrap().len(), 253);
        let error = here.send(&copies(254)).unwrap_err();
        assert!(
            error.is_encode() && error.to_string().contains("at most 253"),
            "{error}"
        );
        here.send(&1).unwrap();
        assert_eq!(there.recv::<i32>().unwrap(), 1);
    });
}

#[test]
fn descriptors_that_nobody_asked_for_are_closed() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        here.send(&Descriptor::new(writer)).unwrap();
        there.recv_bytes().unwrap();
        // No copy of the writer is left: its reader finds the end.
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn descriptors_of_a_message_that_is_too_long_do_not_go_to_the_next() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        for length in [100, 100_000] {
            here.send(&(
                "x".repeat(length),
                Descriptor::new(writer.try_clone().unwrap()),
            ))
            .unwrap();
            here.send(&Descriptor::new(File::open("/dev/null").unwrap()))
                .unwrap();
            assert!(there.recv_bytes_up_to(10).unwrap_err().is_too_long());
            let file = there.recv::<Descriptor>().unwrap();
            assert!(nix::sys::stat::fstat(file.as_fd()).unwrap().st_rdev != 0);
        }
        drop(writer);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn a_reader_without_free_numbers_loses_one_message_and_no_other() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            // A process needs one for its first receive.
            there.recv::<()>().unwrap();
            let mut hoard = Vec::new();
            let null = File::open("/dev/null").unwrap();
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, 64, 64)
                .unwrap();
            while let Ok(copy) = null.try_clone() {
                hoard.push(copy);
            }
            let error = there.recv::<Descriptor>().unwrap_err();
            drop(hoard);
            let next = there.recv::<Descriptor>().is_ok();
            (error.is_decode(), error.to_string(), next)
        });
        here.send(&()).unwrap();
        for _ in 0..2 {
            here.send(&Descriptor::new(File::open("/dev/null").unwrap()))
                .unwrap();
        }
        let (is_decode, text, next) = child.join().unwrap();
        assert!(is_decode && next && text.contains("ulimit -n"), "{text}");
    });
}

#[test]
fn a_reader_without_a_free_number_for_its_first_receive_loses_nothing() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            let null = File::open("/dev/null").unwrap();
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, 64, 64)
                .unwrap();
            let hoard: Vec<File> = std::iter::from_fn(|| null.try_clone().ok()).collect();
            let error = there.recv::<i32>().unwrap_err();
            drop(hoard);
            (error.to_string(), there.recv::<i32>().unwrap())
        });
        here.send(&5).unwrap();
        let (text, number) = child.join().unwrap();
        assert!(text.contains("no descriptor is free"), "{text}");
        assert_eq!(number, 5);
    });
}
