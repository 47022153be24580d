//! The rules, as one function from the model to what breaks them.

use std::fmt;

use crate::model::{Edge, House, Kind, Package, Place};

/// The systems: one crate a library of the course.
const SYSTEMS: &[&str] = &[
    "threading",
    "multiprocessing",
    "pp",
    "forkmap",
    "posh",
    "pycsp",
    "cuda",
    "delegate",
    "pprocess",
    "remoted",
    "dispy",
    "pydra",
];

/// The foundations, each with those it stands on.
const FOUNDATIONS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("process", &["wire"]),
    ("shared-memory", &[]),
    ("task-macro", &[]),
    ("cluster", &["wire", "process"]),
    ("monitor", &["cluster"]),
    (TESTKIT, &[]),
];

/// The foundation that is for tests only.
const TESTKIT: &str = "testkit";

const MEETING_PLACE: &str = "integration-tests";

const MEASURING_PLACE: &str = "bench";

/// Files that may hold `unsafe`, once they allow it.
const UNSAFE_FILES: &[&str] = &["sys.rs", "cell.rs"];

/// What every manifest takes from the workspace's `[workspace.package]`.
const INHERITED: &[&str] = &["edition", "rust-version", "license"];

/// A rule of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// No system depends on another, in any way; only `integration-tests` depends on several, and
    /// nothing depends on it. `bench` depends on no member, and no member on it. A system's macros are that system's alone.
    SystemsStandAlone,
    /// Foundations depend on no system, and on each other only as drawn.
    FoundationsPointDown,
    /// `testkit` is a dev-dependency, never a normal or build one.
    TestkitIsForTests,
    /// A member stands in a known place, under the name that belongs to the place.
    PlacesAndNames,
    /// Edition, Rust version, licence and lints come from the workspace.
    MetadataIsInherited,
    /// Versions of dependencies stand in the workspace's manifest only.
    VersionsStandOnce,
    /// `unsafe` is confined to a few named files.
    UnsafeIsConfined,
}

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.what)
    }
}

/// All that breaks a rule, in order of packages.
pub(crate) fn violations(house: &House) -> Vec<Violation> {
    let of_package = |package| {
        let mut found = Vec::new();
        let mut report = |rule, what| found.push(Violation { rule, what });
        places_and_names(package, &mut report);
        metadata_is_inherited(package, &mut report);
        versions_stand_once(package, &mut report);
        unsafe_is_confined(package, &mut report);
        for edge in &package.edges {
            if let Some(target) = house.package(&edge.to) {
                check_edge(package, edge, target, &mut report);
            }
        }
        found
    };
    house.packages.iter().flat_map(of_package).collect()
}

fn check_edge(
    package: &Package,
    edge: &Edge,
    target: &Package,
    report: &mut impl FnMut(Rule, String),
) {
    let what = || {
        format!(
            "{} has a {:?} dependency on {}",
            package.name, edge.kind, target.name
        )
    };
    match (place(package), place(target)) {
        (_, Place::Foundation(TESTKIT)) => {
            if edge.kind != Kind::Development {
                report(Rule::TestkitIsForTests, what());
            }
        }
        (Place::System(system), Place::Macros(of)) if system == of => {}
        (Place::System(_) | Place::Macros(_), Place::System(_))
        | (_, Place::Macros(_) | Place::Meeting | Place::Measuring)
        | (Place::Measuring, _) => {
            report(Rule::SystemsStandAlone, what());
        }
        (Place::Foundation(_), Place::System(_)) => report(Rule::FoundationsPointDown, what()),
        (Place::Foundation(from), Place::Foundation(to)) => {
            if !may_stand_on(from, to) {
                report(Rule::FoundationsPointDown, what());
            }
        }
        (Place::Meeting, _) | (Place::System(_) | Place::Macros(_), Place::Foundation(_)) => {}
        // Reported by `places_and_names`, once for the package and not for each of its edges.
        (Place::Unknown, _) | (_, Place::Unknown) => {}
    }
}

fn may_stand_on(from: &str, to: &str) -> bool {
    let foundation = FOUNDATIONS.iter().find(|(name, _)| *name == from);
    foundation.is_some_and(|(_, below)| below.contains(&to))
}

fn place(package: &Package) -> Place<'_> {
    let folder = package.folder.as_str();
    match folder.strip_prefix("foundation/") {
        Some(name) if FOUNDATIONS.iter().any(|(known, _)| *known == name) => {
            Place::Foundation(name)
        }
        None if folder == MEETING_PLACE => Place::Meeting,
        None if folder == MEASURING_PLACE => Place::Measuring,
        None if SYSTEMS.contains(&folder) => Place::System(folder),
        None => macros_of(folder),
        _ => Place::Unknown,
    }
}

fn macros_of(folder: &str) -> Place<'_> {
    let system = folder.strip_suffix("/macros");
    let system = system.filter(|system| SYSTEMS.contains(system));
    system.map_or(Place::Unknown, Place::Macros)
}

fn places_and_names(package: &Package, report: &mut impl FnMut(Rule, String)) {
    let expected = match place(package) {
        Place::Foundation(name) => format!("manyways-{name}"),
        Place::System(name) => name.to_owned(),
        Place::Macros(system) => format!("{system}-macros"),
        Place::Meeting => MEETING_PLACE.to_owned(),
        Place::Measuring => format!("manyways-{MEASURING_PLACE}"),
        Place::Unknown => {
            let what = format!(
                "{} stands in {}, which is not in the plan",
                package.name, package.folder
            );
            return report(Rule::PlacesAndNames, what);
        }
    };
    if package.name != expected {
        let what = format!(
            "the package in {} is named {}, not {expected}",
            package.folder, package.name
        );
        report(Rule::PlacesAndNames, what);
    }
}

fn metadata_is_inherited(package: &Package, report: &mut impl FnMut(Rule, String)) {
    let section = package
        .manifest
        .get("package")
        .and_then(toml::Value::as_table);
    for key in INHERITED {
        if !section
            .and_then(|section| section.get(*key))
            .is_some_and(is_inherited)
        {
            let what = format!("{} does not say {key}.workspace = true", package.name);
            report(Rule::MetadataIsInherited, what);
        }
    }
    if !package.manifest.get("lints").is_some_and(is_inherited) {
        let what = format!("{} does not say [lints] workspace = true", package.name);
        report(Rule::MetadataIsInherited, what);
    }
}

fn versions_stand_once(package: &Package, report: &mut impl FnMut(Rule, String)) {
    let targets = package
        .manifest
        .get("target")
        .and_then(toml::Value::as_table);
    let targets = targets
        .into_iter()
        .flat_map(toml::Table::values)
        .filter_map(toml::Value::as_table);
    for section in targets.chain([&package.manifest]) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = section.get(kind).and_then(toml::Value::as_table);
            for (name, value) in entries.into_iter().flatten() {
                if !is_inherited(value) {
                    let what = format!("{} takes {name} not from the workspace", package.name);
                    report(Rule::VersionsStandOnce, what);
                }
            }
        }
    }
}

/// `{ workspace = true }`, with or without more.
fn is_inherited(value: &toml::Value) -> bool {
    value.get("workspace").and_then(toml::Value::as_bool) == Some(true)
}

fn unsafe_is_confined(package: &Package, report: &mut impl FnMut(Rule, String)) {
    for source in &package.sources {
        let named = UNSAFE_FILES.contains(&source.file_name());
        let allowing = &source.safety.allowing_lines;
        if !named && !allowing.is_empty() {
            let what = format!("{} allows unsafe code in lines {allowing:?}", source.path);
            report(Rule::UnsafeIsConfined, what);
        }
        let lines = &source.safety.unsafe_lines;
        if !lines.is_empty() && (!named || allowing.is_empty()) {
            let what = format!("{} says unsafe in lines {lines:?}", source.path);
            report(Rule::UnsafeIsConfined, what);
        }
    }
}
