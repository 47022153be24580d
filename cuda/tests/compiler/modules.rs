//! Sources to kernels and variables.

use cuda::compiler::{CompileOptions, SourceModule};
use cuda::driver::{Context, In, InOut, Launch, Out};
use cuda::{Code, Result};
use cuda_macros::backend_test;

#[backend_test]
fn a_kernel_is_found_under_its_name(context: &Context) -> Result<()> {
    let source = "__global__ void multiply_them(float *dest, float *a, float *b)
        { const int i = threadIdx.x; dest[i] = a[i] * b[i]; }";
    let multiply_them = SourceModule::new_in(context, source)?.get_function("multiply_them")?;
    let a: Vec<f32> = (0..400_u16).map(f32::from).collect();
    let mut dest = vec![0.0_f32; 400];
    multiply_them.call((Out(&mut dest), In(&a), In(&a)), Launch::block(400))?;
    assert!(dest.iter().zip(&a).all(|(product, a)| *product == a * a));
    Ok(())
}

#[backend_test]
fn the_current_context_is_the_one_that_is_meant(context: &Context) -> Result<()> {
    let _current = context.make_current();
    let module = SourceModule::new("__global__ void one(int *to) { *to = 1; }")?;
    assert_eq!(module.module().context(), context);
    Ok(())
}

#[backend_test]
fn instances_of_templates_are_found_by_expression(context: &Context) -> Result<()> {
    let source = "template <class T> __constant__ T factor;\n\
        template <class T> __global__ void scale(T *data) { data[threadIdx.x] *= factor<T>; }";
    let module = SourceModule::builder(source)
        .name_expression("scale<float>")
        .name_expression("scale<long long>")
        .name_expression("&factor<float>")
        .name_expression("&factor<long long>")
        .build_in(context)?;
    module
        .get_global_as::<f32>("&factor<float>")?
        .copy_from(&[0.5])?;
    module
        .get_global_as::<i64>("&factor<long long>")?
        .copy_from(&[-3])?;
    let (mut floats, mut longs) = ([1.0_f32, 3.0], [1_i64, 1 << 40]);
    module
        .get_function("scale<float>")?
        .call((InOut(&mut floats),), Launch::block(2))?;
    module
        .get_function("scale<long long>")?
        .call((InOut(&mut longs),), Launch::block(2))?;
    assert_eq!((floats, longs), ([0.5, 1.5], [-3, -3 << 40]));
    Ok(())
}

#[backend_test]
fn a_name_that_is_missing_is_told_with_those_that_there_are(context: &Context) -> Result<()> {
    let module = SourceModule::new_in(context, "__global__ void here(int *to) { *to = 1; }")?;
    let error = module.get_function("there").unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert!(
        error.to_string().contains("there") && error.to_string().contains("here"),
        "{error}"
    );
    assert_eq!(
        module.get_global("there").unwrap_err().code(),
        Code::NotFound
    );
    Ok(())
}

#[backend_test]
fn options_and_headers_reach_the_kernel(context: &Context) -> Result<()> {
    let source = "#include \"table.h\"\n\
        __global__ void sum(int *to) { int all = OFFSET; for (int i = 0; i < COUNT; ++i) all += table[i]; *to = all; }";
    let module = SourceModule::builder(source)
        .header(
            "table.h",
            "#define COUNT 4\n__constant__ int table[COUNT] = {1, 20, 300, 4000};",
        )
        .options(CompileOptions::new().define("OFFSET", 50_000))
        .name("sum.cu")
        .build_in(context)?;
    let mut sum = [0];
    module
        .get_function("sum")?
        .call((Out(&mut sum),), Launch::block(1))?;
    assert_eq!(sum, [54_321]);
    Ok(())
}

#[backend_test]
fn a_clone_keeps_the_code_loaded(context: &Context) -> Result<()> {
    let module = SourceModule::new_in(context, "__global__ void two(int *to) { *to = 2; }")?;
    let function = module.clone().get_function("two")?;
    drop(module);
    assert_eq!(context.live().modules(), 1);
    let mut to = [0];
    function.call((Out(&mut to),), Launch::block(1))?;
    assert_eq!(to, [2]);
    drop(function);
    assert_eq!(context.live().modules(), 0);
    Ok(())
}

#[backend_test]
fn what_is_odd_is_refused_before_the_compiler_is_asked(context: &Context) {
    let refused =
        |builder: cuda::compiler::SourceModuleBuilder| builder.build_in(context).unwrap_err();
    let source = "__global__ void k() {}";
    let error = refused(SourceModule::builder(source).name("a/b.cu"));
    assert!(
        error.is_compilation() && error.to_string().contains("a/b.cu"),
        "{error}"
    );
    let error = refused(SourceModule::builder(source).name_expression("two\nlines"));
    assert!(
        error.is_compilation() && error.to_string().contains("two\\nlines"),
        "{error}"
    );
    let error = refused(SourceModule::builder(source).option("--gpu-architecture=sm_90"));
    assert!(
        error.is_compilation() && error.to_string().contains("gpu-architecture"),
        "{error}"
    );
}
