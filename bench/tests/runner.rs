//! The whole program, on a planted workspace whose programs are small shell scripts.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A workspace with one crate, `planted`, and a script that prints what its argument says.
///
/// `say.sh v=12` prints the figure 12; `exit=3`, `rubbish` and `hang` do as they say.
fn planted(metrics: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "bench/metrics/planted.toml", metrics);
    let say = r#"case $1 in
        v=*) printf '%s\tops/s\t%s\n' "$1" "${1#v=}" ;;
        exit=*) echo "no luck" >&2; exit "${1#exit=}" ;;
        rubbish) echo hello ;;
        hang) sleep 1000 ;;
        cores) printf 'cores\tops/s\t%s\n' "$(nproc)" ;;
        turn-*) echo x >> turns; printf '%s\tops/s\t%s\n' "$1" "$(wc -l < turns)" ;;
    esac"#;
    write(root.path(), "bench/peers/say.sh", say);
    root
}

fn write(root: &Path, file: &str, text: &str) {
    let file = root.join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// A metric called `name`: ours runs `ours`, the peer runs `peer`, and the goal is 1.
fn metric(name: &str, ours: &str, peer: &str) -> String {
    format!(
        r#"
        [[metric]]
        name = "{name}"
        run = "{ours}"
        unit = "ops/s"
        better = "higher"
        ours = {{ shell = "say.sh" }}
        [[metric.peer]]
        name = "the peer"
        program = {{ shell = "say.sh" }}
        run = "{peer}"
        goal = 1
        "#
    )
}

fn bench(root: &TempDir, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.args(options).arg("--root").arg(root.path());
    command.output().unwrap()
}

/// The lines printed, without those about columns and machine. They must stand in the file too.
fn lines(root: &TempDir, output: &Output) -> Vec<String> {
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let kept = fs::read_to_string(root.path().join("target/bench/planted.tsv")).unwrap();
    assert_eq!(printed, kept);
    let mut lines = printed.lines();
    assert_eq!(
        lines.next().unwrap(),
        "# crate\tmetric\tunit\tours\tpeer\tpeer's figure\tratio\tgoal\tverdict"
    );
    let machine = lines.next().unwrap();
    assert!(
        machine.starts_with("# on ") && machine.contains(" cores, "),
        "{machine}"
    );
    lines.map(str::to_owned).collect()
}

#[test]
fn goals_met_and_goals_missed_both_end_well() {
    let good = metric("good", "v=200", "v=100");
    let poor = metric("poor", "v=90", "v=100");
    let root = planted(&(good + &poor));
    let output = bench(&root, &["--quick"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        lines(&root, &output),
        [
            "planted\tgood\tops/s\t200.0\tthe peer\t100.0\t2.000\t1\tmet",
            "planted\tpoor\tops/s\t90.00\tthe peer\t100.0\t0.900\t1\tshort",
        ]
    );
}

#[test]
fn where_lower_is_better_the_ratio_turns_round() {
    let lower = metric("wait", "v=50", "v=100").replace("higher", "lower");
    let root = planted(&lower);
    let output = bench(&root, &["planted"]);
    let line = "planted\twait\tops/s\t50.00\tthe peer\t100.0\t2.000\t1\tmet";
    assert_eq!(lines(&root, &output), [line]);
}

#[test]
fn a_bound_is_met_or_not() {
    let metric = |name: &str, ours: &str| {
        format!(
            r#"
            [[metric]]
            name = "{name}"
            run = "{ours}"
            unit = "ops/s"
            better = "lower"
            ours = {{ shell = "say.sh" }}
            [[metric.peer]]
            name = "flat"
            at_most = 3
            "#
        )
    };
    let root = planted(&(metric("still", "v=3") + &metric("grows", "v=4")));
    let output = bench(&root, &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        lines(&root, &output),
        [
            "planted\tstill\tops/s\t3.000\tflat\t3.000\t-\t-\tmet",
            "planted\tgrows\tops/s\t4.000\tflat\t3.000\t-\t-\tshort",
        ]
    );
}

#[test]
fn a_missing_peer_is_named_and_nothing_is_broken() {
    let root = planted(&metric("alone", "v=5", "exit=77"));
    let output = bench(&root, &["--quick"]);
    assert!(output.status.success(), "{output:?}");
    let [line] = lines(&root, &output).try_into().unwrap();
    let start = "# planted\talone\tops/s\t5.000\tthe peer is not measured: `sh ";
    assert!(line.starts_with(start), "{line}");
    assert!(line.ends_with("exit status: 77: no luck"), "{line}");
}

#[test]
fn what_is_broken_is_named_and_the_rest_is_measured() {
    let ours = metric("ours", "exit=3", "v=1");
    let peer = metric("peer", "v=1", "rubbish");
    let fine = metric("fine", "v=1", "v=1");
    let root = planted(&(ours + &peer + &fine));
    let output = bench(&root, &["--quick"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let [ours, peer, fine] = lines(&root, &output).try_into().unwrap();
    assert!(
        ours.starts_with("# planted\tours\tops/s\tours is broken: "),
        "{ours}"
    );
    assert!(ours.ends_with("exit status: 3: no luck"), "{ours}");
    assert!(
        peer.starts_with("# planted\tpeer\tops/s\t1.000\tthe peer is broken: "),
        "{peer}"
    );
    assert!(peer.contains("hello"), "{peer}");
    assert_eq!(
        fine,
        "planted\tfine\tops/s\t1.000\tthe peer\t1.000\t1.000\t1\tmet"
    );
}

#[test]
fn a_program_that_hangs_is_broken() {
    let root = planted(&metric("stuck", "hang", "v=1"));
    let output = bench(&root, &["--limit", "1"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let [line] = lines(&root, &output).try_into().unwrap();
    assert!(
        line.contains("ours is broken") && line.ends_with("killed after 1s"),
        "{line}"
    );
}

#[test]
fn both_sides_are_kept_on_the_cores_asked_for() {
    let pinned = metric("pinned", "cores", "cores").replace("unit", "cores = 1\nunit");
    let root = planted(&pinned);
    let output = bench(&root, &["--rounds", "1"]);
    let line = "planted\tpinned\tops/s\t1.000\tthe peer\t1.000\t1.000\t1\tmet";
    assert_eq!(lines(&root, &output), [line]);
}

#[test]
fn a_machine_with_too_few_cores_is_said_to_be_one() {
    let big = metric("big", "v=1", "v=1").replace("unit", "needs_cores = 4096\nunit");
    let root = planted(&big);
    let output = bench(&root, &[]);
    assert!(output.status.success(), "{output:?}");
    let [line] = lines(&root, &output).try_into().unwrap();
    assert!(
        line.contains("ours is not measured: it needs 4096 cores"),
        "{line}"
    );
}

#[test]
fn ours_and_the_peer_take_turns() {
    // Ours counts itself as 1, 3, 5 and the peer as 2, 4, 6.
    let root = planted(&metric("turns", "turn-ours", "turn-peer"));
    let output = bench(&root, &["--rounds", "3", "--spread"]);
    assert_eq!(
        lines(&root, &output),
        [
            "planted\tturns\tops/s\t3.000\tthe peer\t4.000\t0.750\t1\tshort",
            "# planted\tturns\tours: 1.000 to 5.000",
            "# planted\tturns\tthe peer: 2.000 to 6.000",
        ]
    );
}

#[test]
fn a_program_that_two_metrics_read_from_runs_once_a_round() {
    let one = metric("one", "turn-ours", "v=1");
    let two = metric("two", "turn-ours", "v=1");
    let root = planted(&(one + &two));
    let output = bench(&root, &["--rounds", "3"]);
    let line = |name| format!("planted\t{name}\tops/s\t2.000\tthe peer\t1.000\t2.000\t1\tmet");
    assert_eq!(lines(&root, &output), [line("one"), line("two")]);
}

#[test]
fn a_crate_without_metrics_is_an_error_that_names_those_with() {
    let root = planted(&metric("good", "v=1", "v=1"));
    let output = bench(&root, &["rayon"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error, "bench: rayon has no metrics; these have: planted\n");
}
