//! The names under which types of values are known to the share.

use std::any::type_name;
use std::borrow::Cow;

/// Types that encode as what they hold.
const TRANSPARENT: [&str; 4] = [
    "alloc::boxed::Box",
    "alloc::borrow::Cow",
    "alloc::rc::Rc",
    "alloc::sync::Arc",
];

/// The name of the type that a `T` is read back as.
///
/// Borrowed and owned forms encode alike and go by the name of the owned one: `&str` as `String`, a
/// slice as `Vec`, a `Box` as its content.
pub(crate) fn stored_name<T: ?Sized>() -> Cow<'static, str> {
    let name = type_name::<T>();
    let plain = !name.contains(['&', '[']) && name != "str" && !name.contains("alloc::");
    if plain && !name.contains("str") {
        return Cow::Borrowed(name);
    }
    Cow::Owned(owned_form(name))
}

fn owned_form(name: &str) -> String {
    let mut out = String::new();
    let mut closers = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let word = rest.split(|c: char| !is_word(c)).next().unwrap_or("");
        if !word.is_empty() {
            rest = &rest[word.len()..];
            if rest.starts_with('<') && TRANSPARENT.contains(&word) {
                closers.push("");
                rest = &rest[1..];
            } else {
                out.push_str(match word {
                    "str" => "alloc::string::String",
                    word => word,
                });
            }
            continue;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '\'' => rest = after_lifetime(rest),
            '&' => rest = rest.strip_prefix("mut ").unwrap_or(rest),
            '<' => {
                out.push('<');
                closers.push(">");
            }
            '[' if is_slice(rest) => {
                out.push_str("alloc::vec::Vec<");
                closers.push(">");
            }
            '[' => {
                out.push('[');
                closers.push("]");
            }
            '>' | ']' => out.push_str(closers.pop().unwrap_or("")),
            other => out.push(other),
        }
    }
    out
}

/// What follows the name of a lifetime and the comma or space behind it.
fn after_lifetime(rest: &str) -> &str {
    rest.trim_start_matches(is_word)
        .trim_start_matches([',', ' '])
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == ':'
}

/// Whether the bracket before `rest` closes without naming a length.
fn is_slice(rest: &str) -> bool {
    let mut depth = 0_usize;
    for c in rest.chars() {
        match c {
            '[' => depth += 1,
            ']' if depth == 0 => return true,
            ']' => depth -= 1,
            ';' if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;
    use std::rc::Rc;

    use super::stored_name;

    #[test]
    fn borrowed_forms_have_the_owned_name() {
        let string = stored_name::<String>();
        assert_eq!(stored_name::<str>(), string);
        assert_eq!(stored_name::<&str>(), string);
        assert_eq!(stored_name::<&&mut str>(), string);
        assert_eq!(stored_name::<Box<str>>(), string);
        assert_eq!(stored_name::<Cow<'_, str>>(), string);
        let list = stored_name::<Vec<String>>();
        assert_eq!(stored_name::<[&str]>(), list);
        assert_eq!(stored_name::<&[String]>(), list);
        assert_eq!(stored_name::<Rc<[Box<str>]>>(), list);
        assert_eq!(
            stored_name::<(Vec<[&str; 2]>, BTreeMap<&str, &[u8]>)>(),
            stored_name::<(Vec<[String; 2]>, BTreeMap<String, Vec<u8>>)>()
        );
    }

    #[test]
    fn different_types_have_different_names() {
        let names = [
            stored_name::<i32>(),
            stored_name::<i64>(),
            stored_name::<[i32; 3]>(),
            stored_name::<[i32; 4]>(),
            stored_name::<Vec<i32>>(),
            stored_name::<Option<i32>>(),
            stored_name::<(i32, i32)>(),
            stored_name::<[[i32; 2]]>(),
        ];
        for (at, name) in names.iter().enumerate() {
            assert!(!names[at + 1..].contains(name), "{name}");
        }
        assert_eq!(stored_name::<[i32; 3]>(), "[i32; 3]");
    }

    #[test]
    fn a_name_that_needs_no_change_costs_no_memory() {
        assert!(matches!(stored_name::<u64>(), Cow::Borrowed("u64")));
    }
}
