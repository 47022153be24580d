//! The stacks of this process and its descendants, written to standard error.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::console::{write, write_line};
use crate::view::ProcessView;
use crate::{family, sys};

/// A debugger gets this long for one process.
const DEBUGGER_LIMIT: Duration = Duration::from_secs(20);
/// All debuggers together get this long; processes beyond it are described by `/proc` only.
pub(crate) const DEBUGGERS_LIMIT: Duration = Duration::from_secs(60);
/// Frames printed of one thread: enough for any honest stack, and an end for an endless recursion.
const FRAMES: u32 = 100;

/// Writes what `/proc` tells of every process, then the stacks that a debugger finds.
///
/// `/proc` goes first because it needs nobody's help and cannot hang.
pub(crate) fn dump() {
    let me = std::process::id();
    // Descendants before this process: a debugger that goes wrong here must not cost their stacks.
    let processes: Vec<u32> = family::descendants().into_iter().chain([me]).collect();
    for view in processes.iter().filter_map(|pid| ProcessView::of(*pid)) {
        write_line(&view.to_string());
    }
    match Debugger::find() {
        Some(debugger) => debugger.dump(&processes),
        None => write_line("(for the functions, install gdb or eu-stack)"),
    }
}

#[derive(Debug)]
enum Debugger {
    Gdb(PathBuf),
    EuStack(PathBuf),
}

impl Debugger {
    fn find() -> Option<Debugger> {
        let gdb = program("gdb").map(Debugger::Gdb);
        gdb.or_else(|| program("eu-stack").map(Debugger::EuStack))
    }

    fn dump(&self, processes: &[u32]) {
        sys::permit_tracing();
        let end = Instant::now() + DEBUGGERS_LIMIT;
        for pid in processes {
            if ProcessView::of(*pid).is_none_or(|view| matches!(view.state(), 'Z' | 'X')) {
                continue;
            }
            let left = end
                .saturating_duration_since(Instant::now())
                .min(DEBUGGER_LIMIT);
            if left.as_secs() == 0 {
                return write_line("(no time is left for the stacks of further processes)");
            }
            write(&format!("\n--- stacks of process {pid}\n"));
            self.dump_one(*pid, left);
        }
    }

    /// The debugger stops the process that it looks at, and that may be this one, so nothing here
    /// can count its time: `timeout` does, and the shell wakes the process should the debugger have
    /// been killed while it was stopped. The output goes straight to descriptor 2, for nobody here
    /// could empty a pipe.
    fn dump_one(&self, pid: u32, limit: Duration) {
        const SCRIPT: &str = r#"
            pid=$1 limit=$2
            shift 2
            timeout --foreground --kill-after=2 "$limit" "$@" 1>&2
            status=$?
            kill -CONT "$pid"
            exit "$status""#;
        let status = Command::new("sh")
            .args([
                "-c",
                SCRIPT,
                "sh",
                &pid.to_string(),
                &limit.as_secs().to_string(),
            ])
            .arg(self.program())
            .args(self.options(pid))
            .env_remove("DEBUGINFOD_URLS")
            .stdin(Stdio::null())
            .status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => write_line(&format!("({self:?} on process {pid} ended with {status})")),
            Err(error) => write_line(&format!("(running {self:?} on process {pid}: {error})")),
        }
    }

    fn program(&self) -> &Path {
        match self {
            Debugger::Gdb(program) | Debugger::EuStack(program) => program,
        }
    }

    fn options(&self, pid: u32) -> Vec<String> {
        match self {
            Debugger::Gdb(_) => {
                let backtraces = format!("thread apply all backtrace {FRAMES}");
                // The scripts that a Rust program asks for are found by rust-gdb only; looking for
                // them makes noise.
                let quiet = "set auto-load python-scripts off";
                [
                    "-nx",
                    "-batch",
                    "-iex",
                    quiet,
                    "-ex",
                    &backtraces,
                    "-p",
                    &pid.to_string(),
                ]
                .map(str::to_owned)
                .to_vec()
            }
            Debugger::EuStack(_) => vec![format!("-n{FRAMES}"), format!("-p{pid}")],
        }
    }
}

/// Looks for an executable of that name in `PATH`.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
