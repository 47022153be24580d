//! Random arguments.

use crate::image::Image;
use crate::kept::{Entry, Kept};
use crate::numbers::Numbers;
use crate::prototype::Parameter;
use crate::types::{Number, Range, Type};

/// What kernels are told to work on.
const ELEMENTS: u64 = 480;
/// Of each buffer, whatever its elements are: for the steps of strided walks too.
const BYTES: usize = 1 << 15;

/// An argument.
#[derive(Debug)]
pub(crate) enum Argument {
    Buffer(Buffer),
    /// A value, byte for byte. What the kernel takes may be longer: the rest is 0.
    Value(Vec<u8>),
    /// The library's operand: a buffer, or a value at the end of the argument.
    Operand {
        buffer: Option<Buffer>,
        value: Vec<u8>,
    },
    Image(Image),
}

/// Device memory.
#[derive(Debug)]
pub(crate) struct Buffer {
    pub(crate) name: String,
    pub(crate) element: Type,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_const: bool,
}

/// How one case's arguments are chosen.
pub(crate) struct Inputs<'a> {
    pub(crate) kept: &'a Kept,
    pub(crate) entry: &'a Entry,
    pub(crate) seed: String,
    pub(crate) attempt: u64,
    pub(crate) range: Range,
}

impl Inputs<'_> {
    pub(crate) fn argument(&self, parameter: &Parameter) -> Argument {
        let mut numbers = Numbers::of(&format!("{}/{}", self.seed, parameter.name));
        let is_odd = self.attempt % 2 == 1;
        if parameter.is_pointer {
            return match &*parameter.name {
                "indices" if is_odd => Argument::Value(0_u64.to_ne_bytes().to_vec()),
                _ => Argument::Buffer(self.buffer(parameter, &parameter.type_name, &mut numbers)),
            };
        }
        if let Some(inner) = parameter.type_name.strip_prefix("Operand<") {
            let element = inner.strip_suffix('>').unwrap_or(inner);
            // The first is always an array.
            let is_value = is_odd && !["a", "x", "from", "condition"].contains(&&*parameter.name);
            let value = self.element(element).random(1, self.range, &mut numbers);
            let buffer = (!is_value).then(|| self.buffer(parameter, element, &mut numbers));
            return Argument::Operand { buffer, value };
        }
        match &*parameter.type_name {
            "cudaTextureObject_t" => {
                Argument::Image(Image::texture(&self.entry.text, is_odd, &mut numbers))
            }
            "cudaSurfaceObject_t" => {
                Argument::Image(Image::surface(&self.entry.text, &mut numbers))
            }
            "Walk" if parameter.name == "walk_" => Argument::Value(words(&user_walk())),
            "Walk" => Argument::Value(words(&library_walk(self.attempt))),
            "Shape" => Argument::Value(words(&[
                3.25_f64.to_bits(),
                0.5_f64.to_bits(),
                self.attempt % 2,
            ])),
            name => Argument::Value(self.scalar(parameter, self.element(name), &mut numbers)),
        }
    }

    /// The type of that name in this source.
    fn element(&self, name: &str) -> Type {
        let of_file = self.kept.element().unwrap_or("int");
        let is_sum = ["reduce_sum", "reduce_dot"].contains(&&*self.entry.name);
        match name {
            "OUT" if ["reduce_all", "reduce_any"].contains(&&*self.entry.name) => {
                Type::named("bool")
            }
            "OUT" if is_sum && !Type::named(of_file).number.is_fraction() => Type::named("int64"),
            "T" | "OUT" if self.entry.name.starts_with("_Z") => {
                Type::named(instance(&self.entry.name))
            }
            // Of other types it may be a wider one: its words are exact.
            "V" if is_sum && of_file.starts_with("complex") => Type::named(of_file),
            "T" | "OUT" => Type::named(of_file),
            "REAL" => Type {
                lanes: 1,
                ..Type::named(of_file)
            },
            "Value" | "Value_" => Type::named(typedef(&self.kept.source, name).unwrap_or("int")),
            name => Type::named(name),
        }
    }

    fn buffer(&self, parameter: &Parameter, element: &str, numbers: &mut Numbers) -> Buffer {
        let element = self.element(element);
        let bytes = match &*parameter.name {
            "wrong" | "arrived" | "arrived_" => vec![0; BYTES],
            "indices" | "target" | "source" => words(&places()),
            // Scans take the value of a part only if it is set.
            "parts" => (0..BYTES).map(|at| (at % 4 == 0).into()).collect(),
            _ => element.random(BYTES, self.range, numbers),
        };
        let is_const = parameter.is_const;
        Buffer {
            name: parameter.name.clone(),
            element,
            bytes,
            is_const,
        }
    }

    /// A number, whose name says what it is for.
    fn scalar(&self, parameter: &Parameter, kind: Type, numbers: &mut Numbers) -> Vec<u8> {
        let fixed = match &*parameter.name {
            "count" | "count_" | "n" | "length" | "cells" | "to_length" | "from_length" => ELEMENTS,
            "first_" => 0,
            "step_" => 1,
            "width" | "height" | "inner" | "large" => 16,
            "columns" => 32,
            "small" => 8,
            "index" => 3,
            "range" => 160,
            "cursor" => 5,
            // More than there are threads: two with one state would race.
            "generators" => 1024,
            "operation" | "type" => self.attempt,
            _ => return kind.random(kind.size(), self.range, numbers),
        };
        debug_assert!(matches!(kind.number, Number::Int(_)), "{parameter:?}");
        fixed.to_ne_bytes()[..kind.size()].to_vec()
    }
}

/// The first type that a template was made for, as its mangled name tells.
fn instance(mangled: &str) -> &'static str {
    match mangled
        .split_once('I')
        .and_then(|(_, rest)| rest.chars().next())
    {
        Some('f') => "float",
        Some('d') => "double",
        Some('s') => "short",
        Some('x') => "long long",
        _ => "int",
    }
}

fn typedef<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let end = format!(" {name};");
    let mut lines = source
        .lines()
        .filter_map(|line| line.strip_prefix("typedef "));
    lines.find_map(|line| line.strip_suffix(end.as_str()))
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// All elements, each once, in disorder; every second counts from the end. 7 has no factor in common with the count.
fn places() -> Vec<u64> {
    let places = (0..ELEMENTS).map(|n| (7 * n + 3) % ELEMENTS);
    let place = |place: u64| {
        if place.is_multiple_of(2) {
            place
        } else {
            place.wrapping_sub(ELEMENTS)
        }
    };
    let mut places: Vec<u64> = places.map(place).collect();
    places.resize(BYTES / 8, 0);
    places
}

/// `Walk` of `gpuarray/kernels/loops.cuh`: three dimensions, one, or one piece.
fn library_walk(attempt: u64) -> [u64; 42] {
    let mut walk = [0; 42];
    walk[0] = ELEMENTS;
    let (rank, sizes, strides): (u64, _, [[u64; 3]; 4]) = match attempt % 3 {
        0 => (
            3,
            [8, 10, 6],
            [[1, 8, 80], [2, 16, 160], [0, 1, 10], [60, 6, 1]],
        ),
        1 => (
            1,
            [ELEMENTS, 0, 0],
            [[1, 0, 0], [1, 0, 0], [3, 0, 0], [2, 0, 0]],
        ),
        _ => (
            2,
            [16, 30, 0],
            [[30, 1, 0], [1, 16, 0], [0, 1, 0], [1, 0, 0]],
        ),
    };
    walk[1] = rank;
    walk[2..5].copy_from_slice(&sizes);
    for (at, strides) in strides.iter().enumerate() {
        walk[10 + 8 * at..][..3].copy_from_slice(strides);
    }
    walk
}

/// `Walk` of `elementwise`: rank, sizes, which are plain, and the strides of two arrays.
fn user_walk() -> [u64; 26] {
    let mut walk = [0; 26];
    walk[0] = 2;
    walk[1..3].copy_from_slice(&[16, 30]);
    walk[10..12].copy_from_slice(&[30, 1]);
    walk[18..20].copy_from_slice(&[1, 16]);
    walk
}
