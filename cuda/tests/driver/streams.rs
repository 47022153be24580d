//! Streams and events.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};

use cuda::driver::{DeviceBuffer, Event, EventFlags, Launch, Stream, StreamFlags};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::{DOUBLE, kernel, ramp};

/// Something that a stream waits for until it is let go: work that has certainly not been done yet.
struct Gate(mpsc::Sender<()>);

impl Gate {
    fn close(stream: &Stream) -> cuda::Result<Gate> {
        let (open, closed) = mpsc::channel();
        stream.add_callback(move || {
            // An error is as good: the test is over.
            let _ = closed.recv();
        })?;
        Ok(Gate(open))
    }

    fn open(self) {
        self.0.send(()).expect("the callback waits");
    }
}

#[backend_test]
fn streamed_kernel(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let memory = DeviceBuffer::<f32>::uninit(context, 1000)?;
    let up = memory.as_slice().copy_from_async(ramp(1000), &stream)?;
    doublify.call(
        (&memory, 1000),
        Launch::for_items(1000, 128).stream(&stream),
    )?;
    let down = memory.as_slice().copy_to_async(vec![0.0; 1000], &stream)?;
    let (twice, once) = (down.wait()?, up.wait()?);
    assert!(
        twice
            .iter()
            .zip(once)
            .all(|(twice, once)| *twice == 2.0 * once)
    );
    Ok(())
}

#[backend_test]
fn a_stream_is_done_when_its_work_is(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    assert!(stream.is_done()?);
    let gate = Gate::close(&stream)?;
    assert!(!stream.is_done()?);
    gate.open();
    stream.synchronize()?;
    assert!(stream.is_done()?);
    Ok(())
}

#[backend_test]
fn callbacks_run_in_order(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let count = Arc::new(AtomicU32::new(0));
    let (send, receive) = mpsc::channel();
    for _ in 0..3 {
        let (count, send) = (Arc::clone(&count), send.clone());
        stream.add_callback(move || {
            send.send(count.fetch_add(1, Ordering::SeqCst))
                .expect("a receiver");
        })?;
    }
    drop(send);
    assert_eq!(receive.iter().collect::<Vec<_>>(), [0, 1, 2]);
    stream.synchronize()
}

#[backend_test]
fn a_panic_in_a_callback_is_an_error_of_the_next_call(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 4)?;
    let gate = Gate::close(&stream)?;
    stream.add_callback(|| std::panic::resume_unwind(Box::new("on purpose")))?;
    memory.as_slice().fill_async(1, &stream)?;
    gate.open();
    let told = loop {
        match stream.is_done() {
            Ok(true) => break context.check(),
            Ok(false) => std::thread::yield_now(),
            Err(error) => break Err(error),
        }
    };
    let error = told.unwrap_err();
    assert!(error.to_string().contains("on purpose"), "{error}");
    stream.synchronize()?;
    assert_eq!(memory.to_vec()?, [1; 4]);
    Ok(())
}

#[backend_test]
fn an_event_marks_a_place(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let event = Event::new(context, EventFlags::DEFAULT)?;
    assert!(event.query()?);
    let gate = Gate::close(&stream)?;
    event.record(&stream)?;
    assert!(!event.query()?);
    gate.open();
    event.synchronize()?;
    assert!(event.query()?);
    Ok(())
}

#[backend_test]
fn a_stream_waits_for_an_event_of_another(context: &Context) -> cuda::Result<()> {
    let first = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let second = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 1000)?;
    let gate = Gate::close(&first)?;
    memory.as_slice().fill_async(1, &first)?;
    second.wait_for_event(&first.record(EventFlags::DISABLE_TIMING)?)?;
    memory.slice(500..)?.fill_async(2, &second)?;
    assert!(!second.is_done()?);
    gate.open();
    second.synchronize()?;
    let values = memory.to_vec()?;
    assert_eq!((values[499], values[500]), (1, 2));
    Ok(())
}

#[backend_test]
fn the_default_stream_and_blocking_streams_wait_for_each_other(
    context: &Context,
) -> cuda::Result<()> {
    let blocking = Stream::new(context, StreamFlags::DEFAULT)?;
    let independent = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 4)?;
    let gate = Gate::close(&blocking)?;
    memory.as_slice().fill_async(1, &context.default_stream())?;
    assert!(!context.default_stream().is_done()?);
    independent.synchronize()?;
    gate.open();
    context.default_stream().synchronize()?;
    assert!(blocking.is_done()?);
    assert_eq!(memory.to_vec()?, [1; 4]);
    Ok(())
}

#[backend_test]
fn events_measure_time(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 1 << 20)?;
    let start = stream.record(EventFlags::DEFAULT)?;
    memory.as_slice().fill_async(1, &stream)?;
    let end = stream.record(EventFlags::DEFAULT)?;
    end.synchronize()?;
    let elapsed = start.time_till(&end)?;
    assert!((0.0..60_000.0).contains(&elapsed), "{elapsed}");
    assert_eq!(end.time_since(&start)?, elapsed);
    assert!(end.time_till(&start)? <= 0.0);
    Ok(())
}

#[backend_test]
fn time_needs_two_complete_events_that_keep_it(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let start = stream.record(EventFlags::DEFAULT)?;
    stream.synchronize()?;
    let never = Event::new(context, EventFlags::DEFAULT)?;
    assert_eq!(
        never.time_since(&start).unwrap_err().code(),
        Code::InvalidHandle
    );
    let timeless = stream.record(EventFlags::DISABLE_TIMING)?;
    stream.synchronize()?;
    assert_eq!(
        timeless.time_since(&start).unwrap_err().code(),
        Code::InvalidHandle
    );
    let gate = Gate::close(&stream)?;
    let late = stream.record(EventFlags::DEFAULT)?;
    assert_eq!(late.time_since(&start).unwrap_err().code(), Code::NotReady);
    gate.open();
    stream.synchronize()
}

#[backend_test]
fn priorities_are_within_the_range(context: &Context) -> cuda::Result<()> {
    let (lowest, highest) = context.stream_priority_range()?;
    assert!(highest <= 0 && 0 <= lowest);
    let urgent = Stream::new(context, StreamFlags::NON_BLOCKING.with_priority(i32::MIN))?;
    assert_eq!(urgent.priority()?, highest);
    assert_eq!(context.default_stream().priority()?, 0);
    Ok(())
}

#[backend_test]
fn a_stream_ends_without_its_work(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 100)?;
    let gate = Gate::close(&stream)?;
    memory.as_slice().fill_async(5, &stream)?;
    let done = stream.record(EventFlags::DISABLE_TIMING)?;
    drop(stream);
    gate.open();
    done.synchronize()?;
    assert_eq!(memory.to_vec()?, [5; 100]);
    Ok(())
}

/// Opens a gate once the test has gone on to what waits for it.
fn open_soon(gate: Gate) -> (mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let (going, gone) = mpsc::channel();
    let opener = std::thread::spawn(move || {
        gone.recv().expect("the test says so");
        gate.open();
    });
    (going, opener)
}

#[backend_test]
fn work_of_a_dropped_stream_is_waited_for(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let gate = Gate::close(&stream)?;
    let done = stream.record(EventFlags::DISABLE_TIMING)?;
    drop(stream);
    let (going, opener) = open_soon(gate);
    going.send(()).expect("it listens");
    context.synchronize()?;
    assert!(done.query()?);
    opener.join().expect("it opens the gate");
    Ok(())
}

#[backend_test]
fn the_default_stream_waits_for_a_dropped_one(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 100)?;
    let gate = Gate::close(&stream)?;
    memory.as_slice().fill_async(5, &stream)?;
    drop(stream);
    let (going, opener) = open_soon(gate);
    going.send(()).expect("it listens");
    assert_eq!(memory.to_vec()?, [5; 100]);
    opener.join().expect("it opens the gate");
    Ok(())
}

#[backend_test]
fn memory_outlives_the_work_of_a_dropped_stream(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 100)?;
    let gate = Gate::close(&stream)?;
    memory.as_slice().fill_async(5, &stream)?;
    drop(stream);
    let (going, opener) = open_soon(gate);
    going.send(()).expect("it listens");
    drop(memory);
    opener.join().expect("it opens the gate");
    context.synchronize()
}

#[backend_test]
fn handles_are_there_for_other_libraries(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::DEFAULT)?;
    let (first, second) = (
        stream.record(EventFlags::default())?,
        stream.record(EventFlags::default())?,
    );
    assert_eq!(context.default_stream().as_raw(), 0);
    assert_eq!(stream.as_raw(), stream.clone().as_raw());
    assert_ne!(stream.as_raw(), 0);
    assert_ne!(first.as_raw(), second.as_raw());
    assert_ne!(context.as_raw(), 0);
    Ok(())
}
