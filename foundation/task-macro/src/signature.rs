//! What a function must be like to be a task.

use syn::spanned::Spanned;
use syn::{Error, FnArg, Result, ReturnType, Signature, Type};

/// As many as the trait `Task` is implemented for.
const MOST_ARGUMENTS: usize = 8;

/// The types of the arguments, or what is wrong, at its place.
pub(crate) fn argument_types(signature: &Signature) -> Result<Vec<&Type>> {
    refuse(
        signature.asyncness,
        "a task cannot be async: it has a process to itself, so let it block",
    )?;
    refuse(
        signature.unsafety,
        "a task cannot be unsafe: another process calls it, which can promise nothing",
    )?;
    refuse(
        signature.abi.as_ref(),
        "a task is a Rust function, without a foreign ABI",
    )?;
    refuse(
        signature.variadic.as_ref(),
        "a task has a fixed number of arguments",
    )?;
    if !signature.generics.params.is_empty() || signature.generics.where_clause.is_some() {
        let message =
            "a task cannot be generic: each process must find the same function by its name";
        return Err(Error::new(signature.generics.span(), message));
    }
    if let Some(ninth) = signature.inputs.iter().nth(MOST_ARGUMENTS) {
        let message = "a task has at most 8 arguments; put some into a tuple or a struct";
        return Err(Error::new(ninth.span(), message));
    }
    if let ReturnType::Type(_, returned) = &signature.output {
        check_type(returned)?;
    }
    signature.inputs.iter().map(argument_type).collect()
}

fn refuse(part: Option<impl Spanned>, message: &str) -> Result<()> {
    match part {
        Some(part) => Err(Error::new(part.span(), message)),
        None => Ok(()),
    }
}

fn argument_type(argument: &FnArg) -> Result<&Type> {
    match argument {
        FnArg::Receiver(receiver) => {
            let message =
                "a task is a plain function, not a method: take `self` as an ordinary argument";
            Err(Error::new(receiver.span(), message))
        }
        FnArg::Typed(argument) => check_type(&argument.ty).map(|()| &*argument.ty),
    }
}

fn check_type(checked: &Type) -> Result<()> {
    let message = match checked {
        Type::Reference(_) => {
            "a reference cannot travel to another process; take an owned value (`String` for `&str`, `Vec<T>` for `&[T]`)"
        }
        Type::ImplTrait(_) => "a task cannot be generic: name the type in place of `impl`",
        _ => return Ok(()),
    };
    Err(Error::new(checked.span(), message))
}
