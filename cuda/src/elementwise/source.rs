//! The parts that the sources of users' kernels have in common.

use super::arguments::Argument;
use crate::gpuarray::Dtype;

/// What comes before all else: types that the arguments need.
pub(crate) fn head(dtypes: impl IntoIterator<Item = Dtype>) -> String {
    let dtypes: Vec<Dtype> = dtypes.into_iter().collect();
    let has = |wanted: &[Dtype]| dtypes.iter().any(|dtype| wanted.contains(dtype));
    let mut head = String::new();
    if has(&[Dtype::F16]) {
        head += "#include <cuda_fp16.h>\n";
    }
    if has(&[Dtype::C64, Dtype::C128]) {
        head += "#include <manyways/complex.cuh>\nusing manyways::complex;\n";
    }
    head
}

/// A user's text for a place after which something follows in the same line: that would belong to a comment, or to a
/// directive.
pub(crate) fn closed(text: &str) -> String {
    let last = text.lines().next_back().unwrap_or_default();
    let goes_on = last.contains("//") || last.trim_start().starts_with('#');
    format!("{text}{}", if goes_on { "\n" } else { "" })
}

/// The kernel's parameters: `packed` as they are, otherwise the arrays under other names, with their layouts.
pub(crate) fn parameters(arguments: &[Argument], packed: bool) -> String {
    let mut texts: Vec<String> = arguments
        .iter()
        .map(|argument| parameter(argument, packed))
        .collect();
    if !packed {
        texts.push("const Walk walk_".to_owned());
    }
    texts.join(", ")
}

fn parameter(argument: &Argument, packed: bool) -> String {
    if packed || !argument.is_array {
        return argument.to_string();
    }
    let array = Argument {
        name: format!("{}_data_", argument.name),
        ..argument.clone()
    };
    array.to_string()
}

/// Arrays with gaps: `x[i]` is element `i` in C's order.
pub(crate) fn strided_type(arrays: usize) -> String {
    format!(
        "struct Walk {{
    unsigned long long rank, sizes[8];
    // Where an array is not walked through with the others, `is_plain` has its bit.
    unsigned long long is_plain;
    long long strides[{arrays}][8];
}};
template <class T>
struct Strided {{
    T* data;
    const Walk& walk;
    int which;

    __device__ T& operator[](long long i) const {{
        if (walk.is_plain >> which & 1) return data[i];
        long long place = 0;
        unsigned long long rest = i;
        for (int axis = (int)walk.rank - 1; axis >= 0; --axis) {{
            place += (long long)(rest % walk.sizes[axis]) * walk.strides[which][axis];
            rest /= walk.sizes[axis];
        }}
        return data[place];
    }}
}};
"
    )
}

/// The arrays under their own names, at the beginning of the kernel.
pub(crate) fn strided_arrays(arguments: &[Argument]) -> String {
    let arrays = arguments.iter().filter(|argument| argument.is_array);
    let declare = |(which, argument): (usize, &Argument)| {
        let constant = if argument.is_const { "const " } else { "" };
        let (name, c_type) = (&argument.name, argument.dtype.c_type());
        format!(
            "    const Strided<{constant}{c_type}> {name} = {{{name}_data_, walk_, {which}}};\n"
        )
    };
    arrays.enumerate().map(declare).collect()
}
