use super::super::*;

impl GraphCalls for Nvidia {
    fn capture_begin(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        graph::capture_begin(self.0, context, stream)
    }

    fn capture_end(&self, context: ContextHandle, stream: StreamHandle) -> Result<GraphHandle> {
        graph::capture_end(self.0, context, stream)
    }

    fn capture_status(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
    ) -> Result<CaptureStatus> {
        stream::capture_status(self.0, context, stream)
    }

    fn graph_create(&self, context: ContextHandle) -> Result<GraphHandle> {
        graph::create(self.0, context)
    }

    fn graph_destroy(&self, context: ContextHandle, graph: GraphHandle) -> Result<()> {
        graph::destroy(self.0, context, graph)
    }

    fn graph_node_count(&self, context: ContextHandle, graph: GraphHandle) -> Result<usize> {
        graph::node_count(self.0, context, graph)
    }

    fn graph_add_kernel(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        launch: &LaunchDescriptor<'_>,
    ) -> Result<GraphNodeHandle> {
        graph::add_kernel(self.0, context, graph, after, launch)
    }

    fn graph_add_copy(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        copy: &Copy,
    ) -> Result<GraphNodeHandle> {
        graph::add_copy(self.0, context, graph, after, copy)
    }

    fn graph_add_fill(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        fill: &Fill,
    ) -> Result<GraphNodeHandle> {
        graph::add_fill(self.0, context, graph, after, fill)
    }

    fn graph_add_empty(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
    ) -> Result<GraphNodeHandle> {
        graph::add_empty(self.0, context, graph, after)
    }

    fn graph_instantiate(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
    ) -> Result<GraphExecHandle> {
        graph::instantiate(self.0, context, graph)
    }

    fn graph_exec_destroy(&self, context: ContextHandle, exec: GraphExecHandle) -> Result<()> {
        graph::exec_destroy(self.0, context, exec)
    }

    fn graph_launch(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graph::launch(self.0, context, exec, stream)
    }

    fn graph_upload(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graph::upload(self.0, context, exec, stream)
    }

    fn graph_exec_update(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        graph: GraphHandle,
    ) -> Result<()> {
        graph::exec_update(self.0, context, exec, graph)
    }

    fn graph_exec_set_kernel(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        node: GraphNodeHandle,
        launch: &LaunchDescriptor<'_>,
    ) -> Result<()> {
        graph::exec_set_kernel(self.0, context, exec, node, launch)
    }
}
