//! Texts that are PTX, and texts that are not.

use proptest::prelude::*;

use super::parser::parse_within;
use super::{Operand, Statement, parse};
use crate::emu::program::Program;

const KERNELS: &str = include_str!("../../../tests/ptx/kernels/calls.ptx");

fn wrong(body: &str) -> (u32, u32, String) {
    let text =
        format!(".version 8.0\n.target sm_80\n.visible .entry k(.param .u64 p) {{\n{body}\n}}\n");
    let tree = match parse(&text) {
        Ok(tree) => tree,
        Err(error) => return (error.line(), error.column(), error.message().to_owned()),
    };
    let error = Program::load(&tree).unwrap_err();
    (error.line(), error.column(), error.message().to_owned())
}

#[test]
fn errors_say_where_and_what() {
    let cases = [
        ("add.s32 %r1, %r2;", (4, 1), "there is no register `%r2`"),
        (
            ".reg .b32 %r<3>;\n  add.s32 %r1, %r5, 1;",
            (5, 3),
            "there is no register `%r5`",
        ),
        ("bra nowhere;", (4, 1), "there is no label `nowhere`"),
        (
            "frobnicate.u32 1;",
            (4, 1),
            "there is no instruction `frobnicate`",
        ),
        (
            ".reg .b32 %r<3>;\nmov.u32 %r1 %r2;",
            (5, 13),
            "`,` or `;` expected, not `%r2`",
        ),
        (".reg .b32 %r<3>, %r<4>;", (4, 18), "`%r` is declared twice"),
        ("L: L: ret;", (4, 4), "label `L` is defined twice"),
        ("ret", (5, 1), "an operand expected, not `}`"),
        (
            ".reg .b128 %q;",
            (4, 12),
            "registers of type `.b128` are not supported",
        ),
    ];
    for (body, place, message) in cases {
        let (line, column, found) = wrong(body);
        assert!(found.contains(message), "{body}: {found}");
        assert_eq!((line, column), place, "{body}: {found}");
    }
}

#[test]
fn modules_need_a_version_and_64_bits() {
    assert!(parse("").unwrap_err().message().contains(".version"));
    let narrow = parse(".version 8.0\n.target sm_80\n.address_size 32").unwrap_err();
    assert_eq!((narrow.line(), narrow.column()), (3, 15));
    let tree = parse(".version 8.3\n.target sm_80, debug\n.address_size 64\n").unwrap();
    assert_eq!((tree.version(), tree.target()), ((8, 3), "sm_80"));
}

#[test]
fn operands_keep_their_form() {
    let text =
        ".version 8.0\n.target sm_80\n.func f() { @!%p ld.global.v2.f32 {%f1, _}, [%rd1+-8]; }";
    let tree = parse(text).unwrap();
    let body = tree.functions[0].body.as_ref().unwrap();
    let Statement::Instruction(instruction) = &body[0] else {
        panic!("no instruction");
    };
    assert_eq!(
        (instruction.opcode, instruction.guard),
        ("ld", Some(("%p", true)))
    );
    assert_eq!(instruction.modifiers, ["global", "v2", "f32"]);
    let [Operand::Vector(parts), Operand::Address(address)] = instruction.operands.as_slice()
    else {
        panic!("other operands");
    };
    assert!(matches!(
        parts.as_slice(),
        [Operand::Name("%f1"), Operand::Name("_")]
    ));
    assert_eq!((address.base, address.offset), ("%rd1", -8));
}

#[test]
fn nesting_is_bounded() {
    let deep = format!(
        ".version 8.0\n.target sm_80\n.func f() {}",
        "{".repeat(100_000)
    );
    assert!(parse(&deep).unwrap_err().message().contains("nests less"));
    let deep = format!(
        ".version 8.0\n.target sm_80\n.func f() {{ x {} }}",
        "{".repeat(100_000)
    );
    assert!(parse(&deep).is_err());
    let deep = format!(
        ".version 8.0\n.target sm_80\n.global .u32 a[] = {}",
        "{".repeat(100_000)
    );
    assert!(parse(&deep).is_err());
}

#[test]
fn sizes_are_bounded() {
    let huge = ".version 8.0\n.target sm_80\n.global .b64 a[99999999999][99999999999];";
    assert!(parse(huge).is_err());
    let huge = ".version 8.0\n.target sm_80\n.global .b64 a[9999999999999];";
    assert!(Program::load(&parse(huge).unwrap()).is_err());
    let huge = ".version 8.0\n.target sm_80\n.func f() { .local .b8 a[9999999]; ret; }";
    assert!(Program::load(&parse(huge).unwrap()).is_err());
}

/// What a GPU would not load either.
#[test]
fn what_a_module_declares_is_bounded_as_on_a_gpu() {
    let module = |text: &str| {
        let text = format!(".version 8.0\n.target sm_80\n{text}");
        Program::load(&parse(&text).unwrap()).map(|_| ())
    };
    let kernel =
        |params: &str, body: &str| module(&format!(".entry k({params}) {{ {body} ret; }}"));
    kernel(".param .align 4 .b8 p[32764]", "").unwrap();
    assert!(kernel(".param .align 4 .b8 p[32768]", "").is_err());
    kernel("", ".shared .b8 s[49152];").unwrap();
    let error = kernel("", ".shared .b8 s[49153];").unwrap_err();
    assert!(error.message().contains("49152 bytes"), "{error}");
    module(".shared .b8 s[49152];").unwrap();
    assert!(module(".shared .b8 s[40000]; .shared .b8 t[10000];").is_err());
    module(".const .b8 c[65536];").unwrap();
    let error = module(".const .b8 c[40000];\n.const .b8 d[40000];").unwrap_err();
    assert_eq!(error.line(), 4, "{error}");
}

/// A tree may be many times larger than the text that makes it.
#[test]
fn trees_are_bounded() {
    let within = |piece: &str, most: u32| {
        let body = piece.repeat(1000);
        let text = format!(".version 8.0\n.target sm_80\n.func f() {{ {body} ret; }}");
        parse_within(&text, most).map(|_| ())
    };
    for piece in ["{}", "x;", "x a;", "x.y;", ".reg .b32 %r<9>, %s;"] {
        let error = within(piece, 3000).unwrap_err();
        assert!(error.message().contains("says too much"), "{error}");
    }
    within("add.s32 %r1234, %r5678, 12345;\n", 12_000).unwrap();
    let values = ["{", &"1, ".repeat(1000), "1}"].concat();
    let text = format!(".version 8.0\n.target sm_80\n.global .u32 a[] = {values};");
    assert!(parse_within(&text, 1000).is_err());
    assert!(parse_within(&text, 3000).is_ok());
}

/// The first thing that is wrong is told, whether the text is no tokens or the tokens are no PTX.
#[test]
fn the_first_error_is_told() {
    let head = ".version 8.0\n.target sm_80\n";
    let wrong = parse(&format!("{head}nonsense\n\"half")).unwrap_err();
    assert_eq!((wrong.line(), wrong.column()), (3, 1), "{wrong}");
    let wrong = parse(&format!("{head}.func f() {{\n99999999999999999999")).unwrap_err();
    assert!(wrong.message().contains("integer"), "{wrong}");
    assert_eq!((wrong.line(), wrong.column()), (4, 1), "{wrong}");
}

/// Pieces of which PTX is made, and what looks like them.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        ".version 8.0",
        ".target sm_80",
        ".visible",
        ".entry",
        ".func",
        "k",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ".param",
        ".u64",
        ".b32",
        ".reg",
        "%r<9>",
        "%r1",
        "%r2",
        "%rd1",
        ";",
        ",",
        ":",
        "@",
        "!",
        "%p",
        "add.s32",
        "ld.global.f32",
        "st.shared.v4.u32",
        "mov.b64",
        "bra",
        "L",
        "call",
        "ret",
        "0x1f",
        "-1",
        "0f3F800000",
        "1.5",
        "+",
        "<",
        ">",
        "=",
        ".align 8",
        ".b8",
        "\"text\"",
        ".loc 1 2 3",
        ".shared",
        ".const",
        "generic(",
        "|",
        "_",
        "setp.lt.and.f32",
        "tex.2d.v4.f32.f32",
        "atom.global.add.u32",
        "bar.sync",
        "cvt.rn.f16.f32",
        ".branchtargets",
        "cp.async.ca.shared.global",
        "shfl.sync.idx.b32",
        "%tid.x",
        "prmt.b32",
        "lop3.b32",
        "\n",
        "//",
        "/*",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Whatever the text, there is an answer.
    #[test]
    fn any_sequence_of_pieces(pieces in prop::collection::vec(piece(), 0..60)) {
        let body = pieces.join(" ");
        let text = format!(".version 8.0\n.target sm_80\n.entry k(.param .u64 p) {{ .reg .b32 %r<9>; .reg .b64 %rd<9>; .reg .pred %p; {body} }}");
        for text in [&body, &text] {
            if let Ok(tree) = parse(text) {
                let _ = Program::load(&tree);
            }
        }
    }

    /// A real module with some bytes changed, cut off anywhere.
    #[test]
    fn damaged_modules(
        end in 0usize..KERNELS.len(),
        changes in prop::collection::vec((0usize..KERNELS.len(), 32u8..127), 0..8),
    ) {
        let mut bytes = KERNELS.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(end);
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(tree) = parse(&text) {
            let _ = Program::load(&tree);
        }
    }
}
