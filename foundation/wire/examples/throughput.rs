//! What a link carries: one line a metric, `name<TAB>unit<TAB>value`, the median of five runs.
//!
//! Everything crosses a UNIX socket pair between two threads. Run it optimised:
//! `cargo run --release -p manyways-wire --example throughput`.

use manyways_wire::{FrameReader, FrameWriter, Result, Secret, SecureStream};
use std::io::{BufWriter, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

const RUNS: usize = 5;
const SMALL_FRAMES: usize = 500_000;
const BULKS: usize = 1_000;
const BULK: usize = 1 << 20;
const LIMIT: Duration = Duration::from_secs(10);

fn main() -> Result<()> {
    let small = median(|| {
        let (here, there) = plain();
        move_small(FrameReader::new(there), FrameWriter::new(here))
    })?;
    print("frame_8_bytes", "messages/s", SMALL_FRAMES, small);
    let packed = median(|| {
        let (here, there) = plain();
        move_small(
            FrameReader::new(there),
            FrameWriter::new(BufWriter::new(here)),
        )
    })?;
    print(
        "frame_8_bytes_buf_writer",
        "messages/s",
        SMALL_FRAMES,
        packed,
    );
    let bulk = median(|| {
        let (here, there) = plain();
        move_bulk(FrameReader::new(there), FrameWriter::new(here))
    })?;
    print("bulk_1_mib", "MB/s", BULKS * BULK / 1_000_000, bulk);
    let secure = median(|| {
        let (here, there) = secure()?;
        move_bulk(
            FrameReader::new(there.split()?.0),
            FrameWriter::new(here.split()?.1),
        )
    })?;
    print(
        "secure_bulk_1_mib",
        "MB/s",
        BULKS * BULK / 1_000_000,
        secure,
    );
    Ok(())
}

fn print(name: &str, unit: &str, count: usize, time: Duration) {
    println!("{name}\t{unit}\t{:.0}", count as f64 / time.as_secs_f64());
}

fn median(mut run: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    let mut times = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>>>()?;
    times.sort();
    Ok(times[RUNS / 2])
}

fn plain() -> (UnixStream, UnixStream) {
    UnixStream::pair().expect("two descriptors")
}

fn secure() -> Result<(SecureStream<UnixStream>, SecureStream<UnixStream>)> {
    let secret = Secret::generate()?;
    let (here, there) = plain();
    thread::scope(|scope| {
        let accepted = scope.spawn(|| SecureStream::accept(there, &secret, "throughput", LIMIT));
        let connected = SecureStream::connect(here, &secret, "throughput", LIMIT)?;
        Ok((connected, accepted.join().expect("no panic")?))
    })
}

fn move_small<R: Read, W: Write + Send>(
    mut reader: FrameReader<R>,
    mut writer: FrameWriter<W>,
) -> Result<Duration> {
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..SMALL_FRAMES as u64 {
                writer
                    .write_frame(&number.to_le_bytes())
                    .expect("an open socket");
            }
            writer.flush().expect("an open socket");
        });
        for number in 0..SMALL_FRAMES as u64 {
            assert_eq!(reader.read_frame()?, number.to_le_bytes());
        }
        Ok(start.elapsed())
    })
}

fn move_bulk<R: Read, W: Write + Send>(
    mut reader: FrameReader<R>,
    mut writer: FrameWriter<W>,
) -> Result<Duration> {
    let sent = vec![0x5A; BULK];
    let mut got = Vec::new();
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..BULKS {
                writer
                    .send_with_bulk(&number, &sent)
                    .expect("an open socket");
            }
        });
        for number in 0..BULKS {
            assert_eq!(reader.recv_with_bulk_into::<usize>(&mut got)?, number);
        }
        Ok(start.elapsed())
    })
}
