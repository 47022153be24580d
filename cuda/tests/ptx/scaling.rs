//! Loading a module takes time in proportion to its text, whatever the text is full of.

use std::fmt::Write as _;

use cuda::emu::program::Program;
use cuda::emu::ptx;

use crate::sys::processor_time;

const HEAD: &str = ".version 8.0\n.target sm_80\n.address_size 64\n";

/// How many times larger the larger text is.
const FACTOR: usize = 16;

/// The least that parsing and loading took in a few attempts.
fn cost(text: &str) -> u64 {
    let attempt = |_| {
        let start = processor_time();
        Program::load(&ptx::parse(text).unwrap()).unwrap();
        processor_time() - start
    };
    (0..3).map(attempt).min().unwrap()
}

/// A text of sixteen times the size may take sixty-four times as long, since caches are small: far less than what grows with
/// the square, which is 256 times.
fn grows_with_its_text(what: &str, text: impl Fn(usize) -> String, size: usize) {
    let (small, large) = (cost(&text(size)), cost(&text(size * FACTOR)));
    let most = small.max(200_000) * 4 * FACTOR as u64;
    assert!(large < most, "{what}: {small} ns, and then {large} ns");
}

fn entry(name: &str, registers: usize, body: &str) -> String {
    format!(
        ".visible .entry {name}(.param .u64 p)\n{{\n.reg .pred %p<3>;\n.reg .b32 %r<{registers}>;\n.reg .b64 %rd<{registers}>;\n\
         .reg .f32 %f<{registers}>;\nmov.u32 %r1, %tid.x;\n{body}ret;\n}}\n"
    )
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        writeln!(text, "{}", line(index)).unwrap();
        text
    })
}

fn kernel(registers: usize, count: usize, line: impl Fn(usize) -> String) -> String {
    format!("{HEAD}{}", entry("k", registers, &lines(count, line)))
}

#[test]
fn kernels() {
    let body = lines(10, |index| format!("add.s32 %r2, %r1, {index};"));
    let text = |count| {
        format!(
            "{HEAD}{}",
            lines(count, |index| entry(&format!("k{index}"), 9, &body))
        )
    };
    grows_with_its_text("kernels", text, 40);
}

#[test]
fn instructions_and_constants() {
    let text = |count| kernel(9, count, |index| format!("xor.b32 %r2, %r1, {index};"));
    grows_with_its_text("instructions", text, 1000);
}

/// Sums of floats that nobody uses: each could have been the first of a pair.
#[test]
fn registers() {
    let text = |count| {
        kernel(count + 2, count, |index| {
            format!("add.f32 %f{}, %f1, %f1;", index + 2)
        })
    };
    grows_with_its_text("registers", text, 1000);
}

/// Products that nobody uses: each could have been an index.
#[test]
fn addresses() {
    let text = |count| {
        kernel(count + 2, count, |index| {
            format!(
                "mul.wide.u32 %rd{0}, %r{0}, 4; mov.u32 %r{1}, %r1;",
                index + 1,
                index + 2
            )
        })
    };
    grows_with_its_text("addresses", text, 1000);
}

#[test]
fn labels_and_branches() {
    let text = |count| {
        kernel(9, count, |index| {
            format!("L{index}: @%p1 bra L{};", index * 7919 % count)
        })
    };
    grows_with_its_text("labels", text, 500);
}

/// A list of all labels, and as many branches that use it.
#[test]
fn lists_of_targets() {
    let text = |count| {
        let list = vec!["L"; count].join(", ");
        kernel(9, count, |index| match index {
            0 => format!("L: ts: .branchtargets {list};"),
            _ => "brx.idx %r1, ts;".to_owned(),
        })
    };
    grows_with_its_text("lists of targets", text, 500);
}

#[test]
fn nested_blocks() {
    let (open, close) = ("{".repeat(50), "}".repeat(50));
    let text = |count| {
        kernel(9, count, |_| {
            format!("{open} .reg .b32 %own; mov.b32 %own, %r1; {close}")
        })
    };
    grows_with_its_text("nested blocks", text, 20);
}

#[test]
fn variables_and_their_values() {
    let text = |count| {
        let values = vec!["1"; count].join(", ");
        let names = lines(count, |index| format!(".global .u32 a{index};"));
        format!("{HEAD}{names}.global .u32 b[{count}] = {{{values}}};\n")
    };
    grows_with_its_text("variables", text, 500);
}
