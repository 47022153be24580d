//! Messages made to overflow the stack, to keep the receiver busy for ever, or to fill its memory.

use manyways_wire::{Error, decode, encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::thread;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Link {
    number: u8,
    next: Option<Box<Link>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Node(Vec<Tree>),
    Named(BTreeMap<u8, Tree>),
    Pair { left: Box<Tree>, right: Box<Tree> },
    Wrapped(Box<(Tree,)>),
}

/// A million levels, each one byte or two.
fn deep(level: &[u8]) -> Vec<u8> {
    level.repeat(1_000_000)
}

/// Decodes on a thread with the standard stack of 2 MiB, so that the answer does not depend on the test harness.
fn on_a_thread<T: for<'a> Deserialize<'a>>(bytes: Vec<u8>) -> Result<(), Error> {
    thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || decode::<T>(&bytes).map(drop))
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn bottomless_nesting_is_an_error() {
    let mut errors = vec![on_a_thread::<Link>(deep(&[7, 1])).unwrap_err()];
    for level in [[1, 1].as_slice(), &[2, 1, 0], &[3], &[4]] {
        errors.push(on_a_thread::<Tree>(deep(level)).unwrap_err());
    }
    for error in errors {
        assert!(error.is_decode() && !error.is_garbage(), "{error}");
        assert!(
            error.to_string().contains("more than 256 levels"),
            "{error}"
        );
    }
}

#[test]
fn reasonable_nesting_is_not() {
    let chain = (0..125).fold(None, |next, number| Some(Box::new(Link { number, next })));
    let chain = *chain.unwrap();
    assert_eq!(decode::<Link>(&encode(&chain).unwrap()).unwrap(), chain);
    let siblings = Tree::Node((0..10_000).map(|_| Tree::Node(vec![Tree::Leaf])).collect());
    assert_eq!(
        decode::<Tree>(&encode(&siblings).unwrap()).unwrap(),
        siblings
    );
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Silent {
    #[serde(skip)]
    memory: [u64; 4],
}

#[test]
fn elements_for_free_are_limited() {
    let length = encode(&u64::MAX).unwrap();
    for error in [
        decode::<Vec<()>>(&length).unwrap_err(),
        decode::<Vec<Silent>>(&length).unwrap_err(),
        decode::<BTreeMap<(), ()>>(&length).unwrap_err(),
    ] {
        assert!(error.is_decode(), "{error}");
        assert!(error.to_string().contains("take no byte"), "{error}");
    }
}

#[test]
fn the_limit_is_one_for_the_whole_message() {
    let sixteen = encode(&vec![vec![(); 1 << 20]; 16]).unwrap();
    assert_eq!(decode::<Vec<Vec<()>>>(&sixteen).unwrap().len(), 16);
    let seventeen = encode(&vec![vec![(); 1 << 20]; 17]).unwrap();
    assert!(decode::<Vec<Vec<()>>>(&seventeen).unwrap_err().is_decode());
}

#[test]
fn honest_messages_pass_beside_free_elements() {
    let message = (
        vec![(); 3_000_000],
        (0..3_000_000).collect::<Vec<u64>>(),
        vec![Some(()); 1000],
    );
    let bytes = encode(&message).unwrap();
    assert_eq!(
        decode::<(Vec<()>, Vec<u64>, Vec<Option<()>>)>(&bytes).unwrap(),
        message
    );
    let silent = vec![Silent::default(); 100_000];
    assert_eq!(
        decode::<Vec<Silent>>(&encode(&silent).unwrap()).unwrap(),
        silent
    );
}
