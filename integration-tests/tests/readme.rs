//! What the README says can be relied on.
//!
//! Its programs are compiled and run as documentation tests (`mod readme` in `src/lib.rs`). Here: that the table
//! of the systems shows what those programs do, and that no link leads nowhere.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The repository's pages of prose.
fn pages() -> Vec<PathBuf> {
    let folders = [root(), root().join("docs"), root().join("docs/guide")];
    let files = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let files = files.map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The text of all fenced blocks of Rust, spaces squeezed.
fn programs(page: &str) -> String {
    let blocks = page.split("```rust\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    squeezed(&blocks.collect::<String>())
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The column "you write here".
fn rust_column(page: &str) -> Vec<String> {
    let table = page
        .lines()
        .skip_while(|line| !line.contains("you write here"))
        .skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| {
        row.replace("\\|", "\u{0}")
            .split('|')
            .nth(3)
            .unwrap()
            .to_owned()
    });
    cells
        .map(|cell| cell.trim().trim_matches('`').replace('\u{0}', "|"))
        .collect()
}

#[test]
fn the_table_of_the_readme_shows_what_its_programs_do() {
    let readme = read(&root().join("README.md"));
    let (column, programs) = (rust_column(&readme), programs(&readme));
    assert!(column.len() >= 5, "{column:?}");
    for cell in column {
        assert!(
            programs.contains(&squeezed(&cell)),
            "no program does: {cell}"
        );
    }
}

/// The targets of a page's links to files.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let targets = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    targets.filter_map(|target| target.split('#').next())
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            let target = page.parent().unwrap().join(link);
            assert!(target.exists(), "{}: {link} is not there", page.display());
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} links were found");
}
