//! Streams and events.

#![allow(unsafe_code)]

use std::ffi::{c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use cudarc::driver::sys as cu;

use super::api::{Api, call};
use crate::backend::{
    CaptureStatus, ContextHandle, EventHandle, HostCallback, IpcBytes, StreamHandle,
};
use crate::error::{Code, Error, Result};

pub(super) fn cu_stream(stream: StreamHandle) -> cu::CUstream {
    stream.0 as cu::CUstream
}

fn cu_event(event: EventHandle) -> cu::CUevent {
    event.0 as cu::CUevent
}

/// "Not ready" as an answer.
fn is_ready(queried: Result<()>) -> Result<bool> {
    match queried {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Code::NotReady => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn create(
    api: &Api,
    context: ContextHandle,
    non_blocking: bool,
    priority: i32,
) -> Result<StreamHandle> {
    api.bind(context)?;
    let mut stream = ptr::null_mut();
    // SAFETY: writes the one handle; the flag is 0 or `CU_STREAM_NON_BLOCKING`.
    unsafe {
        call!(api.cuStreamCreateWithPriority(&raw mut stream, c_uint::from(non_blocking), priority))
    }?;
    Ok(StreamHandle(stream as u64))
}

pub(super) fn destroy(api: &Api, context: ContextHandle, stream: StreamHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made by `create`, and called once, when the `Stream` ends.
    unsafe { call!(api.cuStreamDestroy_v2(cu_stream(stream))) }
}

pub(super) fn synchronize(api: &Api, context: ContextHandle, stream: StreamHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `Stream` keeps the handle alive, or it is the default one.
    unsafe { call!(api.cuStreamSynchronize(cu_stream(stream))) }
}

pub(super) fn is_done(api: &Api, context: ContextHandle, stream: StreamHandle) -> Result<bool> {
    api.bind(context)?;
    // SAFETY: as for `synchronize`.
    is_ready(unsafe { call!(api.cuStreamQuery(cu_stream(stream))) })
}

pub(super) fn priority(api: &Api, context: ContextHandle, stream: StreamHandle) -> Result<i32> {
    api.bind(context)?;
    let mut priority = 0;
    // SAFETY: writes the one number; the handle as for `synchronize`.
    unsafe { call!(api.cuStreamGetPriority(cu_stream(stream), &raw mut priority)) }?;
    Ok(priority)
}

pub(super) fn wait_event(
    api: &Api,
    context: ContextHandle,
    stream: StreamHandle,
    event: EventHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `Stream` and `Event` keep the handles alive.
    unsafe { call!(api.cuStreamWaitEvent(cu_stream(stream), cu_event(event), 0)) }
}

pub(super) fn host_callback(
    api: &Api,
    context: ContextHandle,
    stream: StreamHandle,
    callback: HostCallback,
) -> Result<()> {
    // A graph calls what it captured each time, and this can be called once.
    if capture_status(api, context, stream)? != CaptureStatus::None {
        let error = Error::new(Code::StreamCaptureUnsupported, "cuLaunchHostFunc");
        return Err(error.because("a callback that is called once cannot be part of a graph"));
    }
    let data = Box::into_raw(Box::new(callback));
    // SAFETY: the driver calls `run_callback` at most once, with this box, which nobody else has.
    let launched =
        unsafe { call!(api.cuLaunchHostFunc(cu_stream(stream), Some(run_callback), data.cast())) };
    if launched.is_err() {
        // SAFETY: the driver refused, so it will not call, and the box is still ours.
        drop(unsafe { Box::from_raw(data) });
    }
    launched
}

/// Called by the driver. A panic ends here, after the hook has told it: it must not unwind into the driver's frames.
unsafe extern "C" fn run_callback(data: *mut c_void) {
    // SAFETY: the box that `host_callback` gave; it is called once.
    let callback = unsafe { Box::from_raw(data.cast::<HostCallback>()) };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(callback)) {
        // Dropping a payload may panic in turn.
        std::mem::forget(payload);
    }
}

pub(super) fn capture_status(
    api: &Api,
    context: ContextHandle,
    stream: StreamHandle,
) -> Result<CaptureStatus> {
    use cu::CUstreamCaptureStatus_enum as Cu;
    api.bind(context)?;
    let mut status = Cu::CU_STREAM_CAPTURE_STATUS_NONE;
    // SAFETY: writes one of the three states; the handle as for `synchronize`.
    let asked = unsafe { call!(api.cuStreamIsCapturing(cu_stream(stream), &raw mut status)) };
    match asked {
        // The default stream cannot be captured, and says this while another is.
        Err(error) if error.code() == Code::StreamCaptureImplicit => {
            return Ok(CaptureStatus::None);
        }
        asked => asked?,
    }
    Ok(match status {
        Cu::CU_STREAM_CAPTURE_STATUS_NONE => CaptureStatus::None,
        Cu::CU_STREAM_CAPTURE_STATUS_ACTIVE => CaptureStatus::Active,
        Cu::CU_STREAM_CAPTURE_STATUS_INVALIDATED => CaptureStatus::Invalidated,
    })
}

pub(super) fn event_create(api: &Api, context: ContextHandle, flags: u32) -> Result<EventHandle> {
    api.bind(context)?;
    let mut event = ptr::null_mut();
    // SAFETY: writes the one handle.
    unsafe { call!(api.cuEventCreate(&raw mut event, flags)) }?;
    Ok(EventHandle(event as u64))
}

pub(super) fn event_destroy(api: &Api, context: ContextHandle, event: EventHandle) -> Result<()> {
    api.bind(context)?;
    // SAFETY: made here, and called once, when the `Event` ends.
    unsafe { call!(api.cuEventDestroy_v2(cu_event(event))) }
}

pub(super) fn event_record(
    api: &Api,
    context: ContextHandle,
    event: EventHandle,
    stream: StreamHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `Stream` and `Event` keep the handles alive.
    unsafe { call!(api.cuEventRecord(cu_event(event), cu_stream(stream))) }
}

pub(super) fn event_synchronize(
    api: &Api,
    context: ContextHandle,
    event: EventHandle,
) -> Result<()> {
    api.bind(context)?;
    // SAFETY: the caller's `Event` keeps the handle alive.
    unsafe { call!(api.cuEventSynchronize(cu_event(event))) }
}

pub(super) fn event_is_done(api: &Api, context: ContextHandle, event: EventHandle) -> Result<bool> {
    api.bind(context)?;
    // SAFETY: the caller's `Event` keeps the handle alive.
    is_ready(unsafe { call!(api.cuEventQuery(cu_event(event))) })
}

pub(super) fn event_elapsed(
    api: &Api,
    context: ContextHandle,
    start: EventHandle,
    end: EventHandle,
) -> Result<f32> {
    api.bind(context)?;
    let mut elapsed = 0.0;
    // SAFETY: writes the one number; the caller's `Event`s keep the handles alive.
    unsafe { call!(api.cuEventElapsedTime(&raw mut elapsed, cu_event(start), cu_event(end))) }?;
    Ok(elapsed)
}

pub(super) fn ipc_export(
    api: &Api,
    context: ContextHandle,
    event: EventHandle,
) -> Result<IpcBytes> {
    api.bind(context)?;
    let mut handle = cu::CUipcEventHandle { reserved: [0; 64] };
    // SAFETY: writes the one structure; the caller's `Event` keeps the handle alive.
    unsafe { call!(api.cuIpcGetEventHandle(&raw mut handle, cu_event(event))) }?;
    Ok(handle.reserved.map(|byte| byte as u8))
}

pub(super) fn ipc_open(
    api: &Api,
    context: ContextHandle,
    handle: &IpcBytes,
) -> Result<EventHandle> {
    api.bind(context)?;
    let handle = cu::CUipcEventHandle {
        reserved: handle.map(|byte| byte as _),
    };
    let mut event = ptr::null_mut();
    // SAFETY: writes the one handle; the driver checks the bytes.
    unsafe { call!(api.cuIpcOpenEventHandle(&raw mut event, handle)) }?;
    Ok(EventHandle(event as u64))
}
