//! Modules, their variables, and the linker.

use std::fs;

use cuda::compiler::{Arch, CompileOptions, SourceModule};
use cuda::driver::{
    DeviceBuffer, Function, JitOptions, Launch, LinkInputKind, Linker, Module, Out,
};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::{DOUBLE, ramp};

/// A source as text of PTX.
fn ptx(source: &str, options: CompileOptions) -> cuda::Result<String> {
    let compiled = SourceModule::builder(source)
        .options(options)
        .compile(Arch::EMULATED)?;
    Ok(compiled
        .ptx()
        .expect("that architecture is compiled to text")
        .to_owned())
}

fn check_doublify(context: &Context, doublify: &Function) -> cuda::Result<()> {
    let memory = DeviceBuffer::from_slice(context, &ramp(10))?;
    doublify.call((&memory, 10), Launch::block(10))?;
    assert_eq!(memory.to_vec()?[9], 2.0 * ramp(10)[9]);
    Ok(())
}

#[backend_test]
fn a_module_of_text_bytes_or_a_file(context: &Context) -> cuda::Result<()> {
    let ptx = ptx(DOUBLE, CompileOptions::new())?;
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), &ptx).expect("room for a small file");
    let options = JitOptions::default();
    for module in [
        Module::from_ptx(context, &ptx)?,
        Module::from_bytes(context, ptx.as_bytes(), &options)?,
        Module::from_bytes(context, format!("{ptx}\0").as_bytes(), &options)?,
        Module::from_file(context, file.path())?,
    ] {
        check_doublify(context, &module.get_function("doublify")?)?;
    }
    assert_eq!(context.live().modules(), 0);
    Ok(())
}

#[backend_test]
fn a_function_keeps_its_module(context: &Context) -> cuda::Result<()> {
    let doublify = Module::from_ptx(context, &ptx(DOUBLE, CompileOptions::new())?)?
        .get_function("doublify")?;
    assert_eq!(context.live().modules(), 1);
    check_doublify(context, &doublify)
}

#[backend_test]
fn what_is_no_module_is_refused(context: &Context) -> cuda::Result<()> {
    let ptx = ptx(DOUBLE, CompileOptions::new())?;
    let broken = ptx.replace("ld.param.u64", "ld.param.u65");
    assert_ne!(broken, ptx);
    let error = Module::from_ptx(context, &broken).unwrap_err();
    assert_eq!(error.code(), Code::InvalidPtx, "{error}");
    assert!(error.detail().is_some(), "the compiler said why: {error}");
    for bytes in [&b""[..], b"\x7fELF", b"not code"] {
        let error = Module::from_bytes(context, bytes, &JitOptions::default()).unwrap_err();
        // The emulated device has no use for machine code of any kind.
        let expected = matches!(error.code(), Code::InvalidImage | Code::NoBinaryForGpu);
        assert!(expected, "{error}");
    }
    let error = Module::from_file(context, "/nowhere/a.ptx").unwrap_err();
    assert_eq!(error.code(), Code::FileNotFound);
    assert!(error.to_string().contains("/nowhere/a.ptx"), "{error}");
    Ok(())
}

#[backend_test]
fn a_name_that_is_not_there_is_an_error_that_names_those_that_are(
    context: &Context,
) -> cuda::Result<()> {
    let module = Module::from_ptx(context, &ptx(DOUBLE, CompileOptions::new())?)?;
    let error = module.get_function("triplify").unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert!(
        error.to_string().contains("triplify") && error.to_string().contains("doublify"),
        "{error}"
    );
    let error = module.get_global("nothing").unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    let empty = Module::from_ptx(context, ".version 8.0\n.target sm_80\n.address_size 64\n")?;
    let error = empty.get_function("triplify").unwrap_err();
    assert!(error.to_string().contains("has no kernels"), "{error}");
    Ok(())
}

#[backend_test]
fn variables_are_memory(context: &Context) -> cuda::Result<()> {
    const COUNT: &str = "
__device__ int counts[4] = { 1, 2, 3, 4 };
__global__ void count() { atomicAdd(&counts[threadIdx.x % 4], 1); }";
    let module = SourceModule::new_in(context, COUNT)?;
    let counts = module.get_global_as::<i32>("counts")?;
    assert_eq!(counts.to_vec()?, [1, 2, 3, 4]);
    module.get_function("count")?.call((), Launch::block(40))?;
    assert_eq!(counts.to_vec()?, [11, 12, 13, 14]);
    counts.fill(0)?;
    assert_eq!(counts.to_vec()?, [0; 4]);
    Ok(())
}

#[backend_test]
fn jit_link_module(context: &Context) -> cuda::Result<()> {
    const MAIN: &str = "
extern __device__ int square(int);
__global__ void squares(int *dest) { dest[threadIdx.x] = square(threadIdx.x); }";
    const LIBRARY: &str = "
__device__ int square(int n) { return n * n; }";
    let relocatable = || CompileOptions::new().relocatable(true);
    let (main, library) = (ptx(MAIN, relocatable())?, ptx(LIBRARY, relocatable())?);
    let module = Linker::new(context)
        .add_ptx("main", &main)
        .add_ptx("library", &library)
        .link_module()?;
    let mut dest = [0i32; 10];
    module
        .get_function("squares")?
        .call((Out(&mut dest),), Launch::block(10))?;
    assert_eq!(dest, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);

    let error = Linker::new(context)
        .add_ptx("main", &main)
        .link_module()
        .unwrap_err();
    assert!(error.to_string().contains("square"), "{error}");
    Ok(())
}

#[backend_test]
fn a_file_that_is_not_there_is_not_linked(context: &Context) {
    let added = Linker::new(context).add_file(LinkInputKind::Library, "/nowhere/libcudadevrt.a");
    assert_eq!(added.unwrap_err().code(), Code::FileNotFound);
}
