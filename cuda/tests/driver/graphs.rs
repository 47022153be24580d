//! Graphs, captured and put together.

use cuda::driver::{DeviceBuffer, EventFlags, Graph, Launch, Memcpy3D, Stream, StreamFlags};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::{DOUBLE, kernel, ramp};

#[backend_test]
fn captured_work_is_not_done_until_the_graph_is_launched(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 100)?;
    let copy = DeviceBuffer::<u32>::zeroed(context, 100)?;
    let graph = stream.capture(|stream| {
        assert!(stream.is_capturing()?);
        memory.as_slice().fill_async(3, stream)?;
        copy.as_slice()
            .copy_from_device_async(&memory.as_slice(), stream)
    })?;
    assert!(!stream.is_capturing()?);
    assert_eq!(graph.node_count()?, 2);
    assert_eq!(copy.to_vec()?, [0; 100]);
    graph.instantiate()?.launch(&stream)?;
    stream.synchronize()?;
    assert_eq!(copy.to_vec()?, [3; 100]);
    Ok(())
}

#[backend_test]
fn a_graph_of_kernels_is_launched_many_times(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::from_slice(context, &[1.0f32; 100])?;
    let graph = {
        // Its module is dropped before the graph is launched, and stays loaded for it.
        let doublify = kernel(context, DOUBLE, "doublify")?;
        stream.capture(|stream| {
            doublify.call((&memory, 100), Launch::block(128).stream(stream))?;
            doublify.call((&memory, 50), Launch::block(128).stream(stream))
        })?
    };
    assert_eq!(context.live().modules(), 1);
    let exec = graph.instantiate()?;
    drop(graph);
    exec.upload(&stream)?;
    for _ in 0..5 {
        exec.launch(&stream)?;
    }
    stream.synchronize()?;
    let values = memory.to_vec()?;
    assert_eq!((values[0], values[99]), (1024.0, 32.0));
    Ok(())
}

#[backend_test]
fn streams_join_a_capture_through_events(context: &Context) -> cuda::Result<()> {
    let first = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let second = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 100)?;
    let graph = first.capture(|first| {
        second.wait_for_event(&first.record(EventFlags::DISABLE_TIMING)?)?;
        memory.slice(..50)?.fill_async(1, first)?;
        memory.slice(50..)?.fill_async(2, &second)?;
        first.wait_for_event(&second.record(EventFlags::DISABLE_TIMING)?)
    })?;
    graph.instantiate()?.launch(&first)?;
    first.synchronize()?;
    let values = memory.to_vec()?;
    assert_eq!((values[49], values[50]), (1, 2));
    Ok(())
}

#[backend_test]
fn copies_of_host_memory_are_not_captured(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 4)?;
    let error = stream
        .capture(|stream| {
            memory
                .as_slice()
                .copy_from_async(vec![1; 4], stream)
                .map(drop)
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::StreamCaptureUnsupported);
    let values = [1; 4];
    let error = stream
        .capture(|stream| stream.scope(|scope| scope.copy_to_device(memory.as_slice(), &values)));
    assert_eq!(error.unwrap_err().code(), Code::StreamCaptureUnsupported);
    assert!(stream.capture(|stream| stream.add_callback(|| ())).is_err());
    stream.synchronize()?;
    assert_eq!(memory.to_vec()?, [0; 4]);
    Ok(())
}

#[backend_test]
fn a_panic_ends_the_capture(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        stream.capture(|_| std::panic::resume_unwind(Box::new("on purpose")))
    }));
    assert!(panicked.is_err());
    assert!(!stream.is_capturing()?);
    stream.synchronize()
}

#[backend_test]
fn a_graph_is_put_together(context: &Context) -> cuda::Result<()> {
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let source = DeviceBuffer::from_slice(context, &ramp(100))?;
    let target = DeviceBuffer::<f32>::zeroed(context, 100)?;
    let graph = Graph::new(context)?;
    let copied = graph.add_copy(&[], target.slice(..50)?, source.slice(..50)?)?;
    let filled = graph.add_fill(&[], target.slice(50..)?, 1.0)?;
    let both = graph.add_empty(&[copied, filled])?;
    let doubled = graph.add_kernel(&[both], &doublify, (&target, 100), Launch::block(128))?;
    let row = Memcpy3D::new(40, 1, 1)
        .from_device(target.as_slice(), 400)
        .to_device(source.as_slice(), 400);
    graph.add_box(&[doubled], &row)?;
    assert_eq!(graph.node_count()?, 5);

    let exec = graph.instantiate()?;
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    exec.launch(&stream)?;
    stream.synchronize()?;
    let values = target.to_vec()?;
    assert_eq!((values[49], values[50]), (2.0 * ramp(100)[49], 2.0));
    assert_eq!(source.to_vec()?[9], 2.0 * ramp(100)[9]);
    Ok(())
}

#[backend_test]
fn nodes_take_other_arguments(context: &Context) -> cuda::Result<()> {
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let memory = DeviceBuffer::from_slice(context, &[1.0f32; 10])?;
    let other = DeviceBuffer::from_slice(context, &[1.0f32; 10])?;
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let graph = Graph::new(context)?;
    let node = graph.add_kernel(&[], &doublify, (&memory, 10), Launch::block(32))?;
    let exec = graph.instantiate()?;
    exec.set_kernel(node, &doublify, (&other, 5), Launch::block(32))?;
    exec.launch(&stream)?;
    stream.synchronize()?;
    assert_eq!(memory.to_vec()?, [1.0; 10]);
    assert_eq!(
        other.to_vec()?,
        [2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    );
    assert!(
        exec.set_kernel(node, &doublify, (&other,), Launch::block(32))
            .is_err()
    );
    Ok(())
}

#[backend_test]
fn a_graph_is_updated_from_one_of_the_same_form(context: &Context) -> cuda::Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let memory = DeviceBuffer::<u32>::zeroed(context, 10)?;
    let of = |value| stream.capture(|stream| memory.as_slice().fill_async(value, stream));
    let exec = of(1)?.instantiate()?;
    exec.update(&of(2)?)?;
    exec.launch(&stream)?;
    stream.synchronize()?;
    assert_eq!(memory.to_vec()?, [2; 10]);

    let longer = stream.capture(|stream| {
        memory.slice(..5)?.fill_async(3, stream)?;
        memory.slice(5..)?.fill_async(3, stream)
    })?;
    assert_eq!(
        exec.update(&longer).unwrap_err().code(),
        Code::GraphExecUpdateFailure
    );
    exec.launch(&stream)?;
    stream.synchronize()?;
    assert_eq!(memory.to_vec()?, [2; 10]);
    Ok(())
}

#[backend_test]
fn nodes_of_other_graphs_are_refused(context: &Context) -> cuda::Result<()> {
    let (one, other) = (Graph::new(context)?, Graph::new(context)?);
    let node = one.add_empty(&[])?;
    assert_eq!(
        other.add_empty(&[node]).unwrap_err().code(),
        Code::InvalidValue
    );
    Ok(())
}
