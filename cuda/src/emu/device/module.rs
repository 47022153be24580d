//! Modules: PTX that was read, decoded and given its variables.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::context::Context;
use super::failure::memory_error;
use super::specs::{MAX_THREADS, SHARED_PER_BLOCK, SHARED_PER_BLOCK_OPT_IN};
use crate::backend::{
    DevicePtr, FunctionAttribute, FunctionHandle, Image as Binary, JitLog, LinkInput,
    LinkInputKind, Loaded, ModuleHandle, Parameter,
};
use crate::emu::program::{Image, Kernel, Program};
use crate::emu::ptx::{self, PtxError};
use crate::error::{Code, Error, Result};

#[derive(Debug)]
pub(super) struct Module {
    pub(super) image: Image,
    /// Handles of the kernels that were asked for: a kernel has one, with its attributes.
    handles: Mutex<HashMap<String, u64>>,
}

/// A kernel of a module, which it keeps alive.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) module: Arc<Module>,
    pub(super) kernel: Kernel,
    /// Bytes of dynamic shared memory that a launch may ask for.
    pub(super) max_dynamic_shared: AtomicU32,
}

impl Context {
    pub(super) fn load(&self, image: Binary<'_>) -> Result<Loaded> {
        let call = "cuModuleLoadDataEx";
        let Binary::Ptx(text) = image else {
            return Err(binary(call));
        };
        let program = Arc::new(program_of(text, call)?);
        let placed = Image::place(program, Arc::clone(self.memory()));
        let image = placed.map_err(|error| memory_error(error, call))?;
        Ok(Loaded {
            module: ModuleHandle(self.modules.insert(Module {
                image,
                handles: Mutex::default(),
            })),
            log: JitLog::default(),
        })
    }

    pub(super) fn function(&self, module: ModuleHandle, name: &str) -> Result<FunctionHandle> {
        let call = "cuModuleGetFunction";
        let module = self.modules.get(module.0, call)?;
        let mut handles = module.handles.lock();
        if let Some(handle) = handles.get(name) {
            return Ok(FunctionHandle(*handle));
        }
        let kernel = module.image.program().kernel(name).cloned();
        let kernel = kernel.ok_or_else(|| no_kernel(&module, name, call))?;
        let usual = SHARED_PER_BLOCK.saturating_sub(kernel.static_shared as u32);
        let handle = self.functions.insert(Function {
            module: Arc::clone(&module),
            kernel,
            max_dynamic_shared: AtomicU32::new(usual),
        });
        handles.insert(name.to_owned(), handle);
        Ok(FunctionHandle(handle))
    }

    /// Forgets a module. Launches that were submitted keep what they need of it.
    pub(super) fn unload(&self, module: ModuleHandle) -> Result<()> {
        let call = "cuModuleUnload";
        let module = self.modules.remove(module.0, call)?;
        for handle in module.handles.lock().values() {
            self.functions.remove(*handle, call)?;
        }
        Ok(())
    }

    pub(super) fn global(&self, module: ModuleHandle, name: &str) -> Result<(DevicePtr, usize)> {
        let call = "cuModuleGetGlobal";
        let module = self.modules.get(module.0, call)?;
        let symbol = module.image.symbol(name).ok_or_else(|| {
            Error::new(Code::NotFound, call)
                .because(format_args!("the module has no variable {name}"))
        })?;
        Ok((DevicePtr(symbol.address), symbol.size as usize))
    }
}

impl Function {
    /// Where the launch expects each argument.
    pub(super) fn parameters(&self) -> Vec<Parameter> {
        let params = self.kernel.params.iter();
        let place = |param: &crate::emu::program::Param| Parameter {
            offset: param.offset,
            size: param.size,
        };
        params.map(place).collect()
    }

    pub(super) fn dynamic_shared_limit(&self) -> u32 {
        self.max_dynamic_shared.load(Ordering::Relaxed)
    }

    /// Threads that a block may have.
    pub(super) fn max_threads(&self) -> u32 {
        let declared = self.kernel.max_threads.or(self.kernel.required_threads);
        let product = |block: [u32; 3]| {
            block
                .iter()
                .fold(1_u32, |all, size| all.saturating_mul(*size))
        };
        declared.map_or(MAX_THREADS, |block| product(block).min(MAX_THREADS))
    }

    pub(super) fn attribute(&self, attribute: FunctionAttribute) -> i32 {
        let kernel = &self.kernel;
        match attribute {
            FunctionAttribute::MaxThreadsPerBlock => self.max_threads() as i32,
            FunctionAttribute::SharedSizeBytes => kernel.static_shared as i32,
            FunctionAttribute::ConstSizeBytes => kernel.constant as i32,
            FunctionAttribute::LocalSizeBytes => kernel.local as i32,
            FunctionAttribute::NumRegs => kernel.registers as i32,
            FunctionAttribute::PtxVersion | FunctionAttribute::BinaryVersion => 80,
            FunctionAttribute::CacheModeCa => 0,
            FunctionAttribute::MaxDynamicSharedSizeBytes => self.dynamic_shared_limit() as i32,
            FunctionAttribute::PreferredSharedMemoryCarveout => -1,
        }
    }

    pub(super) fn set_attribute(&self, attribute: FunctionAttribute, value: i32) -> Result<()> {
        let invalid =
            |why: String| Error::new(Code::InvalidValue, "cuFuncSetAttribute").because(why);
        match attribute {
            FunctionAttribute::MaxDynamicSharedSizeBytes => {
                let most = SHARED_PER_BLOCK_OPT_IN.saturating_sub(self.kernel.static_shared as u32);
                let wanted = u32::try_from(value).ok().filter(|wanted| *wanted <= most);
                let wanted =
                    wanted.ok_or_else(|| invalid(format!("it can be from 0 to {most}")))?;
                self.max_dynamic_shared.store(wanted, Ordering::Relaxed);
                Ok(())
            }
            // A preference between shared memory and a cache that is not there.
            FunctionAttribute::PreferredSharedMemoryCarveout if (-1..=100).contains(&value) => {
                Ok(())
            }
            FunctionAttribute::PreferredSharedMemoryCarveout => {
                Err(invalid("it can be from -1 to 100".to_owned()))
            }
            _ => Err(invalid("this attribute cannot be set".to_owned())),
        }
    }
}

/// Links PTX texts. The result is the texts, one after the other, which [`Context::load`] takes apart again.
pub(super) fn link(inputs: &[LinkInput]) -> Result<(Vec<u8>, JitLog)> {
    let call = "cuLinkComplete";
    let mut joined = String::new();
    for input in inputs {
        if input.kind != LinkInputKind::Ptx {
            return Err(binary(call).on(&input.name));
        }
        let text = str::from_utf8(&input.data).map_err(|_| {
            Error::new(Code::InvalidPtx, call)
                .on(&input.name)
                .because("it is no text")
        })?;
        ptx::parse(text).map_err(|error| unreadable(error, call).on(&input.name))?;
        joined.push_str(text);
        joined.push('\n');
    }
    program_of(&joined, call)?;
    Ok((joined.into_bytes(), JitLog::default()))
}

fn program_of(text: &str, call: &'static str) -> Result<Program> {
    let trees = pieces(text)
        .into_iter()
        .map(ptx::parse)
        .collect::<Result<Vec<_>, _>>();
    let trees = trees.map_err(|error| unreadable(error, call))?;
    let program = match trees.as_slice() {
        [tree] => Program::load(tree),
        trees => Program::link(trees),
    };
    program.map_err(|error| unreadable(error, call))
}

/// The modules of linked PTX: each begins with the directive `.version`.
fn pieces(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text
        .match_indices(".version")
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n')
        .collect();
    // What stands before the first, comments above all, belongs to it; and a text without is one too.
    match starts.first_mut() {
        Some(first) => *first = 0,
        None => starts.push(0),
    }
    let ends = starts[1..].iter().copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &text[*start..end])
        .collect()
}

fn binary(call: &'static str) -> Error {
    Error::new(Code::NoBinaryForGpu, call)
        .because("the emulated device runs PTX only, and this is machine code of a GPU")
        .advise("compile to PTX")
}

fn unreadable(error: PtxError, call: &'static str) -> Error {
    Error::new(Code::InvalidPtx, call).because(error)
}

fn no_kernel(module: &Module, name: &str, call: &'static str) -> Error {
    let kernels = module.image.program().kernels().iter();
    let names: Vec<&str> = kernels.map(|kernel| kernel.name.as_str()).collect();
    let known = match names.as_slice() {
        [] => "it has none".to_owned(),
        names => format!("it has {}", names.join(", ")),
    };
    Error::new(Code::NotFound, call)
        .because(format_args!("the module has no kernel {name}; {known}"))
        .advise("a name of C++ is found as it was mangled, unless it is `extern \"C\"`")
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn linked_texts_are_taken_apart() {
        let (one, two) = (
            "// a\n.version 8.0\n.entry a\n",
            ".version 8.1\n.entry b .version\n",
        );
        assert_eq!(pieces(one), [one]);
        assert_eq!(pieces(&format!("{one}{two}")), [one, two]);
        assert_eq!(pieces("nothing"), ["nothing"]);
    }
}
