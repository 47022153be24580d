//! Every kept source gives the PTX that is kept, by the compiler whose PTX is kept.

use cuda::compiler::verify;

#[test]
fn the_kept_ptx_is_what_the_compiler_makes() {
    let (count, drifts) = verify().expect("the folder of kept PTX");
    let lines: Vec<String> = drifts.iter().map(ToString::to_string).collect();
    assert!(
        drifts.is_empty(),
        "{} of {count} kept sources have drifted; `scripts/record-ptx` records them anew:\n{}",
        drifts.len(),
        lines.join("\n")
    );
    assert!(count > 0, "nothing is kept");
    println!("{count} kept sources give the PTX that is kept");
}
