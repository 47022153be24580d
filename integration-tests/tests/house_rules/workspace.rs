//! Reading the model from the real workspace.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};
use walkdir::WalkDir;

use crate::model::{Edge, House, Kind, Package, Source};
use crate::sources;

pub(crate) fn read() -> House {
    let metadata = MetadataCommand::new()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata describes the workspace");
    let root = metadata.workspace_root.as_std_path();
    let members: HashSet<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let package = |package: &cargo_metadata::Package| {
        let manifest = package.manifest_path.as_std_path();
        let folder = manifest.parent().expect("a manifest stands in a folder");
        let edges = package
            .dependencies
            .iter()
            .filter(|edge| members.contains(edge.name.as_str()));
        Package {
            name: package.name.to_string(),
            folder: relative(root, folder),
            edges: edges.map(edge).collect(),
            manifest: text(manifest)
                .parse()
                .expect("cargo has read this manifest too"),
            sources: sources_in(root, folder),
        }
    };
    House {
        packages: metadata.packages.iter().map(package).collect(),
    }
}

fn edge(dependency: &cargo_metadata::Dependency) -> Edge {
    Edge {
        to: dependency.name.to_string(),
        kind: match dependency.kind {
            DependencyKind::Development => Kind::Development,
            DependencyKind::Build => Kind::Build,
            _ => Kind::Normal,
        },
    }
}

fn sources_in(root: &Path, folder: &Path) -> Vec<Source> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = files.map(|entry| entry.expect("the sources can be listed"));
    files
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "rs")
        })
        .map(|entry| Source {
            path: relative(root, entry.path()),
            safety: match sources::safety(&text(entry.path())) {
                Ok(safety) => safety,
                Err(error) => panic!("{}: {error}", entry.path().display()),
            },
        })
        .collect()
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path
        .strip_prefix(root)
        .expect("members stand below the root");
    path.to_str()
        .expect("names in this workspace are UTF-8")
        .to_owned()
}

fn text(path: &Path) -> String {
    match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}
