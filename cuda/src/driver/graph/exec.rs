//! Graphs that can be launched.

use std::fmt;

use super::{Graph, GraphNode, Kernels};
use crate::backend::GraphExecHandle;
use crate::context::Resource;
use crate::driver::{Arguments, Function, Launch, Stream};
use crate::error::Result;

/// A graph that is ready: one call launches all of its work.
pub struct GraphExec {
    /// Keeps the graph alive, whose nodes it names.
    graph: Graph,
    handle: GraphExecHandle,
    kernels: Kernels,
}

impl GraphExec {
    pub(super) fn of(graph: &Graph) -> Result<GraphExec> {
        let context = graph.context();
        context.check()?;
        let handle = context
            .backend()
            .graph_instantiate(context.handle(), graph.0.handle)?;
        context.count(Resource::Graph);
        let kernels = Kernels::default();
        kernels.keep_all(&graph.0.kernels.all());
        Ok(GraphExec {
            graph: graph.clone(),
            handle,
            kernels,
        })
    }

    /// Launches all of it in a stream. Launches of one `GraphExec` run one after the other, whatever their streams.
    ///
    /// # Errors
    /// Those of the driver; the failure of the work itself is told later.
    pub fn launch(&self, stream: &Stream) -> Result<()> {
        let context = self.graph.context();
        context.check()?;
        let stream = context.stream_handle(stream, "cuGraphLaunch")?;
        context
            .backend()
            .graph_launch(context.handle(), self.handle, stream)
    }

    /// Has the device take it over now, so that the first launch need not.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn upload(&self, stream: &Stream) -> Result<()> {
        let context = self.graph.context();
        context.check()?;
        let stream = context.stream_handle(stream, "cuGraphUpload")?;
        context
            .backend()
            .graph_upload(context.handle(), self.handle, stream)
    }

    /// Takes over the arguments of another graph of the same form.
    ///
    /// # Errors
    /// [`Code::GraphExecUpdateFailure`](crate::Code::GraphExecUpdateFailure) if it is of another form; then nothing
    /// changes.
    pub fn update(&self, graph: &Graph) -> Result<()> {
        let context = self.graph.context();
        self.graph.owns(graph.context(), "cuGraphExecUpdate")?;
        self.kernels.keep_all(&graph.0.kernels.all());
        context
            .backend()
            .graph_exec_update(context.handle(), self.handle, graph.0.handle)
    }

    /// Gives a kernel's node other arguments, grid and block for launches to come.
    ///
    /// # Errors
    /// As for [`Graph::add_kernel`]; [`Code::InvalidValue`](crate::Code::InvalidValue) for a node that is no kernel.
    pub fn set_kernel(
        &self,
        node: GraphNode,
        function: &Function,
        arguments: impl Arguments,
        launch: Launch<'_>,
    ) -> Result<()> {
        let (context, node) = (self.graph.context(), self.graph.handle_of(node)?);
        self.graph
            .owns(function.context(), "cuGraphExecKernelNodeSetParams")?;
        self.kernels.keep(function.kernel());
        function.with_descriptor(arguments, launch, |descriptor| {
            context
                .backend()
                .graph_exec_set_kernel(context.handle(), self.handle, node, descriptor)
        })
    }

    /// The graph that it was made of.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }
}

impl Drop for GraphExec {
    fn drop(&mut self) {
        let context = self.graph.context();
        let destroyed = context
            .backend()
            .graph_exec_destroy(context.handle(), self.handle);
        context.ended(Resource::Graph, destroyed);
    }
}

impl fmt::Debug for GraphExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphExec")
            .field("graph", &self.graph)
            .finish_non_exhaustive()
    }
}
