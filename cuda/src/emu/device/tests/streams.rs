use std::sync::mpsc;

use super::Bench;
use crate::backend::calls::*;
use crate::backend::{Fill, StreamHandle};
use crate::error::Code;

#[test]
fn a_stream_runs_while_its_user_goes_on() {
    let bench = Bench::new();
    let stream = bench.stream(true);
    let go = bench.block(stream);
    assert_eq!(
        bench.emulator.stream_is_done(bench.context, stream),
        Ok(false)
    );
    go.send(()).unwrap();
    bench
        .emulator
        .stream_synchronize(bench.context, stream)
        .unwrap();
    assert_eq!(
        bench.emulator.stream_is_done(bench.context, stream),
        Ok(true)
    );
}

#[test]
fn the_default_stream_waits_for_blocking_streams() {
    let bench = Bench::new();
    let (stream, (say, said)) = (bench.stream(false), mpsc::channel());
    let go = bench.block(stream);
    bench.say(stream, &say, "blocking");
    bench.say(StreamHandle::NULL, &say, "default");
    assert_eq!(
        bench
            .emulator
            .stream_is_done(bench.context, StreamHandle::NULL),
        Ok(false)
    );
    go.send(()).unwrap();
    assert_eq!((said.recv(), said.recv()), (Ok("blocking"), Ok("default")));
}

#[test]
fn blocking_streams_wait_for_the_default_stream() {
    let bench = Bench::new();
    let (stream, free) = (bench.stream(false), bench.stream(true));
    let (say, said) = mpsc::channel();
    let go = bench.block(StreamHandle::NULL);
    bench.say(stream, &say, "blocking");
    bench.say(free, &say, "non-blocking");
    // Only the stream that does not wait can have spoken.
    assert_eq!(said.recv(), Ok("non-blocking"));
    bench.say(StreamHandle::NULL, &say, "default");
    go.send(()).unwrap();
    // The third waits for the second, which was submitted before it.
    assert_eq!((said.recv(), said.recv()), (Ok("blocking"), Ok("default")));
}

#[test]
fn synchronous_calls_wait_for_blocking_streams() {
    let bench = Bench::new();
    let stream = bench.stream(false);
    let pointer = bench.upload(&[0; 4]);
    let go = bench.block(stream);
    let fill = Fill {
        to: pointer,
        pitch: 0,
        value: 7,
        element: 1,
        width: 4,
        height: 1,
    };
    bench
        .emulator
        .fill_async(bench.context, &fill, stream)
        .unwrap();
    go.send(()).unwrap();
    assert_eq!(bench.download(pointer, 4), [7; 4]);
}

#[test]
fn a_destroyed_stream_ends_its_work() {
    let bench = Bench::new();
    let (stream, (say, said)) = (bench.stream(true), mpsc::channel());
    let go = bench.block(stream);
    bench.say(stream, &say, "done");
    bench
        .emulator
        .stream_destroy(bench.context, stream)
        .unwrap();
    let gone = bench
        .emulator
        .stream_synchronize(bench.context, stream)
        .unwrap_err();
    assert_eq!(gone.code(), Code::InvalidHandle);
    go.send(()).unwrap();
    assert_eq!(said.recv(), Ok("done"));
}

#[test]
fn callbacks_may_not_call_back() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    let (say, said) = mpsc::channel();
    let call = Box::new(move || say.send(emulator.context_synchronize(context)).unwrap());
    emulator
        .stream_host_callback(context, stream, call)
        .unwrap();
    assert_eq!(said.recv().unwrap().unwrap_err().code(), Code::NotPermitted);
}

#[test]
fn a_failure_is_told_once_and_work_is_left_out_until_then() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    let (say, said) = mpsc::channel();
    let panic = Box::new(|| panic!("the callback's fault"));
    emulator
        .stream_host_callback(context, stream, panic)
        .unwrap();
    bench.say(stream, &say, "never");
    let failure = emulator.stream_synchronize(context, stream).unwrap_err();
    assert_eq!(failure.code(), Code::Unknown);
    assert!(
        failure.to_string().contains("the callback's fault"),
        "{failure}"
    );
    bench.say(stream, &say, "again");
    assert_eq!(said.recv(), Ok("again"));
    emulator.context_synchronize(context).unwrap();
}

#[test]
fn a_failed_fill_is_told_by_any_call_that_waits() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(false));
    let pointer = bench.upload(&[0; 4]);
    let fill = Fill {
        to: pointer,
        pitch: 0,
        value: 0,
        element: 4,
        width: 2,
        height: 1,
    };
    emulator.fill_async(context, &fill, stream).unwrap();
    let failure = emulator
        .copy_to_host(context, &mut [0; 4], pointer)
        .unwrap_err();
    assert_eq!(failure.call(), "cuMemcpyDtoH");
    assert!(failure.to_string().contains("8 bytes"), "{failure}");
    assert_eq!(bench.download(pointer, 4), [0; 4]);
}

#[test]
fn priorities_are_clamped() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    assert_eq!(emulator.stream_priority_range(context), Ok((0, -5)));
    let stream = emulator.stream_create(context, true, -100).unwrap();
    assert_eq!(emulator.stream_priority(context, stream), Ok(-5));
}
