//! What is told when something fails.

use cuda::compiler::SourceModule;
use cuda::driver::{BackendKind, ContextFlags, Device, DeviceBuffer, Launch, Stream, StreamFlags};
use cuda::{Code, Context};
use cuda_macros::backend_test;
use manyways_testkit::guarded;

use crate::{DOUBLE, kernel, ramp};

/// In a context of its own, which on hardware is lost.
fn failing(context: &Context, source: &str, name: &str) -> cuda::Result<cuda::Error> {
    let own = Context::create(context.device(), ContextFlags::default())?;
    let memory = DeviceBuffer::<i32>::zeroed(&own, 4)?;
    kernel(&own, source, name)?.call((&memory,), Launch::block(32))?;
    Ok(own.synchronize().unwrap_err())
}

/// On hardware a failure like these would take the process's other contexts with it, so they are the emulator's.
#[test]
fn a_kernels_failure_is_told_at_the_next_wait() {
    guarded(|| -> cuda::Result<()> {
        let context = Context::create(Device::emulated(0)?, ContextFlags::default())?;
        let outside = failing(
            &context,
            "__global__ void outside(int *a) { a[1 << 20] = threadIdx.x; }",
            "outside",
        )?;
        assert_eq!(outside.code(), Code::IllegalAddress);
        assert!(
            outside.is_kernel_failure() && outside.to_string().contains("outside"),
            "{outside}"
        );
        let misaligned = failing(
            &context,
            "__global__ void odd(int *a) { *(int *)((char *)a + 1) = threadIdx.x; }",
            "odd",
        )?;
        assert_eq!(misaligned.code(), Code::MisalignedAddress, "{misaligned}");
        let trap = failing(
            &context,
            "__global__ void trap(int *a) { asm(\"trap;\"); }",
            "trap",
        )?;
        assert!(trap.is_kernel_failure(), "{trap}");
        Ok(())
    })
    .expect("no other failure");
}

/// The error of a call that waits for its own kernel names it.
#[test]
fn a_kernels_failure_is_told_by_the_call_that_waits_for_it() {
    guarded(|| -> cuda::Result<()> {
        let context = Context::create(Device::emulated(0)?, ContextFlags::default())?;
        let mut numbers = ramp(10);
        let doublify = kernel(&context, DOUBLE, "doublify")?;
        let error = doublify.call(
            (cuda::driver::InOut(&mut numbers), 100_000),
            Launch::for_items(100_000, 256),
        );
        let error = error.unwrap_err();
        assert_eq!(
            (error.code(), error.kernel()),
            (Code::IllegalAddress, Some("doublify")),
            "{error}"
        );
        assert_eq!(numbers, ramp(10));
        assert_eq!(context.live().buffers(), 0);
        Ok(())
    })
    .expect("no other failure");
}

/// What ends without anybody to tell is told by the next call.
#[test]
fn a_failure_when_something_is_dropped_surfaces_at_the_next_call() {
    guarded(|| -> cuda::Result<()> {
        let context = Context::create(Device::emulated(0)?, ContextFlags::default())?;
        let stream = Stream::new(&context, StreamFlags::NON_BLOCKING)?;
        let memory = DeviceBuffer::<i32>::zeroed(&context, 4)?;
        let source = "__global__ void outside(int *a) { a[1 << 20] = threadIdx.x; }";
        let outside = kernel(&context, source, "outside")?;
        outside.call((&memory,), Launch::block(1).stream(&stream))?;
        // It waits for its end, and learns of the kernel's failure.
        drop(memory.as_slice().copy_to_async(vec![0; 4], &stream)?);
        let error = context.memory_info().unwrap_err();
        assert_eq!(error.code(), Code::IllegalAddress, "{error}");
        context.memory_info()?;
        Ok(())
    })
    .expect("no other failure");
}

#[backend_test]
fn a_source_that_does_not_compile_is_an_error_with_the_line(context: &Context) {
    let error = SourceModule::new_in(context, "__global__ void f() {\n  undefined_thing();\n}")
        .unwrap_err();
    assert!(
        error.code() == Code::Compilation || error.code() == Code::Compiler,
        "{error}"
    );
}

#[backend_test]
fn an_error_says_call_subject_and_code(context: &Context) {
    let error = DeviceBuffer::<u8>::uninit(context, 1 << 60).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(error.call()) && text.contains("CUDA_ERROR_OUT_OF_MEMORY"),
        "{text}"
    );
    assert!(text.contains(&format!("{} bytes", 1u64 << 60)), "{text}");
    assert_eq!(error.kernel(), None);
}

#[backend_test]
fn a_context_says_whether_it_is_hardware(context: &Context) {
    let expected = match context.kind() {
        BackendKind::Emulated => "emulated device 0",
        _ => "cuda device 0",
    };
    let text = context.to_string();
    assert_eq!(text.to_lowercase().matches(expected).count(), 1, "{text}");
    let name = context.device().name().unwrap();
    assert!(text.starts_with(&name), "{text}");
}
