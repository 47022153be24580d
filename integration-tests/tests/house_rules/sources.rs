//! Reading `unsafe` out of Rust sources: by token, so that comments and strings do not count, and
//! code inside of macros does.

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};

use crate::model::Safety;

/// Attributes that lift or soften a lint.
const SOFTENING: &[&str] = &["allow", "expect", "warn"];

/// What `text` says about `unsafe`. Fails on text that is not made of Rust tokens.
pub(crate) fn safety(text: &str) -> Result<Safety, LexError> {
    let mut safety = Safety::default();
    look_through(text.parse()?, &mut safety);
    Ok(safety)
}

fn look_through(tokens: TokenStream, safety: &mut Safety) {
    let mut softening = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                softening = SOFTENING.iter().any(|name| word == name);
                if word == "unsafe" {
                    safety.unsafe_lines.push(word.span().start().line);
                }
            }
            TokenTree::Group(group) => {
                let arguments = softening && group.delimiter() == Delimiter::Parenthesis;
                if arguments && names_the_lint(group.stream()) {
                    safety.allowing_lines.push(group.span_open().start().line);
                }
                look_through(group.stream(), safety);
                softening = false;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => softening = false,
        }
    }
}

fn names_the_lint(arguments: TokenStream) -> bool {
    arguments
        .into_iter()
        .any(|token| matches!(token, TokenTree::Ident(lint) if lint == "unsafe_code"))
}

#[test]
fn comments_and_strings_do_not_count() {
    let text = r##"
        //! unsafe in a doc comment
        // unsafe
        /* unsafe /* unsafe */ unsafe */
        const A: &str = "unsafe { }";
        const B: &str = r#"unsafe "quoted" unsafe"#;
        #[deny(unsafe_code)]
        fn r#unsafe_sounding(unsafe_name: char) -> bool { unsafe_name == '"' }
    "##;
    assert_eq!(safety(text).unwrap(), Safety::default());
}

#[test]
fn blocks_functions_attributes_and_macros_count() {
    let text = "unsafe fn f() {}\nfn g() { unsafe { f() } }\n#[unsafe(no_mangle)]\n\
                macro_rules! m { () => { unsafe {} } }";
    assert_eq!(safety(text).unwrap().unsafe_lines, [1, 2, 3, 4]);
}

#[test]
fn every_way_of_softening_the_lint_is_seen() {
    let text = "#![allow(unsafe_code)]\n#[expect(dead_code, unsafe_code)]\n\
                #[cfg_attr(test, warn(unsafe_code))]\n#[forbid(unsafe_code)]";
    assert_eq!(safety(text).unwrap().allowing_lines, [1, 2, 3]);
}
