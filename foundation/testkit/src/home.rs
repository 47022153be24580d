//! What a test process gets before `main`: a folder of its own for temporary files, and a name for
//! its family.
//!
//! Other programs create files in `/tmp` whenever they like, so a leak guard that compared the
//! shared folder would raise false alarms. Before `main`, when there is one thread and the
//! environment may still be changed, `TMPDIR` is therefore pointed to a fresh folder, which is
//! removed at exit. (A test process that is killed leaves it behind.)
//!
//! The same moment sets `MANYWAYS_TEST_FAMILY`, a path of process names: a program run by this
//! process finds the path of its parent there and appends itself. So every descendant can be told
//! by its environment, even after its parent died and it was handed to init. Programs that inherit
//! the variable share the folder of the topmost process.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, process};

use crate::procfs::Stat;

const FAMILY: &str = "MANYWAYS_TEST_FAMILY";

static HOME: OnceLock<Result<Home, String>> = OnceLock::new();

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Home {
    /// The process that made this record; a forked child inherits the record without owning the
    /// folder.
    pid: u32,
    family: String,
    temporary: PathBuf,
    owns_temporary: bool,
}

impl Home {
    /// # Panics
    /// If the folder for temporary files could not be made.
    pub(crate) fn get() -> &'static Home {
        match HOME.get() {
            Some(Ok(home)) => home,
            Some(Err(failure)) => panic!("{failure}"),
            None => panic!(
                "the test kit's start-up function did not run: this platform ignores .init_array"
            ),
        }
    }

    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// The environment variable by which the programs that this process runs are known.
    pub(crate) fn marker(&self) -> (&'static str, &str) {
        (FAMILY, &self.family)
    }

    pub(crate) fn remove(&self) {
        if self.owns_temporary && self.pid == process::id() {
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }

    fn make() -> Result<Home, String> {
        let pid = process::id();
        let stat = Stat::read("self").ok_or("the test kit needs /proc")?;
        let own = format!("{pid}.{}", stat.start_time);
        let (family, inherited) = match env::var(FAMILY) {
            Ok(parent) => (
                format!("{parent}/{own}"),
                Some(env::temp_dir()).filter(|folder| folder.is_dir()),
            ),
            Err(_) => (own, None),
        };
        let owns_temporary = inherited.is_none();
        let temporary = inherited.map_or_else(new_folder, Ok)?;
        Ok(Home {
            pid,
            family,
            temporary,
            owns_temporary,
        })
    }
}

/// The path stays short because UNIX socket addresses, which tests put there, end at 108 bytes.
fn new_folder() -> Result<PathBuf, String> {
    let folder = tempfile::Builder::new().prefix("mw-").tempdir();
    folder.map(tempfile::TempDir::keep).map_err(|error| {
        format!(
            "making a private folder for temporary files in {}: {error}",
            env::temp_dir().display()
        )
    })
}

/// Called once, before `main`; a failure is kept for `Home::get`, which can report it.
pub(crate) fn prepare() -> Option<&'static Home> {
    HOME.get_or_init(Home::make).as_ref().ok()
}

/// Called by `exit`.
pub(crate) fn at_exit() {
    if let Some(Ok(home)) = HOME.get() {
        home.remove();
    }
}
