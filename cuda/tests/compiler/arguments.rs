//! Structures as arguments, each field where C++ has it.

use cuda::compiler::SourceModule;
use cuda::driver::{Context, DeviceBuffer, DevicePtr, KernelArg, KernelValue, Launch, Out};
use cuda::{Code, Result};
use cuda_macros::backend_test;

#[derive(Debug, Clone, Copy, KernelArg)]
#[repr(C)]
struct Inner {
    tag: u8,
    weight: f64,
}

#[derive(Debug, Clone, Copy, KernelArg)]
#[repr(C)]
struct Outer {
    first: i16,
    inner: Inner,
    numbers: [f32; 3],
    to: DevicePtr,
    last: bool,
}

#[derive(Debug, Clone, Copy, KernelArg)]
#[repr(C, align(16))]
struct Pair<T>(T, u32);

#[derive(Debug, Clone, Copy, KernelArg)]
#[repr(transparent)]
struct Meters(f32);

const SOURCE: &str = "
struct inner { unsigned char tag; double weight; };
struct outer { short first; inner in; float numbers[3]; double *to; bool last; };
template <class T> struct __align__(16) pair { T first; unsigned second; };
struct meters { float value; };

__global__ void unpack(char before, outer o, pair<double> p, meters m, char after)
{
    o.to[0] = before; o.to[1] = o.first; o.to[2] = o.in.tag; o.to[3] = o.in.weight;
    o.to[4] = o.numbers[0]; o.to[5] = o.numbers[1]; o.to[6] = o.numbers[2]; o.to[7] = o.last;
    o.to[8] = p.first; o.to[9] = p.second; o.to[10] = m.value; o.to[11] = after;
}

__global__ void sizes(unsigned long long *to) { to[0] = sizeof(outer); to[1] = sizeof(pair<double>); }
";

fn module(context: &Context) -> Result<SourceModule> {
    SourceModule::builder(SOURCE)
        .name_expression("unpack")
        .name_expression("sizes")
        .build_in(context)
}

#[backend_test]
fn every_field_arrives(context: &Context) -> Result<()> {
    let module = module(context)?;
    let seen = DeviceBuffer::<f64>::zeroed(context, 12)?;
    let outer = Outer {
        first: -300,
        inner: Inner {
            tag: 200,
            weight: 0.125,
        },
        numbers: [1.5, 2.5, 3.5],
        to: seen.ptr(),
        last: true,
    };
    let arguments = (1_i8, outer, Pair(6.25_f64, 7), Meters(8.5), 9_i8);
    module
        .get_function("unpack")?
        .call(arguments, Launch::block(1))?;
    let expected = [
        1.0, -300.0, 200.0, 0.125, 1.5, 2.5, 3.5, 1.0, 6.25, 7.0, 8.5, 9.0,
    ];
    assert_eq!(seen.to_vec()?, expected);
    Ok(())
}

#[backend_test]
fn both_languages_agree_on_sizes(context: &Context) -> Result<()> {
    let mut sizes = [0_u64; 2];
    let function = module(context)?.get_function("sizes")?;
    function.call((Out(&mut sizes),), Launch::block(1))?;
    assert_eq!(
        sizes,
        [size_of::<Outer>() as u64, size_of::<Pair<f64>>() as u64]
    );
    Ok(())
}

#[backend_test]
fn a_structure_of_another_size_is_refused(context: &Context) -> Result<()> {
    let unpack = module(context)?.get_function("unpack")?;
    let wrong = (1_i8, Meters(1.0), Pair(1.0_f64, 1), Meters(1.0), 1_i8);
    let error = unpack.call(wrong, Launch::block(1)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    assert_eq!(error.kernel(), Some("_Z6unpackc5outer4pairIdE6metersc"));
    Ok(())
}

/// No device knows what lies between the fields; the bytes are those of C all the same.
#[test]
fn what_lies_between_fields_is_zero() {
    manyways_testkit::guarded(|| {
        let mut bytes = [0_u8; size_of::<Inner>()];
        Inner {
            tag: 0xff,
            weight: -0.0,
        }
        .write(&mut bytes);
        assert_eq!(
            bytes,
            [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]
        );
    });
}
