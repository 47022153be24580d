//! The rules of the house, kept by a test.
//!
//! What stands on what is read from `cargo metadata`, manifests and sources into a small [`model`];
//! the [`rules`] are one function from that model to a list of violations. So the rules can be tried
//! on houses with a planted fault (`planted`), besides the real one.

mod model;
mod planted;
mod rules;
mod sources;
mod workspace;

use rules::violations;

#[test]
fn the_house_keeps_its_rules() {
    let house = workspace::read();
    let found = violations(&house);
    let list: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(
        found.is_empty(),
        "the rules of the house are broken:\n{}",
        list.join("\n")
    );
}

/// Else the test above could pass because it looked at nothing.
#[test]
fn the_model_has_what_is_on_the_disk() {
    let house = workspace::read();
    let package = |name: &str| house.packages.iter().find(|package| package.name == name);

    let process =
        package("manyways-process").expect("the foundation of the fork family is a member");
    assert_eq!(process.folder, "foundation/process");
    assert!(
        process.edges.iter().any(|edge| edge.to == "manyways-wire"),
        "{process:?}"
    );
    assert!(
        process
            .edges
            .iter()
            .any(|edge| edge.to == "manyways-testkit"),
        "{process:?}"
    );
    assert!(process.manifest.contains_key("package"));

    let this = package("integration-tests").expect("this crate is a member");
    let here = "integration-tests/tests/house_rules/main.rs";
    assert!(
        this.sources.iter().any(|source| source.path == here),
        "{:?}",
        this.sources
    );
    assert!(
        house
            .packages
            .iter()
            .all(|package| !package.sources.is_empty())
    );
}
