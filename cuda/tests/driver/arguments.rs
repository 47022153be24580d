//! What is given to kernels, and what is refused.

use cuda::compiler::{Arch, SourceModule};
use cuda::driver::{
    ArgumentWriter, DeviceBuffer, DevicePtr, DeviceSlice, In, KernelArg, Launch, Module, Out,
};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::{DOUBLE, kernel, ramp};

/// A kernel with arguments of all sizes, in an order that needs gaps.
const ALL_SIZES: &str = "
struct Pair { char first; double second; };
__global__ void all_sizes(double *dest, char a, short b, char c, double d, float e, bool f, long long g, Pair h, size_t i)
{
    dest[0] = a; dest[1] = b; dest[2] = c; dest[3] = d; dest[4] = e; dest[5] = f; dest[6] = g;
    dest[7] = h.first; dest[8] = h.second; dest[9] = i;
}";

#[derive(Clone, Copy, cuda::KernelArg)]
#[repr(C)]
struct Pair {
    first: i8,
    second: f64,
}

#[backend_test]
fn each_argument_is_where_the_kernel_looks(context: &Context) -> cuda::Result<()> {
    let mut dest = [0.0f64; 10];
    let pair = Pair {
        first: -8,
        second: 9.5,
    };
    let arguments = (
        Out(&mut dest),
        -1i8,
        2i16,
        -3i8,
        4.25f64,
        5.5f32,
        true,
        -7i64,
        pair,
        10usize,
    );
    kernel(context, ALL_SIZES, "all_sizes")?.call(arguments, Launch::block(1))?;
    assert_eq!(
        dest,
        [-1.0, 2.0, -3.0, 4.25, 5.5, 1.0, -7.0, -8.0, 9.5, 10.0]
    );
    Ok(())
}

#[backend_test]
fn sizes_are_known_before_the_call(context: &Context) -> cuda::Result<()> {
    let function = kernel(context, ALL_SIZES, "all_sizes")?;
    assert_eq!(
        function.parameter_sizes(),
        Some(vec![8, 1, 2, 1, 8, 4, 1, 8, 16, 8])
    );
    Ok(())
}

#[backend_test]
fn too_few_or_too_many_arguments_are_refused(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    for error in [
        doublify.call((&memory,), Launch::block(10)).unwrap_err(),
        doublify.call((), Launch::block(10)).unwrap_err(),
        doublify
            .call((&memory, 10, 11), Launch::block(10))
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.code(), error.kernel()),
            (Code::InvalidValue, Some("doublify"))
        );
        assert!(error.to_string().contains("takes 2"), "{error}");
    }
    assert_eq!(memory.to_vec()?, ramp(10));
    Ok(())
}

#[backend_test]
fn arguments_of_the_wrong_size_are_refused(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let error = doublify
        .call((&memory, 10i64), Launch::block(10))
        .unwrap_err();
    assert!(
        error.to_string().contains("argument 2") && error.to_string().contains("8 bytes"),
        "{error}"
    );
    let error = doublify.call((1.0f32, 10), Launch::block(10)).unwrap_err();
    assert!(error.to_string().contains("argument 1"), "{error}");
    let mut prepared = doublify.prepare((&memory, 10), Launch::block(10))?;
    assert!(prepared.set(1, 10u8).is_err());
    assert!(
        prepared
            .set(2, 10)
            .unwrap_err()
            .to_string()
            .contains("argument 3")
    );
    prepared.call()?;
    assert_eq!(memory.to_vec()?[9], 2.0 * ramp(10)[9]);
    Ok(())
}

/// Of the text only: hardware is given machine code for a source.
#[backend_test]
fn arguments_of_the_wrong_kind_are_refused(context: &Context) -> cuda::Result<()> {
    let source = "extern \"C\" __global__ void fill(double *to, double value, int n, float scale)
{
    for (int i = 0; i < n; ++i)
        to[i] = value * scale;
}";
    let compiled = SourceModule::builder(source).compile(Arch::EMULATED)?;
    let text = compiled.ptx().expect("it is for a virtual architecture");
    let fill = Module::from_ptx(context, text)?.get_function("fill")?;
    let memory = DeviceBuffer::from_slice(context, &[1.0f64; 4])?;
    let launch = Launch::block(1);
    for (refused, place) in [
        (fill.call((&memory, 2i64, 4, 0.5f32), launch), "argument 2"),
        (
            fill.call((&memory, &memory, 4, 0.5f32), launch),
            "argument 2",
        ),
        (
            fill.call((&memory, 2.0, 4.0f32, 0.5f32), launch),
            "argument 3",
        ),
        (fill.call((&memory, 2.0, 4, 1), launch), "argument 4"),
        (fill.call((2.0f64, 2.0, 4, 0.5f32), launch), "argument 1"),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(
            (error.code(), error.kernel()),
            (Code::InvalidValue, Some("fill"))
        );
        assert!(error.to_string().contains(place), "{error}");
    }
    assert_eq!(memory.to_vec()?, [1.0; 4]);
    let mut prepared = fill.prepare((&memory, 2.0, 4, 0.5f32), launch)?;
    assert!(prepared.set(1, 2i64).is_err());
    prepared.set(1, 6.0f64)?;
    prepared.call()?;
    assert_eq!(memory.to_vec()?, [3.0; 4]);
    // A comment that looks like a declaration does not count against the driver's word.
    let text = format!("// .entry fill(.param .u64 a, .param .f32 b)\n{text}");
    let fill = Module::from_ptx(context, &text)?.get_function("fill")?;
    fill.call((&memory, 4.0, 4, 0.5f32), launch)?;
    assert_eq!(memory.to_vec()?, [2.0; 4]);
    Ok(())
}

#[backend_test]
fn what_is_copied_at_each_call_cannot_be_prepared(context: &Context) -> cuda::Result<()> {
    let numbers = ramp(10);
    let doublify = kernel(context, DOUBLE, "doublify")?;
    let error = doublify
        .prepare((In(&numbers), 10), Launch::block(10))
        .unwrap_err();
    assert!(error.to_string().contains("device memory"), "{error}");
    assert_eq!(context.live().buffers(), 0);
    Ok(())
}

#[backend_test]
fn arguments_are_added_one_by_one(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    doublify.call_with(Launch::block(10), |arguments| {
        arguments.push(&memory)?;
        arguments.push(10)
    })?;
    assert_eq!(memory.to_vec()?[9], 2.0 * ramp(10)[9]);
    Ok(())
}

/// Somebody else's type that has device memory.
struct Holder {
    memory: DeviceBuffer<f32>,
}

impl KernelArg for &Holder {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> cuda::Result<()>
    where
        Self: 'a,
    {
        arguments.push(&self.memory)
    }
}

#[backend_test]
fn pointer_holder_base(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    let holder = Holder { memory };
    kernel(context, DOUBLE, "doublify")?.call((&holder, 10), Launch::block(10))?;
    assert_eq!(holder.memory.to_vec()?[9], 2.0 * ramp(10)[9]);
    Ok(())
}

/// Python's `__cuda_array_interface__` is an address and a length.
#[backend_test]
fn pass_cai_array(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    let (address, len): (u64, usize) = (memory.ptr().0, memory.len());
    let view = DeviceSlice::<f32>::from_raw(context, DevicePtr(address), len);
    let doublify = kernel(context, DOUBLE, "doublify")?;
    doublify.call((view, 10), Launch::block(10))?;
    doublify.call((DevicePtr(address), 10), Launch::block(10))?;
    assert_eq!(view.to_vec()?[9], 4.0 * ramp(10)[9]);
    Ok(())
}

#[backend_test]
fn impossible_grids_are_refused(context: &Context) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    let doublify = kernel(context, DOUBLE, "doublify")?;
    for launch in [
        Launch::block(0),
        Launch::block(10).grid((1, 0)),
        Launch::block((1024, 2)),
    ] {
        let error = doublify.call((&memory, 10), launch).unwrap_err();
        assert_eq!(error.kernel(), Some("doublify"));
        assert!(error.to_string().contains("block ("), "{error}");
    }
    assert_eq!(memory.to_vec()?, ramp(10));
    Ok(())
}
