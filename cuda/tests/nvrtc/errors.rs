//! What is said about a source that does not compile.

use cuda::compiler::{Arch, CompileError, Severity, SourceModuleBuilder};
use cuda::driver::{Context, ContextFlags, Device};
use cuda::gpuarray::GpuArray;
use cuda::reduction::ReductionKernel;
use manyways_testkit::guarded;

use super::own;

fn error(builder: &SourceModuleBuilder) -> CompileError {
    builder.compile(Arch::EMULATED).unwrap_err()
}

#[test]
fn an_error_has_the_log_and_the_line() {
    guarded(|| {
        let source = "__global__ void k(float *p)\n{\n    p[0] = undefined_name;\n    p[1] = 2;\n}";
        let error = error(&own("error", source).name("mine.cu"));
        assert!(error.is_refused());
        let text = error.to_string();
        assert!(
            text.starts_with("could not compile mine.cu for compute_80"),
            "{text}"
        );
        assert!(
            text.contains("identifier \"undefined_name\" is undefined"),
            "{text}"
        );
        assert!(text.contains("p[0] = undefined_name;"), "{text}");
        let [diagnostic] = &error.diagnostics()[..] else {
            panic!("{text}")
        };
        assert_eq!((diagnostic.file(), diagnostic.line()), ("mine.cu", 4));
        assert_eq!(diagnostic.severity(), Severity::Error);
        assert_eq!(diagnostic.source_line(), "p[0] = undefined_name;");
    });
}

#[test]
fn every_error_is_there() {
    guarded(|| {
        let source =
            "__global__ void k(float *p) { one(); }\n__global__ void l(float *p) { two(); }";
        let error = error(&own("errors", source));
        assert_eq!(error.diagnostics().len(), 2);
        assert!(error.to_string().contains("2 errors"), "{error}");
    });
}

#[test]
fn an_unknown_option_is_named() {
    guarded(|| {
        let error = error(&own("option", "").option("--no-such-option"));
        assert!(error.to_string().contains("--no-such-option"), "{error}");
        assert!(error.options().contains(&"--no-such-option".to_owned()));
    });
}

#[test]
fn an_option_of_this_crates_own_is_refused_with_the_way_to_set_it() {
    guarded(|| {
        for (flag, advice) in [
            ("-I/usr/include", "include_dir"),
            ("-arch=sm_90", "device"),
            ("-dlto", "Linker"),
        ] {
            let error = error(&own("own option", "").option(flag));
            assert!(error.to_string().contains(advice), "{error}");
            assert!(!error.is_refused(), "the compiler was not asked");
        }
    });
}

#[test]
fn a_zero_byte_is_found_in_its_line() {
    guarded(|| {
        let source = format!("{}\nint x = 1\0;\n", "// a long head\n".repeat(1000));
        let error = error(&own("zero", &source)).to_string();
        assert!(
            error.contains("after \"int x = 1\"") && error.len() < 500,
            "{error}"
        );
    });
}

#[test]
fn a_missing_header_is_named() {
    guarded(|| {
        let error = error(&own(
            "header",
            "#include <nowhere.h>\n__global__ void k() {}",
        ));
        assert!(error.to_string().contains("nowhere.h"), "{error}");
        assert!(error.to_string().contains("include_dir"), "{error}");
        assert_eq!(error.diagnostics()[0].line(), 2);
    });
}

#[test]
fn an_expression_that_denotes_nothing_is_an_error() {
    guarded(|| {
        let source = "template <class T> __global__ void k(T *p) {}";
        let error = error(&own("expression", source).name_expression("missing<float>"));
        assert!(error.to_string().contains("missing"), "{error}");
    });
}

#[test]
fn a_zero_byte_is_refused() {
    guarded(|| {
        let error = error(&own("zero", "__global__ void k() {}\0"));
        assert!(error.to_string().contains("zero byte"), "{error}");
    });
}

#[test]
fn a_reduction_to_a_value_of_another_size_is_refused() {
    guarded(|| {
        let device = Device::emulated(0).unwrap();
        let context = Context::create(device, ContextFlags::default()).unwrap();
        let numbers = GpuArray::from_slice_in(&context, &[1, 2, 3]).unwrap();
        let total = |c_type| {
            let kernel =
                ReductionKernel::<i32>::of_type(c_type, "0", "a+b", "x[i]", "const int *x");
            kernel.unwrap().call_value((&numbers,))
        };
        assert_eq!(total("int"), Ok(6));
        let error = total("long long").unwrap_err();
        assert!(error.is_compilation(), "{error}");
        assert!(error.to_string().contains("4 bytes on the host"), "{error}");
    });
}
