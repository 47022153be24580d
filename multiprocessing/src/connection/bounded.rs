//! Frames on a socket beside a lane.

use std::io::{self, Read};

use super::rings::leading_rings;
use super::socket::Socket;

/// Of a frame: four bytes that say that it is one, and the length of what follows.
const HEADER: usize = 12;

/// Reads no further than to the end of a frame, and passes over the rings between frames.
#[derive(Debug)]
pub(crate) struct Bounded {
    socket: Socket,
    /// The header that is being read.
    header: [u8; HEADER],
    /// How much of it has been.
    read: usize,
    /// What is left of the frame behind its header.
    left: u64,
}

impl Bounded {
    pub(crate) fn new(socket: Socket) -> Bounded {
        Bounded {
            socket,
            header: [0; HEADER],
            read: 0,
            left: 0,
        }
    }

    /// After these bytes, the beginning of a frame, were read elsewhere.
    pub(crate) fn after(socket: Socket, bytes: &[u8]) -> Bounded {
        let mut bounded = Bounded::new(socket);
        let (header, rest) = bytes.split_at(bytes.len().min(HEADER));
        bounded.note(header);
        bounded.left = bounded.left.saturating_sub(rest.len() as u64);
        bounded
    }

    /// Bytes of a header have been read.
    fn note(&mut self, bytes: &[u8]) {
        let read = self.read + bytes.len();
        self.header[self.read..read].copy_from_slice(bytes);
        self.read = read;
        if read == HEADER {
            let [_, _, _, _, length @ ..] = self.header;
            self.left = u64::from_le_bytes(length);
            self.read = 0;
        }
    }

    fn read_header(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let room = (HEADER - self.read).min(buffer.len());
            let count = self.socket.read(&mut buffer[..room])?;
            let rings = match self.read {
                0 => leading_rings(&buffer[..count]),
                _ => 0,
            };
            self.note(&buffer[rings..count]);
            if rings < count || count == 0 {
                buffer.copy_within(rings..count, 0);
                return Ok(count - rings);
            }
        }
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return self.read_header(buffer);
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        let count = self.socket.read(&mut buffer[..room])?;
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn pair() -> (UnixStream, Socket) {
        let (raw, other) = UnixStream::pair().unwrap();
        let socket = Socket::adopt(OwnedFd::from(other)).unwrap().unwrap();
        (raw, socket)
    }

    fn frame(payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u64).to_le_bytes();
        [&[0xF5, b'M', b'W', 1], &length[..], payload].concat()
    }

    /// All that comes, a buffer of so many bytes at a time.
    fn read_all(mut bounded: Bounded, size: usize) -> Vec<u8> {
        let (mut all, mut buffer) = (Vec::new(), vec![9; size]);
        loop {
            match bounded.read(&mut buffer).unwrap() {
                0 => return all,
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
    }

    #[test]
    fn rings_between_frames_are_passed_over_and_zeros_within_are_not() {
        manyways_testkit::guarded(|| {
            for size in [1, 5, 12, 13, 100] {
                let (mut raw, socket) = pair();
                let frames = [frame(&[0, 0, 7]), frame(&[]), frame(&[0; 40])];
                raw.write_all(&[0; 20]).unwrap();
                for frame in &frames {
                    raw.write_all(frame).unwrap();
                    raw.write_all(&[0; 3]).unwrap();
                }
                drop(raw);
                assert_eq!(read_all(Bounded::new(socket), size), frames.concat());
            }
        });
    }

    #[test]
    fn a_frame_that_was_begun_elsewhere_goes_on() {
        manyways_testkit::guarded(|| {
            let whole = [frame(&[0; 30]), frame(&[1])].concat();
            for cut in 0..42 {
                let (mut raw, socket) = pair();
                raw.write_all(&whole[cut..]).unwrap();
                drop(raw);
                let rest = read_all(Bounded::after(socket, &whole[..cut]), 100);
                assert_eq!(rest, &whole[cut..], "after {cut} bytes");
            }
        });
    }

    #[test]
    fn nothing_behind_a_frame_is_read_with_it() {
        manyways_testkit::guarded(|| {
            let (mut raw, socket) = pair();
            raw.write_all(&[frame(&[1; 8]), frame(&[2; 8])].concat())
                .unwrap();
            let mut bounded = Bounded::new(socket.clone());
            let mut buffer = [0; 100];
            assert_eq!(bounded.read(&mut buffer).unwrap(), HEADER);
            assert_eq!(bounded.read(&mut buffer).unwrap(), 8);
            drop((bounded, raw));
            assert_eq!(read_all(Bounded::new(socket), 100), frame(&[2; 8]));
        });
    }
}
