//! The macros of the crate `cuda`. Use [`KernelArg`] from there.

mod backend_test;
mod kernel_arg;

use proc_macro::TokenStream;

/// Makes a structure an argument of kernels.
///
/// The structure is copied to the kernel field by field, each to the place where C has it; what lies between the
/// fields is zero. It must be `Copy` and `#[repr(C)]` (or `transparent`), and all its fields `KernelValue`s: numbers,
/// device pointers, arrays of such, and structures that derive this. The kernel declares the same structure.
///
/// ```text
/// #[derive(Clone, Copy, cuda::KernelArg)]
/// #[repr(C)]
/// struct Body { mass: f64, id: u32, place: [f32; 3] }
/// // struct Body { double mass; unsigned id; float place[3]; };
/// ```
///
/// It does not compile for enumerations and unions, for a layout of Rust's own, which C does not know, and for packed
/// structures, which CUDA C++ lays out otherwise.
#[proc_macro_derive(KernelArg)]
pub fn kernel_arg(item: TokenStream) -> TokenStream {
    kernel_arg::expand(item.into()).into()
}

/// Makes two tests of a function that takes a context: `NAME::emu` on the emulated device, and `NAME::cuda` on NVIDIA
/// hardware where there is some.
///
/// It is for test programs that have a module `support` with functions `emulated` and `hardware`, as those of the crate
/// `cuda` do. The function returns nothing or a `Result`. `#[backend_test(limit_s = 120)]` gives it more time than the
/// usual minute.
///
/// ```text
/// #[backend_test]
/// fn memory_is_what_was_written(context: &Context) -> cuda::Result<()> { ... }
/// ```
#[proc_macro_attribute]
pub fn backend_test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    backend_test::expand(arguments.into(), &item.into()).into()
}
