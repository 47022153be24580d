//! Runs the tests that `#[backend_test]` makes, and counts on which devices.

mod count;
mod sys;

use std::fmt;
use std::time::Duration;

use cuda::driver::{Context, ContextFlags, Device};
use manyways_testkit::{DEFAULT_LIMIT, guarded_for, watched_for};

use self::count::Ran;

/// Set to 1, it makes a missing device a failure, for machines that are there to have one.
const REQUIRE_VARIABLE: &str = "MANYWAYS_REQUIRE_CUDA";

/// Runs a test on the emulated device, in a context of its own. Nothing may be left, neither of the context nor of
/// the process.
pub(crate) fn emulated<R: Outcome>(limit_s: Option<u64>, test: fn(&Context) -> R) {
    guarded_for(limit(limit_s), || {
        count::add(Ran::Emulated);
        let device = Device::emulated(0).expect("every process has an emulated device");
        run(device, test);
    });
}

/// Runs a test on NVIDIA hardware, in a context of its own, if there is some. The process may keep what the driver keeps.
pub(crate) fn hardware<R: Outcome>(limit_s: Option<u64>, test: fn(&Context) -> R) {
    watched_for(limit(limit_s), || match Device::cuda(0) {
        Ok(device) => {
            count::add(Ran::Hardware);
            run(device, test);
        }
        Err(error) => {
            count::add(Ran::Nowhere);
            let is_required = std::env::var_os(REQUIRE_VARIABLE).is_some_and(|value| value == "1");
            assert!(!is_required, "{REQUIRE_VARIABLE} is 1, and {error}");
            println!("not on hardware: {error}");
        }
    });
}

fn limit(limit_s: Option<u64>) -> Duration {
    limit_s.map_or(DEFAULT_LIMIT, Duration::from_secs)
}

fn run<R: Outcome>(device: Device, test: fn(&Context) -> R) {
    let context = Context::create(device, ContextFlags::default()).expect("a context");
    test(&context).judge();
    context
        .synchronize()
        .expect("no error comes after the test");
    context.check().expect("no error when objects were dropped");
    let live = context.live();
    assert_eq!(live.total(), 0, "the test left {live}");
}

/// What a test returns.
pub(crate) trait Outcome {
    /// Panics if it is a failure.
    fn judge(self);
}

impl Outcome for () {
    fn judge(self) {}
}

impl<E: fmt::Display> Outcome for Result<(), E> {
    fn judge(self) {
        if let Err(error) = self {
            panic!("{error}");
        }
    }
}
