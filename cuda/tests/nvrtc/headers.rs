//! The headers in place of those that NVRTC lacks. What their functions give is tested on the devices.

use cuda::compiler::{CompileOptions, Standard};
use manyways_testkit::guarded;

use super::{own, ptx};

const NAMES: [&str; 38] = [
    "algorithm",
    "assert.h",
    "cassert",
    "cfloat",
    "climits",
    "cmath",
    "cstddef",
    "cstdint",
    "cstdio",
    "cstdlib",
    "cstring",
    "cuComplex.h",
    "cuda.h",
    "cuda_bf16.h",
    "cuda_fp16.h",
    "cuda_runtime.h",
    "cuda_runtime_api.h",
    "device_functions.h",
    "device_launch_parameters.h",
    "float.h",
    "limits",
    "limits.h",
    "manyways/complex.cuh",
    "math.h",
    "math_constants.h",
    "math_functions.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "surface_types.h",
    "texture_types.h",
    "type_traits",
    "utility",
    "vector_functions.h",
    "vector_types.h",
];

#[test]
fn all_stand_together_in_every_version_of_cpp() {
    guarded(|| {
        let includes: String = NAMES.map(|name| format!("#include <{name}>\n")).concat();
        let source = format!("{includes}__global__ void k(int *p) {{ *p = 1; }}");
        for standard in [
            Standard::Cpp11,
            Standard::Cpp14,
            Standard::Cpp17,
            Standard::Cpp20,
        ] {
            let options = CompileOptions::new().standard(standard);
            ptx(&own("together", &source).options(options));
        }
    });
}

#[test]
fn each_stands_alone() {
    guarded(|| {
        for name in NAMES {
            let source = format!(
                "#include <{name}>\n#include <{name}>\n__global__ void k(int *p) {{ *p = 1; }}"
            );
            let compiled = own("alone", &source).compile(cuda::compiler::Arch::EMULATED);
            let compiled = compiled.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(compiled.log(), "", "{name}");
        }
    });
}

#[test]
fn constants_are_those_of_the_types() {
    guarded(|| {
        let source = "#include <climits>\n#include <cfloat>\n#include <cstdint>\n#include <limits>\n#include <cstddef>\n\
            static_assert(INT_MAX == ~(1u << 31) && LONG_MAX == std::numeric_limits<int64_t>::max(), \"\");\n\
            static_assert(UINT64_MAX == ~0ul && sizeof(int64_t) == 8 && sizeof(intptr_t) == sizeof(void *), \"\");\n\
            static_assert(FLT_MAX < DBL_MAX && 1.0f + FLT_EPSILON > 1.0f && 1.0f + FLT_EPSILON / 2 == 1.0f, \"\");\n\
            static_assert(DBL_MIN / 2 > 0 && DBL_TRUE_MIN > 0 && FLT_TRUE_MIN > 0, \"\");\n\
            struct pair { char first; double second; };\n\
            __global__ void k(size_t *p) { *p = offsetof(pair, second) + 77; }";
        assert!(ptx(&own("constants", source).no_extern_c()).contains(", 85;"));
    });
}

#[test]
fn type_traits_tell_types_apart() {
    guarded(|| {
        let source = "#include <type_traits>\n#include <cstdint>\n\
            template <class T> struct traits {\n\
                static_assert(std::is_integral_v<T> != std::is_floating_point_v<T>, \"\");\n\
                static_assert(std::is_signed_v<T> != std::is_unsigned_v<T>, \"\");\n\
                static_assert(std::is_same_v<std::remove_cvref_t<const T &>, T>, \"\");\n\
                static_assert(!std::is_pointer_v<T> && std::is_pointer_v<T *>, \"\");\n\
            };\n\
            template struct traits<int8_t>; template struct traits<uint64_t>; template struct traits<double>;\n\
            template struct traits<float>; template struct traits<bool>; template struct traits<char>;\n\
            static_assert(std::is_same_v<std::make_unsigned_t<int>, unsigned>, \"\");\n\
            static_assert(std::is_same_v<std::conditional_t<false, int, float>, float>, \"\");\n\
            __global__ void k(int *p) { *p = 1; }";
        ptx(&own("traits", source).no_extern_c());
    });
}
