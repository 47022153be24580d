//! Forked children.

use cuda::Code;
use cuda::driver::{DeviceBuffer, Launch};
use manyways_process::Fork;
use manyways_testkit::guarded;

use super::{kernel, new_context, on_device};

const TWICE: &str = "__global__ void twice(int *numbers) { numbers[threadIdx.x] *= 2; }";

#[test]
fn a_child_cannot_use_what_it_inherits() {
    on_device(|context| {
        let numbers = DeviceBuffer::from_slice(context, &[1, 2, 3]).unwrap();
        context.synchronize().unwrap();
        let in_child = Fork::new().run(|| {
            let error = numbers.to_vec().unwrap_err();
            (error.code() == Code::NotInitialized, error.to_string())
        });
        let (refused, text) = in_child.unwrap().join().unwrap();
        assert!(refused && text.contains("forked"), "{text}");
        assert_eq!(numbers.to_vec().unwrap(), [1, 2, 3]);
    });
}

#[test]
fn a_child_has_devices_of_its_own() {
    guarded(|| {
        let context = new_context(0);
        let in_child = Fork::new().run(|| {
            let context = new_context(0);
            let numbers = DeviceBuffer::from_slice(&context, &[1, 2, 3]).unwrap();
            let twice = kernel(&context, "twice", TWICE);
            twice.call((&numbers,), Launch::block(3)).unwrap();
            numbers.to_vec().unwrap()
        });
        assert_eq!(in_child.unwrap().join().unwrap(), [2, 4, 6]);
        context.synchronize().unwrap();
    });
}
