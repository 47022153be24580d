//! Graphs: work that is described once and launched many times.

mod capture;
mod exec;

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

pub use self::exec::GraphExec;
use crate::backend::{GraphHandle, GraphNodeHandle};
use crate::context::{Context, Resource};
use crate::driver::function::Kernel;
use crate::driver::{Arguments, DeviceSlice, Function, Launch, Memcpy3D};
use crate::error::{Code, Error, Result};

/// Work and the order in which it must be done, captured from a stream or put together node by node. It does nothing until
/// it is [instantiated](Graph::instantiate) and launched.
///
/// Kernels that it uses stay loaded as long as it. Memory does not: what a graph is launched on must still be there then.
#[derive(Clone)]
pub struct Graph(Arc<Inner>);

struct Inner {
    context: Context,
    handle: GraphHandle,
    kernels: Kernels,
}

/// A piece of a graph's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GraphNode {
    handle: GraphNodeHandle,
    /// The graph that it is of.
    graph: GraphHandle,
}

/// Kernels that must stay loaded.
#[derive(Default)]
struct Kernels(Mutex<Vec<Arc<Kernel>>>);

impl Kernels {
    fn keep(&self, kernel: &Arc<Kernel>) {
        let mut kept = self.0.lock();
        if !kept.iter().any(|known| Arc::ptr_eq(known, kernel)) {
            kept.push(Arc::clone(kernel));
        }
    }

    fn keep_all(&self, kernels: &[Arc<Kernel>]) {
        kernels.iter().for_each(|kernel| self.keep(kernel));
    }

    fn all(&self) -> Vec<Arc<Kernel>> {
        self.0.lock().clone()
    }
}

impl Graph {
    /// A graph without nodes.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn new(context: &Context) -> Result<Graph> {
        context.check()?;
        let handle = context.backend().graph_create(context.handle())?;
        Ok(Graph::adopt(context, handle, &[]))
    }

    fn adopt(context: &Context, handle: GraphHandle, kernels: &[Arc<Kernel>]) -> Graph {
        context.count(Resource::Graph);
        let graph = Graph(Arc::new(Inner {
            context: context.clone(),
            handle,
            kernels: Kernels::default(),
        }));
        graph.0.kernels.keep_all(kernels);
        graph
    }

    /// The context that it is of.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// How many nodes it has.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn node_count(&self) -> Result<usize> {
        self.context().check()?;
        self.context()
            .backend()
            .graph_node_count(self.context().handle(), self.0.handle)
    }

    /// Adds the call of a kernel, after the nodes that are named. The stream of `launch` has no meaning here.
    ///
    /// # Errors
    /// As for [`Function::prepare`]; [`Code::InvalidValue`] for nodes of another graph.
    pub fn add_kernel(
        &self,
        after: &[GraphNode],
        function: &Function,
        arguments: impl Arguments,
        launch: Launch<'_>,
    ) -> Result<GraphNode> {
        self.owns(function.context(), "cuGraphAddKernelNode")?;
        let (context, handle, after) = (self.context(), self.0.handle, self.handles(after)?);
        let node = function.with_descriptor(arguments, launch, |descriptor| {
            context
                .backend()
                .graph_add_kernel(context.handle(), handle, &after, descriptor)
        })?;
        self.0.kernels.keep(function.kernel());
        Ok(self.node(node))
    }

    /// Adds a copy from device memory to device memory, after the nodes that are named.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if one has more values than the other.
    pub fn add_copy<T>(
        &self,
        after: &[GraphNode],
        to: DeviceSlice<'_, T>,
        from: DeviceSlice<'_, T>,
    ) -> Result<GraphNode> {
        if to.len() != from.len() {
            let error =
                Error::new(Code::InvalidValue, "cuGraphAddMemcpyNode").on(format_args!("{to:?}"));
            return Err(error.because(format_args!("the other side is {from:?}")));
        }
        to.apart_from(&from, "cuGraphAddMemcpyNode")?;
        let size = to.size();
        self.add_box(
            after,
            &Memcpy3D::new(size, 1, 1)
                .from_device(from, size)
                .to_device(to, size),
        )
    }

    /// Adds a copy of a box, after the nodes that are named. Neither side may be host memory.
    ///
    /// # Errors
    /// As for [`Memcpy3D::run_async`]; [`Code::InvalidValue`] for an empty box.
    pub fn add_box(&self, after: &[GraphNode], copy: &Memcpy3D<'_>) -> Result<GraphNode> {
        const CALL: &str = "cuGraphAddMemcpyNode";
        copy.refuse_host(CALL)?;
        let context = self.context();
        let Some(copy) = copy.checked(context)? else {
            return Err(Error::new(Code::InvalidValue, CALL).because("there is nothing to copy"));
        };
        let after = self.handles(after)?;
        Ok(self.node(context.backend().graph_add_copy(
            context.handle(),
            self.0.handle,
            &after,
            &copy,
        )?))
    }

    /// Adds the filling of device memory with one value, after the nodes that are named.
    ///
    /// # Errors
    /// As for [`DeviceSlice::fill_async`]; [`Code::InvalidValue`] for memory of no values.
    pub fn add_fill<T: bytemuck::Pod>(
        &self,
        after: &[GraphNode],
        memory: DeviceSlice<'_, T>,
        value: T,
    ) -> Result<GraphNode> {
        const CALL: &str = "cuGraphAddMemsetNode";
        self.owns(memory.context(), CALL)?;
        let Some(fill) = memory.fill_of(&value).filter(|fill| fill.width > 0) else {
            let error = Error::new(Code::InvalidValue, CALL).on(format_args!("{memory:?}"));
            return Err(error.because("such values are not filled on the device"));
        };
        let (context, after) = (self.context(), self.handles(after)?);
        Ok(self.node(context.backend().graph_add_fill(
            context.handle(),
            self.0.handle,
            &after,
            &fill,
        )?))
    }

    /// Adds a node that only waits for those that are named.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for nodes of another graph.
    pub fn add_empty(&self, after: &[GraphNode]) -> Result<GraphNode> {
        let (context, after) = (self.context(), self.handles(after)?);
        Ok(self.node(
            context
                .backend()
                .graph_add_empty(context.handle(), self.0.handle, &after)?,
        ))
    }

    /// Makes it ready to be launched. Nodes that are added later take no part.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] where nodes wait for each other in a circle, and others of the driver.
    pub fn instantiate(&self) -> Result<GraphExec> {
        GraphExec::of(self)
    }

    fn node(&self, handle: GraphNodeHandle) -> GraphNode {
        GraphNode {
            handle,
            graph: self.0.handle,
        }
    }

    fn handles(&self, nodes: &[GraphNode]) -> Result<Vec<GraphNodeHandle>> {
        self.context().check()?;
        nodes.iter().map(|node| self.handle_of(*node)).collect()
    }

    fn handle_of(&self, node: GraphNode) -> Result<GraphNodeHandle> {
        match node.graph == self.0.handle {
            true => Ok(node.handle),
            false => {
                Err(Error::new(Code::InvalidValue, "a graph")
                    .because("the node is of another graph"))
            }
        }
    }

    fn owns(&self, context: &Context, call: &'static str) -> Result<()> {
        match context == self.context() {
            true => context.check(),
            false => {
                Err(Error::new(Code::InvalidContext, call)
                    .because("the object is of another context"))
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let destroyed = self
            .context
            .backend()
            .graph_destroy(self.context.handle(), self.handle);
        self.context.ended(Resource::Graph, destroyed);
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("nodes", &self.node_count().ok())
            .finish_non_exhaustive()
    }
}
