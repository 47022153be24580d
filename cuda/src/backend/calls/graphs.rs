//! Captures and graphs.

use super::super::*;

/// See the module's documentation.
pub(crate) trait GraphCalls {
    /// In CUDA's relaxed mode: other calls are not restricted meanwhile.
    fn capture_begin(&self, context: ContextHandle, stream: StreamHandle) -> Result<()>;
    fn capture_end(&self, context: ContextHandle, stream: StreamHandle) -> Result<GraphHandle>;
    fn capture_status(&self, context: ContextHandle, stream: StreamHandle)
    -> Result<CaptureStatus>;
    fn graph_create(&self, context: ContextHandle) -> Result<GraphHandle>;
    fn graph_destroy(&self, context: ContextHandle, graph: GraphHandle) -> Result<()>;
    fn graph_node_count(&self, context: ContextHandle, graph: GraphHandle) -> Result<usize>;
    /// The stream of the descriptor is not looked at; its parameters are copied.
    fn graph_add_kernel(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        launch: &LaunchDescriptor<'_>,
    ) -> Result<GraphNodeHandle>;
    fn graph_add_copy(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        copy: &Copy,
    ) -> Result<GraphNodeHandle>;
    fn graph_add_fill(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        fill: &Fill,
    ) -> Result<GraphNodeHandle>;
    /// A node that does nothing but wait for others.
    fn graph_add_empty(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
    ) -> Result<GraphNodeHandle>;
    fn graph_instantiate(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
    ) -> Result<GraphExecHandle>;
    fn graph_exec_destroy(&self, context: ContextHandle, exec: GraphExecHandle) -> Result<()>;
    fn graph_launch(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    fn graph_upload(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Takes over the parameters of `graph`, which has the same nodes; `Code::GraphExecUpdateFailure` if it has not.
    fn graph_exec_update(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        graph: GraphHandle,
    ) -> Result<()>;
    /// New grid, block and arguments for a kernel node of the graph that `exec` was made of.
    fn graph_exec_set_kernel(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        node: GraphNodeHandle,
        launch: &LaunchDescriptor<'_>,
    ) -> Result<()>;
}
