//! Names that macros make.

/// A name with stars, and the words that the stars stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    /// The text between the stars: one more than there are words.
    texts: Vec<String>,
    words: Vec<String>,
}

impl Glob {
    /// Of what stands in a macro, such as `copy_##SIZE##_strided`. Words in capitals are its parameters.
    pub(crate) fn of_macro(pasted: &str) -> Glob {
        let mut glob = Glob {
            texts: vec![String::new()],
            words: Vec::new(),
        };
        for piece in pasted.split("##") {
            let is_word = pasted.contains("##") && piece.chars().all(|c| c.is_ascii_uppercase());
            if is_word {
                glob.words.push(piece.to_owned());
                glob.texts.push(String::new());
            } else {
                glob.texts.last_mut().expect("there is one").push_str(piece);
            }
        }
        glob
    }

    /// How many characters are fixed.
    pub(crate) fn weight(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }

    /// The words and what they stand for in that name.
    pub(crate) fn bind(&self, name: &str) -> Option<Vec<(String, String)>> {
        let (first, rest) = self.texts.split_first()?;
        let mut left = name.strip_prefix(first.as_str())?;
        let mut bound = Vec::new();
        for (at, (word, text)) in self.words.iter().zip(rest).enumerate() {
            let end = if at + 1 == self.words.len() {
                left.len().checked_sub(text.len())?
            } else {
                left.find(text.as_str())?
            };
            if end == 0 || !left[end..].starts_with(text.as_str()) {
                return None;
            }
            bound.push((word.clone(), left[..end].to_owned()));
            left = &left[end + text.len()..];
        }
        left.is_empty().then_some(bound)
    }
}

#[test]
fn words_are_found_between_the_texts() {
    let glob = Glob::of_macro("copy_##SIZE##_strided");
    let bound = glob.bind("copy_16_strided").unwrap();
    assert_eq!(bound, [("SIZE".to_owned(), "16".to_owned())]);
    assert_eq!(glob.bind("copy_16"), None);
    assert_eq!(
        Glob::of_macro("NAME##_##KIND")
            .bind("sobol32_bits")
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        Glob::of_macro("scan_join").bind("scan_join"),
        Some(Vec::new())
    );
    assert_eq!(Glob::of_macro("scan_join").bind("scan_joined"), None);
}
