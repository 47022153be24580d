//! Kernels without cases.

/// What they are called, and why nothing can be expected of them.
const LEFT_OUT: &[(&str, &str)] = &[
    ("054f9b52/outside", "it writes out of bounds"),
    (
        "12df6842/squares",
        "half of a program, without what it calls",
    ),
    (
        "64471210/find_words",
        "the order of its results is that of its threads",
    ),
    ("6ee4af87/fail", "it ends with a trap"),
    ("8af66d1a/no_barrier", "its threads race"),
    ("b937b779/trap", "it ends with a trap"),
    (
        "c6b907c0/_Z6unpackc5outer4pairIdE6metersc",
        "there is an address in one of its structures",
    ),
    ("e10ff1ac/odd", "its address is misaligned"),
];

/// Those are left out that are said to be, and no others.
pub(crate) fn check(found: &[String], wrong: &mut Vec<String>) {
    // Of each scan: it stores parts that are not set, with whatever values, and their padding.
    let found: Vec<&String> = found
        .iter()
        .filter(|name| !name.ends_with("/scan_parts"))
        .collect();
    for name in &found {
        if !LEFT_OUT.iter().any(|(known, _)| known == *name) {
            wrong.push(format!("{name}: no inputs suit it"));
        }
    }
    for (name, why) in LEFT_OUT {
        if !found.iter().any(|found| found.as_str() == *name) {
            wrong.push(format!("{name} is left out ({why}), and has a case"));
        }
    }
}
