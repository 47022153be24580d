//! Each rule on a house in which it is broken on purpose.

use crate::model::{Edge, House, Kind, Package, Safety, Source};
use crate::rules::{Rule, violations};

const MANIFEST: &str = "
    package.edition.workspace = true
    package.rust-version.workspace = true
    package.license.workspace = true
    dependencies.serde.workspace = true
    dev-dependencies.nix = { workspace = true, features = ['fs'] }
    lints.workspace = true
";

/// A package that keeps the rules.
fn package(folder: &str) -> Package {
    let name = match folder.strip_prefix("foundation/") {
        Some(name) => format!("manyways-{name}"),
        None => folder.replace("/macros", "-macros"),
    };
    Package {
        name,
        folder: folder.to_owned(),
        edges: Vec::new(),
        manifest: MANIFEST.parse().unwrap(),
        sources: Vec::new(),
    }
}

impl Package {
    fn on(mut self, to: &str, kind: Kind) -> Self {
        self.edges.push(Edge {
            to: to.to_owned(),
            kind,
        });
        self
    }

    fn with(mut self, file: &str, unsafe_lines: &[usize], allowing_lines: &[usize]) -> Self {
        self.sources.push(Source {
            path: format!("{}/{file}", self.folder),
            safety: Safety {
                unsafe_lines: unsafe_lines.to_vec(),
                allowing_lines: allowing_lines.to_vec(),
            },
        });
        self
    }

    fn manifest(mut self, old: &str, new: &str) -> Self {
        assert!(MANIFEST.contains(old), "{old}");
        self.manifest = MANIFEST.replace(old, new).parse().unwrap();
        self
    }
}

/// A whole house, with `altered` in the place of those of its packages that stand in the same folder.
fn house(altered: Vec<Package>) -> House {
    use Kind::{Development, Normal};
    let mut measuring = package("bench");
    measuring.name = "manyways-bench".to_owned();
    let sound = [
        package("foundation/wire").on("manyways-testkit", Development),
        package("foundation/process")
            .on("manyways-wire", Normal)
            .on("manyways-testkit", Development)
            .with("src/sys.rs", &[7, 9], &[1]),
        package("foundation/cluster")
            .on("manyways-wire", Normal)
            .on("manyways-process", Normal),
        package("foundation/monitor").on("manyways-cluster", Normal),
        package("foundation/shared-memory").with("src/cell.rs", &[12], &[3]),
        package("foundation/testkit"),
        package("forkmap")
            .on("manyways-process", Normal)
            .on("manyways-testkit", Development),
        package("delegate")
            .on("manyways-process", Normal)
            .on("delegate-macros", Normal),
        package("delegate/macros").on("manyways-testkit", Development),
        measuring,
        package("integration-tests")
            .on("forkmap", Normal)
            .on("delegate", Development)
            .on("manyways-testkit", Development),
    ];
    let replaced = |package: &Package| altered.iter().any(|other| other.folder == package.folder);
    let mut packages: Vec<_> = sound
        .into_iter()
        .filter(|package| !replaced(package))
        .collect();
    packages.extend(altered);
    House { packages }
}

#[track_caller]
fn broken_by(altered: Package, rule: Rule, what: &str) {
    let found = violations(&house(vec![altered]));
    let found: Vec<_> = found
        .iter()
        .map(|violation| (violation.rule, violation.what.as_str()))
        .collect();
    assert_eq!(found, [(rule, what)]);
}

#[test]
fn a_sound_house_has_no_violations() {
    assert_eq!(violations(&house(Vec::new())), []);
}

#[test]
fn a_system_on_another_system() {
    for kind in [Kind::Normal, Kind::Development, Kind::Build] {
        let what = format!("delegate has a {kind:?} dependency on forkmap");
        broken_by(
            package("delegate").on("forkmap", kind),
            Rule::SystemsStandAlone,
            &what,
        );
    }
}

#[test]
fn the_macros_of_a_system_for_another_and_on_a_system() {
    for folder in ["forkmap", "integration-tests", "foundation/wire"] {
        let altered = package(folder).on("delegate-macros", Kind::Normal);
        let what = format!(
            "{} has a Normal dependency on delegate-macros",
            altered.name
        );
        broken_by(altered, Rule::SystemsStandAlone, &what);
    }
    let altered = package("delegate/macros").on("delegate", Kind::Development);
    let what = "delegate-macros has a Development dependency on delegate";
    broken_by(altered, Rule::SystemsStandAlone, what);
}

#[test]
fn anything_on_the_meeting_place() {
    for folder in ["delegate", "foundation/wire"] {
        let altered = package(folder).on("integration-tests", Kind::Development);
        let what = format!(
            "{} has a Development dependency on integration-tests",
            altered.name
        );
        broken_by(altered, Rule::SystemsStandAlone, &what);
    }
}

#[test]
fn the_measuring_place_on_anything_and_anything_on_it() {
    for to in ["forkmap", "manyways-wire"] {
        let mut altered = package("bench").on(to, Kind::Normal);
        altered.name = "manyways-bench".to_owned();
        let what = format!("manyways-bench has a Normal dependency on {to}");
        broken_by(altered, Rule::SystemsStandAlone, &what);
    }
    let what = "delegate has a Development dependency on manyways-bench";
    let altered = package("delegate").on("manyways-bench", Kind::Development);
    broken_by(altered, Rule::SystemsStandAlone, what);
}

#[test]
fn a_foundation_on_a_system() {
    for kind in [Kind::Normal, Kind::Development, Kind::Build] {
        let what = format!("manyways-wire has a {kind:?} dependency on forkmap");
        let altered = package("foundation/wire").on("forkmap", kind);
        broken_by(altered, Rule::FoundationsPointDown, &what);
    }
}

#[test]
fn an_edge_between_foundations_that_is_not_drawn() {
    let undrawn = [
        ("foundation/wire", "manyways-process"),
        ("foundation/process", "manyways-cluster"),
        ("foundation/shared-memory", "manyways-wire"),
        ("foundation/cluster", "manyways-shared-memory"),
        ("foundation/monitor", "manyways-wire"),
        ("foundation/testkit", "manyways-process"),
    ];
    for (from, to) in undrawn {
        let altered = package(from).on(to, Kind::Normal);
        let what = format!("{} has a Normal dependency on {to}", altered.name);
        broken_by(altered, Rule::FoundationsPointDown, &what);
    }
}

#[test]
fn testkit_outside_of_tests() {
    for kind in [Kind::Normal, Kind::Build] {
        for folder in ["delegate", "foundation/wire", "integration-tests"] {
            let altered = package(folder).on("manyways-testkit", kind);
            let what = format!(
                "{} has a {kind:?} dependency on manyways-testkit",
                altered.name
            );
            broken_by(altered, Rule::TestkitIsForTests, &what);
        }
    }
}

#[test]
fn names_that_do_not_belong_to_the_place() {
    let mut foundation = package("foundation/wire");
    foundation.name = "wire".to_owned();
    let what = "the package in foundation/wire is named wire, not manyways-wire";
    broken_by(foundation, Rule::PlacesAndNames, what);

    let mut system = package("pp");
    system.name = "manyways-pp".to_owned();
    let what = "the package in pp is named manyways-pp, not pp";
    broken_by(system, Rule::PlacesAndNames, what);
}

#[test]
fn places_that_are_not_in_the_plan() {
    for folder in ["utils", "foundation/misc", "forkmap/tools", "utils/macros"] {
        let altered = package(folder);
        let what = format!(
            "{} stands in {folder}, which is not in the plan",
            altered.name
        );
        broken_by(altered, Rule::PlacesAndNames, &what);
    }
}

#[test]
fn metadata_of_ones_own() {
    let faults = [
        (
            "package.edition.workspace = true",
            "package.edition = '2021'",
            "edition.workspace = true",
        ),
        (
            "package.rust-version.workspace = true",
            "",
            "rust-version.workspace = true",
        ),
        (
            "package.license.workspace = true",
            "package.license.workspace = false",
            "license.workspace = true",
        ),
        (
            "lints.workspace = true",
            "lints.rust.unsafe_code = 'allow'",
            "[lints] workspace = true",
        ),
    ];
    for (old, new, missing) in faults {
        let altered = package("forkmap").manifest(old, new);
        let what = format!("forkmap does not say {missing}");
        broken_by(altered, Rule::MetadataIsInherited, &what);
    }
}

#[test]
fn versions_of_ones_own() {
    let serde = "dependencies.serde.workspace = true";
    let own = [
        "dependencies.serde = '1'",
        "build-dependencies.serde = { version = '1', features = ['derive'] }",
        "target.'cfg(unix)'.dev-dependencies.serde.path = '../serde'",
    ];
    for own in own {
        let altered = package("forkmap").manifest(serde, own);
        let what = "forkmap takes serde not from the workspace";
        broken_by(altered, Rule::VersionsStandOnce, what);
    }
}

#[test]
fn unsafe_outside_of_the_named_files() {
    let rule = Rule::UnsafeIsConfined;
    let keyword = package("forkmap").with("src/lib.rs", &[3, 5], &[]);
    broken_by(
        keyword,
        rule,
        "forkmap/src/lib.rs says unsafe in lines [3, 5]",
    );
    let attribute = package("forkmap").with("tests/fork.rs", &[], &[1]);
    broken_by(
        attribute,
        rule,
        "forkmap/tests/fork.rs allows unsafe code in lines [1]",
    );
    let unannounced = package("forkmap").with("src/sys.rs", &[4], &[]);
    broken_by(
        unannounced,
        rule,
        "forkmap/src/sys.rs says unsafe in lines [4]",
    );
}
