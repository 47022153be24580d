//! A kernel in its two forms, compiled when they are first called.

use std::fmt;

use parking_lot::Mutex;

use super::arguments::{Argument, is_free_name, parse};
use super::given::{Bound, KernelOperands};
use super::source::{head, parameters, strided_arrays, strided_type};
use crate::compiler::SourceModule;
use crate::context::Context;
use crate::driver::{Function, Launch, Stream};
use crate::error::Result;
use crate::gpuarray::Dtype;
use crate::gpuarray::engine::Block;
use crate::gpuarray::shape::refuse;

/// What a user says of a kernel, and what of it is loaded.
pub(crate) struct UserKernel {
    name: String,
    arguments: Vec<Argument>,
    preamble: String,
    options: Vec<String>,
    /// Types that the body uses besides the arguments'.
    types: Vec<Dtype>,
    loaded: Mutex<Vec<Loaded>>,
}

/// A form of the kernel in a context.
struct Loaded {
    context: Context,
    is_packed: bool,
    function: Function,
}

impl UserKernel {
    pub(crate) fn new(call: &'static str, arguments: &str) -> Result<UserKernel> {
        let arguments = parse(call, arguments)?;
        let is_own = |argument: &&Argument| {
            ["i", "n"].contains(&argument.name.as_str()) || argument.name.ends_with('_')
        };
        if let Some(argument) = arguments.iter().find(is_own) {
            let why = format_args!("the name {} is the kernel's own", argument.name);
            return Err(
                refuse(call, why).advise("i, n and names that end with an underscore are taken")
            );
        }
        Ok(UserKernel {
            name: "kernel".to_owned(),
            arguments,
            preamble: String::new(),
            options: Vec::new(),
            types: Vec::new(),
            loaded: Mutex::default(),
        })
    }

    pub(crate) fn set_name(&mut self, call: &'static str, name: &str) -> Result<()> {
        if !is_free_name(name) {
            return Err(refuse(
                call,
                format_args!("{name:?} is no name for a kernel"),
            ));
        }
        name.clone_into(&mut self.name);
        Ok(())
    }

    pub(crate) fn set_preamble(&mut self, preamble: String) {
        self.preamble = preamble;
    }

    pub(crate) fn add_option(&mut self, option: String) {
        self.options.push(option);
    }

    pub(crate) fn use_type(&mut self, dtype: Dtype) {
        self.types.push(dtype);
    }

    /// The operands, if they fit the arguments.
    pub(crate) fn bind<'a>(&self, operands: &'a impl KernelOperands) -> Result<Bound<'a>> {
        Bound::new(&self.name, &self.arguments, &operands.give_all())
    }

    /// The source of one form. `own` are parameters that come before the user's, and `body` is what the kernel does.
    fn source(&self, is_packed: bool, prelude: &str, own: &str, body: &str) -> String {
        let dtypes = self
            .arguments
            .iter()
            .map(|argument| argument.dtype)
            .chain(self.types.iter().copied());
        let arrays = self
            .arguments
            .iter()
            .filter(|argument| argument.is_array)
            .count();
        let (strided, names) = match is_packed {
            true => Default::default(),
            false => (strided_type(arrays), strided_arrays(&self.arguments)),
        };
        let parameters = parameters(&self.arguments, is_packed);
        let comma = if own.is_empty() || parameters.is_empty() {
            ""
        } else {
            ", "
        };
        format!(
            "{}{}\n{strided}{prelude}extern \"C\" __global__ void {}({own}{comma}{parameters}) {{\n{names}{body}}}\n",
            head(dtypes),
            self.preamble,
            self.name,
        )
    }

    /// The form for these operands, compiled and loaded if it was not yet.
    pub(crate) fn function(
        &self,
        context: &Context,
        is_packed: bool,
        prelude: &str,
        own: &str,
        body: &str,
    ) -> Result<Function> {
        let mut loaded = self.loaded.lock();
        let known = loaded
            .iter()
            .find(|form| form.context == *context && form.is_packed == is_packed);
        if let Some(form) = known {
            return Ok(form.function.clone());
        }
        let builder = SourceModule::builder(self.source(is_packed, prelude, own, body));
        let named = builder.name(format!("{}.cu", self.name)).no_extern_c();
        let builder = self
            .options
            .iter()
            .fold(named, |builder, option| builder.option(option.as_str()));
        let function = builder.build_in(context)?.get_function(&self.name)?;
        loaded.push(Loaded {
            context: context.clone(),
            is_packed,
            function: function.clone(),
        });
        Ok(function)
    }
}

/// Launches a function with parameters that have been laid out already.
pub(crate) fn launch(
    function: &Function,
    stream: &Stream,
    blocks: u32,
    threads: u32,
    block: &Block,
) -> Result<()> {
    function.launch_block(
        Launch::block(threads).grid(blocks).stream(stream),
        block.bytes(),
    )
}

impl fmt::Debug for UserKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        f.debug_struct("Kernel")
            .field("name", &self.name)
            .field("arguments", &arguments)
            .field("loaded", &self.loaded.lock().len())
            .finish_non_exhaustive()
    }
}
