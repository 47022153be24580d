//! Running a program to its end, within a limit.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use wait_timeout::ChildExt;

/// The exit code with which a program says that what it measures is not installed, as in automake.
const NOT_INSTALLED: i32 = 77;

/// More output than this is refused; cargo's messages for one target stay far below it.
const MOST_OUTPUT: u64 = 4 << 20;

/// Why a program gave no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    command: String,
    kind: Kind,
    /// The end of what it wrote to its standard error.
    complaint: String,
}

#[derive(Debug)]
enum Kind {
    NotStarted(io::Error),
    Failed(ExitStatus),
    TooLong(Duration),
    OutputLost(io::Error),
}

impl Failure {
    /// The program, or what it measures, is not there. Anything else is a program that is broken.
    pub(crate) fn is_not_installed(&self) -> bool {
        match &self.kind {
            Kind::NotStarted(error) => error.kind() == io::ErrorKind::NotFound,
            Kind::Failed(status) => status.code() == Some(NOT_INSTALLED),
            Kind::TooLong(_) | Kind::OutputLost(_) => false,
        }
    }

    /// The program was killed at its limit.
    pub(crate) fn is_too_long(&self) -> bool {
        matches!(self.kind, Kind::TooLong(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = &self.command;
        match &self.kind {
            Kind::NotStarted(error) => write!(f, "`{command}` could not be started: {error}"),
            Kind::Failed(status) => write!(f, "`{command}` ended with {status}"),
            Kind::TooLong(limit) => write!(f, "`{command}` was killed after {limit:?}"),
            Kind::OutputLost(error) => write!(f, "the output of `{command}` was lost: {error}"),
        }?;
        match self.complaint.as_str() {
            "" => Ok(()),
            complaint => write!(f, ": {complaint}"),
        }
    }
}

/// Runs `command` and gives what it wrote to its standard output.
///
/// The program gets a process group of its own, and the whole group is killed when it takes longer than
/// `limit`. Its output goes to files, so that a process it leaves behind cannot keep us waiting.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<String, Failure> {
    let mut complaint = String::new();
    run_to_end(command, limit, &mut complaint).map_err(|kind| Failure {
        command: shown(command),
        kind,
        complaint,
    })
}

fn run_to_end(
    command: &mut Command,
    limit: Duration,
    complaint: &mut String,
) -> Result<String, Kind> {
    let (stdout, stderr) = files().map_err(Kind::OutputLost)?;
    let started = start(command, &stdout, &stderr).and_then(Command::spawn);
    let mut child = started.map_err(Kind::NotStarted)?;
    let ended = child.wait_timeout(limit);
    if !matches!(ended, Ok(Some(_))) {
        end_group(&mut child);
    }
    *complaint = last_line(&text(stderr).unwrap_or_default());
    match ended.map_err(Kind::OutputLost)? {
        None => Err(Kind::TooLong(limit)),
        Some(status) if !status.success() => Err(Kind::Failed(status)),
        Some(_) => text(stdout).map_err(Kind::OutputLost),
    }
}

fn files() -> io::Result<(File, File)> {
    Ok((tempfile::tempfile()?, tempfile::tempfile()?))
}

fn start<'a>(
    command: &'a mut Command,
    stdout: &File,
    stderr: &File,
) -> io::Result<&'a mut Command> {
    Ok(command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .process_group(0))
}

fn end_group(child: &mut Child) {
    // The leader is not reaped yet, so the group's number is still its own.
    let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
    let _ = child.wait();
}

fn text(mut file: File) -> io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.take(MOST_OUTPUT + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MOST_OUTPUT {
        true => Err(io::Error::other("it is too long")),
        false => Ok(text),
    }
}

/// Reports are lines: of a complaint the last one that says something is kept.
fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or_default()
        .replace('\t', " ")
        .trim()
        .to_owned()
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| word.to_string_lossy().replace(char::is_control, " "));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use nix::sys::stat::Mode;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_is_given() {
        assert_eq!(run(&mut shell("echo 1; echo 2 >&2"), LONG).unwrap(), "1\n");
    }

    #[test]
    fn a_failure_says_what_was_run_and_what_it_complained_of() {
        let failure = run(
            &mut shell("echo first >&2; echo last >&2; echo >&2; exit 3"),
            LONG,
        )
        .unwrap_err();
        let message = failure.to_string();
        assert!(message.starts_with("`sh -c echo first"), "{message}");
        assert!(
            message.ends_with("ended with exit status: 3: last"),
            "{message}"
        );
        assert!(!failure.is_not_installed());
    }

    #[test]
    fn what_is_not_installed_is_told_from_what_is_broken() {
        let absent = run(&mut Command::new("/nonexistent/peer"), LONG).unwrap_err();
        assert!(absent.is_not_installed(), "{absent}");
        let absent = run(&mut shell("echo no module >&2; exit 77"), LONG).unwrap_err();
        assert!(absent.is_not_installed(), "{absent}");
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        let script = format!("sleep 1000 > {} & wait", fifo.display());
        let (all_dead, news) = mpsc::channel();
        thread::spawn(move || {
            // Opened once the grandchild has it open too; at its end once that is dead.
            let read = File::open(fifo).and_then(|mut fifo| fifo.read(&mut [0]));
            all_dead.send(read.unwrap()).unwrap();
        });
        let failure = run(&mut shell(&script), Duration::from_secs(1)).unwrap_err();
        assert!(failure.to_string().contains("killed after 1s"), "{failure}");
        assert_eq!(news.recv_timeout(LONG), Ok(0));
    }

    #[test]
    fn a_process_left_behind_does_not_keep_us_waiting() {
        let printed = run(&mut shell("sleep 1000 & echo $!"), LONG).unwrap();
        let pid = Pid::from_raw(printed.trim().parse().unwrap());
        nix::sys::signal::kill(pid, Signal::SIGKILL).unwrap();
    }

    #[test]
    fn output_without_end_is_refused() {
        let failure = run(&mut shell("head -c 5000000 /dev/zero"), LONG).unwrap_err();
        assert!(failure.to_string().contains("too long"), "{failure}");
    }
}
