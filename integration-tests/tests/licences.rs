//! Every dependency may be used: its licence is allowed by `deny.toml`, and it comes from the registry.
//!
//! `cargo deny` checks the same and more, but takes minutes to install; this needs nothing but cargo.
//! Known security advisories need the network: `cargo deny check advisories`.

use std::path::PathBuf;

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand, Package};
use spdx::{Expression, LicenseReq, ParseMode};

/// What `deny.toml` says about licences.
struct Allowed(Vec<String>);

impl Allowed {
    fn read() -> Allowed {
        let file = root().join("deny.toml");
        let text = std::fs::read_to_string(file).expect("deny.toml in the workspace's root");
        let config: toml::Table = text.parse().expect("TOML in deny.toml");
        let allow = config["licenses"]["allow"]
            .as_array()
            .expect("a list in licenses.allow");
        let name = |value: &toml::Value| value.as_str().expect("a name").to_owned();
        Allowed(allow.iter().map(name).collect())
    }

    /// Why `licence`, a package's SPDX expression, does not do; `None` if it does.
    fn objection(&self, licence: Option<&str>) -> Option<String> {
        let Some(licence) = licence else {
            return Some("it names no licence".to_owned());
        };
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Err(error) => Some(format!(
                "{licence:?} is no SPDX expression: {}",
                error.reason
            )),
            Ok(expression) if expression.evaluate(|wanted| self.allows(wanted)) => None,
            Ok(_) => Some(format!("{licence:?} is not allowed by deny.toml")),
        }
    }

    fn allows(&self, wanted: &LicenseReq) -> bool {
        let wanted = wanted.to_string();
        self.0.contains(&wanted)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.current_dir(root()).features(CargoOpt::AllFeatures);
    // Only what a build on these fetches, so that this works without a network after one.
    let platforms = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
    let filters = platforms.map(|platform| format!("--filter-platform={platform}"));
    command.other_options([vec!["--locked".to_owned()], filters.into()].concat());
    command.exec().expect("cargo metadata")
}

fn named(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

#[test]
fn every_licence_is_allowed() {
    let (allowed, metadata) = (Allowed::read(), metadata());
    let objections = metadata.packages.iter().filter_map(|package| {
        let objection = allowed.objection(package.license.as_deref())?;
        Some(format!("{}: {objection}", named(package)))
    });
    assert_eq!(objections.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn every_dependency_comes_from_the_registry() {
    let metadata = metadata();
    let is_member = |package: &Package| metadata.workspace_members.contains(&package.id);
    let foreign = metadata
        .packages
        .iter()
        .filter(|package| !is_member(package))
        .filter(|package| {
            let source = package.source.as_ref();
            !source.is_some_and(cargo_metadata::Source::is_crates_io)
        });
    assert_eq!(foreign.map(named).collect::<Vec<_>>(), [""; 0]);
}

/// Else the tests above could pass because they looked at nothing.
#[test]
fn dependencies_and_members_are_looked_at() {
    let metadata = metadata();
    for name in ["manyways-process", "nix", "serde", "indicatif"] {
        assert!(
            metadata.packages.iter().any(|package| package.name == name),
            "{name}"
        );
    }
}

#[test]
fn licences_that_do_not_do_are_told_from_those_that_do() {
    let allowed = Allowed(vec![
        "MIT".into(),
        "Apache-2.0".into(),
        "Unicode-3.0".into(),
    ]);
    for good in [
        "MIT",
        "MIT OR Apache-2.0",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
    ] {
        assert_eq!(allowed.objection(Some(good)), None);
    }
    for (bad, why) in [
        (Some("GPL-3.0-only"), "not allowed"),
        (Some("MIT AND GPL-3.0-only"), "not allowed"),
        (Some("Apache-2.0 WITH LLVM-exception"), "not allowed"),
        (Some("do what you like"), "no SPDX expression"),
        (None, "names no licence"),
    ] {
        let objection = allowed.objection(bad).unwrap();
        assert!(objection.contains(why), "{bad:?}: {objection}");
    }
}
