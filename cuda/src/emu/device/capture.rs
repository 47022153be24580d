//! Capturing: what is submitted to a stream becomes nodes of a graph and is not run.
//!
//! A *session* is begun in one stream, its origin, and spreads to the streams that wait for events recorded in it. Each
//! of them is a *branch*, which knows the nodes that its next one comes after. All branches must have come together in
//! the origin when it ends the session.

use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;

use super::context::Context;
use super::graph::{Graph, Node};
use super::stream::Stream;
use super::work::Work;
use crate::backend::CaptureStatus;
use crate::error::{Code, Error, Result};

#[derive(Debug, Default)]
struct Session {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    nodes: Vec<Node>,
    /// What spoiled it.
    spoiled: Option<Error>,
    ended: bool,
}

/// A stream's part in a session.
#[derive(Debug)]
pub(super) struct Branch {
    tips: Tips,
    is_origin: bool,
}

/// A place in a session: the nodes that whatever follows comes after, by index.
#[derive(Clone, Debug)]
pub(super) struct Tips {
    session: Arc<Session>,
    nodes: Vec<usize>,
}

impl Session {
    fn spoil(&self, error: &Error) {
        self.state
            .lock()
            .spoiled
            .get_or_insert_with(|| error.clone());
    }

    fn check(&self, call: &'static str) -> Result<()> {
        let state = self.state.lock();
        match &state.spoiled {
            Some(error) => Err(Error::new(Code::StreamCaptureInvalidated, call).because(error)),
            None if state.ended => Err(Error::new(Code::InvalidHandle, call)
                .because("the event was recorded in a capture that has ended")),
            None => Ok(()),
        }
    }

    fn add(&self, work: Work, after: Vec<usize>) -> usize {
        let nodes = &mut self.state.lock().nodes;
        nodes.push(Node::new(work, after));
        nodes.len() - 1
    }
}

impl Stream {
    pub(super) fn is_capturing(&self) -> bool {
        self.capture.lock().is_some()
    }

    pub(super) fn capture_status(&self) -> CaptureStatus {
        match &*self.capture.lock() {
            None => CaptureStatus::None,
            Some(branch) if branch.tips.session.state.lock().spoiled.is_some() => {
                CaptureStatus::Invalidated
            }
            Some(_) => CaptureStatus::Active,
        }
    }

    pub(super) fn begin_capture(&self) -> Result<()> {
        let mut capture = self.capture.lock();
        if capture.is_some() {
            return Err(Error::new(Code::IllegalState, "cuStreamBeginCapture")
                .because("the stream is being captured already"));
        }
        let tips = Tips {
            session: Arc::default(),
            nodes: Vec::new(),
        };
        *capture = Some(Branch {
            tips,
            is_origin: true,
        });
        Ok(())
    }

    /// Makes a node of work.
    pub(super) fn capture(&self, work: Work, call: &'static str) -> Result<()> {
        if let Some(Branch { tips, .. }) = &mut *self.capture.lock() {
            tips.session.check(call)?;
            let node = tips.session.add(work, mem::take(&mut tips.nodes));
            tips.nodes.push(node);
        }
        Ok(())
    }

    /// Where the stream's capture stands, if it is being captured.
    pub(super) fn captured_tips(&self) -> Option<Tips> {
        self.capture
            .lock()
            .as_ref()
            .map(|branch| branch.tips.clone())
    }

    /// Has the stream's next node come after `tips`; the stream is captured from here on.
    pub(super) fn join_capture(&self, tips: &Tips, call: &'static str) -> Result<()> {
        tips.session.check(call)?;
        let mut capture = self.capture.lock();
        let branch = capture.get_or_insert_with(|| Branch {
            tips: Tips {
                session: Arc::clone(&tips.session),
                nodes: Vec::new(),
            },
            is_origin: false,
        });
        if !Arc::ptr_eq(&branch.tips.session, &tips.session) {
            let error = Error::new(Code::StreamCaptureMerge, call)
                .because("the stream and the event belong to different captures");
            branch.tips.session.spoil(&error);
            tips.session.spoil(&error);
            return Err(error);
        }
        let news = tips
            .nodes
            .iter()
            .filter(|node| !branch.tips.nodes.contains(node));
        let news: Vec<usize> = news.copied().collect();
        branch.tips.nodes.extend(news);
        Ok(())
    }

    /// Spoils the capture of this stream, if there is one, by an error that is given back.
    pub(super) fn invalidate_capture(&self, error: Error) -> Error {
        if let Some(branch) = &*self.capture.lock() {
            branch.tips.session.spoil(&error);
        }
        error
    }

    /// Refuses what cannot be part of a graph.
    pub(super) fn refuse_capture(&self, call: &'static str) -> Result<()> {
        if !self.is_capturing() {
            return Ok(());
        }
        Err(self.invalidate_capture(
            Error::new(Code::StreamCaptureUnsupported, call)
                .because("the stream is being captured, and this cannot be part of a graph"),
        ))
    }
}

impl Context {
    /// The default stream waits for all blocking streams, and must not wait for one that is being captured.
    pub(super) fn refuse_implicit_capture(
        &self,
        stream: &Stream,
        call: &'static str,
    ) -> Result<()> {
        if !std::ptr::eq(stream, &**self.default_stream()) {
            return Ok(());
        }
        let streams = self.streams.all();
        let mut blocking = streams.iter().filter(|stream| !stream.non_blocking);
        match blocking.find(|stream| stream.is_capturing()) {
            None => Ok(()),
            Some(captured) => Err(captured.invalidate_capture(
                Error::new(Code::StreamCaptureImplicit, call)
                    .because("the default stream would wait for a stream that is being captured")
                    .advise("use another stream, or capture one that is non-blocking"),
            )),
        }
    }

    /// The graph of what was captured since the stream began.
    pub(super) fn end_capture(&self, stream: &Stream) -> Result<Graph> {
        let call = "cuStreamEndCapture";
        let mut capture = stream.capture.lock();
        let tips = match &*capture {
            Some(branch) if branch.is_origin => branch.tips.clone(),
            Some(_) => {
                return Err(Error::new(Code::StreamCaptureUnmatched, call)
                    .because("another stream began this capture"));
            }
            None => {
                return Err(Error::new(Code::IllegalState, call)
                    .because("the stream is not being captured"));
            }
        };
        *capture = None;
        drop(capture);
        let others = self.end_branches(&tips.session);
        tips.session.check(call)?;
        let mut state = tips.session.state.lock();
        state.ended = true;
        let nodes = mem::take(&mut state.nodes);
        if others
            .iter()
            .all(|tip| comes_before(&nodes, *tip, &tips.nodes))
        {
            return Ok(Graph::of(nodes));
        }
        Err(Error::new(Code::StreamCaptureUnjoined, call)
            .because("work of another stream is not waited for by the stream that began"))
    }

    /// Ends the session in all other streams; returns their last nodes.
    fn end_branches(&self, session: &Arc<Session>) -> Vec<usize> {
        let mut last = Vec::new();
        for stream in self.streams.all() {
            let mut capture = stream.capture.lock();
            let ours = |branch: &mut Branch| Arc::ptr_eq(&branch.tips.session, session);
            if let Some(branch) = capture.take_if(ours) {
                last.extend(branch.tips.nodes);
            }
        }
        last
    }
}

/// Whether a node is among `ends` or something there comes after it.
fn comes_before(nodes: &[Node], node: usize, ends: &[usize]) -> bool {
    let mut seen = vec![false; nodes.len()];
    let mut open = ends.to_vec();
    while let Some(next) = open.pop() {
        if !mem::replace(&mut seen[next], true) {
            open.extend(&nodes[next].after);
        }
    }
    seen[node]
}
