use super::Bench;
use crate::backend::calls::*;
use crate::backend::{CaptureStatus, DevicePtr, Fill, GraphHandle, StreamHandle};
use crate::error::Code;

fn fill(to: DevicePtr, value: u32) -> Fill {
    Fill {
        to,
        pitch: 0,
        value,
        element: 1,
        width: 4,
        height: 1,
    }
}

impl Bench {
    fn capture(&self, stream: StreamHandle, body: impl FnOnce()) -> GraphHandle {
        self.begin(stream);
        body();
        self.emulator.capture_end(self.context, stream).unwrap()
    }

    fn begin(&self, stream: StreamHandle) {
        self.emulator.capture_begin(self.context, stream).unwrap();
    }

    fn fill(&self, stream: StreamHandle, to: DevicePtr, value: u32) {
        self.emulator
            .fill_async(self.context, &fill(to, value), stream)
            .unwrap();
    }

    fn run(&self, graph: GraphHandle) {
        let exec = self
            .emulator
            .graph_instantiate(self.context, graph)
            .unwrap();
        self.emulator
            .graph_launch(self.context, exec, StreamHandle::NULL)
            .unwrap();
        self.emulator
            .graph_exec_destroy(self.context, exec)
            .unwrap();
    }
}

#[test]
fn what_is_captured_runs_when_the_graph_does() {
    let bench = Bench::new();
    let (stream, pointer) = (bench.stream(true), bench.upload(&[0; 8]));
    let graph = bench.capture(stream, || {
        bench.fill(stream, pointer, 1);
        let status = bench.emulator.capture_status(bench.context, stream);
        assert_eq!(status, Ok(CaptureStatus::Active));
        let (to, from) = (pointer.offset(4), pointer);
        bench
            .emulator
            .copy_on_device_async(bench.context, to, from, 4, stream)
            .unwrap();
    });
    assert_eq!(bench.download(pointer, 8), [0; 8]);
    assert_eq!(bench.emulator.graph_node_count(bench.context, graph), Ok(2));
    bench.run(graph);
    assert_eq!(bench.download(pointer, 8), [1; 8]);
}

#[test]
fn streams_fork_and_join_through_events() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let (one, two) = (bench.stream(true), bench.stream(true));
    let pointer = bench.upload(&[0; 8]);
    let event = emulator.event_create(context, 2).unwrap();
    let graph = bench.capture(one, || {
        emulator.event_record(context, event, one).unwrap();
        emulator.stream_wait_event(context, two, event).unwrap();
        bench.fill(two, pointer, 2);
        bench.fill(one, pointer.offset(4), 3);
        emulator.event_record(context, event, two).unwrap();
        emulator.stream_wait_event(context, one, event).unwrap();
    });
    assert_eq!(
        emulator.capture_status(context, two),
        Ok(CaptureStatus::None)
    );
    bench.run(graph);
    assert_eq!(bench.download(pointer, 8), [2, 2, 2, 2, 3, 3, 3, 3]);
}

#[test]
fn a_branch_that_is_not_joined_spoils_the_capture() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let (one, two) = (bench.stream(true), bench.stream(true));
    let event = emulator.event_create(context, 2).unwrap();
    bench.begin(one);
    emulator.event_record(context, event, one).unwrap();
    emulator.stream_wait_event(context, two, event).unwrap();
    bench.fill(two, DevicePtr(0), 2);
    let unmatched = emulator.capture_end(context, two).unwrap_err();
    assert_eq!(unmatched.code(), Code::StreamCaptureUnmatched);
    let unjoined = emulator.capture_end(context, one).unwrap_err();
    assert_eq!(unjoined.code(), Code::StreamCaptureUnjoined);
    assert_eq!(
        emulator.capture_status(context, two),
        Ok(CaptureStatus::None)
    );
}

#[test]
fn waiting_inside_a_capture_spoils_it() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(true));
    bench.begin(stream);
    let wait = emulator.stream_synchronize(context, stream).unwrap_err();
    assert_eq!(wait.code(), Code::StreamCaptureUnsupported);
    assert_eq!(
        emulator.capture_status(context, stream),
        Ok(CaptureStatus::Invalidated)
    );
    let spoiled = emulator.capture_end(context, stream).unwrap_err();
    assert_eq!(spoiled.code(), Code::StreamCaptureInvalidated);
    emulator.stream_synchronize(context, stream).unwrap();
}

#[test]
fn the_default_stream_must_not_wait_for_a_capture() {
    let bench = Bench::new();
    let (emulator, context, stream) = (bench.emulator, bench.context, bench.stream(false));
    bench.begin(stream);
    let pointer = emulator.alloc(context, 4).unwrap();
    let implicit = emulator
        .copy_to_device(context, pointer, &[0; 4])
        .unwrap_err();
    assert_eq!(implicit.code(), Code::StreamCaptureImplicit);
    assert!(emulator.capture_end(context, stream).is_err());
    emulator.copy_to_device(context, pointer, &[0; 4]).unwrap();
}

#[test]
fn graphs_are_built_node_by_node_and_updated() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let pointer = bench.upload(&[0; 4]);
    let build = |value, empty: bool| {
        let graph = emulator.graph_create(context).unwrap();
        let first = emulator
            .graph_add_fill(context, graph, &[], &fill(pointer, 9))
            .unwrap();
        if empty {
            emulator.graph_add_empty(context, graph, &[first]).unwrap();
        } else {
            let last = fill(pointer, value);
            emulator
                .graph_add_fill(context, graph, &[first], &last)
                .unwrap();
        }
        graph
    };
    let exec = emulator
        .graph_instantiate(context, build(1, false))
        .unwrap();
    let run = || {
        emulator
            .graph_launch(context, exec, StreamHandle::NULL)
            .unwrap();
        bench.download(pointer, 4)
    };
    assert_eq!(run(), [1; 4]);
    emulator
        .graph_exec_update(context, exec, build(5, false))
        .unwrap();
    assert_eq!(run(), [5; 4]);
    let other = emulator
        .graph_exec_update(context, exec, build(0, true))
        .unwrap_err();
    assert_eq!(other.code(), Code::GraphExecUpdateFailure);
    let lost = crate::backend::GraphNodeHandle(1);
    let graph = build(0, false);
    let unknown = emulator
        .graph_add_empty(context, graph, &[lost])
        .unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidValue);
    assert_eq!(run(), [5; 4]);
}
