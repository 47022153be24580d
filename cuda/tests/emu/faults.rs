//! Kernels with bugs: what is found, who is told, and that the context goes on.

use cuda::driver::{DeviceBuffer, Function, Launch, Stream, StreamFlags};
use cuda::emulator::{self, Checks};
use cuda::{Code, Context, Error};

use super::{kernel, on_device};

const BUGS: &str = r"
__global__ void store(int *to, int index) { to[index] = 1; }

__global__ void copy(int *to, const int *from) { to[threadIdx.x] = from[threadIdx.x]; }

__global__ void fail(int *to) { to[0] = 3; __trap(); }
";

fn bug(context: &Context, name: &str) -> Function {
    kernel(context, name, BUGS)
}

fn failure(context: &Context) -> Error {
    let failure = context.synchronize().expect_err("the kernel has a bug");
    context.synchronize().expect("a failure is told once");
    failure
}

#[test]
fn a_store_beyond_is_told_with_kernel_thread_and_address() {
    on_device(|context| {
        let store = bug(context, "store");
        let to = DeviceBuffer::<i32>::zeroed(context, 100).unwrap();
        store.call((&to, 100), Launch::block(1)).unwrap();
        let failure = failure(context);
        assert_eq!(failure.code(), Code::IllegalAddress);
        assert_eq!(failure.kernel(), Some("store"));
        let text = failure.to_string();
        let address = format!("{:#x}", to.ptr().0 + 400);
        for part in [
            "thread (0,0,0) in block (0,0,0)",
            &address,
            "allocation of 400 bytes",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(to.to_vec().unwrap(), [0; 100]);
    });
}

#[test]
fn memory_that_nobody_wrote_is_not_read_unless_that_is_allowed() {
    on_device(|context| {
        let copy = bug(context, "copy");
        let to = DeviceBuffer::<i32>::zeroed(context, 4).unwrap();
        let from = DeviceBuffer::<i32>::uninit(context, 4).unwrap();
        copy.call((&to, &from), Launch::block(4)).unwrap();
        let failure = failure(context);
        assert!(failure.to_string().contains("uninitialised"), "{failure}");
        emulator::set_checks(Checks::NONE);
        copy.call((&to, &from), Launch::block(4)).unwrap();
        let allowed = context.synchronize();
        emulator::set_checks(Checks::ALL);
        allowed.unwrap();
    });
}

#[test]
fn work_behind_a_failure_is_left_out() {
    on_device(|context| {
        let (fail, store) = (bug(context, "fail"), bug(context, "store"));
        let stream = Stream::new(context, StreamFlags::NON_BLOCKING).unwrap();
        let to = DeviceBuffer::<i32>::zeroed(context, 2).unwrap();
        let launch = || Launch::block(1).stream(&stream);
        fail.call((&to,), launch()).unwrap();
        store.call((&to, 1), launch()).unwrap();
        let failure = stream.synchronize().unwrap_err();
        assert_eq!(failure.code(), Code::LaunchFailed);
        assert_eq!(to.to_vec().unwrap(), [3, 0]);
        store.call((&to, 1), launch()).unwrap();
        stream.synchronize().unwrap();
        assert_eq!(to.to_vec().unwrap(), [3, 1]);
    });
}

#[test]
fn a_copy_that_waits_tells_of_the_kernel_before_it() {
    on_device(|context| {
        let store = bug(context, "store");
        let to = DeviceBuffer::<i32>::zeroed(context, 1).unwrap();
        store.call((&to, -1), Launch::block(1)).unwrap();
        let failure = to.to_vec().unwrap_err();
        assert_eq!(failure.kernel(), Some("store"));
        assert_eq!(to.to_vec().unwrap(), [0]);
    });
}

#[test]
fn contexts_fail_apart() {
    on_device(|context| {
        let other = super::new_context(0);
        let to = DeviceBuffer::<i32>::zeroed(context, 1).unwrap();
        bug(context, "store")
            .call((&to, 9), Launch::block(1))
            .unwrap();
        context.default_stream().synchronize().unwrap_err();
        bug(context, "store")
            .call((&to, 9), Launch::block(1))
            .unwrap();
        other.synchronize().unwrap();
        context.synchronize().unwrap_err();
    });
}
