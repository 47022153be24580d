use std::sync::mpsc;

use super::Bench;
use crate::backend::EventHandle;
use crate::backend::calls::*;
use crate::error::Code;

impl Bench {
    fn event(&self, flags: u32) -> EventHandle {
        self.emulator.event_create(self.context, flags).unwrap()
    }
}

#[test]
fn an_event_marks_what_was_submitted_before_it() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    let event = bench.event(0);
    assert_eq!(emulator.event_is_done(context, event), Ok(true));
    let go = bench.block(stream);
    emulator.event_record(context, event, stream).unwrap();
    let after = bench.block(stream);
    assert_eq!(emulator.event_is_done(context, event), Ok(false));
    go.send(()).unwrap();
    emulator.event_synchronize(context, event).unwrap();
    assert_eq!(emulator.event_is_done(context, event), Ok(true));
    assert_eq!(emulator.stream_is_done(context, stream), Ok(false));
    after.send(()).unwrap();
}

#[test]
fn streams_wait_for_events_of_other_devices() {
    let (here, there) = (Bench::on(0), Bench::on(1));
    let (one, two) = (here.stream(true), there.stream(true));
    let (say, said) = mpsc::channel();
    let event = here.event(2);
    let go = here.block(one);
    here.say(one, &say, "first");
    here.emulator
        .event_record(here.context, event, one)
        .unwrap();
    there
        .emulator
        .stream_wait_event(there.context, two, event)
        .unwrap();
    there.say(two, &say, "second");
    go.send(()).unwrap();
    assert_eq!((said.recv(), said.recv()), (Ok("first"), Ok("second")));
}

#[test]
fn time_passes_between_events() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    let (start, end) = (bench.event(0), bench.event(1));
    emulator.event_record(context, start, stream).unwrap();
    emulator.event_record(context, end, stream).unwrap();
    emulator.stream_synchronize(context, stream).unwrap();
    let forward = emulator.event_elapsed(context, start, end).unwrap();
    let backward = emulator.event_elapsed(context, end, start).unwrap();
    assert!(
        forward >= 0.0 && backward == -forward,
        "{forward} {backward}"
    );
}

#[test]
fn time_needs_two_complete_events_with_timing() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    let (timed, untimed) = (bench.event(0), bench.event(2));
    let code = |start, end| {
        emulator
            .event_elapsed(context, start, end)
            .unwrap_err()
            .code()
    };
    assert_eq!(code(timed, timed), Code::InvalidHandle);
    let go = bench.block(stream);
    emulator.event_record(context, timed, stream).unwrap();
    emulator.event_record(context, untimed, stream).unwrap();
    assert_eq!(code(timed, timed), Code::NotReady);
    go.send(()).unwrap();
    emulator.stream_synchronize(context, stream).unwrap();
    assert_eq!(code(timed, untimed), Code::InvalidHandle);
    let unknown = emulator.event_create(context, 64).unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidValue);
}
