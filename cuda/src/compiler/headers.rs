//! Headers of our own in place of those that NVRTC lacks: the parts of the C and C++ library and of the
//! toolkit that kernels use.

/// Headers by name. NVRTC knows the contents of those that are empty here without any header.
const HEADERS: &[(&str, &str)] = &[
    ("algorithm", include_str!("headers/include/algorithm")),
    ("assert.h", include_str!("headers/include/assert.h")),
    ("cassert", include_str!("headers/include/cassert")),
    ("cfloat", "#pragma once\n#include <float.h>\n"),
    ("climits", "#pragma once\n#include <limits.h>\n"),
    ("cmath", include_str!("headers/include/cmath")),
    ("cstddef", include_str!("headers/include/cstddef")),
    ("cstdint", include_str!("headers/include/cstdint")),
    ("cstdio", include_str!("headers/include/cstdio")),
    ("cstdlib", include_str!("headers/include/cstdlib")),
    ("cstring", include_str!("headers/include/cstring")),
    ("cuComplex.h", include_str!("headers/include/cuComplex.h")),
    ("cuda.h", BUILT_IN),
    ("cuda_bf16.h", include_str!("headers/include/cuda_bf16.h")),
    ("cuda_fp16.h", include_str!("headers/include/cuda_fp16.h")),
    ("cuda_runtime.h", BUILT_IN),
    ("cuda_runtime_api.h", BUILT_IN),
    ("device_functions.h", BUILT_IN),
    ("device_launch_parameters.h", BUILT_IN),
    ("float.h", include_str!("headers/include/float.h")),
    ("limits", include_str!("headers/include/limits")),
    ("limits.h", include_str!("headers/include/limits.h")),
    (
        "manyways/complex.cuh",
        include_str!("headers/include/manyways/complex.cuh"),
    ),
    ("math.h", include_str!("headers/include/math.h")),
    (
        "math_constants.h",
        include_str!("headers/include/math_constants.h"),
    ),
    ("math_functions.h", BUILT_IN),
    ("stdbool.h", include_str!("headers/include/stdbool.h")),
    ("stddef.h", include_str!("headers/include/stddef.h")),
    ("stdint.h", include_str!("headers/include/stdint.h")),
    ("stdio.h", include_str!("headers/include/stdio.h")),
    ("stdlib.h", include_str!("headers/include/stdlib.h")),
    ("string.h", include_str!("headers/include/string.h")),
    ("surface_types.h", BUILT_IN),
    ("texture_types.h", BUILT_IN),
    ("type_traits", include_str!("headers/include/type_traits")),
    ("utility", include_str!("headers/include/utility")),
    ("vector_functions.h", BUILT_IN),
    ("vector_types.h", BUILT_IN),
];

const BUILT_IN: &str = include_str!("headers/include/cuda_runtime.h");

/// The header of this name.
pub(crate) fn find(name: &str) -> Option<&'static str> {
    let at = HEADERS.binary_search_by(|(known, _)| (*known).cmp(name));
    at.ok().map(|at| HEADERS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_is_found() {
        for (name, text) in HEADERS {
            assert_eq!(find(name), Some(*text), "{name} is not in its place");
        }
        assert_eq!(find("iostream"), None);
    }
}
