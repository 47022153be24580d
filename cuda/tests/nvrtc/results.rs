//! What comes out.

use std::fs;

use cuda::compiler::{Arch, CompileOptions, Image, SourceModule};
use manyways_testkit::guarded;

use super::{SLIDE, own, ptx};

#[test]
fn the_slide_compiles_under_its_name() {
    guarded(|| {
        let text = ptx(&own("slide", SLIDE));
        assert!(text.contains(".visible .entry multiply_them("), "{text}");
        assert!(text.contains(".target sm_80"), "{text}");
        assert!(
            text.contains(".file\t1 \"kernel.cu\""),
            "no folder of this machine: {text}"
        );
    });
}

#[test]
fn a_cubin_needs_no_device() {
    guarded(|| {
        let compiled = own("cubin", SLIDE).compile(Arch::cubin(9, 0)).unwrap();
        assert_eq!(compiled.arch(), Arch::cubin(9, 0));
        let Image::Cubin(bytes) = compiled.image() else {
            panic!("not a cubin")
        };
        assert!(bytes.starts_with(b"\x7fELF"));
        assert_eq!(compiled.ptx(), None);
    });
}

#[test]
fn name_expressions_give_the_names_of_instances() {
    guarded(|| {
        let source = "template <class T, int n> __global__ void scale(T *data) { data[threadIdx.x] *= n; }\n\
                      namespace inner { __constant__ float weights[4]; }\n\
                      __global__ void plain(int *data) { *data = (int)inner::weights[*data]; }";
        let builder = own("expressions", source)
            .name_expression("scale<float, 3>")
            .name_expression("scale<double, 2 + 2>")
            .name_expression("&inner::weights")
            .name_expression("plain");
        let compiled = builder.compile(Arch::EMULATED).unwrap();
        let lowered = |expression| compiled.lowered_name(expression);
        assert_eq!(lowered("scale<float, 3>"), Some("_Z5scaleIfLi3EEvPT_"));
        assert_eq!(lowered("scale<double, 2 + 2>"), Some("_Z5scaleIdLi4EEvPT_"));
        assert_eq!(lowered("&inner::weights"), Some("_ZN5inner7weightsE"));
        assert_eq!(lowered("plain"), Some("_Z5plainPi"));
        assert_eq!(lowered("scale<int, 1>"), None);
    });
}

#[test]
fn warnings_are_kept_also_when_the_result_was_kept() {
    guarded(|| {
        let source = "__global__ void k(int *p)\n{\n    int unused = 3;\n    *p = 1;\n}";
        let builder = own("warnings", source);
        for _ in 0..2 {
            let compiled = builder.compile(Arch::EMULATED).unwrap();
            let warnings = compiled.warnings();
            assert_eq!(warnings.len(), 1, "{}", compiled.log());
            assert_eq!(warnings[0].line(), 4, "after the comment of the test");
            assert_eq!(warnings[0].source_line(), "int unused = 3;");
            assert!(warnings[0].message().contains("never referenced"));
        }
    });
}

#[test]
fn options_reach_the_compiler() {
    guarded(|| {
        let source = "__global__ void k(float *p) { *p = sinf(*p) * SCALE + p[1] / p[2]; }";
        let exact = own("options", source).options(CompileOptions::new().define("SCALE", 3));
        assert!(ptx(&exact).contains("div.rn.f32"));
        let fast = CompileOptions::new()
            .define("SCALE", "2.0f")
            .fast_math(true);
        let text = ptx(&own("options", source).options(fast));
        assert!(
            text.contains("sin.approx.ftz.f32") && text.contains("div.approx.ftz.f32"),
            "{text}"
        );
        let bare = CompileOptions::new().line_info(false).define("SCALE", 1);
        assert!(!ptx(&own("options", source).options(bare)).contains("\t.loc\t"));
    });
}

#[test]
fn the_same_source_is_compiled_once() {
    guarded(|| {
        let first = own("once", SLIDE).compile(Arch::EMULATED).unwrap();
        let second = own("once", SLIDE).compile(Arch::EMULATED).unwrap();
        assert!(std::sync::Arc::ptr_eq(&first, &second));
    });
}

#[test]
fn what_the_compiler_read_and_made_is_written_on_request() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("deep/er");
        let builder = SourceModule::builder(SLIDE).name("slide.cu").keep(&inner);
        let text = ptx(&builder);
        assert_eq!(fs::read_to_string(inner.join("slide.ptx")).unwrap(), text);
        let source = fs::read_to_string(inner.join("slide.cu")).unwrap();
        assert!(source.contains("extern \"C\"") && source.contains(SLIDE));
        assert!(inner.join("slide.log").exists());
    });
}

/// The second start of a program compiles nothing: it finds what the first has kept, even without the compiler.
#[test]
fn a_second_process_finds_what_the_first_compiled() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("slide.cu");
        fs::write(&file, format!("// {}\n{SLIDE}", std::process::id())).unwrap();
        let run = |nvrtc: Option<&str>| {
            let test = std::env::current_exe().unwrap();
            let program = test.ancestors().nth(2).unwrap().join("examples/14-compile");
            let mut command = std::process::Command::new(program);
            command
                .arg(&file)
                .env("MANYWAYS_CUDA_CACHE", folder.path().join("cache"));
            command.envs(nvrtc.map(|value| ("MANYWAYS_NVRTC", value)));
            command.output().expect("cargo has built the example")
        };
        let first = run(None);
        assert!(
            first.status.success(),
            "{}",
            String::from_utf8_lossy(&first.stderr)
        );
        let second = run(Some("off"));
        assert!(
            second.status.success(),
            "{}",
            String::from_utf8_lossy(&second.stderr)
        );
        assert_eq!(first.stdout, second.stdout);
    });
}
