//! What is given to a kernel that a user has put together, checked against its list of arguments.

use super::arguments::Argument;
use crate::error::{Code, Error, Result};
use crate::gpuarray::engine::{Block, MAX_RANK, Untyped, Word, walk_of};
use crate::gpuarray::shape::refuse;
use crate::gpuarray::{Dtype, Element, GpuArray, word};

/// Something for an argument: an array or a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Given<'a> {
    Array(&'a Untyped),
    Value(Word, Dtype),
}

/// What a kernel takes for one of its arguments: an array by reference, or a value of the type that its list says.
pub trait KernelOperand {
    #[doc(hidden)]
    fn give(&self) -> GivenOperand<'_>;
}

/// An operand without its type.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct GivenOperand<'a>(pub(crate) Given<'a>);

impl<T: Element> KernelOperand for &GpuArray<T> {
    fn give(&self) -> GivenOperand<'_> {
        GivenOperand(Given::Array(&self.raw))
    }
}

impl<T: Element> KernelOperand for &mut GpuArray<T> {
    fn give(&self) -> GivenOperand<'_> {
        GivenOperand(Given::Array(&self.raw))
    }
}

impl<T: Element> KernelOperand for T {
    fn give(&self) -> GivenOperand<'_> {
        GivenOperand(Given::Value(word(*self), T::DTYPE))
    }
}

/// Operands for all arguments: a tuple of up to twelve, or a slice of references to operands.
pub trait KernelOperands {
    #[doc(hidden)]
    fn give_all(&self) -> Vec<GivenOperand<'_>>;
}

impl KernelOperands for &[&dyn KernelOperand] {
    fn give_all(&self) -> Vec<GivenOperand<'_>> {
        self.iter().map(|operand| operand.give()).collect()
    }
}

macro_rules! tuples {
    ($($name:ident),*) => {
        impl<$($name: KernelOperand),*> KernelOperands for ($($name,)*) {
            #[expect(non_snake_case, reason = "a type's name serves for its value")]
            fn give_all(&self) -> Vec<GivenOperand<'_>> {
                let ($($name,)*) = self;
                vec![$($name.give()),*]
            }
        }
    };
}

tuples!(A);
tuples!(A, B);
tuples!(A, B, C);
tuples!(A, B, C, D);
tuples!(A, B, C, D, E);
tuples!(A, B, C, D, E, F);
tuples!(A, B, C, D, E, F, G);
tuples!(A, B, C, D, E, F, G, H);
tuples!(A, B, C, D, E, F, G, H, I);
tuples!(A, B, C, D, E, F, G, H, I, J);
tuples!(A, B, C, D, E, F, G, H, I, J, K);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L);

/// Operands that fit the arguments. The first array says over what is counted.
#[derive(Debug)]
pub(crate) struct Bound<'a> {
    given: Vec<Given<'a>>,
    first: &'a Untyped,
}

impl<'a> Bound<'a> {
    pub(crate) fn new(
        kernel: &str,
        arguments: &[Argument],
        operands: &[GivenOperand<'a>],
    ) -> Result<Bound<'a>> {
        let call = "the call of a kernel";
        let misfit = |why: std::fmt::Arguments<'_>| {
            Error::new(Code::InvalidValue, call)
                .in_kernel(kernel)
                .because(why)
        };
        if arguments.len() != operands.len() {
            return Err(misfit(format_args!(
                "it takes {} arguments, and got {}",
                arguments.len(),
                operands.len()
            )));
        }
        let given: Vec<Given<'a>> = operands.iter().map(|operand| operand.0).collect();
        for (argument, given) in arguments.iter().zip(&given) {
            let (is_array, dtype) = match given {
                Given::Array(array) => (true, array.dtype()),
                Given::Value(_, dtype) => (false, *dtype),
            };
            if (is_array, dtype) != (argument.is_array, argument.dtype) {
                let what = if is_array { "an array" } else { "a value" };
                return Err(misfit(format_args!(
                    "{argument:?} got {what} of {dtype}",
                    argument = argument.to_string()
                )));
            }
        }
        let first = given.iter().find_map(|given| match given {
            Given::Array(array) => Some(*array),
            Given::Value(..) => None,
        });
        let first = first
            .ok_or_else(|| misfit(format_args!("there is no array to count the elements of")))?;
        let bound = Bound { given, first };
        bound
            .check_others(call)
            .map_err(|error| error.in_kernel(kernel))?;
        Ok(bound)
    }

    /// Arrays of other shapes are reached through plain pointers.
    fn check_others(&self, call: &'static str) -> Result<()> {
        if !self.is_packed() && self.first.shape().len() > MAX_RANK {
            let why = format_args!(
                "arrays of {} dimensions with gaps; a kernel walks through {MAX_RANK}",
                self.first.shape().len()
            );
            return Err(refuse(call, why).advise("copy() them first"));
        }
        let odd = self.arrays().find(|array| {
            !self.is_counted(array) && !array.layout().is_contiguous(Default::default())
        });
        match odd {
            None => Ok(()),
            Some(array) => {
                let why = format_args!(
                    "shapes {:?} and {:?} differ, and the second is not contiguous",
                    self.first.shape(),
                    array.shape()
                );
                Err(refuse(call, why).advise("copy() it"))
            }
        }
    }

    /// The array over whose elements is counted.
    pub(crate) fn first(&self) -> &'a Untyped {
        self.first
    }

    pub(crate) fn arrays(&self) -> impl Iterator<Item = &'a Untyped> + Clone {
        self.given.iter().filter_map(|given| match given {
            Given::Array(array) => Some(*array),
            Given::Value(..) => None,
        })
    }

    /// Whether it is an array over whose elements is counted, with the others.
    fn is_counted(&self, array: &Untyped) -> bool {
        array.shape() == self.first.shape()
    }

    /// Whether element `i` is the `i`th in memory, of all arrays that are counted.
    pub(crate) fn is_packed(&self) -> bool {
        let counted = || self.arrays().filter(|array| self.is_counted(array));
        counted().all(|array| array.layout().is_contiguous(Default::default()))
            || (self.first.layout().is_packed()
                && counted().all(|array| array.layout().strides() == self.first.layout().strides()))
    }

    /// Adds the arguments in their order, and for arrays with gaps how to walk through all of them.
    pub(crate) fn push(&self, block: &mut Block, with_walk: bool) {
        for given in &self.given {
            match given {
                Given::Array(array) => block.pointer(array.pointer()),
                Given::Value(value, dtype) => block.element(value, dtype.size()),
            }
        }
        if with_walk {
            let packed: Vec<_> = self
                .arrays()
                .map(|array| (array.layout(), self.is_counted(array)))
                .collect();
            walk_of(block, self.first.shape(), &packed);
        }
    }
}
