//! What a link carries: one line a metric, `name<TAB>unit<TAB>value`, the median of five runs.
//!
//! Everything crosses a UNIX socket pair between two threads. Run it optimised:
//! `cargo run --release -p manyways-wire --example throughput`.

use manyways_wire::{Error, FrameReader, FrameWriter, Result, Secret, SecureStream};
use std::io::{BufWriter, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

const RUNS: usize = 5;
/// How long the sender of one run sends.
const RUN: Duration = Duration::from_millis(200);
/// Frames between two looks at the clock.
const BATCH: u64 = 1_000;
const BULK: usize = 1 << 20;
/// For the handshake, of which nothing is measured.
const LIMIT: Duration = Duration::from_secs(10);

fn main() -> Result<()> {
    let small = median(|| {
        let (here, there) = plain();
        move_small(FrameReader::new(there), FrameWriter::new(here))
    })?;
    print("frame_8_bytes", "messages/s", small);
    let packed = median(|| {
        let (here, there) = plain();
        move_small(
            FrameReader::new(there),
            FrameWriter::new(BufWriter::new(here)),
        )
    })?;
    print("frame_8_bytes_buf_writer", "messages/s", packed);
    let bulk = median(|| {
        let (here, there) = plain();
        move_bulk(FrameReader::new(there), FrameWriter::new(here))
    })?;
    print("bulk_1_mib", "MB/s", bulk);
    let secure = median(|| {
        let (here, there) = secure()?;
        move_bulk(
            FrameReader::new(there.split()?.0),
            FrameWriter::new(here.split()?.1),
        )
    })?;
    print("secure_bulk_1_mib", "MB/s", secure);
    Ok(())
}

fn print(name: &str, unit: &str, rate: f64) {
    println!("{name}\t{unit}\t{rate:.0}");
}

fn median(mut run: impl FnMut() -> Result<f64>) -> Result<f64> {
    let mut rates = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>>>()?;
    rates.sort_by(f64::total_cmp);
    Ok(rates[RUNS / 2])
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

/// Numbers in frames of eight bytes, a second. An empty frame ends the run.
fn move_small<R: Read, W: Write + Send>(
    mut reader: FrameReader<R>,
    mut writer: FrameWriter<W>,
) -> Result<f64> {
    let start = Instant::now();
    thread::scope(|scope| {
        let sender = scope.spawn(move || {
            let mut sent = 0_u64;
            while start.elapsed() < RUN {
                for number in sent..sent + BATCH {
                    writer.write_frame(&number.to_le_bytes())?;
                }
                sent += BATCH;
            }
            writer.write_frame(&[])?;
            writer.flush()?;
            Ok::<u64, Error>(sent)
        });
        let mut received = 0_u64;
        loop {
            let frame = reader.read_frame()?;
            if frame.is_empty() {
                break;
            }
            assert_eq!(frame, received.to_le_bytes());
            received += 1;
        }
        let elapsed = start.elapsed();
        assert_eq!(sender.join().expect("no panic")?, received);
        Ok(received as f64 / elapsed.as_secs_f64())
    })
}

/// Megabytes a second, in messages of a mebibyte. A message without bytes ends the run.
fn move_bulk<R: Read, W: Write + Send>(
    mut reader: FrameReader<R>,
    mut writer: FrameWriter<W>,
) -> Result<f64> {
    let bytes = vec![0x5A; BULK];
    let mut got = Vec::new();
    let start = Instant::now();
    thread::scope(|scope| {
        let sender = scope.spawn(move || {
            let mut sent = 0_usize;
            while start.elapsed() < RUN {
                writer.send_with_bulk(&sent, &bytes)?;
                sent += 1;
            }
            writer.send_with_bulk(&sent, &[])?;
            Ok::<usize, Error>(sent)
        });
        let mut received = 0_usize;
        loop {
            assert_eq!(
                reader.recv_with_bulk_into::<usize>(&mut got)?,
                received,
                "messages arrive in their order"
            );
            if got.is_empty() {
                break;
            }
            received += 1;
        }
        let elapsed = start.elapsed();
        assert_eq!(sender.join().expect("no panic")?, received);
        Ok((received * BULK) as f64 / 1e6 / elapsed.as_secs_f64())
    })
}
