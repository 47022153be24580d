//! What can be given to a kernel.

use bytemuck::Pod;
use half::{bf16, f16};

use super::ArgumentWriter;
use crate::backend::DevicePtr;
use crate::driver::{DeviceAllocation, DeviceBuffer, DeviceSlice};
use crate::error::Result;

/// An argument of a kernel.
///
/// Numbers are arguments, of exactly the type that the kernel declares: `f32` for `float`, `i32` for `int`, `usize` for
/// `size_t`. So are device memory, whole or in part, textures and surfaces, arrays in host memory within [`In`], [`Out`]
/// and [`InOut`], and structures that derive it:
///
/// ```
/// use cuda::KernelArg;
///
/// // In C: struct Particle { unsigned id; double mass; };
/// #[derive(Clone, Copy, KernelArg)]
/// #[repr(C)]
/// struct Particle {
///     id: u32,
///     mass: f64,
/// }
/// ```
pub trait KernelArg {
    /// Adds it to the arguments of a call. What it borrows, it borrows until the call is over.
    ///
    /// # Errors
    /// If the kernel does not take such an argument in this place.
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a;
}

/// A value that a kernel takes by copy, byte for byte as C lays it out.
///
/// # What does not compile
///
/// A layout of Rust's own, which C does not know:
///
/// ```compile_fail
/// #[derive(Clone, Copy, cuda::KernelArg)]
/// struct Particle {
///     id: u32,
///     mass: f64,
/// }
/// ```
///
/// A packed one, which CUDA C++ lays out otherwise, and what is no structure:
///
/// ```compile_fail
/// #[derive(Clone, Copy, cuda::KernelArg)]
/// #[repr(C, packed)]
/// struct Particle {
///     id: u32,
///     mass: f64,
/// }
/// ```
///
/// ```compile_fail
/// #[derive(Clone, Copy, cuda::KernelArg)]
/// #[repr(C)]
/// enum Axis {
///     X,
///     Y,
/// }
/// ```
///
/// A field that kernels cannot be given, and a structure that cannot be copied:
///
/// ```compile_fail,E0277
/// #[derive(Clone, Copy, cuda::KernelArg)]
/// #[repr(C)]
/// struct Named {
///     name: &'static str,
/// }
/// ```
///
/// ```compile_fail,E0277
/// #[derive(cuda::KernelArg)]
/// #[repr(C)]
/// struct Particle {
///     id: u32,
/// }
/// ```
pub trait KernelValue: Copy {
    /// Whether it is one floating-point number, or one integer or address, which must not stand for one another; `None` for
    /// what is neither, such as a structure.
    const IS_FLOAT: Option<bool> = None;

    /// Writes it to `bytes`, which are as many as it has and all 0: what lies between fields stays so.
    fn write(&self, bytes: &mut [u8]);
}

macro_rules! values {
    ($is_float:expr; $($type:ty)*) => {$(
        impl KernelValue for $type {
            const IS_FLOAT: Option<bool> = $is_float;

            fn write(&self, bytes: &mut [u8]) {
                bytes.copy_from_slice(bytemuck::bytes_of(self));
            }
        }

        impl KernelArg for $type {
            fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
            where
                Self: 'a,
            {
                arguments.value(self)
            }
        }
    )*};
}

values!(Some(false); i8 i16 i32 i64 isize u8 u16 u32 u64 usize);
values!(Some(true); f32 f64);
// To kernels they are structures, or integers of 16 bits.
values!(None; f16 bf16);

impl KernelValue for bool {
    const IS_FLOAT: Option<bool> = Some(false);

    fn write(&self, bytes: &mut [u8]) {
        bytes[0] = u8::from(*self);
    }
}

impl KernelArg for bool {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.value(self)
    }
}

impl KernelValue for DevicePtr {
    const IS_FLOAT: Option<bool> = Some(false);

    fn write(&self, bytes: &mut [u8]) {
        self.0.write(bytes);
    }
}

impl KernelArg for DevicePtr {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.value(self)
    }
}

/// A structure of one array, or a vector type such as `float4`: those are aligned as a whole, which the kernel's own
/// declaration says.
impl<V: KernelValue, const N: usize> KernelValue for [V; N] {
    fn write(&self, bytes: &mut [u8]) {
        for (value, bytes) in self.iter().zip(bytes.chunks_exact_mut(size_of::<V>())) {
            value.write(bytes);
        }
    }
}

impl<V: KernelValue, const N: usize> KernelArg for [V; N] {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.value(self)
    }
}

impl KernelArg for &DeviceAllocation {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

impl<T> KernelArg for &DeviceBuffer<T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

impl<T> KernelArg for &mut DeviceBuffer<T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

impl<T> KernelArg for DeviceSlice<'_, T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

impl<T> KernelArg for &DeviceSlice<'_, T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.memory(self.context(), self.ptr())
    }
}

/// Host memory that a kernel reads: it is copied to the device before the call.
#[derive(Debug)]
pub struct In<'a, T>(pub &'a [T]);

/// Host memory that a kernel writes all of: it is copied from the device after the call.
#[derive(Debug)]
pub struct Out<'a, T>(pub &'a mut [T]);

/// Host memory that a kernel changes: it is copied both before and after.
#[derive(Debug)]
pub struct InOut<'a, T>(pub &'a mut [T]);

impl<T: Pod> KernelArg for In<'_, T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.host_in(bytemuck::cast_slice(self.0))
    }
}

impl<T: Pod> KernelArg for Out<'_, T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.host_out(bytemuck::cast_slice_mut(self.0), false)
    }
}

impl<T: Pod> KernelArg for InOut<'_, T> {
    fn push<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a,
    {
        arguments.host_out(bytemuck::cast_slice_mut(self.0), true)
    }
}

/// All arguments of a call: a tuple of up to 24 of them. A kernel with one argument takes `(x,)`, one with none `()`.
/// For more, or a number that is known at run time only, see [`Function::call_with`](super::Function::call_with).
pub trait Arguments {
    /// Adds them in their order.
    ///
    /// # Errors
    /// Those of the arguments.
    fn push_all<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
    where
        Self: 'a;
}

macro_rules! tuple {
    ($($name:ident)*) => {
        impl<$($name: KernelArg),*> Arguments for ($($name,)*) {
            #[allow(non_snake_case, unused_variables)]
            fn push_all<'a>(self, arguments: &mut ArgumentWriter<'a>) -> Result<()>
            where
                Self: 'a,
            {
                let ($($name,)*) = self;
                $($name.push(arguments)?;)*
                Ok(())
            }
        }
    };
}

/// All tuples that begin like this one.
macro_rules! tuples {
    (; $($done:ident)*) => {
        tuple!($($done)*);
    };
    ($first:ident $($rest:ident)* ; $($done:ident)*) => {
        tuple!($($done)*);
        tuples!($($rest)* ; $($done)* $first);
    };
}

tuples!(A B C D E F G H I J K L M N O P Q R S T U V W X ;);
