//! Where the NVRTC library may be.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

/// Names a library file, or says `off`: then nothing is compiled, and only kept results serve.
pub(crate) const VARIABLE: &str = "MANYWAYS_NVRTC";

/// File names, the best first: 12.9 is what the kept PTX was made with.
const NAMES: [&str; 4] = [
    "libnvrtc.so.12",
    "libnvrtc.so.13",
    "libnvrtc.so.11.2",
    "libnvrtc.so",
];

/// Inside of a folder of Python packages, for the packages `nvidia-cuda-nvrtc-cu12` and `nvidia-cuda-nvrtc`.
const WHEELS: [&str; 3] = [
    "nvidia/cuda_nvrtc/lib",
    "nvidia/cu13/lib",
    "nvidia/cu12/lib",
];

/// What to open, in order: file names for the system's loader, then files that exist. `None` if the user has
/// switched the compiler off.
pub(super) fn candidates() -> Option<Vec<OsString>> {
    match env::var_os(VARIABLE) {
        Some(value) if value == "off" => None,
        Some(path) if !path.is_empty() => Some(vec![path]),
        _ => Some(everywhere()),
    }
}

fn everywhere() -> Vec<OsString> {
    let by_loader = NAMES.iter().map(OsString::from);
    let toolkits = toolkits().into_iter();
    let wheels = packages()
        .into_iter()
        .flat_map(|folder| WHEELS.map(|wheel| folder.join(wheel)));
    let files = toolkits.chain(wheels).flat_map(|folder| files_in(&folder));
    by_loader
        .chain(files.map(PathBuf::into_os_string))
        .collect()
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let paths = NAMES.map(|name| folder.join(name));
    paths.into_iter().filter(|path| path.is_file())
}

/// Libraries of installed toolkits.
fn toolkits() -> Vec<PathBuf> {
    let variables = ["CUDA_HOME", "CUDA_PATH"];
    let named = variables.iter().filter_map(env::var_os).map(PathBuf::from);
    let usual = ["/usr/local/cuda", "/opt/cuda"].map(PathBuf::from);
    named.chain(usual).map(|root| root.join("lib64")).collect()
}

/// Folders of Python packages: of the active environment, of the user, of the Python that would be run, of
/// the system, and of pyenv.
fn packages() -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .iter()
        .filter_map(env::var_os)
        .map(PathBuf::from)
        .collect();
    let home = env::var_os("HOME").map(PathBuf::from);
    roots.extend(home.iter().map(|home| home.join(".local")));
    roots.extend(python_root());
    roots.extend(["/usr/local", "/usr"].map(PathBuf::from));
    let versions = home.map(|home| home.join(".pyenv/versions"));
    roots.extend(versions.iter().flat_map(|folder| entries(folder, "")));
    roots
        .iter()
        .flat_map(|root| entries(&root.join("lib"), "python3"))
        .flat_map(|python| ["site-packages", "dist-packages"].map(|name| python.join(name)))
        .collect()
}

/// The installation to which the `python3` of the search path belongs.
fn python_root() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let python = env::split_paths(&path)
        .map(|folder| folder.join("python3"))
        .find(|file| file.is_file())?;
    let file = fs::canonicalize(python).ok()?;
    file.ancestors().nth(2).map(Path::to_owned)
}

/// What begins so in a folder, sorted; nothing if there is no such folder.
fn entries(folder: &Path, beginning: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let begins = |name: &OsStr| name.as_encoded_bytes().starts_with(beginning.as_bytes());
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| begins(&entry.file_name()))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}
