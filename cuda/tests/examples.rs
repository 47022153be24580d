//! The examples print what their headers promise, on the emulated device and without a compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use manyways_testkit::guarded;

/// The example's program, which cargo has built beside this one.
fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    folder.join("examples").join(example)
}

fn run(example: &str) -> Output {
    // What it writes goes with the folder.
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(program(example))
        .env("MANYWAYS_CUDA", "emu")
        .env("TMPDIR", folder.path())
        .output();
    run.expect("a program; with --test, cargo build --examples is needed before")
}

fn promised(example: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let places = [
        folder.join(example).with_extension("rs"),
        folder.join(example).join("main.rs"),
    ];
    let source = places
        .iter()
        .find(|place| place.exists())
        .expect("a source");
    let source = std::fs::read_to_string(source).unwrap();
    source
        .lines()
        .skip_while(|line| *line != "//! ```text")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.strip_prefix("//! ").unwrap_or_default().to_owned())
        .collect()
}

/// Three dots in the header stand for what depends on the machine.
fn matches(line: &str, promised: &str) -> bool {
    let mut rest = line;
    let parts: Vec<&str> = promised.split("...").collect();
    let (first, others) = parts.split_first().expect("split gives one part at least");
    let Some(after) = rest.strip_prefix(first) else {
        return false;
    };
    rest = after;
    for (at, part) in others.iter().enumerate() {
        let is_last = at + 1 == others.len();
        let found = if is_last {
            rest.rfind(part)
        } else {
            rest.find(part)
        };
        let Some(found) = found else {
            return false;
        };
        rest = &rest[found + part.len()..];
    }
    rest.is_empty()
}

fn check(example: &str) {
    guarded(|| {
        let promised = promised(example);
        assert!(!promised.is_empty(), "{example} promises something");
        let run = run(example);
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{errors}");
        let printed = String::from_utf8(run.stdout).unwrap();
        if example == "15-opengl" && printed.starts_with("there is no OpenGL here: ") {
            return;
        }
        let is_kept = printed.lines().count() == promised.len()
            && printed
                .lines()
                .zip(&promised)
                .all(|(line, promised)| matches(line, promised));
        assert!(is_kept, "{printed}\nand not\n{}", promised.join("\n"));
    });
}

macro_rules! examples {
    ($($name:ident: $example:literal,)*) => {$(
        #[test]
        fn $name() {
            check($example);
        }
    )*};
}

examples! {
    multiply_them: "01-multiply-them",
    device_query: "02-device-query",
    streams_and_events: "03-streams-and-events",
    matmul_shared: "04-matmul-shared",
    histogram_atomics: "05-histogram-atomics",
    mandelbrot: "06-mandelbrot",
    random_numbers: "07-random-numbers",
    textures: "08-textures",
    graphs: "09-graphs",
    sanitizer: "10-sanitizer",
    gpuarray: "11-gpuarray",
    elementwise_kernels: "12-elementwise-kernels",
    templates: "13-templates",
    compile: "14-compile",
    opengl: "15-opengl",
}

/// Else an example could be forgotten above.
#[test]
fn every_example_is_checked() {
    let this = include_str!("examples.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(this.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn dots_stand_for_anything() {
    assert!(matches("on some device", "on ..."));
    assert!(matches("a b c", "a ... c") && matches("a-c", "a...c") && matches("a, c, c", "a...c"));
    assert!(!matches("on x", "off ...") && !matches("a b", "a") && !matches("a b", "a ... c"));
}

/// A source that nobody has compiled, and no compiler.
#[test]
fn without_a_compiler_the_error_says_what_to_install() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new.cu");
        std::fs::write(&file, "__global__ void k() {}").unwrap();
        let run = Command::new(program("14-compile"))
            .arg(&file)
            .envs([("MANYWAYS_NVRTC", "off"), ("MANYWAYS_CUDA_CACHE", "off")])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success());
        assert!(
            errors.contains("pip install nvidia-cuda-nvrtc-cu12"),
            "{errors}"
        );
        assert!(errors.contains("MANYWAYS_NVRTC"), "{errors}");
    });
}

#[test]
fn a_library_that_is_none_is_named() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("other.cu");
        std::fs::write(&file, "__global__ void k() {}").unwrap();
        let run = Command::new(program("14-compile"))
            .arg(&file)
            .env("MANYWAYS_NVRTC", &file)
            .env("MANYWAYS_CUDA_CACHE", folder.path())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success());
        assert!(errors.contains("other.cu: "), "{errors}");
    });
}
