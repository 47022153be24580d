//! Two devices.

use cuda::driver::{DeviceBuffer, Launch};

use super::{kernel, new_context, on_device};

#[test]
fn kernels_reach_a_peer_once_they_may() {
    on_device(|context| {
        let other = new_context(1);
        let add_one = kernel(
            context,
            "add_one",
            "__global__ void add_one(int *to, const int *from) { to[threadIdx.x] = from[threadIdx.x] + 1; }",
        );
        let to = DeviceBuffer::<i32>::zeroed(context, 3).unwrap();
        let from = DeviceBuffer::from_slice(&other, &[1, 2, 3]).unwrap();
        let launch = || add_one.call((&to, from.ptr()), Launch::block(3));
        launch().unwrap();
        let far = context.synchronize().unwrap_err();
        assert!(far.to_string().contains("illegal address"), "{far}");
        context.enable_peer_access(&other).unwrap();
        launch().unwrap();
        assert_eq!(to.to_vec().unwrap(), [2, 3, 4]);
        context.disable_peer_access(&other).unwrap();
        launch().unwrap();
        context.synchronize().unwrap_err();
    });
}
