//! Graphs: work that is described once and done many times.

use std::sync::Arc;

use parking_lot::Mutex;

use super::launch::Grid;
use super::table::new_handle;
use super::work::Work;
use crate::backend::GraphNodeHandle;
use crate::error::{Code, Error, Result};

/// One piece of work in a graph.
#[derive(Clone, Debug)]
pub(super) struct Node {
    handle: u64,
    pub(super) work: Work,
    /// Nodes that are done before, by index. All were added before.
    pub(super) after: Vec<usize>,
}

impl Node {
    pub(super) fn new(work: Work, after: Vec<usize>) -> Node {
        Node {
            handle: new_handle(),
            work,
            after,
        }
    }
}

/// A graph that can grow.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Mutex<Vec<Node>>,
}

impl Graph {
    pub(super) fn of(nodes: Vec<Node>) -> Graph {
        Graph {
            nodes: Mutex::new(nodes),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.lock().len()
    }

    pub(super) fn add(
        &self,
        work: Work,
        after: &[GraphNodeHandle],
        call: &'static str,
    ) -> Result<GraphNodeHandle> {
        let mut nodes = self.nodes.lock();
        let index = |wanted: &GraphNodeHandle| {
            let found = nodes.iter().position(|node| node.handle == wanted.0);
            found.ok_or_else(|| unknown_node(call))
        };
        let after = after.iter().map(index).collect::<Result<_>>()?;
        let node = Node::new(work, after);
        let handle = GraphNodeHandle(node.handle);
        nodes.push(node);
        Ok(handle)
    }

    pub(super) fn instantiate(&self) -> GraphExec {
        GraphExec {
            nodes: Mutex::new(self.snapshot()),
        }
    }

    fn snapshot(&self) -> Arc<[Node]> {
        self.nodes.lock().as_slice().into()
    }
}

/// A graph as it is launched. Launches take the nodes as they are then; later changes do not concern them.
#[derive(Debug)]
pub(super) struct GraphExec {
    nodes: Mutex<Arc<[Node]>>,
}

impl GraphExec {
    pub(super) fn nodes(&self) -> Arc<[Node]> {
        Arc::clone(&self.nodes.lock())
    }

    /// Takes over the work of a graph of the same shape. The nodes keep their names.
    pub(super) fn update(&self, graph: &Graph) -> Result<()> {
        let news = graph.snapshot();
        let mut nodes = self.nodes.lock();
        if let Some(why) = difference(&nodes, &news) {
            let call = "cuGraphExecUpdate";
            return Err(Error::new(Code::GraphExecUpdateFailure, call).because(why));
        }
        let renamed = news.iter().zip(nodes.iter()).map(|(new, old)| Node {
            handle: old.handle,
            ..new.clone()
        });
        *nodes = renamed.collect();
        Ok(())
    }

    /// Replaces the launch of a kernel node.
    pub(super) fn set_kernel(&self, node: GraphNodeHandle, grid: Grid) -> Result<()> {
        let call = "cuGraphExecKernelNodeSetParams";
        let mut nodes = self.nodes.lock();
        let mut changed = nodes.to_vec();
        let found = changed.iter_mut().find(|known| known.handle == node.0);
        match found.ok_or_else(|| unknown_node(call))? {
            Node {
                work: Work::Kernel(kernel),
                ..
            } => *kernel = Arc::new(grid),
            _ => {
                return Err(Error::new(Code::InvalidValue, call).because("the node is no kernel"));
            }
        }
        *nodes = changed.into();
        Ok(())
    }
}

fn unknown_node(call: &'static str) -> Error {
    Error::new(Code::InvalidValue, call).because("a node is none of this graph's")
}

/// In what two graphs differ besides the parameters of their nodes.
fn difference(old: &[Node], new: &[Node]) -> Option<String> {
    if old.len() != new.len() {
        return Some(format!(
            "the graph has {} nodes, not {}",
            new.len(),
            old.len()
        ));
    }
    let mut pairs = old.iter().zip(new);
    let differs = pairs.position(|(old, new)| {
        let same_kind = std::mem::discriminant(&old.work) == std::mem::discriminant(&new.work);
        !same_kind || old.after != new.after
    });
    differs.map(|node| format!("node {node} is of another kind, or comes after others"))
}
