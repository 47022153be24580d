//! The emulated devices, through the public objects: what they promise beyond what hardware does.
//!
//! What holds for both is in `tests/driver`.

mod faults;
mod gl;
mod heap;
mod images;
mod left_out;
mod peers;
mod processes;
mod running;

use cuda::compiler::SourceModule;
use cuda::driver::{Context, ContextFlags, Device, Function};
use manyways_testkit::guarded;

/// Runs a test in a context of its own on an emulated device, which must be left empty.
fn on_device(test: impl FnOnce(&Context)) {
    guarded(|| {
        let context = new_context(0);
        test(&context);
        assert_eq!(context.live().total(), 0, "left: {}", context.live());
    });
}

fn new_context(device: u32) -> Context {
    let device = Device::emulated(device).unwrap();
    Context::create(device, ContextFlags::default()).unwrap()
}

/// The only kernel of a source.
fn kernel(context: &Context, name: &str, source: &str) -> Function {
    let module = SourceModule::new_in(context, source).unwrap();
    module.get_function(name).unwrap()
}
