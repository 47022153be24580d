//! Headers as texts and as files, and when a change of them makes a new compilation.

use std::fs;

use cuda::compiler::SourceModuleBuilder;
use manyways_testkit::guarded;

use super::{own, ptx};

const SOURCE: &str = "#include \"value.h\"\n__global__ void k(int *p) { *p = VALUE; }";

fn stores(builder: &SourceModuleBuilder, value: u32) -> bool {
    ptx(builder).contains(&format!(", {value};"))
}

#[test]
fn a_header_is_a_text() {
    guarded(|| {
        let with =
            |value: u32| own("text", SOURCE).header("value.h", format!("#define VALUE {value}"));
        assert!(stores(&with(41_001), 41_001));
        assert!(
            stores(&with(41_002), 41_002),
            "another text is another compilation"
        );
    });
}

#[test]
fn a_changed_file_is_noticed() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let builder = own("file", SOURCE).include_dir(folder.path());
        write("value.h", "#include \"inner.h\"\n");
        write("inner.h", "#define VALUE 42001");
        assert!(stores(&builder, 42_001));
        write("inner.h", "#define VALUE 42002");
        assert!(
            stores(&builder, 42_002),
            "also one that is included by another"
        );
    });
}

#[test]
fn a_computed_include_is_compiled_each_time() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let source =
            "#define FILE \"value.h\"\n#include FILE\n__global__ void k(int *p) { *p = VALUE; }";
        let builder = own("computed", source).include_dir(folder.path());
        for value in [43_001, 43_002] {
            let text = format!("#define VALUE {value}");
            fs::write(folder.path().join("value.h"), text).unwrap();
            assert!(stores(&builder, value));
        }
    });
}

#[test]
fn folders_are_searched_in_order_and_the_current_one_is_not() {
    guarded(|| {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(second.path().join("value.h"), "#define VALUE 44002").unwrap();
        let builder = own("order", SOURCE)
            .include_dir(first.path())
            .include_dir(second.path());
        assert!(stores(&builder, 44_002));
        fs::write(first.path().join("value.h"), "#define VALUE 44001").unwrap();
        assert!(stores(&builder, 44_001));
        let source = "#include \"Cargo.toml\"\n__global__ void k() {}";
        let error = own("current", source).compile(cuda::compiler::Arch::EMULATED);
        assert!(error.unwrap_err().to_string().contains("Cargo.toml"));
        let source = "#include <given.h>\n__global__ void k() {}";
        let given = own("of_given", source).header("given.h", "#include \"Cargo.toml\"\n");
        let error = given.compile(cuda::compiler::Arch::EMULATED).unwrap_err();
        assert!(
            error.log().contains("Cargo.toml(1): error"),
            "it is read: {error}"
        );
    });
}

#[test]
fn without_extern_c_names_are_those_of_cpp() {
    guarded(|| {
        let builder = own("linkage", "__global__ void kernel(int *p) { *p = 1; }");
        assert!(ptx(&builder).contains(".entry kernel("));
        assert!(ptx(&builder.no_extern_c()).contains(".entry _Z6kernelPi("));
    });
}
