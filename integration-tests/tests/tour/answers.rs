//! The answers: against figures written out by hand and against `sha256sum`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use manyways_testkit::{DEFAULT_LIMIT, guarded, guarded_for};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::{Value, json};

use crate::support::{agreed_json_of, file};

fn sha256sum(path: &Path) -> String {
    let output = Command::new("sha256sum")
        .arg("--")
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    // A leading backslash marks an escaped name; it is no part of the digest.
    text.trim_start_matches('\\')[..64].to_owned()
}

/// Bytes, lines, words, and whether it is binary.
fn figures(file: &Value) -> Value {
    ["bytes", "lines", "words", "binary"]
        .iter()
        .map(|field| file[field].clone())
        .collect()
}

#[test]
fn a_small_tree() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("deep/er")).unwrap();
        fs::create_dir(root.join("empty directory")).unwrap();
        fs::write(root.join("poem"), "Rose is a rose\nis a rose\n").unwrap();
        fs::write(root.join("no newline at the end"), "one  two,three").unwrap();
        fs::write(root.join("deep/er/binary"), b"\x7fELF\0 a rose\n").unwrap();
        fs::write(root.join("empty"), "").unwrap();
        symlink("poem", root.join("link")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        mkfifo(&root.join("fifo"), Mode::S_IRWXU).unwrap();

        let document = agreed_json_of(root);
        let report = &document["report"];

        // As `wc -c` and `wc -l` count; words as the documentation defines them.
        let expected = [
            ("poem", json!([25, 2, 7, false])),
            ("no newline at the end", json!([14, 0, 3, false])),
            ("deep/er/binary", json!([13, 1, 0, true])),
            ("empty", json!([0, 0, 0, false])),
        ];
        for (path, expected) in expected {
            assert_eq!(figures(file(&document, path)), expected, "{path}");
            assert_eq!(
                file(&document, path)["sha256"],
                sha256sum(&root.join(path)),
                "{path}"
            );
        }
        let totals = json!({
            "files": 4, "bytes": 52, "lines": 3, "words": 10, "distinct_words": 6,
            "unlisted_words": 0, "binary_files": 1, "wasted_bytes": 0,
        });
        assert_eq!(report["totals"], totals);
        let left_out =
            json!({"on_request": [], "symlinks": 2, "special_files": 1, "mount_points": 0});
        assert_eq!(report["left_out"], left_out);
        let top_words = json!([
            {"word": "rose", "count": 3}, {"word": "a", "count": 2}, {"word": "is", "count": 2},
            {"word": "one", "count": 1}, {"word": "three", "count": 1}, {"word": "two", "count": 1},
        ]);
        assert_eq!(report["top_words"], top_words);
        assert_eq!(report["largest"][0], json!({"path": "poem", "bytes": 25}));
        assert_eq!(report["duplicates"], json!([]));
        assert_eq!(report["unreadable"], json!([]));
    });
}

#[test]
fn names_and_contents_that_are_not_utf_8() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let name = OsStr::from_bytes(b"caf\xe9 \x1b[31m\n");
        fs::create_dir(directory.path().join(name)).unwrap();
        let path = directory.path().join(name).join(name);
        fs::write(&path, b"caf\xe9 CAF\xe9 caf\xc3\xa9 \x1b").unwrap();

        let document = agreed_json_of(directory.path());
        let shown = r"caf\xe9 \u{1b}[31m\n/caf\xe9 \u{1b}[31m\n";
        assert_eq!(file(&document, shown)["sha256"], sha256sum(&path));
        let top_words = json!([{"word": r"caf\xe9", "count": 2}, {"word": "café", "count": 1}]);
        assert_eq!(document["report"]["top_words"], top_words);
    });
}

#[test]
fn a_directory_whose_own_name_is_not_utf_8() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join(OsStr::from_bytes(b"caf\xe9"));
        fs::create_dir(&root).unwrap();
        fs::write(root.join("file"), "text").unwrap();
        let document = agreed_json_of(&root);
        let shown = document["input"].as_str().unwrap();
        assert!(shown.ends_with(r"/caf\xe9"), "{shown}");
        assert_eq!(document["report"]["totals"]["words"], 1);
    });
}

#[test]
fn an_empty_directory() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let document = agreed_json_of(directory.path());
        let report = &document["report"];
        assert_eq!(report["totals"]["files"], 0);
        for field in ["files", "top_words", "largest", "duplicates", "unreadable"] {
            assert_eq!(report[field], json!([]), "{field}");
        }
    });
}

#[test]
fn files_with_equal_contents() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir(root.join("copies")).unwrap();
        for (path, contents) in [
            ("a", "12345"),
            ("copies/a", "12345"),
            ("b", "x"),
            ("copies/b", "x"),
        ] {
            fs::write(root.join(path), contents).unwrap();
        }
        fs::write(root.join("copies/b again"), "x").unwrap();
        fs::write(root.join("alone"), "12346").unwrap();
        fs::hard_link(root.join("a"), root.join("hard link to a")).unwrap();

        let document = agreed_json_of(root);
        let expected = json!([
            {
                "sha256": sha256sum(&root.join("a")), "bytes": 5, "copies": 2, "wasted_bytes": 5,
                "paths": ["a", "copies/a", "hard link to a"],
            },
            {
                "sha256": sha256sum(&root.join("b")), "bytes": 1, "copies": 3, "wasted_bytes": 2,
                "paths": ["b", "copies/b", "copies/b again"],
            },
        ]);
        assert_eq!(document["report"]["duplicates"], expected);
        assert_eq!(document["report"]["totals"]["wasted_bytes"], 7);
    });
}

/// The emulated device computes for many seconds.
#[test]
fn a_file_of_4_mib() {
    guarded_for(4 * DEFAULT_LIMIT, || {
        const LINE: &[u8; 32] = b"It was a bright cold day, April.\n".first_chunk().unwrap();
        const BYTES: u64 = 4 << 20;
        const LINES: u64 = BYTES / 32;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("large");
        let mut large = BufWriter::new(File::create(&path).unwrap());
        for number in 0..LINES {
            let mut line = *LINE;
            line[31] = if number % 2 == 0 { b'\n' } else { b'x' };
            large.write_all(&line).unwrap();
        }
        large.into_inner().unwrap();

        let document = agreed_json_of(directory.path());
        let large = file(&document, "large");
        assert_eq!(large["sha256"], sha256sum(&path));
        // "April\n" ends a word and a line; "Aprilx" runs on into the "It" of the next line.
        let words = LINES / 2 * 7 + LINES / 2 * 6 + 1;
        assert_eq!(figures(large), json!([BYTES, LINES / 2, words, false]));
    });
}

#[test]
fn hundreds_of_files_are_all_there_and_in_order() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        for number in 0..500 {
            let folder = directory.path().join(format!("{}", number % 7));
            fs::create_dir_all(&folder).unwrap();
            fs::write(
                folder.join(format!("{number:03}")),
                format!("word{number} all\n"),
            )
            .unwrap();
        }
        let document = agreed_json_of(directory.path());
        let files = document["report"]["files"].as_array().unwrap();
        let paths: Vec<_> = files
            .iter()
            .map(|file| file["path"].as_str().unwrap())
            .collect();
        assert_eq!(paths.len(), 500);
        assert!(paths.is_sorted(), "{paths:?}");
        assert_eq!(document["report"]["totals"]["distinct_words"], 501);
        assert_eq!(
            document["report"]["top_words"][0],
            json!({"word": "all", "count": 500})
        );
    });
}
