//! NVRTC, NVIDIA's library that compiles CUDA C++, opened when something has to be compiled.

mod locate;
mod sys;

use std::env;
use std::ffi::{CString, OsStr};
use std::sync::OnceLock;

use self::sys::{Api, Program, Status};
use super::compiled::{Compiled, Image};
use super::error::CompileError;
use super::request::Request;

pub(crate) use self::locate::VARIABLE;

/// Where the compiler believes the source to stand. No such folder exists, so includes with quotes find nothing
/// beside the source.
const FOLDER: &str = "/manyways/";

/// The library, and what it can do.
#[derive(Debug)]
pub(crate) struct Nvrtc {
    api: Api,
    version: (u32, u32),
    archs: Vec<u32>,
}

/// Why there is no library: what was tried, and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Absent {
    pub(crate) tried: Vec<String>,
}

/// The library of this process.
pub(crate) fn nvrtc() -> Result<&'static Nvrtc, Absent> {
    static LIBRARY: OnceLock<Result<Nvrtc, Absent>> = OnceLock::new();
    LIBRARY.get_or_init(open).as_ref().map_err(Clone::clone)
}

/// Opens the first candidate that is an NVRTC.
fn open() -> Result<Nvrtc, Absent> {
    let Some(candidates) = locate::candidates() else {
        let tried = vec![format!("{VARIABLE} is `off`")];
        return Err(Absent { tried });
    };
    let mut tried = Vec::new();
    for candidate in candidates {
        match Api::open(&candidate).and_then(Nvrtc::of) {
            Ok(nvrtc) => return Ok(nvrtc),
            Err(reason) => tried.push(told(&candidate, &reason)),
        }
    }
    Err(Absent { tried })
}

/// The loader names the file as a rule.
fn told(candidate: &OsStr, reason: &str) -> String {
    let candidate = candidate.to_string_lossy();
    if reason.contains(&*candidate) {
        reason.to_owned()
    } else {
        format!("{candidate}: {reason}")
    }
}

impl Nvrtc {
    fn of(api: Api) -> Result<Nvrtc, String> {
        let version = api.version();
        let archs = api.archs();
        match (version, archs) {
            (Ok(version), Ok(archs)) => Ok(Nvrtc {
                api,
                version,
                archs,
            }),
            (Err(status), _) | (_, Err(status)) => Err(api.describe(status)),
        }
    }

    /// Major and minor.
    pub(crate) fn version(&self) -> (u32, u32) {
        self.version
    }

    /// The architectures that it knows, as 80 for 8.0, in ascending order.
    pub(crate) fn archs(&self) -> &[u32] {
        &self.archs
    }

    /// Compiles, and gives the names that the expressions denote.
    pub(crate) fn compile(&self, request: &Request) -> Result<Compiled, CompileError> {
        let program = self.program(request)?;
        let expressions = c_strings(request, &request.expressions)?;
        for expression in &expressions {
            let added = program.add_expression(expression);
            added.map_err(|status| self.failed(request, "nvrtcAddNameExpression", status))?;
        }
        let log = self.run(request, &program)?;
        let mut names = Vec::new();
        for (expression, text) in expressions.iter().zip(&request.expressions) {
            let name = program.lowered_name(expression);
            let name = name.map_err(|status| self.failed(request, "nvrtcGetLoweredName", status));
            names.push((text.clone(), name?));
        }
        Ok(Compiled {
            arch: request.arch,
            image: self.image(request, &program)?,
            names,
            log: log.trim().to_owned(),
        })
    }

    /// The source with its headers, not yet compiled.
    fn program(&self, request: &Request) -> Result<Program<'_>, CompileError> {
        let text = |text: &str| c_string(request, text);
        let name = text(&format!("{FOLDER}{}", request.name))?;
        let source = text(&request.text())?;
        let headers = request.includes.named();
        let headers: Result<Vec<_>, CompileError> = headers
            .map(|(name, header)| Ok((text(name)?, text(header)?)))
            .collect();
        let program = Program::new(&self.api, &name, &source, &headers?);
        program.map_err(|status| self.failed(request, "nvrtcCreateProgram", status))
    }

    /// Has the program compiled. Returns what the compiler said, which is the error's log if it found errors.
    fn run(&self, request: &Request, program: &Program<'_>) -> Result<String, CompileError> {
        let outcome = program.compile(&c_strings(request, &options(request))?);
        let log = program.log();
        let log = log.map_err(|status| self.failed(request, "nvrtcGetProgramLog", status))?;
        let log = log.replace(FOLDER, "");
        match outcome {
            Ok(()) => Ok(log),
            Err(sys::COMPILATION | sys::INVALID_OPTION | sys::NAME_EXPRESSION_NOT_VALID) => {
                Err(CompileError::refused(request, log))
            }
            Err(status) => Err(self.failed(request, "nvrtcCompileProgram", status)),
        }
    }

    fn image(&self, request: &Request, program: &Program<'_>) -> Result<Image, CompileError> {
        let failed = |call| move |status| self.failed(request, call, status);
        if request.arch.is_ptx() {
            let ptx = program.ptx().map_err(failed("nvrtcGetPTX"))?;
            Ok(Image::Ptx(without_folder(&ptx)))
        } else {
            let cubin = program.cubin().map_err(failed("nvrtcGetCUBIN"))?;
            Ok(Image::Cubin(cubin))
        }
    }

    fn failed(&self, request: &Request, call: &'static str, status: Status) -> CompileError {
        CompileError::nvrtc(request, call, &self.api.describe(status))
    }
}

/// All options of a compilation.
fn options(request: &Request) -> Vec<String> {
    let mut options = vec![format!("--gpu-architecture={}", request.arch)];
    options.extend(request.flags.iter().cloned());
    let dirs = request.include_dirs.iter();
    options.extend(dirs.map(|dir| format!("--include-path={}", dir.display())));
    options
}

fn c_string(request: &Request, text: &str) -> Result<CString, CompileError> {
    CString::new(text).map_err(|error| {
        // Of a source that may be long, the line is enough.
        let before = &text[..error.nul_position()];
        let line = before.lines().next_back().unwrap_or_default();
        CompileError::invalid(request, format!("there is a zero byte after {line:?}"))
    })
}

fn c_strings(request: &Request, texts: &[String]) -> Result<Vec<CString>, CompileError> {
    texts.iter().map(|text| c_string(request, text)).collect()
}

/// Line information names files by the current folder, which says nothing and is different on every machine.
fn without_folder(ptx: &str) -> String {
    let Ok(folder) = env::current_dir() else {
        return ptx.to_owned();
    };
    let folder = format!("\"{}/", folder.display().to_string().trim_end_matches('/'));
    let lines = ptx.split_inclusive('\n').map(|line| {
        if line.trim_start().starts_with(".file") {
            line.replacen(&folder, "\"", 1)
        } else {
            line.to_owned()
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_another_one_is_refused_with_a_reason() {
        let error = Api::open("libc.so.6".as_ref()).unwrap_err();
        assert!(error.contains("nvrtcVersion"), "{error}");
        let error = Api::open("libmanyways-none.so".as_ref()).unwrap_err();
        assert!(error.contains("libmanyways-none.so"), "{error}");
    }

    #[test]
    fn files_in_line_information_lose_the_current_folder() {
        let here = env::current_dir().unwrap();
        let ptx = format!(
            "mov;\n\t.file\t1 \"{0}/k.cu\"\n// {0}/k.cu\n",
            here.display()
        );
        let expected = format!("mov;\n\t.file\t1 \"k.cu\"\n// {}/k.cu\n", here.display());
        assert_eq!(without_folder(&ptx), expected);
    }
}
