use super::*;
use crate::backend::GraphCalls;

impl GraphCalls for Emulator {
    fn capture_begin(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        let call = "cuStreamBeginCapture";
        let context = self.context(context, call)?;
        if stream == StreamHandle::NULL {
            return Err(Error::new(Code::StreamCaptureUnsupported, call)
                .because("the default stream cannot be captured"));
        }
        context.streams.get(stream.0, call)?.begin_capture()
    }

    fn capture_end(&self, context: ContextHandle, stream: StreamHandle) -> Result<GraphHandle> {
        let call = "cuStreamEndCapture";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let graph = context.end_capture(&stream)?;
        Ok(GraphHandle(context.graphs.insert(graph)))
    }

    fn capture_status(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
    ) -> Result<CaptureStatus> {
        let call = "cuStreamIsCapturing";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        Ok(stream.capture_status())
    }

    fn graph_create(&self, context: ContextHandle) -> Result<GraphHandle> {
        let context = self.context(context, "cuGraphCreate")?;
        Ok(GraphHandle(context.graphs.insert(Graph::default())))
    }

    fn graph_destroy(&self, context: ContextHandle, graph: GraphHandle) -> Result<()> {
        let call = "cuGraphDestroy";
        let context = self.context(context, call)?;
        context.graphs.remove(graph.0, call).map(drop)
    }

    fn graph_node_count(&self, context: ContextHandle, graph: GraphHandle) -> Result<usize> {
        let call = "cuGraphGetNodes";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        Ok(graph.len())
    }

    fn graph_add_kernel(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        launch: &LaunchDescriptor<'_>,
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddKernelNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        let grid = context.prepare(launch, call)?;
        graph.add(Work::Kernel(Arc::new(grid)), after, call)
    }

    fn graph_add_copy(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        copy: &Copy,
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddMemcpyNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        let transfer = context.plan(copy, call)?;
        graph.add(Work::Transfer(Arc::new(transfer)), after, call)
    }

    fn graph_add_fill(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        fill: &Fill,
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddMemsetNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        graph.add(Work::Fill(*fill), after, call)
    }

    fn graph_add_empty(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddEmptyNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        graph.add(Work::Empty, after, call)
    }

    fn graph_instantiate(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
    ) -> Result<GraphExecHandle> {
        let call = "cuGraphInstantiate";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        Ok(GraphExecHandle(
            context.graph_execs.insert(graph.instantiate()),
        ))
    }

    fn graph_exec_destroy(&self, context: ContextHandle, exec: GraphExecHandle) -> Result<()> {
        let call = "cuGraphExecDestroy";
        let context = self.context(context, call)?;
        context.graph_execs.remove(exec.0, call).map(drop)
    }

    fn graph_launch(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuGraphLaunch";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let exec = context.graph_execs.get(exec.0, call)?;
        context.submit(&stream, Work::Graph(exec.nodes()), call)
    }

    fn graph_upload(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuGraphUpload";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.graph_execs.get(exec.0, call)?;
        context.submit(&stream, Work::Empty, call)
    }

    fn graph_exec_update(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        graph: GraphHandle,
    ) -> Result<()> {
        let call = "cuGraphExecUpdate";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        context.graph_execs.get(exec.0, call)?.update(&graph)
    }

    fn graph_exec_set_kernel(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        node: GraphNodeHandle,
        launch: &LaunchDescriptor<'_>,
    ) -> Result<()> {
        let call = "cuGraphExecKernelNodeSetParams";
        let context = self.context(context, call)?;
        let grid = context.prepare(launch, call)?;
        context
            .graph_execs
            .get(exec.0, call)?
            .set_kernel(node, grid)
    }
}
