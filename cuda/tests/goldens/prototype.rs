//! What kernels take, as their sources declare it.

use crate::glob::Glob;
use crate::kept::Entry;

/// A kernel's declaration.
#[derive(Debug, Clone)]
pub(crate) struct Prototype {
    name: Glob,
    pub(crate) parameters: Vec<Parameter>,
}

/// One of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Without `const` and the like.
    pub(crate) type_name: String,
    pub(crate) name: String,
    pub(crate) is_pointer: bool,
    pub(crate) is_const: bool,
}

impl Prototype {
    /// All of a source.
    pub(crate) fn all(source: &str) -> Vec<Prototype> {
        let text = plain(source);
        let starts = text
            .match_indices("__global__")
            .map(|(at, word)| at + word.len());
        starts
            .filter_map(|start| Prototype::parse(&text[start..]))
            .collect()
    }

    /// The one that a kernel of the compiled source comes from, with the words of macros replaced.
    pub(crate) fn find(all: &[Prototype], entry: &Entry) -> Option<Prototype> {
        let name = unmangled(&entry.name);
        let mut fitting: Vec<_> = all
            .iter()
            .filter(|prototype| prototype.parameters.len() == entry.parameters)
            .filter_map(|prototype| Some((prototype, prototype.name.bind(name)?)))
            .collect();
        fitting.sort_by_key(|(prototype, _)| prototype.name.weight());
        let (prototype, bound) = fitting.pop()?;
        let mut found = prototype.clone();
        for parameter in &mut found.parameters {
            for (word, meaning) in &bound {
                parameter.bind(word, meaning);
            }
        }
        Some(found)
    }

    /// Whether a parameter has one of those names.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.parameters
            .iter()
            .any(|parameter| names.contains(&&*parameter.name))
    }

    fn parse(text: &str) -> Option<Prototype> {
        let text = match text.find("__launch_bounds__") {
            Some(at)
                if text[..at]
                    .trim_matches(['v', 'o', 'i', 'd', ' ', '\n'])
                    .is_empty() =>
            {
                &text[at + text[at..].find(')')? + 1..]
            }
            _ => text,
        };
        let open = text.find('(')?;
        let close = open + text[open..].find(')')?;
        let name = text[..open].split_whitespace().last()?;
        let given = text[open + 1..close].split(',').map(str::trim);
        let parameters = given.filter(|text| !text.is_empty()).map(Parameter::parse);
        Some(Prototype {
            name: Glob::of_macro(name),
            parameters: parameters.collect::<Option<_>>()?,
        })
    }
}

impl Parameter {
    fn parse(text: &str) -> Option<Parameter> {
        let start = text.rfind(|c: char| !c.is_alphanumeric() && c != '_')? + 1;
        let (before, name) = text.split_at(start);
        let words: Vec<&str> = before
            .split([' ', '*'])
            .filter(|word| !["", "const", "volatile", "__restrict__"].contains(word))
            .collect();
        Some(Parameter {
            type_name: words.join(" "),
            name: name.to_owned(),
            is_pointer: before.contains('*'),
            is_const: before.contains("const"),
        })
    }

    fn bind(&mut self, word: &str, meaning: &str) {
        self.type_name = self.type_name.replace(&format!("##{word}"), meaning);
        // A macro that takes a name and a type gives them the same name here.
        if word == "NAME" {
            self.type_name = self.type_name.replace("TYPE", meaning);
        }
        if word == "DISTRIBUTION" && ["D::Type", "T"].contains(&&*self.type_name) {
            self.type_name = made_by(meaning).to_owned();
        }
    }
}

/// What a distribution of random numbers makes.
fn made_by(distribution: &str) -> &'static str {
    match distribution {
        "bits64" => "uint64",
        "uniform32" | "normal32" => "float",
        "uniform64" | "normal64" => "double",
        _ => "uint32",
    }
}

/// Without comments, continued lines, and the short name that the library's kernels are declared with.
fn plain(source: &str) -> String {
    let source = source.replace("\\\n", "\n");
    let lines = source
        .lines()
        .filter(|line| !line.starts_with("#define KERNEL"));
    let code = lines.map(|line| line.split("//").next().unwrap_or_default());
    let text: Vec<&str> = code.collect();
    text.join("\n").replace("KERNEL ", "__global__ void ")
}

/// The name in the source of a name in the PTX.
fn unmangled(name: &str) -> &str {
    let inner = name.strip_prefix("_Z").and_then(|rest| {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let length: usize = rest[..digits].parse().ok()?;
        rest.get(digits..digits + length)
    });
    inner.unwrap_or(name)
}

#[test]
fn declarations_are_read() {
    let source = "#define K(NAME) \\\n KERNEL f_##NAME(const unsigned int *a, Operand<TYPE> b) {}\n
        extern \"C\" __global__ void __launch_bounds__(256)\n  g(int n) {} // __global__ void h(int)";
    let all = Prototype::all(source);
    assert_eq!(all.len(), 2);
    let entry = Entry {
        name: "f_int8".to_owned(),
        parameters: 2,
        ..Entry::default()
    };
    let found = Prototype::find(&all, &entry).unwrap();
    let [a, b] = &found.parameters[..] else {
        panic!("{found:?}")
    };
    assert!(a.is_pointer && a.is_const && a.type_name == "unsigned int" && a.name == "a");
    assert!(!b.is_pointer && b.type_name == "Operand<int8>" && b.name == "b");
    assert_eq!(unmangled("_Z5scaleIfEvPT_"), "scale");
}
