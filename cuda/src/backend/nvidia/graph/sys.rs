//! Graphs.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use super::copy::box_of;
use super::launch::Extra;
use super::stream::cu_stream;
use crate::backend::{
    ContextHandle, Copy, Fill, GraphExecHandle, GraphHandle, GraphNodeHandle, LaunchDescriptor,
    StreamHandle,
};
use crate::error::{Code, Error, Result};

fn cu_graph(graph: GraphHandle) -> cu::CUgraph {
    graph.0 as cu::CUgraph
}

fn cu_exec(exec: GraphExecHandle) -> cu::CUgraphExec {
    exec.0 as cu::CUgraphExec
}

pub(super) fn capture_begin(api: &Api, context: ContextHandle, stream: StreamHandle) -> Result<()> {
    let relaxed = cu::CUstreamCaptureMode_enum::CU_STREAM_CAPTURE_MODE_RELAXED;
    api.bind(context)?;
    // SAFETY: the caller's `Stream` keeps the handle alive.
    unsafe { call!(api.cuStreamBeginCapture_v2(cu_stream(stream), relaxed)) }
}

pub(super) fn capture_end(
    api: &Api,
    context: ContextHandle,
    stream: StreamHandle,
) -> Result<GraphHandle> {
    api.bind(context)?;
    let mut graph = ptr::null_mut();
    // SAFETY: writes the one handle; the caller's `Stream` keeps the stream alive.
    unsafe { call!(api.cuStreamEndCapture(cu_stream(stream), &raw mut graph)) }?;
    Ok(GraphHandle(graph as u64))
}

pub(super) fn create(api: &Api, context: ContextHandle) -> Result<GraphHandle> {
    api.bind(context)?;
    let mut graph = ptr::null_mut();
    // SAFETY: writes the one handle; 0 is the only flag.
    unsafe { call!(api.cuGraphCreate(&raw mut graph, 0)) }?;
    Ok(GraphHandle(graph as u64))
}

pub(super) fn destroy(api: &Api, context: ContextHandle, graph: GraphHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made here, and called once, when the `Graph` ends.
    unsafe { call!(api.cuGraphDestroy(cu_graph(graph))) }
}

pub(super) fn node_count(api: &Api, context: ContextHandle, graph: GraphHandle) -> Result<usize> {
    api.bind(context)?;
    let mut count = 0;
    // SAFETY: without a list, only the number is written.
    unsafe { call!(api.cuGraphGetNodes(cu_graph(graph), ptr::null_mut(), &raw mut count)) }?;
    Ok(count)
}

/// The nodes as the driver takes them: their handles are its pointers.
fn cu_nodes(nodes: &[GraphNodeHandle]) -> Vec<cu::CUgraphNode> {
    nodes.iter().map(|node| node.0 as cu::CUgraphNode).collect()
}

fn kernel_parameters(
    launch: &LaunchDescriptor<'_>,
    list: &mut [*mut std::ffi::c_void; 5],
) -> cu::CUDA_KERNEL_NODE_PARAMS {
    cu::CUDA_KERNEL_NODE_PARAMS {
        func: launch.function.0 as cu::CUfunction,
        gridDimX: launch.grid.x,
        gridDimY: launch.grid.y,
        gridDimZ: launch.grid.z,
        blockDimX: launch.block.x,
        blockDimY: launch.block.y,
        blockDimZ: launch.block.z,
        sharedMemBytes: launch.shared_bytes,
        kernelParams: ptr::null_mut(),
        extra: list.as_mut_ptr(),
        kern: ptr::null_mut(),
        ctx: ptr::null_mut(),
    }
}

pub(super) fn add_kernel(
    api: &Api,
    context: ContextHandle,
    graph: GraphHandle,
    after: &[GraphNodeHandle],
    launch: &LaunchDescriptor<'_>,
) -> Result<GraphNodeHandle> {
    if launch.cooperative {
        let error = Error::new(Code::NotSupported, "cuGraphAddKernelNode");
        return Err(error
            .because("a node cannot be cooperative")
            .advise("capture the launch from a stream"));
    }
    api.bind(context)?;
    let mut extra = Extra::new(launch.parameters);
    let mut list = extra.list();
    let (parameters, after) = (kernel_parameters(launch, &mut list), cu_nodes(after));
    let mut node = ptr::null_mut();
    // SAFETY: reads the nodes, of this graph as its `Graph` checks, and the parameters, which it copies; writes the one
    // handle.
    unsafe {
        call!(api.cuGraphAddKernelNode_v2(
            &raw mut node,
            cu_graph(graph),
            after.as_ptr(),
            after.len(),
            &raw const parameters
        ))
    }?;
    Ok(GraphNodeHandle(node as u64))
}

pub(super) fn add_copy(
    api: &Api,
    context: ContextHandle,
    graph: GraphHandle,
    after: &[GraphNodeHandle],
    copy: &Copy,
) -> Result<GraphNodeHandle> {
    api.bind(context)?;
    let (parameters, after, context) = (box_of(copy), cu_nodes(after), context.0 as cu::CUcontext);
    let mut node = ptr::null_mut();
    // SAFETY: as for a kernel. Who made the places promised that host memory lasts as long as the graph's launches.
    unsafe {
        call!(api.cuGraphAddMemcpyNode(
            &raw mut node,
            cu_graph(graph),
            after.as_ptr(),
            after.len(),
            &raw const parameters,
            context
        ))
    }?;
    Ok(GraphNodeHandle(node as u64))
}

pub(super) fn add_fill(
    api: &Api,
    context: ContextHandle,
    graph: GraphHandle,
    after: &[GraphNodeHandle],
    fill: &Fill,
) -> Result<GraphNodeHandle> {
    api.bind(context)?;
    let parameters = cu::CUDA_MEMSET_NODE_PARAMS {
        dst: fill.to.0,
        pitch: fill.pitch,
        value: fill.value,
        elementSize: fill.element,
        width: fill.width,
        height: fill.height,
    };
    let (after, context) = (cu_nodes(after), context.0 as cu::CUcontext);
    let mut node = ptr::null_mut();
    // SAFETY: as for a kernel.
    unsafe {
        call!(api.cuGraphAddMemsetNode(
            &raw mut node,
            cu_graph(graph),
            after.as_ptr(),
            after.len(),
            &raw const parameters,
            context
        ))
    }?;
    Ok(GraphNodeHandle(node as u64))
}

pub(super) fn add_empty(
    api: &Api,
    context: ContextHandle,
    graph: GraphHandle,
    after: &[GraphNodeHandle],
) -> Result<GraphNodeHandle> {
    api.bind(context)?;
    let after = cu_nodes(after);
    let mut node = ptr::null_mut();
    // SAFETY: as for a kernel.
    unsafe {
        call!(api.cuGraphAddEmptyNode(&raw mut node, cu_graph(graph), after.as_ptr(), after.len()))
    }?;
    Ok(GraphNodeHandle(node as u64))
}

pub(super) fn instantiate(
    api: &Api,
    context: ContextHandle,
    graph: GraphHandle,
) -> Result<GraphExecHandle> {
    api.bind(context)?;
    let mut exec = ptr::null_mut();
    // SAFETY: writes the one handle; the caller's `Graph` keeps the graph alive, and no flag is given.
    unsafe { call!(api.cuGraphInstantiateWithFlags(&raw mut exec, cu_graph(graph), 0)) }?;
    Ok(GraphExecHandle(exec as u64))
}

pub(super) fn exec_destroy(api: &Api, context: ContextHandle, exec: GraphExecHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made by `instantiate`, and called once; the driver waits with it for launches that still run.
    unsafe { call!(api.cuGraphExecDestroy(cu_exec(exec))) }
}

pub(super) fn launch(
    api: &Api,
    context: ContextHandle,
    exec: GraphExecHandle,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `GraphExec` and `Stream` keep the handles alive.
    unsafe { call!(api.cuGraphLaunch(cu_exec(exec), cu_stream(stream))) }
}

pub(super) fn upload(
    api: &Api,
    context: ContextHandle,
    exec: GraphExecHandle,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `GraphExec` and `Stream` keep the handles alive.
    unsafe { call!(api.cuGraphUpload(cu_exec(exec), cu_stream(stream))) }
}

pub(super) fn exec_update(
    api: &Api,
    context: ContextHandle,
    exec: GraphExecHandle,
    graph: GraphHandle,
) -> Result<()> {
    api.bind(context)?;
    // What it says of the difference is an enumeration that a newer driver may have extended, so it is not read.
    let mut info = MaybeUninit::<cu::CUgraphExecUpdateResultInfo>::uninit();
    // SAFETY: writes the one structure; the caller's `GraphExec` and `Graph` keep the handles alive.
    unsafe { call!(api.cuGraphExecUpdate_v2(cu_exec(exec), cu_graph(graph), info.as_mut_ptr())) }
}

pub(super) fn exec_set_kernel(
    api: &Api,
    context: ContextHandle,
    exec: GraphExecHandle,
    node: GraphNodeHandle,
    launch: &LaunchDescriptor<'_>,
) -> Result<()> {
    api.bind(context)?;
    let mut extra = Extra::new(launch.parameters);
    let mut list = extra.list();
    let (parameters, node) = (
        kernel_parameters(launch, &mut list),
        node.0 as cu::CUgraphNode,
    );
    // SAFETY: the node is of the graph that `exec` was made of, as its `GraphExec` checks; the parameters are copied.
    unsafe {
        call!(api.cuGraphExecKernelNodeSetParams_v2(cu_exec(exec), node, &raw const parameters))
    }
}
