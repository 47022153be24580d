//! Events: places in a stream's work, with the time at which it came there.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parking_lot::Mutex;

use super::capture::Tips;
use super::context::Context;
use super::queue::Point;
use super::stream::Stream;
use crate::error::{Code, Error, Result};

/// CUDA's flag for events that only mark an order.
const DISABLE_TIMING: u32 = 2;
/// CUDA's flag for events that other processes may open.
const INTERPROCESS: u32 = 4;
const ALL_FLAGS: u32 = 1 | DISABLE_TIMING | INTERPROCESS;

#[derive(Debug)]
pub(super) struct Event {
    timed: bool,
    last: Mutex<Option<Record>>,
}

/// What the event stands for since it was last recorded.
#[derive(Clone, Debug)]
enum Record {
    Place(Point, Arc<OnceLock<Instant>>),
    /// It was recorded in a stream that was being captured.
    Captured(Tips),
}

impl Event {
    pub(super) fn new(flags: u32) -> Result<Event> {
        let call = "cuEventCreate";
        let timed = flags & DISABLE_TIMING == 0;
        if flags & !ALL_FLAGS != 0 || flags & INTERPROCESS != 0 && timed {
            let why = format_args!("flags {flags:#x} are unknown, or interprocess with timing");
            return Err(Error::new(Code::InvalidValue, call).because(why));
        }
        if flags & INTERPROCESS != 0 {
            return Err(super::ipc::refused(call));
        }
        Ok(Event {
            timed,
            last: Mutex::new(None),
        })
    }

    /// Marks the end of what the stream has been given so far.
    pub(super) fn record(&self, context: &Context, stream: &Stream) -> Result<()> {
        let mut last = self.last.lock();
        if let Some(tips) = stream.captured_tips() {
            *last = Some(Record::Captured(tips));
            return Ok(());
        }
        let stamp = Arc::new(OnceLock::new());
        let set = Arc::clone(&stamp);
        let task = Box::new(move || {
            // Nobody else has this cell, and it is set once.
            let _ = set.set(Instant::now());
        });
        let point = context.enqueue(stream, Vec::new(), task, "cuEventRecord")?;
        *last = Some(Record::Place(point, stamp));
        Ok(())
    }

    /// Has a stream wait for the place that it marks now.
    pub(super) fn hold(&self, context: &Context, stream: &Stream) -> Result<()> {
        let call = "cuStreamWaitEvent";
        let last = self.last.lock().clone();
        match last {
            Some(Record::Captured(tips)) => stream.join_capture(&tips, call),
            _ if stream.is_capturing() => Err(stream.invalidate_capture(
                Error::new(Code::StreamCaptureIsolation, call)
                    .because("the event was recorded outside of the capture"),
            )),
            Some(Record::Place(point, _)) if !point.is_reached() => {
                let nothing = Box::new(|| ());
                context
                    .enqueue(stream, vec![point], nothing, call)
                    .map(drop)
            }
            Some(Record::Place(..)) | None => Ok(()),
        }
    }

    pub(super) fn wait(&self) -> Result<()> {
        if let Some((point, _)) = self.place("cuEventSynchronize")? {
            point.wait();
        }
        Ok(())
    }

    pub(super) fn is_done(&self) -> Result<bool> {
        let place = self.place("cuEventQuery")?;
        Ok(place.is_none_or(|(point, _)| point.is_reached()))
    }

    /// Milliseconds from this event to a later one.
    pub(super) fn elapsed(&self, end: &Event) -> Result<f32> {
        let (start, end) = (self.time("start")?, end.time("end")?);
        let milliseconds = match end.checked_duration_since(start) {
            Some(later) => later.as_secs_f64() * 1e3,
            None => -(start - end).as_secs_f64() * 1e3,
        };
        Ok(milliseconds as f32)
    }

    fn time(&self, which: &str) -> Result<Instant> {
        let call = "cuEventElapsedTime";
        let invalid = |why: &str| {
            Error::new(Code::InvalidHandle, call).because(format_args!("the {which} event {why}"))
        };
        if !self.timed {
            return Err(invalid("was made without timing"));
        }
        let (point, stamp) = self
            .place(call)?
            .ok_or_else(|| invalid("was never recorded"))?;
        let stamp = stamp.get().filter(|_| point.is_reached());
        stamp.copied().ok_or_else(|| {
            Error::new(Code::NotReady, call)
                .because(format_args!("the {which} event is not complete"))
        })
    }

    fn place(&self, call: &'static str) -> Result<Option<(Point, Arc<OnceLock<Instant>>)>> {
        match &*self.last.lock() {
            Some(Record::Place(point, stamp)) => Ok(Some((point.clone(), Arc::clone(stamp)))),
            Some(Record::Captured(_)) => Err(Error::new(Code::CapturedEvent, call)
                .because("the event was last recorded in a stream that was being captured")),
            None => Ok(None),
        }
    }
}
