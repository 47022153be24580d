//! Lists of arguments as C writes them, in the sources of kernels that users put together.

use std::fmt;

use crate::error::{Code, Error, Result};
use crate::gpuarray::Dtype;

/// One argument of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) is_array: bool,
    pub(crate) is_const: bool,
}

/// `const float *x` and so on.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let constant = if self.is_const { "const " } else { "" };
        let star = if self.is_array { "*" } else { "" };
        write!(f, "{constant}{} {star}{}", self.dtype.c_type(), self.name)
    }
}

/// The longest list that is looked at.
const MAX_LENGTH: usize = 16 * 1024;
/// As many arguments as there can be: their layouts have to find room among a kernel's parameters.
pub(crate) const MAX_ARGUMENTS: usize = 24;

/// Reads a list such as `float *z, float a, const float *x`.
///
/// Types are those of C, those with widths (`uint8_t`), `half`, and `complex<float>` and `complex<double>`. `long`
/// has 64 bits.
pub(crate) fn parse(call: &'static str, list: &str) -> Result<Vec<Argument>> {
    if list.len() > MAX_LENGTH {
        return Err(wrong(
            call,
            list,
            format_args!("it is longer than {MAX_LENGTH} bytes"),
        ));
    }
    let texts = list
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let arguments: Vec<Argument> = texts
        .map(|text| argument(call, text))
        .collect::<Result<_>>()?;
    if arguments.len() > MAX_ARGUMENTS {
        return Err(wrong(
            call,
            list,
            format_args!("there are more than {MAX_ARGUMENTS} arguments"),
        ));
    }
    for (at, argument) in arguments.iter().enumerate() {
        if arguments[..at]
            .iter()
            .any(|earlier| earlier.name == argument.name)
        {
            return Err(wrong(
                call,
                list,
                format_args!("there are two arguments {}", argument.name),
            ));
        }
    }
    Ok(arguments)
}

fn argument(call: &'static str, text: &str) -> Result<Argument> {
    let tokens = tokens(text);
    let (name, declaration) = match tokens.split_last() {
        Some((name, declaration)) if is_name(name) && !declaration.is_empty() => {
            (*name, declaration)
        }
        _ => return Err(wrong(call, text, "an argument is a type and a name")),
    };
    if !is_free_name(name) {
        return Err(wrong(
            call,
            text,
            format_args!("nothing can be called {name} in it"),
        ));
    }
    let stars = declaration.iter().filter(|token| **token == "*").count();
    let words: Vec<&str> = declaration
        .iter()
        .copied()
        .filter(|token| !NOT_TYPES.contains(token))
        .collect();
    let Some(dtype) = dtype_of(&words.join(" ")).filter(|_| stars <= 1) else {
        let advice = "types are bool, char, short, int, long, long long, signed or unsigned, those with widths such as \
                      uint8_t, half, float, double, complex<float> and complex<double>, and with a * arrays of these";
        return Err(wrong(call, text, "there is no such type of elements").advise(advice));
    };
    // After the star it is the pointer that does not change.
    let mut of_element = declaration.iter().take_while(|token| **token != "*");
    Ok(Argument {
        name: name.to_owned(),
        dtype,
        is_array: stars == 1,
        is_const: of_element.any(|token| *token == "const"),
    })
}

/// What may stand in a declaration and says nothing about the type.
const NOT_TYPES: [&str; 6] = ["*", "const", "volatile", "__restrict__", "restrict", "std"];

/// Words, stars, and complex types as they are.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for part in text.split_whitespace() {
        let mut rest = part;
        while let Some(star) = rest.find('*') {
            tokens.extend([&rest[..star], "*"]);
            rest = &rest[star + 1..];
        }
        tokens.push(rest);
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

pub(crate) fn is_name(text: &str) -> bool {
    let is_start = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    text.starts_with(is_start)
        && text
            .chars()
            .all(|letter| is_start(letter) || letter.is_ascii_digit())
}

/// Words that cannot name anything in CUDA C++, and names that the kernels need for what they mean there.
const TAKEN: &str = "
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t class compl
    const const_cast constexpr continue decltype default delete do double dynamic_cast else enum explicit export
    extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr
    operator or or_eq private protected public register reinterpret_cast return short signed sizeof static
    static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename
    union unsigned using virtual void volatile wchar_t while xor xor_eq threadIdx blockIdx blockDim gridDim
    warpSize half complex manyways Walk Strided
";

/// Whether it is a name that C++ and the kernels leave to the user.
pub(crate) fn is_free_name(text: &str) -> bool {
    is_name(text) && TAKEN.split_whitespace().all(|taken| taken != text)
}

fn dtype_of(words: &str) -> Option<Dtype> {
    Some(match words {
        "bool" => Dtype::Bool,
        "signed char" | "char" | "int8_t" => Dtype::I8,
        "short" | "short int" | "signed short" | "int16_t" => Dtype::I16,
        "int" | "signed" | "signed int" | "int32_t" => Dtype::I32,
        "long" | "long int" | "signed long" | "long long" | "long long int"
        | "signed long long" | "int64_t" | "ptrdiff_t" => Dtype::I64,
        "unsigned char" | "uint8_t" => Dtype::U8,
        "unsigned short" | "unsigned short int" | "uint16_t" => Dtype::U16,
        "unsigned" | "unsigned int" | "uint32_t" => Dtype::U32,
        "unsigned long"
        | "unsigned long int"
        | "unsigned long long"
        | "unsigned long long int"
        | "uint64_t"
        | "size_t" => Dtype::U64,
        "half" | "__half" => Dtype::F16,
        "float" => Dtype::F32,
        "double" => Dtype::F64,
        "complex<float>" | "manyways::complex<float>" | "pycuda::complex<float>" => Dtype::C64,
        "complex<double>" | "manyways::complex<double>" | "pycuda::complex<double>" => Dtype::C128,
        _ => return None,
    })
}

fn wrong(call: &'static str, text: &str, why: impl fmt::Display) -> Error {
    Error::new(Code::InvalidValue, call)
        .on(format_args!("the arguments {text:?}"))
        .because(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_read_as_c_reads_them() {
        let list = "float *z, const unsigned char* __restrict__ x,size_t n, complex<double> a, long long * b, int * const c, int const *d";
        let arguments = parse("test", list).unwrap();
        let shown: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let expected = [
            "float *z",
            "const unsigned char *x",
            "unsigned long long n",
            "complex<double> a",
            "long long *b",
            "int *c",
            "const int *d",
        ];
        assert_eq!(shown, expected);
        assert_eq!(parse("test", " ").unwrap(), []);
    }

    #[test]
    fn what_is_no_argument_is_named() {
        for (list, what) in [
            ("float", "a type and a name"),
            ("string *x", "no such type"),
            ("float **x", "no such type"),
            ("float 3x", "a type and a name"),
            ("float x, int x", "two arguments x"),
            ("float *for", "nothing can be called for"),
            ("int threadIdx", "nothing can be called threadIdx"),
            ("float *x, unsigned int", "nothing can be called int"),
            ("int y) { } __global__ void other(int z", "no such type"),
        ] {
            let error = parse("test", list).unwrap_err().to_string();
            assert!(error.contains(what), "{list}: {error}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(list in "\\PC{0,60}") {
            let _ = parse("test", &list);
        }

        #[test]
        fn what_is_shown_is_read_again(dtype in prop::sample::select(&Dtype::ALL), is_array: bool, is_const: bool) {
            let argument = Argument { name: "x_1".to_owned(), dtype, is_array, is_const };
            prop_assert_eq!(parse("test", &argument.to_string()).unwrap(), [argument]);
        }
    }
}
