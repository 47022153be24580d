//! The page, the JSON document, and the progress bar.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use integration_tests::{SLIDES, SYSTEMS};
use manyways_testkit::guarded;
use nix::pty::{Winsize, openpty};
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use crate::support::{agreed_json_of, command, page_of};

fn some_files(count: usize) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..count {
        fs::write(
            directory.path().join(format!("{number} <&\"'>")),
            "<b> & text\n".repeat(number),
        )
        .unwrap();
    }
    directory
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[track_caller]
fn has_fields(value: &Value, expected: &[&str]) {
    assert_eq!(keys(value), expected.iter().copied().collect());
}

#[test]
fn the_json_document_has_the_documented_fields() {
    guarded(|| {
        let directory = some_files(20);
        fs::write(directory.path().join("copy"), "<b> & text\n").unwrap();
        let document = agreed_json_of(directory.path());
        let top = [
            "format", "input", "workers", "equal", "slides", "runs", "report", "page",
        ];
        has_fields(&document, &top);
        assert_eq!(document["format"], 1);
        assert_eq!(document["input"], directory.path().to_str().unwrap());

        has_fields(
            &document["slides"][0],
            &["system", "title", "source", "output", "error"],
        );
        assert_eq!(document["slides"].as_array().unwrap().len(), SLIDES.len());

        let run = [
            "system",
            "how",
            "seconds",
            "cpu_seconds",
            "speedup",
            "digest",
            "difference",
            "changed",
            "error",
            "lanes",
        ];
        for (entry, system) in document["runs"].as_array().unwrap().iter().zip(SYSTEMS) {
            has_fields(entry, &run);
            assert_eq!(entry["system"], system.name);
            assert!(entry["seconds"].as_f64().unwrap() > 0.0);
            assert!(entry["cpu_seconds"].as_f64().unwrap() > 0.0);
            has_fields(
                &entry["lanes"][0],
                &["worker", "files", "measuring_seconds", "merging_seconds"],
            );
        }
        assert_eq!(document["runs"][0]["speedup"], 1.0);

        let report = &document["report"];
        let fields = [
            "totals",
            "left_out",
            "top_words",
            "largest",
            "duplicates",
            "unreadable",
            "files",
        ];
        has_fields(report, &fields);
        has_fields(&report["top_words"][0], &["word", "count"]);
        has_fields(&report["largest"][0], &["path", "bytes"]);
        has_fields(
            &report["duplicates"][0],
            &["sha256", "bytes", "copies", "wasted_bytes", "paths"],
        );
        has_fields(
            &report["files"][0],
            &["path", "sha256", "bytes", "lines", "words", "binary"],
        );
    });
}

#[test]
fn the_page_is_well_formed_self_contained_and_needs_no_script() {
    guarded(|| {
        let directory = some_files(30);
        let (page, ran) = page_of(directory.path(), &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let document = parse(&page);
        for node in document.descendants() {
            assert_ne!(node.tag_name().name(), "script");
            for attribute in node.attributes() {
                assert!(!["src", "href"].contains(&attribute.name()), "{node:?}");
                assert!(!attribute.name().starts_with("on"), "{node:?}");
            }
        }
        let styles = page
            .split_once("<style>")
            .unwrap()
            .1
            .split_once("</style>")
            .unwrap()
            .0;
        assert!(!styles.contains("url(") && !styles.contains("@import"));
        assert!(styles.contains("prefers-color-scheme: dark"));
        let text = |node: Node<'_, '_>| node.text().unwrap_or_default().to_owned();
        let largest = document
            .descendants()
            .filter(|node| node.attribute("class") == Some("path"))
            .map(text)
            .next();
        assert_eq!(largest.as_deref(), Some("29 <&\"'>"));
        assert!(page.contains("All answers are equal"));
    });
}

#[test]
fn the_page_shows_a_lane_for_each_worker_of_each_system() {
    guarded(|| {
        let directory = some_files(60);
        let (page, _ran) = page_of(directory.path(), &["--workers", "3"]);
        let document = parse(&page);
        for system in SYSTEMS {
            let id = format!("picture-{}", system.name);
            let picture = document
                .descendants()
                .find(|node| node.attribute("id") == Some(&id));
            let lanes: Vec<_> = picture.unwrap().descendants().filter(is_lane).collect();
            let names: Vec<_> = lanes.iter().map(|lane| text_of(*lane, "name")).collect();
            let most = if system.name == "sequential" { 1 } else { 4 };
            assert!(
                (1..=most).contains(&lanes.len()),
                "{}: {names:?}",
                system.name
            );
            assert_eq!(
                names.iter().collect::<BTreeSet<_>>().len(),
                names.len(),
                "{names:?}"
            );
            let files = lanes
                .iter()
                .map(|lane| files_in(&text_of(*lane, "figures")))
                .sum::<u64>();
            assert_eq!(files, 60, "{}", system.name);
            let drawing = lanes[0].parent().unwrap();
            let in_words = drawing.attribute("aria-label").unwrap();
            assert!(
                names
                    .iter()
                    .all(|name| in_words.contains(&format!("{name}: "))),
                "{in_words}"
            );
            assert!(lanes.iter().all(|lane| {
                lane.descendants()
                    .any(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title")))
            }));
        }
    });
}

fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}:\n{page}"))
}

fn is_lane(node: &Node<'_, '_>) -> bool {
    node.attribute("class") == Some("lane")
}

fn text_of(lane: Node<'_, '_>, class: &str) -> String {
    let node = lane
        .children()
        .find(|node| node.attribute("class") == Some(class));
    node.and_then(|node| node.text())
        .unwrap_or_default()
        .to_owned()
}

/// 12 of "97 % busy, 12 files".
fn files_in(figures: &str) -> u64 {
    let files = figures
        .split_once(", ")
        .and_then(|(_, files)| files.split(' ').next());
    files.map_or(0, |files| files.parse().unwrap())
}

#[test]
fn every_slide_is_shown_with_its_source_and_its_output() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let (page, ran) = page_of(directory.path(), &[]);
        let document = parse(&page);
        let shown = |class: &str| -> Vec<String> {
            let nodes = document
                .descendants()
                .filter(|node| node.attribute("class") == Some(class));
            nodes
                .map(|node| node.text().unwrap_or_default().to_owned())
                .collect()
        };
        let sources: Vec<_> = SLIDES.iter().map(|slide| slide.source).collect();
        assert_eq!(shown("source"), sources);
        assert!(shown("output").iter().all(|output| !output.is_empty()));
        for slide in SLIDES {
            assert!(
                ran.stdout
                    .contains(&format!("== {}: {}\n", slide.system, slide.title()))
            );
            let first_line = slide.source.lines().next().unwrap();
            assert!(ran.stdout.contains(&format!("    {first_line}\n")));
        }
    });
}

#[test]
fn a_pipe_gets_plain_text_and_a_terminal_a_progress_bar() {
    guarded(|| {
        let directory = some_files(50);
        let (_page, ran) = page_of(directory.path(), &[]);
        assert!(!ran.stdout.contains(['\r', '\x1b']), "{:?}", ran.stdout);
        assert_eq!(ran.stderr, "");

        let seen = on_a_terminal(directory.path());
        assert!(seen.contains("reading all once"), "{seen}");
        for system in SYSTEMS {
            assert!(
                seen.contains(&format!("{:>16} ", system.name)),
                "{} in {seen}",
                system.name
            );
        }
        assert!(seen.contains("/50 files"), "{seen}");
    });
}

/// All that the tour writes to a terminal of 100 columns.
fn on_a_terminal(input: &Path) -> String {
    let size = Winsize {
        ws_row: 30,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let terminal = openpty(&size, None).unwrap();
    let page = tempfile::tempdir().unwrap();
    let slave = || -> OwnedFd { terminal.slave.try_clone().unwrap() };
    let mut command = command();
    command
        .arg("--input")
        .arg(input)
        .arg("--output")
        .arg(page.path());
    command.env("TERM", "xterm").stdout(slave()).stderr(slave());
    let mut child = command.spawn().unwrap();
    // Only the tour may hold the other end, or reading would never come to an end.
    drop((command, terminal.slave));
    let mut seen = Vec::new();
    // Linux ends the last read with EIO instead of an end of file.
    let end = File::from(terminal.master).read_to_end(&mut seen);
    assert_eq!(end.err().and_then(|error| error.raw_os_error()), Some(5));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    String::from_utf8(seen).unwrap()
}
