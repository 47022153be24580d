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

/// A page's links to files of this repository: the file (empty for the page itself), and the heading in it.
fn links(page: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let targets = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let targets = targets.filter(|target| !target.contains("://"));
    targets.map(|target| match target.split_once('#') {
        Some((file, heading)) => (file, Some(heading)),
        None => (target, None),
    })
}

/// What a link calls the headings of a page: small letters, digits and hyphens.
fn headings(page: &str) -> Vec<String> {
    let titles = page.lines().filter(|line| line.starts_with('#'));
    let titles = titles.map(|line| line.trim_start_matches('#').trim().to_lowercase());
    let name = |char| match char {
        ' ' => Some('-'),
        '-' | '_' => Some(char),
        char => char.is_alphanumeric().then_some(char),
    };
    titles
        .map(|title| title.chars().filter_map(name).collect())
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = read(&page);
        for (file, heading) in links(&text) {
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {file} is not there", page.display());
            if let Some(heading) = heading {
                let known = headings(&read(&target));
                assert!(
                    known.iter().any(|known| known == heading),
                    "{}: {file} has no heading {heading}, but {known:?}",
                    page.display()
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} links were found");
}
